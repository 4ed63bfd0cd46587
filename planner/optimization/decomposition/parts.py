"""A piece of a placement in arrays of its own, so that its numbers lie close together.

Annealing goes to and fro between units at random. What it reads of them are a few numbers out of
tables as large as the fleet; copied out, those of a piece fit in a processor's cache.
"""

from dataclasses import dataclass, replace

import numpy as np

from planner.optimization.decomposition.arrays import Arrays, Ways
from planner.optimization.decomposition.listing import true_costs
from planner.optimization.decomposition.placement import UNDONE, State, Units
from planner.optimization.decomposition.units import with_members
from planner.problem.columns import Integers


@dataclass(frozen=True)
class Part:
    """Some units, with the deployments of their shortlists and of where they are now."""

    unit: Integers
    """Numbers of the units."""
    units: Units
    """Deployments are rows of `ways`, items are those of the part."""
    ways: Ways
    deployment: Integers
    """Number of each row of `ways` in the problem's arrays."""
    state: State
    """Where the units are."""

    def begun(self) -> State:
        """The placement that it starts from, to be changed in place."""
        start = self.state
        return start._replace(
            deployment=start.deployment.copy(), place=start.place.copy(), blocks=start.blocks.copy()
        )

    def priced(self, arrays: Arrays, state: State) -> tuple[Arrays, Units, State]:
        """A placement with the costs of `arrays`."""
        own = replace(arrays, ways=self.ways)
        listed = self.units.listed
        units = self.units._replace(listed=listed._replace(reduced=true_costs(own, listed)))
        return own, units, with_members(own, units, state)

    def write(self, found: State, state: State) -> None:
        """Put a placement of the part into one of the whole."""
        placed = found.deployment != UNDONE
        state.deployment[self.unit] = np.where(placed, self.deployment[found.deployment], UNDONE)
        state.place[self.unit] = found.place
        state.blocks[:] = found.blocks


def part_of(arrays: Arrays, units: Units, state: State, unit: Integers) -> Part:
    """Copy out some units; no item may have others."""
    ways = arrays.ways
    item, own = np.unique(units.item[unit], return_inverse=True)
    listed = units.listed
    known, length = listed.deployment[item], listed.place.shape[1]
    row = np.arange(known.size).reshape(known.shape)
    now, place = state.deployment[unit], state.place[unit]
    at = (known[own] == now[:, None]) & (listed.place[item][own] == place[:, None])
    elsewhere = np.flatnonzero((now != UNDONE) & ~at.any(axis=1))
    local = np.where(now == UNDONE, UNDONE, own * length + at.argmax(axis=1))
    local[elsewhere] = known.size + np.arange(len(elsewhere))
    deployment = np.concatenate([known.ravel(), now[elsewhere]]).astype(np.int64)
    return Part(
        unit=unit,
        units=Units(
            item=own.astype(np.int32),
            share=units.share[unit],
            listed=listed._replace(
                deployment=np.where(known >= 0, row, UNDONE).astype(np.int32),
                place=listed.place[item],
                reduced=listed.reduced[item],
            ),
            undone=units.undone[item],
            worth=units.worth[item],
        ),
        ways=Ways(
            start=np.minimum(np.arange(len(item) + 1) * length, known.size),
            cost=ways.cost[deployment],
            amount=ways.amount[deployment],
            menu=ways.menu[deployment],
            part=ways.part[item],
            unmet=ways.unmet[item],
        ),
        deployment=deployment,
        state=state._replace(
            deployment=local.astype(np.int32),
            place=place,
            cost=state.cost[unit],
            position=state.position[unit],
        ),
    )
