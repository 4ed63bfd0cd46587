"""The search by divisions: prices, proposals, a combination, and the bound that they prove.

prices       of the relaxed problem, then of the combination's relaxation
proposals    of every division at these prices, and at prices near to them            asking
combination  one proposal for every division: branch and bound, then neighbourhoods
                                                                                   combining
insertion    of divisions that were left undone, into what is left
bound        divisions prove in whole numbers what they must pay                      asking
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from ortools.math_opt.python import mathopt

from planner.optimization.linear import Relaxation, relax
from planner.optimization.neighbourhoods import improved
from planner.optimization.program import Program, choice, program_of
from planner.optimization.proposals.asking import Answers, Asking
from planner.optimization.proposals.combining import Combination
from planner.optimization.proposals.divisions import SHARED, Divisions
from planner.optimization.route import HIGHS, SEED, ask
from planner.problem.columns import AllocationProblem, Choice, Floats

NEAR: Final = (0.1,)
"""How far prices are moved at random, relative to themselves, for more proposals."""
ROUNDS: Final = (0.3, 1.0) * 6
"""Shares of the way from the best prices to those of the combination: these alone overshoot,
nearer prices alone bring too little that is new."""
ASKING_SHARE: Final = 0.45
COMBINING_SHARE: Final = 0.2
IMPROVING_SHARE: Final = 0.2
"""Of the time; the bound has the rest."""
GAP: Final = 1e-4
"""Asked of the combination."""
INSERTION_S: Final = 10.0
"""For a division at most."""


@dataclass(frozen=True)
class Combined:
    """What came of it."""

    values: Floats | None
    """Of the whole program's variables, not yet checked; None: a division found no room."""
    bound: float
    """Lower bound of the whole, on which two solvers agree."""
    prices: Floats | None
    """Of the resources, 0 for those that only one division touches: the best that were found."""
    is_cut: bool
    """Whether time was too short for all of it."""


class Proposing:
    """One search by divisions."""

    def __init__(
        self, problem: AllocationProblem, program: Program, divisions: Divisions, threads: int
    ) -> None:
        self.problem, self.program, self.threads = problem, program, threads
        self.asking = Asking(problem, program, divisions)
        self.combination = Combination(self.asking)
        self.best: Answers | None = None
        self.worth = -np.inf
        """Of the best answers: what the bound would be if no division had a better proposal."""
        self.bound = -np.inf
        self.is_cut = False

    def run(self, relaxation: Relaxation, left_s: Callable[[], float]) -> Combined:
        """Ask, combine, prove."""
        total = left_s()

        def until(share: float) -> Callable[[], float]:
            return lambda: left_s() - (1 - share) * total

        self._collect(relaxation, until(ASKING_SHARE))
        values = self._combined(until, total)
        if self.best is not None:
            bounds = self.asking.proven(self.best, self.threads, lambda: left_s() > 0)
            self.bound = max(self.bound, self.asking.bound(bounds, self.best.prices))
        prices = None if self.best is None else self.best.prices
        return Combined(values, self.bound, prices, left_s() <= 0 or self.is_cut)

    def _collect(self, relaxation: Relaxation, left_s: Callable[[], float]) -> None:
        """Proposals at prices, around them, and at those of the combinations of proposals."""
        rng = np.random.default_rng(SEED)
        self._ask(relaxation.shadow_price, left_s)
        if self.best is not None:
            self.combination.fear(self.best)
        self.combination.add(self.asking.rounded(relaxation.values))
        for far in NEAR:
            moved = np.exp(far * rng.standard_normal(self.problem.resources))
            self._ask(relaxation.shadow_price * moved, left_s)
        for step in ROUNDS:
            if left_s() <= 0 or self.best is None:
                self.is_cut = True
                return
            small = self.combination.problem()
            found = relax(small, program_of(small), left_s(), mathopt.SolverType.HIGHS)
            if found is None:
                return
            centre = self.best.prices
            way = self.combination.prices(found.shadow_price) - centre
            if self._ask(centre + step * way, left_s) == 0:
                return

    def _ask(self, prices: Floats, left_s: Callable[[], float]) -> int:
        """How many new proposals came of some prices."""
        answers = self.asking.answers(prices, self.threads, lambda: left_s() > 0)
        self.bound = max(self.bound, self.asking.bound(answers.bounds, answers.prices))
        worth = self.asking.bound(answers.worth, answers.prices)
        if worth > self.worth:
            self.best, self.worth = answers, worth
        return self.combination.add(answers.proposals)

    def _combined(
        self, until: Callable[[float], Callable[[], float]], total: float
    ) -> Floats | None:
        """Values of the best combination, with what was left undone put in."""
        small = self.combination.problem()
        program = program_of(small)
        left_s = until(ASKING_SHARE + COMBINING_SHARE)
        answer = ask(program, HIGHS, GAP, max(left_s(), 0.1 * total))
        if answer.values is None:
            return None
        values = answer.values
        prices = None if self.best is None else self.best.prices[self.combination.resources]
        left_s = until(ASKING_SHARE + COMBINING_SHARE + IMPROVING_SHARE)
        for found in improved(small, program, values, prices, left_s):
            values = found
        return self._inserted(choice(small, program, values), small)

    def _inserted(self, chosen: Choice, small: AllocationProblem) -> Floats | None:
        """Divisions that the combination leaves undone, one by one into what is left."""
        values = self.combination.values(self.program, chosen)
        first, problem = self.problem.option_count, self.problem
        undone = np.flatnonzero(small.unmet(chosen) > 0)
        for division in undone.tolist():
            free = self.asking.of_column == division
            free[first : first + problem.blocks] |= self.asking.divisions.of_block == SHARED
            small_program = self.program.restricted(free, values)
            answer = ask(small_program, HIGHS, GAP, INSERTION_S)
            if answer.values is None:
                return None
            values[free] = answer.values
        return values
