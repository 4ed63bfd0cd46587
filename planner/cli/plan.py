"""`gpuplan plan`: a scenario in, the best plan out."""

from pathlib import Path

import click

from planner.cli import options
from planner.cli.ending import ExitCode
from planner.cli.terminal import progress_line, show, show_json, warn
from planner.planning import load_catalog, load_scenario
from planner.planning import plan as plan_for
from planner.report import check_folder, plan_report, write_plan


@click.command
@options.scenario_path
@click.option(
    "--out",
    type=options.EXISTING_OR_NOT,
    metavar="DIR",
    help="Write plan.json and CSV tables into this folder.",
)
@options.as_json
@options.gap
@options.time_limit
def plan(
    scenario_path: Path, out: Path | None, as_json: bool, gap: float, time_limit_s: float
) -> ExitCode:
    """Find the best plan for a scenario.

    SCENARIO is a YAML or JSON file. Exit code 1 means that no plan can meet the demand.
    """
    if out is not None:
        check_folder(out)
    with progress_line() as tell:
        catalog = load_catalog()
        scenario = load_scenario(scenario_path, catalog)
        made = plan_for(
            scenario, catalog=catalog, gap=gap, time_limit_s=time_limit_s, progress=tell
        )
    if out is not None:
        write_plan(made, out)
        warn(f"written to {out}")
    if as_json:
        show_json(made.model_dump_json(indent=2))
    else:
        show(plan_report(made, scenario))
    return ExitCode.NO if made.status == "infeasible" else ExitCode.DONE
