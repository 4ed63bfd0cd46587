"""From a scenario to its program and a solution: whole, or from its outline where that is vast.

Months of slices at many sites have options by the million. Where the outline of the scenario has
all that decides where work runs, the relaxed optimum of all options is found there first; a program
is made of those that are worth it, and solved period by period. The bound is that of all options.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from planner.candidates.layout import Part, Program
from planner.candidates.outline import has_outline, outline_of
from planner.candidates.program import compile_program, parts_of
from planner.candidates.shortlist import likely_options, shortlisted
from planner.catalog.agreements import resolve_agreements
from planner.catalog.index import Catalog
from planner.domain.plan import Plan
from planner.domain.progress import Progress, Tell
from planner.domain.scenario import StagedScenario
from planner.errors import SolverError
from planner.interpretation import start_from
from planner.optimization.generation import generated
from planner.optimization.in_turn import Known, solved_in_turn
from planner.optimization.parameters import Parameters
from planner.optimization.solve import solve
from planner.optimization.stages import Stages
from planner.problem.solution import Solution
from planner.problem.start import NO_START

VAST: Final = 50_000
"""Options of several periods that are looked at in outline first: whole, they take minutes."""
OUTLINE_GAP_SHARE: Final = 0.3
"""Of the gap asked for: how near the bound comes to the relaxed optimum."""
OUTLINE_TIME_SHARE: Final = 0.5
"""Of the time limit, for the relaxed optimum in outline."""


@dataclass(frozen=True)
class Solved:
    """A program with its solution."""

    program: Program
    solution: Solution
    options: int
    """That were considered, those included that the program leaves out."""


def solved(
    scenario: StagedScenario,
    catalog: Catalog,
    parameters: Parameters,
    tell: Tell,
    start: Plan | None,
) -> Solved:
    """The best choice that is found, and the bound that is proven.

    Raises:
        SolverError: the time was too short for any plan.
    """
    parts = parts_of(scenario, catalog)
    if parameters.engine == "auto" and start is None and _is_vast(parts):
        began = time.monotonic()
        found = solved_in_outline(scenario, parts, parameters, tell)
        if found is not None:
            return found
        if time.monotonic() - began > parameters.time_limit_s:
            told = f"no plan was found within {parameters.time_limit_s:g} s; allow more time"
            raise SolverError(told)
    program = compile_program(parts, resolve_agreements(scenario, catalog), scenario)
    begin = NO_START if start is None else start_from(start, program)
    solution = solve(program.problem, parameters, tell, begin)
    return Solved(program, solution, program.problem.option_count)


def _is_vast(parts: Sequence[Part]) -> bool:
    return len(parts) > 1 and sum(len(each.candidates.options) for each in parts) > VAST


def solved_in_outline(
    scenario: StagedScenario, parts: Sequence[Part], parameters: Parameters, tell: Tell
) -> Solved | None:
    """By way of the outline of all options: the bound is proven for all of them.

    None where the outline lacks something that matters, or its way finds no plan.
    """
    if not has_outline(scenario, parts):
        return None
    began, limit_s = time.monotonic(), parameters.time_limit_s

    def left_s(share: float = 1.0) -> float:
        return share * limit_s - (time.monotonic() - began)

    outline = outline_of(scenario, parts)
    tell(Progress("solve", f"{outline.problem.option_count:,} options in outline"))
    relaxed = generated(
        outline.problem,
        outline.period,
        OUTLINE_GAP_SHARE * parameters.gap,
        parameters.workers,
        lambda: left_s(OUTLINE_TIME_SHARE),
        tell,
    )
    if relaxed is None:
        return None
    listed = shortlisted(parts, outline, relaxed.choice, relaxed.worth)
    program = compile_program([each.part for each in listed], (), scenario)
    stages = Stages(program.option_period, program.block_period)
    known = Known(likely_options(listed, program.layouts), relaxed.bound)
    solution = solved_in_turn(program.problem, stages, known, parameters, left_s, tell)
    if solution is None:
        return None
    return Solved(program, solution, outline.problem.option_count)
