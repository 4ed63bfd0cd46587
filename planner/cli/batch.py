"""`gpuplan batch`: many scenarios, one table."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from planner.batch.runner import Outcome, plan_all
from planner.cli import options
from planner.cli.ending import ExitCode, error_lines, exit_code_of
from planner.cli.terminal import progress_line, show, show_json, warn
from planner.domain.plan import Plan
from planner.errors import InputError, PlannerError
from planner.optimization.parameters import Parameters
from planner.planning import load_catalog
from planner.report.numbers import NOT_KNOWN, per_month, percent, quantity, usd
from planner.report.table import table
from planner.report.together import grouped

HEADINGS = (
    "Scenario",
    "Status",
    ">USD",
    ">USD/month",
    ">MWh",
    ">tCO2e",
    ">Accel.",
    ">Gap",
    ">s",
)
WORST_FIRST = (ExitCode.BAD_INPUT, ExitCode.FAILED, ExitCode.NO, ExitCode.DONE)


@click.command
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=options.EXISTING_OR_NOT)
@options.as_json
@options.search
def batch(paths: tuple[Path, ...], as_json: bool, parameters: Parameters) -> ExitCode:
    """Plan many scenarios, one after the other.

    A PATH is a scenario file, or a folder whose .yaml, .yml and .json files are scenarios. A bad
    one does not stop the others. The exit code is 2 if any input is bad, else 3 if any could not
    be solved, else 1 if any is infeasible.
    """
    with progress_line() as tell:
        outcomes = [*plan_all(paths, load_catalog(), parameters, tell)]
    for outcome in outcomes:
        _tell_errors(outcome)
    if as_json:
        show_json(_document(outcomes))
    else:
        show(_summary(outcomes))
    codes = {_code(outcome) for outcome in outcomes}
    return next(code for code in WORST_FIRST if code in codes)


def _tell_errors(outcome: Outcome) -> None:
    if isinstance(outcome.result, PlannerError):
        for line in error_lines(outcome.result):
            warn(line)


def _code(outcome: Outcome) -> ExitCode:
    if isinstance(outcome.result, PlannerError):
        return exit_code_of(outcome.result)
    return ExitCode.NO if outcome.result.status == "infeasible" else ExitCode.DONE


def _status(outcome: Outcome) -> str:
    match outcome.result:
        case Plan() as plan:
            return plan.status
        case InputError():
            return "bad input"
        case _:
            return "unsolved"


def _summary(outcomes: Sequence[Outcome]) -> Table:
    return table("", HEADINGS, (_row(each) for each in outcomes))


def _row(outcome: Outcome) -> tuple[str, ...]:
    seconds, plan = f"{outcome.seconds:.1f}", outcome.result
    if not isinstance(plan, Plan) or plan.status == "infeasible":
        name = plan.scenario if isinstance(plan, Plan) else str(outcome.path)
        return (name, _status(outcome), *[NOT_KNOWN] * (len(HEADINGS) - 3), seconds)
    return (
        plan.scenario,
        plan.status,
        usd(plan.cost_usd),
        usd(per_month(plan.cost_usd, plan.horizon_days)),
        quantity(plan.energy_mwh),
        quantity(plan.carbon_tonnes),
        quantity(_most_accelerators(plan)),
        percent(plan.gap),
        seconds,
    )


def _most_accelerators(plan: Plan) -> int:
    """In the period that has the most."""
    periods = grouped(plan.allocations, lambda each: each.period)
    return max((sum(each.accelerators for each in rows) for rows in periods), default=0)


def _document(outcomes: Sequence[Outcome]) -> str:
    """Paths, statuses and whole plans; without seconds, so that equal runs print equal bytes."""
    results = [
        {
            "path": str(each.path),
            "status": _status(each),
            "plan": each.result.model_dump(mode="json") if isinstance(each.result, Plan) else None,
            "errors": _errors(each),
        }
        for each in outcomes
    ]
    return json.dumps({"schema_version": 1, "results": results}, indent=2)


def _errors(outcome: Outcome) -> list[str]:
    match outcome.result:
        case InputError() as error:
            return [str(fault) for fault in error.faults]
        case PlannerError() as error:
            return [str(error)]
        case _:
            return []
