"""Every division asked for its best way to be done at prices of what is shared.

What the divisions answer, less what the prices earn on the capacities, is a lower bound of the
whole (weak duality), with whole replicas inside. Each division keeps to the shared capacities as
if it were alone, with as many shared blocks as it likes for nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy import sparse

from planner.optimization.linear import relaxed
from planner.optimization.program import Program
from planner.optimization.proposals.divisions import SHARED, Divisions
from planner.optimization.proposals.needs import WHOLE, Needs
from planner.optimization.route import HIGHS, SCIP, ask
from planner.optimization.side_by_side import side_by_side
from planner.problem.columns import AllocationProblem, Booleans, Floats, Integers

LISTED: Final = 6
ALL_LISTED: Final = 1200
"""Whole variables that a division may use besides those of its relaxed answer, best first: so
many at least, and more where divisions are few."""
GAP: Final = 3e-3
NODES: Final = 5
"""Asked of a division, and nodes of branch and bound for it at most."""
PROOF_GAP: Final = 2e-4
PROOF_NODES: Final = 300
"""The same where a division has to prove that it has no better answer."""
DIVISION_S: Final = 10.0
"""For a division at most; nodes are there to end it sooner, and the same way every time."""
ROUNDING: Final = 1e-9
"""Of a bound, taken off for what double precision may have lost in its sum."""
NOTHING: Final = 1e-9
"""Values up to here are none."""


@dataclass(frozen=True)
class Proposal:
    """A whole way for a division to be done."""

    division: int
    column: Integers
    """Numbers of the program's variables, ascending."""
    value: Floats
    """Theirs, above 0."""
    cost: float
    """Without prices."""
    use: Floats
    """Of every resource, 0 where it is private."""


@dataclass(frozen=True)
class Answers:
    """What all divisions said at some prices."""

    prices: Floats
    bounds: Floats
    """What each division must pay at these prices at least; minus infinity: it was not asked."""
    proposals: tuple[Proposal, ...]

    @property
    def worth(self) -> Floats:
        """What each division pays for its proposal, at the prices too; minus infinity: none."""
        worth = np.full(len(self.bounds), -np.inf)
        for each in self.proposals:
            worth[each.division] = each.cost + float(each.use @ self.prices)
        return worth


@dataclass(frozen=True)
class Question:
    """The program of one division."""

    column: Integers
    """Its variables' numbers in the whole program."""
    is_own: Booleans
    """Which of them belong to the division: not the shared blocks."""
    program: Program


