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

from planner.optimization.linear import LARGE_LINEAR_SOLVER, Relaxation, relax
from planner.optimization.neighbourhoods import improved
from planner.optimization.program import Program, choice, program_of
from planner.optimization.proposals.asking import Answers, Asking
from planner.optimization.proposals.combining import Combination
from planner.optimization.proposals.divisions import SHARED, Divisions
from planner.optimization.route import HIGHS, SEED, ask
from planner.problem.columns import AllocationProblem, Choice, Floats

NEAR: Final = 0.1
"""How far prices are moved at random, relative to themselves, for more proposals."""
STEPS: Final = (0.3, 1.0) * 6
"""Shares of the way from the best prices to those of the combination: these alone overshoot,
nearer prices alone bring too little that is new."""
ASKED_BY: Final = 0.45
COMBINED_BY: Final = 0.65
IMPROVED_BY: Final = 0.85
"""Shares of the time at which these are over; the rest is for the bound."""
LEAST_SHARE: Final = 0.1
"""Of the time, for the combination in any case."""
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
    prices: Floats
    """Of the resources, 0 for those that only one division touches: the best that were found."""
    is_interrupted: bool


class Proposing:
    """One search by divisions."""

    def __init__(
        self,
        problem: AllocationProblem,
        program: Program,
        divisions: Divisions,
        relaxation: Relaxation,
        threads: int,
    ) -> None:
        """Of a problem and its program, from the relaxed optimum."""
        self.problem, self.program, self.threads = problem, program, threads
        self.relaxation = relaxation
        self.asking = Asking(problem, program, divisions)
        self.combination = Combination(self.asking)
        self.prices = self.asking.affordable(relaxation.shadow_price)
        self.best: Answers | None = None
        self.worth = -np.inf
        """Of the best answers: what the bound would be if no division had a better proposal."""
        self.bound = -np.inf
        self.is_interrupted = False

    def run(self, left_s: Callable[[], float]) -> Combined:
        """Ask, combine, prove; Ctrl-C leaves what comes of the proposals so far."""
        total = left_s()

        def until(share: float) -> Callable[[], float]:
            return lambda: 0.0 if self.is_interrupted else left_s() - (1 - share) * total

        try:
            self._collect(until(ASKED_BY))
        except KeyboardInterrupt:
            self.is_interrupted = True
        values = self._combined(max(until(COMBINED_BY)(), LEAST_SHARE * total), until(IMPROVED_BY))
        try:
            self._prove(until(1.0))
        except KeyboardInterrupt:
            self.is_interrupted = True
        return Combined(values, self.bound, self.prices, self.is_interrupted)

    def _collect(self, left_s: Callable[[], float]) -> None:
        """Proposals at prices, around them, and at those of the combinations of proposals."""
        rng, first = np.random.default_rng(SEED), self.relaxation.shadow_price
        self._ask(first, left_s)
        self.combination.add_proposals(self.asking.rounded(self.relaxation.values))
        self._ask(first * np.exp(NEAR * rng.standard_normal(len(first))), left_s)
        for step in STEPS:
            if left_s() <= 0:
                return
            small = self.combination.problem()
            found = relax(small, program_of(small), left_s(), LARGE_LINEAR_SOLVER)
            if found is None:
                return
            way = self.combination.prices(found.shadow_price) - self.prices
            if self._ask(self.prices + step * way, left_s) == 0:
                return

    def _ask(self, prices: Floats, left_s: Callable[[], float]) -> int:
        """How many new proposals came of some prices."""
        answers = self.asking.answers(prices, self.threads, lambda: left_s() > 0)
        self.bound = max(self.bound, self.asking.bound(answers.bounds, answers.prices))
        worth = self.asking.bound(answers.worth, answers.prices)
        if worth > self.worth:
            self.best, self.worth, self.prices = answers, worth, answers.prices
        return self.combination.add(answers)

    def _combined(self, time_limit_s: float, left_s: Callable[[], float]) -> Floats | None:
        """Values of the best combination, with what was left undone put in."""
        small = self.combination.problem()
        program = program_of(small)
        answer = ask(program, HIGHS, GAP, time_limit_s)
        self.is_interrupted |= answer.is_interrupted
        if answer.values is None:
            return None
        values, prices = answer.values, self.prices[self.combination.resources]
        try:
            for found in improved(small, program, values, prices, left_s):
                values = found
        except KeyboardInterrupt:
            self.is_interrupted = True
        return self._inserted(choice(small, program, values), small, left_s)

    def _inserted(
        self, chosen: Choice, small: AllocationProblem, left_s: Callable[[], float]
    ) -> Floats | None:
        """Divisions that the combination leaves undone, one by one into what is left."""
        values = self.combination.values(self.program, chosen)
        is_shared = self.asking.of_column == SHARED
        for division in np.flatnonzero(small.unmet(chosen) > 0).tolist():
            if left_s() <= 0:
                return None
            free = is_shared | (self.asking.of_column == division)
            limit_s = min(INSERTION_S, left_s())
            answer = ask(self.program.restricted(free, values), HIGHS, GAP, limit_s)
            if answer.values is None:
                return None
            values[free] = answer.values
        return values

    def _prove(self, left_s: Callable[[], float]) -> None:
        """A bound that knows of whole replicas, at the best prices."""
        if self.best is not None:
            bounds = self.asking.proven(self.best, self.threads, lambda: left_s() > 0)
            self.bound = max(self.bound, self.asking.bound(bounds, self.best.prices))
