"""`gpuplan verify`: an independent look at a plan."""

import json
from pathlib import Path

import click
from rich.table import Table

from planner.cli import options
from planner.cli.ending import ExitCode
from planner.cli.plan_file import read_plan
from planner.cli.terminal import show, show_json
from planner.domain.plan import Plan, Violation
from planner.planning import load_catalog, load_scenario
from planner.planning import verify as violations_of
from planner.report import stale_tables
from planner.report.numbers import NOT_KNOWN
from planner.report.table import table


@click.command
@click.argument("plan_path", metavar="PLAN", type=options.EXISTING_OR_NOT)
@options.scenario_path
@options.as_json
def verify(plan_path: Path, scenario_path: Path, as_json: bool) -> ExitCode:
    """Check a plan against its scenario.

    PLAN is a plan.json or the folder that holds it. Every number is computed again from the
    scenario. Exit code 1 means that something does not agree.
    """
    catalog = load_catalog()
    scenario = load_scenario(scenario_path, catalog)
    plan = read_plan(plan_path)
    found = (*violations_of(plan, scenario, catalog), *_table_faults(plan, plan_path))
    if as_json:
        listed = [each.model_dump() for each in found]
        show_json(json.dumps({"verified": not found, "violations": listed}, indent=2))
    elif found:
        show(_violations(found))
    else:
        show(
            f"{plan_path}: verified: what it decides, costs, draws and emits follows from"
            f" {scenario_path}. The solvers' word, not recomputed: bound, prices of limits,"
            " sizes in rejections"
        )
    return ExitCode.NO if found else ExitCode.DONE


def _table_faults(plan: Plan, plan_path: Path) -> tuple[Violation, ...]:
    """Tables beside the plan that are gone, or do not say what it says."""
    if not plan_path.is_dir():
        return ()
    wrong = "does not say what plan.json says; write the plan again"
    gone = "is gone; write the plan again"
    return tuple(
        Violation(where=name, rule=wrong if (plan_path / name).exists() else gone)
        for name in stale_tables(plan, plan_path)
    )


def _violations(found: tuple[Violation, ...]) -> Table:
    return table(
        f"Not verified: {len(found)} violations",
        ("Where", "Rule", ">Stated", ">Recomputed"),
        (
            (each.where, each.rule, _exactly(each.stated), _exactly(each.recomputed))
            for each in found
        ),
    )


def _exactly(value: float | None) -> str:
    """All digits: two numbers that disagree must not look alike."""
    return NOT_KNOWN if value is None else f"{value:,}"