class Asking:
    """The divisions of a problem as programs that wait for prices."""

    def __init__(self, problem: AllocationProblem, program: Program, divisions: Divisions) -> None:
        """`program` is the whole problem's."""
        self.problem, self.program, self.divisions = problem, program, divisions
        undone = np.flatnonzero(np.isfinite(problem.unmet_cost))
        self.of_column = np.concatenate(
            [divisions.of_option, divisions.of_block, divisions.of_item[undone]]
        )
        self.uses = _shared_uses(problem, program, divisions)
        self.needs = Needs(problem, divisions)
        self.listed = max(LISTED, ALL_LISTED // divisions.count)
        alone = self._alone()
        self.questions = [self._question(alone, each) for each in range(divisions.count)]

    def answers(self, prices: Floats, threads: int, may_go_on: Callable[[], bool]) -> Answers:
        """What every division answers at some prices of the resources.

        Prices of private resources count for nothing, nor do those that would make a shared
        block worth more than it costs.
        """
        at = self.affordable(prices)
        priced = self._priced(at)

        def one(division: int) -> tuple[float, Proposal | None]:
            return self._answer(division, priced[division]) if may_go_on() else (-np.inf, None)

        found = side_by_side(one, range(self.divisions.count), threads)
        return Answers(
            prices=at,
            bounds=np.array([bound for bound, _ in found]),
            proposals=tuple(proposal for _, proposal in found if proposal is not None),
        )

    def proven(self, answers: Answers, threads: int, may_go_on: Callable[[], bool]) -> Floats:
        """What each division must pay in whole numbers, as two solvers agree, as time allows.

        Those come first whose relaxed answer is furthest from their proposal.
        """
        priced, bounds = self._priced(answers.prices), answers.bounds.copy()
        order = np.argsort(bounds - answers.worth, kind="stable").tolist()

        def one(division: int) -> float:
            least = np.inf
            for route in (HIGHS, SCIP):
                if not may_go_on():
                    return -np.inf
                answer = ask(priced[division], route, PROOF_GAP, DIVISION_S, nodes=PROOF_NODES)
                least = min(least, answer.bound)
            return least

        found = side_by_side(one, order, threads)
        bounds[order] = np.maximum(bounds[order], found)
        return bounds

    def bound(self, bounds: Floats, prices: Floats) -> float:
        """Lower bound of the whole, of what every division must pay at some prices."""
        divided, earned = float(bounds.sum()), float(prices @ self.problem.capacity)
        terms = (divided, -earned, self._shared_blocks(prices), self.program.constant)
        if not np.isfinite(terms).all():
            return -np.inf
        return sum(terms) - ROUNDING * float(np.abs(terms).sum())

    def _shared_blocks(self, prices: Floats) -> float:
        """What shared blocks cost at least at some prices: below 0 where they earn."""
        first, is_shared = self.problem.option_count, self.divisions.of_block == SHARED
        use = self.uses[:, first : first + self.problem.blocks]
        cost = self.problem.block_cost
        reduced = (cost + use.T @ prices)[is_shared]
        rounding = ROUNDING * (np.abs(cost) + np.abs(use).T @ prices)[is_shared]
        earning = reduced < -rounding
        limit = self.problem.block_limit[is_shared]
        return float(reduced[earning] @ limit[earning])

    def _priced(self, prices: Floats) -> list[Program]:
        """The divisions' programs with prices of what is shared in the costs of their own."""
        cost = self.program.cost + self.uses.T @ prices
        return [
            replace(each.program, cost=np.where(each.is_own, cost[each.column], 0.0))
            for each in self.questions
        ]

    def _answer(self, division: int, priced: Program) -> tuple[float, Proposal | None]:
        """Bound and proposal of a division.

        Branch and bound looks at what its relaxed answer takes and at the next best few.
        """
        at_will = relaxed(priced, DIVISION_S)
        if at_will is None:
            return -np.inf, None
        is_whole = priced.whole == 1
        order = np.lexsort((at_will.reduced_cost, at_will.values <= NOTHING, ~is_whole))
        taken = int(np.count_nonzero(is_whole & (at_will.values > NOTHING)))
        free = ~is_whole
        free[order[: taken + self.listed]] = True
        answer = ask(
            priced.restricted(free, np.zeros(len(free))), HIGHS, GAP, DIVISION_S, nodes=NODES
        )
        if answer.values is None:
            return at_will.bound, None
        values = np.zeros(len(free))
        values[free] = answer.values
        return at_will.bound, self._proposal(division, values)

    def affordable(self, prices: Floats) -> Floats:
        """Prices, none of a private resource, and no shared block that earns more than it costs."""
        at = np.where(self.divisions.is_private, 0.0, prices)
        problem, first = self.problem, self.problem.option_count
        for block in np.flatnonzero(self.divisions.of_block == SHARED).tolist():
            use = self.uses[:, [first + block]].tocoo()
            earned = -(problem.block_cost[block] + float(use.data @ at[use.row]))
            supplied = use.data < 0
            worth = float(-use.data[supplied] @ at[use.row[supplied]])
            if earned > 0 and worth > 0:
                at[use.row[supplied]] *= max(0.0, 1 - earned / worth)
        return at

    def _alone(self) -> Program:
        """The whole program as a division sees it that is alone in the world."""
        program, problem = self.program, self.problem
        own = self.uses[:, self.of_column != SHARED]
        is_supplied = np.zeros(problem.resources, dtype=bool)
        is_supplied[own.tocoo().row[own.tocoo().data < 0]] = True  # others may give what it lacks
        upper = program.row_upper.copy()
        upper[problem.items :][is_supplied] = np.inf
        whole = np.where(self.of_column == SHARED, 0, program.whole)
        return replace(program, row_upper=upper, whole=whole, constant=0.0)

    def _question(self, alone: Program, division: int) -> Question:
        """The program of a division with the shared blocks that supply it, or supply those."""
        own = self.of_column == division
        shared = np.flatnonzero(self.of_column == SHARED)
        by_shared = self.uses[:, shared]
        free, before = own.copy(), np.zeros_like(own)
        while (free != before).any():
            before = free.copy()
            touched = np.abs(self.uses[:, free]).sum(axis=1) > 0
            supplied = by_shared[touched].tocoo()
            free[shared[supplied.col[supplied.data < 0]]] = True
        restricted = alone.restricted(free, np.zeros(len(free)))
        return Question(np.flatnonzero(free), own[free], restricted)

    def rounded(self, values: Floats) -> Iterator[Proposal]:
        """What each division does in a relaxed solution of the whole, with its blocks rounded up.

        Divisions whose other whole variables are not whole in it do nothing.
        """
        first, last = self.problem.option_count, self.problem.option_count + self.problem.blocks
        up, is_whole = values.copy(), self.program.whole == 1
        up[first:last] = np.where(
            is_whole[first:last], np.ceil(values[first:last] - WHOLE), values[first:last]
        )
        broken = is_whole & (np.abs(up - np.rint(up)) > WHOLE)
        broken_divisions = np.unique(self.of_column[broken])
        for division in np.setdiff1d(np.arange(self.divisions.count), broken_divisions).tolist():
            yield self._proposal(division, up[self.questions[division].column])

    def _proposal(self, division: int, values: Floats) -> Proposal:
        question, program = self.questions[division], self.program
        whole = program.whole[question.column] == 1
        values = np.where(whole, np.rint(values), np.where(values > NOTHING, values, 0.0))
        full = np.zeros(len(program.cost))
        full[question.column] = np.where(question.is_own, values, 0.0)
        self.needs.trim(full)
        column = np.flatnonzero(full)
        value = full[column]
        cost = float(program.cost[column] @ value)
        return Proposal(division, column, value, cost, self.uses[:, column] @ value)


def _shared_uses(problem: AllocationProblem, program: Program, divisions: Divisions) -> Any:
    """Sparse, resources by variables: what each uses of what is shared."""
    resource = program.row - problem.items
    kept = np.flatnonzero(resource >= 0)
    kept = kept[~divisions.is_private[resource[kept]]]
    amount = program.coefficient[kept] * program.row_scale[program.row[kept]]
    shape = (problem.resources, len(program.cost))
    return sparse.csc_array((amount, (resource[kept], program.column[kept])), shape=shape)
