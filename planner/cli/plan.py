"""`gpuplan plan`: a scenario in, the best plan out."""

from pathlib import Path

import click

from planner.cli import options
from planner.cli.ending import ExitCode
from planner.cli.plan_file import read_start
from planner.cli.terminal import progress_line, show, show_json, warn
from planner.optimization.parameters import Parameters
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
@click.option(
    "--from",
    "start_path",
    type=options.EXISTING_OR_NOT,
    metavar="PLAN",
    help="Begin the search from an earlier plan: a plan.json or the folder that holds it.",
)
@options.as_json
@options.search
def plan(
    scenario_path: Path,
    out: Path | None,
    start_path: Path | None,
    as_json: bool,
    parameters: Parameters,
) -> ExitCode:
    """Find the best plan for a scenario.

    SCENARIO is a YAML or JSON file. Ctrl-C ends the search and shows the best plan so far. Exit
    code 1 means that no plan can meet the demand.
    """
    if out is not None:
        check_folder(out)
    start = None if start_path is None else read_start(start_path)
    with progress_line() as tell:
        catalog = load_catalog()
        scenario = load_scenario(scenario_path, catalog)
        made = plan_for(
            scenario, catalog=catalog, parameters=parameters, progress=tell, start=start
        )
    if out is not None:
        write_plan(made, out)
        warn(f"written to {out}")
    if as_json:
        show_json(made.model_dump_json(indent=2))
    else:
        show(plan_report(made, scenario))
    return ExitCode.NO if made.status == "infeasible" else ExitCode.DONE
