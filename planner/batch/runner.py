"""Plan many scenarios, one after the other; a bad one does not stop the rest."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from planner.catalog.index import Catalog
from planner.domain.plan import Plan
from planner.domain.progress import Progress, Tell
from planner.errors import Fault, InputError, PlannerError
from planner.optimization.parameters import Parameters
from planner.planning import load_scenario, plan
from planner.problem.solution import INTERRUPTED

SCENARIO_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True)
class Outcome:
    """What became of one scenario file: a plan, or the error that there is none."""

    path: Path
    result: Plan | PlannerError
    seconds: float


def plan_all(
    paths: Iterable[Path], catalog: Catalog, parameters: Parameters, tell: Tell
) -> Iterator[Outcome]:
    """Plan every scenario in turn; a folder stands for the scenario files in it, by name.

    Scenarios share the catalog. Ctrl-C ends the plan that is being made and the rest. Errors
    raised on purpose become outcomes; bugs are raised.
    """
    for path in paths:
        began = time.monotonic()
        try:
            files = scenario_files(path)
        except InputError as error:
            yield Outcome(path, error, time.monotonic() - began)
            continue
        for file in files:
            outcome = _outcome(file, catalog, parameters, tell)
            yield outcome
            if _was_interrupted(outcome):
                return


def _was_interrupted(outcome: Outcome) -> bool:
    plan = outcome.result
    return isinstance(plan, Plan) and plan.evidence.termination.startswith(INTERRUPTED)


def scenario_files(path: Path) -> tuple[Path, ...]:
    """The scenario files that a path stands for: itself, or those right in the folder.

    Raises:
        InputError: a folder that may not be read or has no scenario file.
    """
    if not path.is_dir():
        return (path,)
    try:
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in SCENARIO_SUFFIXES)
    except OSError as error:
        fault = Fault(str(path), f"cannot be read ({error.strerror})")
        raise InputError((fault,)) from error
    if not found:
        rule = f"must have a scenario file in it ({', '.join(sorted(SCENARIO_SUFFIXES))})"
        raise InputError((Fault(str(path), rule),))
    return tuple(found)


def _outcome(file: Path, catalog: Catalog, parameters: Parameters, tell: Tell) -> Outcome:
    began = time.monotonic()
    return Outcome(file, _result(file, catalog, parameters, tell), time.monotonic() - began)


def _result(
    file: Path, catalog: Catalog, parameters: Parameters, tell: Tell
) -> Plan | PlannerError:
    def tell_of_file(progress: Progress) -> None:
        tell(Progress(f"{file.name}: {progress.step}", progress.detail))

    try:
        return plan(
            load_scenario(file, catalog),
            catalog=catalog,
            parameters=parameters,
            progress=tell_of_file,
        )
    except PlannerError as error:
        return error
