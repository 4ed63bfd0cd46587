"""`gpuplan check`: everything that is wrong with a scenario, and nothing planned."""

from pathlib import Path

import click

from planner.cli import options
from planner.cli.terminal import show
from planner.planning import load_scenario


@click.command
@options.scenario_path
def check(scenario_path: Path) -> None:
    """Check a scenario and plan nothing.

    Every error is reported at once, each with file, line and what would be right.
    """
    scenario = load_scenario(scenario_path)
    offers = sum(len(site.capacity) for site in scenario.sites)
    show(
        f"{scenario_path}: ok: scenario {scenario.scenario}, {len(scenario.workloads)} workloads,"
        f" {len(scenario.sites)} sites, {offers} offers of capacity"
    )
