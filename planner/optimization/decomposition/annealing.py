"""A placement annealed: pieces side by side, with room that costs nothing at first.

Where pools are full, a move that is worth making frees room in one place that others have yet to
take, and looks like a loss until they have. So at first what work uses counts at the prices of the
resources, as in the relaxed problem, and room that is left counts for nothing: units settle where
they belong. Then the prices are taken out of the costs in two steps, and the room is filled.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Final, NamedTuple

import numba
import numpy as np

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.blocks import can_come, stairs_of, with_shortage
from planner.optimization.decomposition.parts import Part, part_of
from planner.optimization.decomposition.pieces import Pieces, grouped
from planner.optimization.decomposition.placement import (
    Limits,
    State,
    Tied,
    Units,
    anneal,
    excess_costs,
)
from planner.optimization.decomposition.units import limits_of, tied_of
from planner.problem.columns import AllocationProblem, Floats, Integers

STRETCH: Final = 250_000
"""Steps between two looks at the clock, or as many as there are units."""
CHAINS: Final = 2
"""Placements that a problem of one piece is annealed to at the same time; the best is kept."""


class Phase(NamedTuple):
    """A part of a schedule."""

    priced: float
    """Share of the prices of the resources that counts."""
    hot: float
    cold: float
    """Temperatures at its ends: from the schedule's coldest (0) to its hottest (1)."""
    steps: float
    """Of the schedule's."""


PHASES: Final = (
    Phase(priced=1.0, hot=1.0, cold=0.24, steps=0.5),
    Phase(priced=0.5, hot=0.24, cold=0.0, steps=0.25),
    Phase(priced=0.0, hot=0.24, cold=0.0, steps=0.25),
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


class Stage(NamedTuple):
    """A phase with the costs that count in it."""

    phase: Phase
    arrays: Arrays
    limits: Limits
    tied: Tied

    def temperatures(self, schedule: Schedule, begin: float, end: float) -> tuple[float, float]:
        """At both ends of a stretch of it."""
        hot, way = self.phase.hot, self.phase.cold - self.phase.hot
        return schedule.temperature(hot + begin * way), schedule.temperature(hot + end * way)


@dataclass(frozen=True)
class Annealing:
    """What is annealed: units of a problem, and how they hang together."""

    problem: AllocationProblem
    arrays: Arrays
    units: Units
    pieces: Pieces
    unit: Floats
    """Usual prices of the resources."""
    tied: Integers
    """Blocks that are not simple; a problem of one piece buys and sells them."""

    def annealed(self, state: State, schedule: Schedule, has_time: Callable[[], bool]) -> State:
        """The cheapest placement that a schedule leads to, piece by piece; never a dearer one."""
        chains = CHAINS if self.pieces.count == 1 else 1
        stages = [self._stage(phase, schedule.prices, state.blocks) for phase in PHASES]
        members = grouped(self.pieces.of_item[self.units.item], self.pieces.count)
        parts = [part_of(self.arrays, self.units, state, each) for each in members]

        is_called_off = Event()

        def goes_on() -> bool:
            return has_time() and not is_called_off.is_set()

        def one(task: int) -> tuple[float, State]:
            return self._chain(parts[task // chains], stages, schedule, goes_on, task)

        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            try:
                found = list(pool.map(one, range(len(parts) * chains)))
            except KeyboardInterrupt:
                is_called_off.set()  # the pool waits for its threads, which hear of no Ctrl-C
                raise
        for number, part in enumerate(parts):
            tried = found[number * chains : (number + 1) * chains]
            as_it_was = self._settled(part, part.begun(), stages[-1])
            part.write(min([as_it_was, *tried], key=lambda each: each[0])[1], state)
        return state

    def limits(self, arrays: Arrays, blocks: Floats) -> Limits:
        """What resources beyond their capacity cost, with some tied blocks in place."""
        stairs = stairs_of(arrays, self.problem.block_whole)
        return limits_of(
            arrays, with_shortage(stairs, can_come(arrays, blocks), self.unit), self.unit
        )

    def _stage(self, phase: Phase, prices: Floats, blocks: Floats) -> Stage:
        arrays = self.arrays.at(phase.priced * prices)
        tied = self.tied if self.pieces.count == 1 else self.tied[:0]
        limits = self.limits(arrays, blocks)
        return Stage(phase, arrays, limits, tied_of(self.problem, arrays, tied))

    def _chain(
        self,
        part: Part,
        stages: list[Stage],
        schedule: Schedule,
        goes_on: Callable[[], bool],
        task: int,
    ) -> tuple[float, State]:
        """Cost and placement of a part after all stages, or as much of them as time allows."""
        state = part.begun()
        for stage in stages:
            count = len(part.unit)
            steps = int(schedule.steps * stage.phase.steps * count)
            stretches = max(1, steps // max(STRETCH, count))
            for turn in range(stretches):
                if not goes_on():
                    break
                own, units, state = part.priced(stage.arrays, state)
                ends = turn / stretches, (turn + 1) / stretches
                temperatures = stage.temperatures(schedule, *ends)
                seed = np.random.SeedSequence((schedule.steps, task, turn)).generate_state(1)[0]
                anneal(
                    own.ways,
                    own.menus,
                    stage.limits,
                    units,
                    stage.tied,
                    state,
                    temperatures,
                    steps // stretches,
                    seed,
                )
                if stage.phase.priced == 0 and self._is_enough(stage, state, schedule):
                    break
        return self._settled(part, state, stages[-1])

    def _settled(self, part: Part, state: State, stage: Stage) -> tuple[float, State]:
        """True cost of a placement, and the placement with it."""
        _, _, state = part.priced(self.arrays, state)
        return _cost(stage, state), state

    def _is_enough(self, stage: Stage, state: State, schedule: Schedule) -> bool:
        """Whether the problem is solved well enough; that of a piece alone says nothing."""
        return self.pieces.count == 1 and _cost(stage, state) <= schedule.enough


def _cost(stage: Stage, state: State) -> float:
    """Of a placement with its tied blocks and what it lacks."""
    lacking = excess_costs(stage.limits, state.over)
    return float(state.cost.sum() + stage.arrays.block_cost @ state.blocks + lacking)
