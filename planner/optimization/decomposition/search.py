"""A large problem solved near to its optimum, with the bound that proves how near.

prices      climb the dual function                    ascent, dual
blocks      what ties resources together, for the use of the relaxed choice       buying
placement   units in turn at these prices, then annealed in longer and longer passes
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.domain.plan import SolverRun, Status
from planner.domain.progress import Progress
from planner.errors import SolverError
from planner.optimization.decomposition.arrays import Arrays, arrays_of
from planner.optimization.decomposition.ascent import Prices, climb, usual_price
from planner.optimization.decomposition.blocks import stairs_of
from planner.optimization.decomposition.buying import Buyer
from planner.optimization.decomposition.placement import State, Units, anneal, place_all
from planner.optimization.decomposition.units import (
    choice_of,
    limits_of,
    nothing_placed,
    order_of,
    units_of,
    with_members,
)
from planner.optimization.feasibility import EQUAL, holds
from planner.optimization.linear import trimmed
from planner.optimization.parameters import Parameters
from planner.problem.columns import AllocationProblem, Choice, Floats
from planner.problem.solution import Solution

PLACES_LISTED: Final = 12
PASSES: Final = (100, 400, 1600, 6400)
"""Steps for every unit in each pass of annealing; none begins once the gap is proven."""
HOT: Final = 1e-2
COLD: Final = 1e-4
"""Temperatures of annealing, in mean costs of a unit."""
STRETCH: Final = 2_000_000
"""Steps between two looks at the clock."""
PRICE_SHARE: Final = 0.6
"""Of the time limit, for the prices."""
BUYING_SHARE: Final = 0.1
"""Of the time limit, for the blocks each time."""

Tell = Callable[[Progress], None]


def decompose(problem: AllocationProblem, parameters: Parameters, tell: Tell) -> Solution:
    """The best choice that was found and the bound that prices prove.

    Raises:
        SolverError: the time was too short for any choice.
    """
    return _Search(problem, parameters, tell).run()


@dataclass
class _Best:
    choice: Choice
    objective: float


class _Search:
    """The steps of one search and the best choice so far."""

    def __init__(self, problem: AllocationProblem, parameters: Parameters, tell: Tell) -> None:
        self.problem = problem
        self.parameters = parameters
        self.tell = tell
        self.began = time.monotonic()
        self.arrays: Arrays = arrays_of(problem)
        self.buyer = Buyer(
            self.arrays,
            stairs_of(self.arrays, problem.block_whole),
            problem.block_whole,
            usual_price(self.arrays),
        )
        self.bound = -np.inf
        self.best: _Best | None = None
        self.is_cut = False
        lonely = ~np.isin(np.arange(problem.items), problem.deployments.item)
        self.constant = float(problem.unmet_cost[lonely].sum())

    def run(self) -> Solution:
        """Prices, blocks, placement."""
        prices = climb(self.arrays, self.parameters.gap, self._bounded, self._may_climb)
        self.bound = prices.bound.value
        self._place(prices)
        return self._solution(prices)

    def _place(self, prices: Prices) -> None:
        arrays, problem = self.arrays, self.problem
        limits = limits_of(arrays, self.buyer.stairs, self.buyer.unit)
        units = units_of(problem, arrays, prices.bound.prices, PLACES_LISTED)
        tied = self._tied(self._bought(arrays.used(prices.quantities)))
        state = nothing_placed(arrays, units, tied)
        price = arrays.price(prices.bound.prices)
        place_all(arrays.ways, arrays.menus, limits, units, price, order_of(units), state)
        tied = self._offer(units, state, tied)
        mean = max(abs(self.bound), abs(self._objective())) / len(units.item)
        for steps in PASSES:
            if self._gap() <= self.parameters.gap or not self._has_time():
                break
            state = self._annealed(units, state, tied, mean, steps * len(units.item))
            tied = self._offer(units, state, tied)

    def _annealed(self, units: Units, state: State, tied: Floats, mean: float, steps: int) -> State:
        arrays = self.arrays
        limits = limits_of(arrays, self.buyer.stairs, self.buyer.unit)
        stretches = max(1, steps // STRETCH)
        cooling = (COLD / HOT) ** (1 / stretches)
        for stretch in range(stretches):
            if not self._has_time():
                break
            state = with_members(arrays, units, state, tied)
            hot = HOT * mean * cooling**stretch
            anneal(
                arrays.ways,
                arrays.menus,
                limits,
                units,
                state,
                (hot, hot * cooling),
                steps // stretches,
                stretch,
            )
        return state

    def _bought(self, used: Floats) -> Floats:
        return self.buyer.bought(used, BUYING_SHARE * self.parameters.time_limit_s)

    def _tied(self, blocks: Floats) -> Floats:
        """Only those blocks that are not simple."""
        kept = np.zeros_like(blocks)
        kept[self.buyer.tied()] = blocks[self.buyer.tied()]
        return kept

    def _offer(self, units: Units, state: State, tied: Floats) -> Floats:
        """Buy blocks for a placement, keep it if it is the best; the tied blocks that it needs."""
        arrays, problem = self.arrays, self.problem
        chosen = choice_of(problem, arrays, units, state, tied)
        used = problem.used(chosen) - problem.block_use.totals(tied, problem.resources)
        over = used + arrays.supply @ tied - arrays.capacity
        options = [tied + self.buyer.steps(over)]
        if len(self.buyer.tied()):
            options.append(self._bought(used))
        for blocks in options:
            offered = trimmed(problem, Choice(chosen.option, chosen.share, blocks))
            objective = problem.objective(offered)
            if holds(problem, offered) and objective < self._objective():
                self.best = _Best(offered, objective)
                tied = self._tied(offered.blocks)
        self.tell(Progress("solve", self._told()))
        return tied

    def _objective(self) -> float:
        return np.inf if self.best is None else self.best.objective

    def _gap(self) -> float:
        if self.best is None:
            return np.inf
        apart = self.best.objective - self.bound
        return max(apart, 0.0) / max(abs(self.best.objective - self.constant), EQUAL)

    def _told(self) -> str:
        plan = "none yet" if self.best is None else f"{self.best.objective:,.6g}"
        gap = "" if self.best is None else f", gap {self._gap():.3%}"
        return f"bound {self.bound:,.6g}, plan {plan}{gap}"

    def _bounded(self, bound: float) -> None:
        self.bound = bound
        self.tell(Progress("solve", self._told()))

    def _elapsed(self) -> float:
        return time.monotonic() - self.began

    def _may_climb(self) -> bool:
        if self._elapsed() > PRICE_SHARE * self.parameters.time_limit_s:
            self.is_cut = True
        return not self.is_cut

    def _has_time(self) -> bool:
        if self._elapsed() > self.parameters.time_limit_s:
            self.is_cut = True
        return self._elapsed() <= self.parameters.time_limit_s

    def _solution(self, prices: Prices) -> Solution:
        if self.best is None:
            raise SolverError(
                f"no plan was found within {self.parameters.time_limit_s:g} s; allow more time"
            )
        proven = self._gap() <= self.parameters.gap
        status: Status = "optimal" if proven else "stopped" if self.is_cut else "feasible"
        said = {
            "optimal": "the asked gap is proven",
            "stopped": "the time limit came first",
            "feasible": "the search ended before the asked gap",
        }
        run = SolverRun(
            solver="decomposition over the prices of resources",
            termination=said[status],
            objective_usd=self.best.objective,
            bound_usd=self.bound,
        )
        return Solution(
            status=status,
            termination=said[status],
            choice=self.best.choice,
            unmet=self.problem.unmet(self.best.choice),
            objective=self.best.objective,
            bound=min(self.bound, self.best.objective),
            gap=self._gap(),
            shadow_price=prices.bound.prices,
            routes=(run,),
        )
