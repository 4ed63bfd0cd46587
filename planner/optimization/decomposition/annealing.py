"""A placement annealed: pieces side by side, with room that costs nothing at first.

Where pools are full, a move that is worth making frees room in one place that others have yet to
take, and looks like a loss until they have. So at first what work uses counts at the prices of the
resources, as in the relaxed problem, and room that is left counts for nothing: units settle where
they belong. Then the prices are taken out of the costs in two steps, and the room is filled.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
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
STRETCHES: Final = 5
"""Of a phase at least, so that a chain that lacks time notices it."""
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


@dataclass
class Pace:
    """How fast a chain goes through its schedule, to be at the end of it in time."""

    seconds: float
    began_s: float = field(default_factory=time.monotonic)
    done: float = 0.0
    """Share of the steps that were taken."""
    is_hurried: bool = False
    """Whether some were left out."""

    def stride(self, left: float) -> float:
        """How many of the steps that are `left`, a share of all, the next one must stand for."""
        elapsed = time.monotonic() - self.began_s
        remaining = self.seconds - elapsed
        if self.done == 0 or left * elapsed <= self.done * remaining:
            return 1.0
        self.is_hurried = True
        return left * elapsed / self.done / remaining if remaining > 0 else np.inf


class Chain(NamedTuple):
    """What one chain of steps led to."""

    cost: float
    """With tied blocks and what is lacking."""
    state: State
    is_hurried: bool = False
    """Whether it left out steps for want of time."""


class Annealed(NamedTuple):
    """A placement after a schedule."""

    state: State
    is_hurried: bool
    """Whether a chain left out steps for want of time."""


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

    def annealed(
        self,
        state: State,
        schedule: Schedule,
        has_time: Callable[[], bool],
        left_s: Callable[[], float],
    ) -> Annealed:
        """The cheapest placement that a schedule leads to, piece by piece; never a dearer one.

        Where `left_s` is too short for all steps, every piece has its share of it and cools down
        in that. Once there is no `has_time` no more steps are taken.
        """
        chains = CHAINS if self.pieces.count == 1 else 1
        stages = [self._stage(phase, schedule.prices, state.blocks) for phase in PHASES]
        members = grouped(self.pieces.of_item[self.units.item], self.pieces.count)
        parts = [part_of(self.arrays, self.units, state, each) for each in members]

        is_called_off = Event()

        def goes_on() -> bool:
            return has_time() and not is_called_off.is_set()

        tasks, threads = len(parts) * chains, numba.get_num_threads()

        def one(task: int) -> Chain:
            turns = -(-(tasks - task) // threads)
            pace = Pace(left_s() / turns)
            return self._chain(parts[task // chains], stages, schedule, goes_on, pace, task)

        with ThreadPoolExecutor(threads) as pool:
            try:
                found = list(pool.map(one, range(tasks)))
            except KeyboardInterrupt:
                is_called_off.set()  # the pool waits for its threads, which hear of no Ctrl-C
                raise
        for number, part in enumerate(parts):
            tried = found[number * chains : (number + 1) * chains]
            as_it_was = self._settled(part, part.begun(), stages[-1])
            part.write(min([as_it_was, *tried], key=lambda each: each.cost).state, state)
        return Annealed(state, any(each.is_hurried for each in found))

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
        pace: Pace,
        task: int,
    ) -> Chain:
        """A part after all stages, or as much of them as time allows."""
        state, left = part.begun(), 1.0
        for stage in stages:
            count = len(part.unit)
            steps = int(schedule.steps * stage.phase.steps * count)
            stretches = max(STRETCHES, steps // max(STRETCH, count))
            share, turn = stage.phase.steps / stretches, 0.0
            while turn < stretches and goes_on():
                own, units, state = part.priced(stage.arrays, state)
                ahead = min(turn + pace.stride(left - turn * share), float(stretches))
                temperatures = stage.temperatures(schedule, turn / stretches, ahead / stretches)
                seed = np.random.SeedSequence((schedule.steps, task, int(turn)))
                anneal(
                    own.ways,
                    own.menus,
                    stage.limits,
                    units,
                    stage.tied,
                    state,
                    temperatures,
                    steps // stretches,
                    seed.generate_state(1)[0],
                )
                pace.done += share
                turn = ahead
                if stage.phase.priced == 0 and self._is_enough(stage, state, schedule):
                    break
            left -= stage.phase.steps
        return self._settled(part, state, stages[-1])._replace(is_hurried=pace.is_hurried)

    def _settled(self, part: Part, state: State, stage: Stage) -> Chain:
        """A placement with its true cost."""
        _, _, state = part.priced(self.arrays, state)
        return Chain(_cost(stage, state), state)

    def _is_enough(self, stage: Stage, state: State, schedule: Schedule) -> bool:
        """Whether the problem is solved well enough; that of a piece alone says nothing."""
        return self.pieces.count == 1 and _cost(stage, state) <= schedule.enough


def _cost(stage: Stage, state: State) -> float:
    """Of a placement with its tied blocks and what it lacks."""
    lacking = excess_costs(stage.limits, state.over)
    return float(state.cost.sum() + stage.arrays.block_cost @ state.blocks + lacking)
