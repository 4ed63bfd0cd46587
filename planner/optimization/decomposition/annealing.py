"""A placement annealed: pieces side by side, with room that costs nothing at first.

Where pools are full, a move that is worth making frees room in one place that others have yet to
take, and looks like a loss until they have. So at first what work uses counts at the prices of the
resources, as in the relaxed problem, and room that is left counts for nothing: units settle where
they belong. Then the prices are taken out of the costs in two steps, and the room is filled.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

import numba

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.blocks import can_come, stairs_of, with_shortage
from planner.optimization.decomposition.listing import true_costs
from planner.optimization.decomposition.pieces import Pieces, grouped
from planner.optimization.decomposition.placement import (
    Limits,
    State,
    Tied,
    Units,
    anneal,
    excess_costs,
)
from planner.optimization.decomposition.units import limits_of, tied_of, with_members
from planner.problem.columns import AllocationProblem, Floats, Integers

STRETCH: Final = 1_000_000
"""Steps between two looks at the clock."""
CHAINS: Final = 2
"""Placements that a problem of one piece is annealed to at the same time; the best is kept."""


class Phase(NamedTuple):
    """A part of a schedule."""

    priced: float
    """Share of the prices of the resources that counts."""
    hot: float
    cold: float
    """Temperatures: where it stands between the schedule's coldest (0) and hottest (1) one."""
    steps: float
    """Of the schedule's."""


PHASES: Final = (
    Phase(1.0, 1.0, 0.24, 0.5),
    Phase(0.5, 0.24, 0.0, 0.25),
    Phase(0.0, 0.24, 0.0, 0.25),
)


class Schedule(NamedTuple):
    """How a placement is annealed."""

    prices: Floats
    """Of the resources."""
    hot: float
    cold: float
    """Temperatures in USD."""
    steps: int
    """For every unit."""
    enough: float
    """Cost at which no more is asked for."""

    def temperature(self, at: float) -> float:
        """Geometrically between the coldest (0) and the hottest (1)."""
        temperature: float = self.cold * (self.hot / self.cold) ** at
        return temperature


@dataclass(frozen=True)
class Annealing:
    """What is annealed: units of a problem, and its costs."""

    problem: AllocationProblem
    arrays: Arrays
    units: Units
    pieces: Pieces
    unit: Floats
    """Usual prices of the resources."""
    tied: Integers
    """Blocks that are not simple; a problem of one piece buys and sells them."""

    def annealed(self, state: State, schedule: Schedule, has_time: Callable[[], bool]) -> State:
        """The cheapest placement that a schedule leads to."""
        chains = CHAINS if self.pieces.count == 1 else 1

        def one(chain: int) -> State:
            return self._chain(state, schedule, has_time, chain)

        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            found = list(pool.map(one, range(chains)))
        return min(found, key=self.cost)

    def limits(self, blocks: Floats) -> Limits:
        """What resources beyond their capacity cost, with some tied blocks in place."""
        stairs = stairs_of(self.arrays, self.problem.block_whole)
        most = can_come(self.arrays, blocks)
        return limits_of(self.arrays, with_shortage(stairs, most, self.unit), self.unit)

    def cost(self, state: State) -> float:
        """Of a placement, with its tied blocks and what it lacks."""
        lacking = excess_costs(self.limits(state.blocks), state.over)
        return float(state.cost.sum() + self.arrays.block_cost @ state.blocks + lacking)

    def _chain(
        self, state: State, schedule: Schedule, has_time: Callable[[], bool], chain: int
    ) -> State:
        """A copy of the placement after all phases, or as many of them as time allows."""
        state = with_members(self.arrays, self.units, state.copied())
        for phase in PHASES:
            steps = int(schedule.steps * phase.steps)
            stretches = max(1, steps * len(self.units.item) // STRETCH)
            now = self._priced(phase.priced * schedule.prices)
            for turn in range(stretches):
                ends = (
                    phase.hot + (phase.cold - phase.hot) * each / stretches
                    for each in (turn, turn + 1)
                )
                hot, cold = (schedule.temperature(each) for each in ends)
                seed = schedule.steps + (CHAINS * turn + chain) * self.pieces.count
                state = now.stretch(state, (hot, cold), steps / stretches, seed)
                if not has_time():
                    return with_members(self.arrays, self.units, state)
                if phase.priced == 0 and self.cost(state) <= schedule.enough:
                    return state
        return state

    def _priced(self, prices: Floats) -> "Annealing":
        """The same with some prices of the resources in all costs."""
        arrays, listed = self.arrays.at(prices), self.units.listed
        listed = listed._replace(reduced=true_costs(arrays, listed))
        return replace(self, arrays=arrays, units=self.units._replace(listed=listed))

    def stretch(
        self, state: State, temperatures: tuple[float, float], steps: float, seed: int
    ) -> State:
        """Anneal every piece by some steps for each of its units."""
        state = with_members(self.arrays, self.units, state)
        limits = self.limits(state.blocks)

        def one(piece: int) -> None:
            members = self._members[piece]
            anneal(
                self.arrays.ways,
                self.arrays.menus,
                limits,
                self.units,
                self._bought,
                state,
                members,
                temperatures,
                int(steps * len(members)),
                seed + piece,
            )

        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            list(pool.map(one, range(self.pieces.count)))
        return state

    @cached_property
    def _members(self) -> list[Integers]:
        return grouped(self.pieces.of_item[self.units.item], self.pieces.count)

    @cached_property
    def _bought(self) -> Tied:
        tied = self.tied if self.pieces.count == 1 else self.tied[:0]
        return tied_of(self.problem, self.arrays, tied)
