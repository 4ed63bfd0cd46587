"""A problem of many stages in whole numbers: what spans them as in the relaxed optimum, then each.

Slices of a year hang together by little: jobs that go on for months, the peak of a month. Where
these are held as the relaxed optimum has them, every slice is a small program of its own, which
branch and bound solves in a second, and side by side. Amounts that cost something and span stages
(a peak) may grow in each of them; the largest holds. Of a job that spans stages one may do less
than its part where whole nodes leave it no more room, dearly; others make up for it afterwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from planner.domain.plan import SolverRun
from planner.domain.progress import Progress, Tell
from planner.optimization.feasibility import EQUAL, holds
from planner.optimization.linear import LARGE_LINEAR_SOLVER, polished, relaxed
from planner.optimization.parameters import Parameters
from planner.optimization.program import Program, program_of
from planner.optimization.route import HIGHS, ask
from planner.optimization.side_by_side import side_by_side
from planner.optimization.stages import SPANS, Stages, stage_of_items
from planner.problem.columns import AllocationProblem, Booleans, Choice, Floats, Integers
from planner.problem.solution import PROVEN, PROVEN_SHORTENED, Solution

GAP_SHARE: Final = 0.4
"""Of the gap asked for: asked of each stage."""
STAGE_S: Final = 3.0
"""For one stage at most; nearly all take a tenth of it."""
LAST_SHARE: Final = 0.1
"""Of the time that is left for stages: for what comes after all of them."""
LEFT_OUT: Final = 3.0
"""Times the relaxed price of its item: what a part costs that a stage leaves to the others."""
SHORT: Final = 1e-9
"""Share of an item that is nothing."""
WHOLE: Final = 1e-6
"""A relaxed number that is no further above a whole one is that."""


@dataclass(frozen=True)
class Known:
    """What is known of a problem from one that has more options."""

    likely: Integers
    """Options that its relaxed optimum uses, ascending."""
    bound: float
    """Proven for both."""


def solved_in_turn(
    problem: AllocationProblem,
    stages: Stages,
    known: Known,
    parameters: Parameters,
    left_s: Callable[[], float],
    tell: Tell,
) -> Solution | None:
    """A solution in whole numbers near to the relaxed optimum of the likely options.

    None where time was short, or a stage has no room for what it is held to.

    Raises:
        KeyboardInterrupt: Ctrl-C came.
    """
    search, gap = _Search(problem, stages, left_s), parameters.gap
    tell(Progress("solve", f"relaxed problem of {len(known.likely):,} options"))
    values = search.relaxed(known.likely)
    if values is None:
        return None
    tell(Progress("solve", f"{search.count:,} periods one by one"))
    search.reserved_s = LAST_SHARE * left_s()
    answers = side_by_side(
        lambda stage: search.solved(stage, values, gap), range(search.count), parameters.workers
    )
    chosen = search.together(values, answers, gap)
    if chosen is None:
        return None
    return search.solution(chosen, known.bound, gap)


@dataclass(frozen=True)
class _Answer:
    """Values of some variables."""

    variables: Integers
    values: Floats


@dataclass(frozen=True)
class _Part:
    """The program of a stage: of some variables, above their least values."""

    program: Program
    free: Integers
    least: Floats


class _Search:
    """A problem and its program, variable by variable with its stage."""

    def __init__(
        self, problem: AllocationProblem, stages: Stages, left_s: Callable[[], float]
    ) -> None:
        self.problem, self.program, self.left_s = problem, program_of(problem), left_s
        item = problem.options.item
        of_item = stage_of_items(item, stages.option, problem.items)
        self.passed_on = np.where(of_item[item] == SPANS, stages.option, SPANS)
        """Of each option of an item that spans stages: the stage that does it."""
        self.item = item
        self.left_out = np.zeros(len(item))
        """Of each option: what all of its item costs that a stage leaves to others."""
        self.shadow_price = np.zeros(problem.resources)
        self.reserved_s = 0.0
        """Of the time that is left, not for stages."""
        self.is_cut = False
        """Whether time ended the search in any stage."""
        undone = of_item[np.isfinite(problem.unmet_cost)]
        self.stage = np.concatenate([of_item[item], stages.block, undone])
        self.count = int(self.stage.max()) + 1

    def relaxed(self, likely: Integers) -> Floats | None:
        """Values of all variables in the relaxed optimum; of what spans stages, in whole numbers.

        Options that are not likely have none.
        """
        free = np.ones(len(self.stage), dtype=bool)
        free[: self.problem.option_count] = False
        free[likely] = True
        small = self.program.restricted(free, np.zeros(len(free)))
        found = relaxed(small, self.left_s(), LARGE_LINEAR_SOLVER)
        if found is None:
            return None
        rows = np.unique(self.program.row[free[self.program.column]])
        price = np.zeros(len(self.program.row_upper))
        price[rows] = found.row_price
        self.left_out = LEFT_OUT * np.maximum(price[self.item], 0.0)
        worth = -price[self.problem.items :] / self.program.row_scale[self.problem.items :]
        self.shadow_price = np.maximum(worth, 0.0) + 0.0  # no minus zero
        values = np.zeros(len(free))
        values[free] = found.values
        is_held = (self.stage == SPANS) & (self.program.whole == 1)
        return np.where(is_held, np.ceil(values - WHOLE), values)

    @cached_property
    def _grows(self) -> Booleans:
        """Of each variable: whether it is an amount that spans stages and costs something."""
        program, options = self.program, self.problem.option_count
        is_block = np.arange(len(self.stage)) >= options
        is_amount = (program.whole == 0) & (program.cost > 0)
        grows: Booleans = is_block & is_amount & (self.stage == SPANS)
        return grows

    @cached_property
    def _entries(self) -> list[Integers]:
        """Entries of the program in the rows of each stage: those that its variables are in."""
        program = self.program
        of_row = np.full(len(program.row_upper), SPANS)
        np.maximum.at(of_row, program.row, self.stage[program.column])
        order = np.argsort(of_row[program.row], kind="stable")
        ends = np.searchsorted(of_row[program.row][order], np.arange(self.count + 1))
        return np.split(order, ends)[1:-1]

    def solved(self, stage: int, values: Floats, gap: float) -> _Answer | None:
        """The best of a stage, all others as they are; None when it has no room.

        What the relaxed optimum does one way only is done so, and its other options are left out,
        unless that leaves no room.
        """
        mixed = (values > 0) & (values < 1 - WHOLE)
        mixed[self.problem.option_count :] = True
        for listed in (mixed, np.ones_like(mixed)):
            answer = self._asked(self._part(stage, values, values, listed), gap)
            if answer is not None:
                return answer
        return None

    def _asked(self, part: _Part, gap: float) -> _Answer | None:
        limit_s = min(STAGE_S, self.left_s() - self.reserved_s)
        answer = ask(part.program, HIGHS, GAP_SHARE * gap, limit_s)
        if answer.is_interrupted:
            raise KeyboardInterrupt
        self.is_cut |= answer.termination not in {"optimal", "infeasible"}
        if answer.values is None:
            return None
        return _Answer(part.free, answer.values + part.least)

    def _part(self, stage: int, values: Floats, most: Floats, listed: Booleans) -> _Part:
        """The program of a stage: its own variables, those that may grow, what it passes on.

        Of items that span stages it does `most` at most.
        """
        program, entries, options = self.program, self._entries[stage], self.problem.option_count
        column = program.column[entries]
        passed_on = np.zeros(len(self.stage), dtype=bool)
        passed_on[:options] = (self.passed_on == stage) & (most[:options] > 0)
        is_own = (self.stage[column] == stage) & listed[column]
        free = np.unique(column[is_own | self._grows[column] | passed_on[column]])
        least = np.where(self._grows[free], values[free], 0.0)
        cost, upper = program.cost[free], program.upper[free] - least
        mine = passed_on[free]
        cost[mine] -= self.left_out[free[mine]]
        upper[mine] = most[free[mine]]
        held = values.copy()
        held[free] = least
        return _Part(_restricted(program, entries, free, held, cost, upper), free, least)

    def together(
        self, values: Floats, answers: Sequence[_Answer | None], gap: float
    ) -> Choice | None:
        """The choice of all stages, after some have made up for what others have left out."""
        found = values.copy()
        for each in answers:
            if each is None:
                return None
            self._take(found, each)
        for stage in self._by_work(values):
            short = self._short(found)
            if not (short > SHORT).any() or self.left_s() <= 0:
                break
            most = found.copy()
            spans = self.passed_on == stage
            most[: len(spans)][spans] += short[self.item[spans]]
            answer = self._asked(self._part(stage, found, most, np.ones(len(found), bool)), gap)
            if answer is not None:
                self._take(found, answer)
        chosen = polished(self.problem, self.program, found, self.left_s())
        return chosen if holds(self.problem, chosen) else None

    def solution(self, chosen: Choice, bound: float, gap: float) -> Solution:
        """A choice with the bound that is known."""
        is_cut = self.is_cut or self.left_s() <= 0
        objective = self.problem.objective(chosen)
        bound = min(bound, objective)
        apart = (objective - bound) / max(abs(objective), EQUAL)
        proven = PROVEN_SHORTENED if is_cut else PROVEN
        late = "the time limit came first" if is_cut else "periods one by one come no nearer"
        return Solution(
            status="optimal" if apart <= gap else "stopped" if is_cut else "feasible",
            termination=proven if apart <= gap else late,
            choice=chosen,
            unmet=self.problem.unmet(chosen),
            objective=objective,
            bound=bound,
            gap=apart,
            shadow_price=self.shadow_price,
            routes=(
                SolverRun(
                    solver="prices of all options in outline (column generation, HiGHS)",
                    termination="bound by weak duality",
                    objective_usd=None,
                    bound_usd=bound,
                ),
                SolverRun(
                    solver="periods one by one (HiGHS)",
                    termination="a choice in whole numbers",
                    objective_usd=objective,
                    bound_usd=None,
                ),
            ),
        )

    def _take(self, found: Floats, answer: _Answer) -> None:
        """Values of a stage; of what may grow the largest so far."""
        grows = self._grows[answer.variables]
        own, grown = answer.variables[~grows], answer.variables[grows]
        found[own] = answer.values[~grows]
        found[grown] = np.maximum(found[grown], answer.values[grows])

    def _short(self, found: Floats) -> Floats:
        """Of every item, the share that no stage does and that may not stay undone."""
        share = found[: len(self.item)]
        done = np.bincount(self.item, weights=share, minlength=self.problem.items)
        required = np.isinf(self.problem.unmet_cost)
        return np.where(required, np.maximum(1 - done, 0.0), 0.0)

    def _by_work(self, values: Floats) -> list[int]:
        """Stages, those first that do most of what spans them."""
        spans = self.passed_on != SPANS
        share = values[: len(spans)][spans]
        work = np.bincount(self.passed_on[spans], weights=share, minlength=self.count)
        order: list[int] = np.argsort(-work, kind="stable").tolist()
        return order


def _restricted(
    program: Program, entries: Integers, free: Integers, held: Floats, cost: Floats, upper: Floats
) -> Program:
    """The program of some variables in the rows of some entries, the others held."""
    number = np.full(len(program.cost), -1)
    number[free] = np.arange(len(free))
    rows, row = np.unique(program.row[entries], return_inverse=True)
    column, coefficient = program.column[entries], program.coefficient[entries]
    spent = np.bincount(row, coefficient * held[column], minlength=len(rows))
    kept = number[column] >= 0
    return replace(
        program,
        cost=cost,
        upper=upper,
        whole=program.whole[free],
        row=row[kept],
        column=number[column[kept]],
        coefficient=coefficient[kept],
        row_lower=program.row_lower[rows] - spent,
        row_upper=program.row_upper[rows] - spent,
        row_scale=program.row_scale[rows],
        units=program.units[free[free < len(program.units)]],
        constant=0.0,
    )
