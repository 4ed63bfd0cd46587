"""Blocks for a use that is known: whole numbers at least cost, component by component.

Blocks and resources fall apart into components (a pool with its purchases over all periods, say).
Where all blocks of a component are simple the staircase says what to buy; the others are small
integer programs. A program may fall short of its supply at a steep price, so that it always has
an answer: the placement that follows keeps the capacity there is.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.blocks import Stairs, simple_blocks
from planner.optimization.program import Program
from planner.optimization.route import HIGHS, ask
from planner.problem.columns import Booleans, Floats, Integers

BUYING_GAP: Final = 1e-4
SHORT_PRICE: Final = 1e3
"""Times the usual price: what a unit of supply costs that a purchase falls short of."""
ROOM: Final = 1e-9
"""Relative use that needs no block."""


def _asked(program: Program, time_limit_s: float) -> Floats | None:
    answer = ask(program, HIGHS, BUYING_GAP, time_limit_s)
    if answer.is_interrupted:
        raise KeyboardInterrupt
    return answer.values


@dataclass(frozen=True)
class Buyer:
    """The blocks of a problem, sorted once, bought for any use."""

    arrays: Arrays
    stairs: Stairs
    whole: Booleans
    unit: Floats
    """Usual price of each resource."""

    @cached_property
    def tied(self) -> Integers:
        """Blocks that are not simple."""
        return np.flatnonzero(~simple_blocks(self.arrays))

    def bought(self, used: Floats, time_limit_s: float) -> Floats:
        """Numbers of all blocks for what items use of every resource."""
        arrays = self.arrays
        numbers = np.zeros(len(arrays.block_cost))
        tied = self.tied
        if len(tied):
            of_resource, of_block = self._components()
            programs = np.unique(of_block[tied])
            for component in programs.tolist():
                rows = np.flatnonzero(of_resource == component)
                columns = np.flatnonzero(of_block == component)
                share = time_limit_s / len(programs)
                numbers[columns] = self._solved(rows, columns, used[rows], share)
        over = used - arrays.capacity + arrays.supply @ numbers
        return numbers + self.steps(over)

    def steps(self, over: Floats) -> Floats:
        """Simple blocks for what is used above the capacity, cheapest supply first."""
        numbers = np.zeros(len(self.arrays.block_cost))
        stairs = self.stairs
        room = ROOM * np.maximum(1.0, np.abs(self.arrays.capacity))
        lacking = np.flatnonzero((over > room) & (np.diff(stairs.start) > 0))
        for resource in lacking.tolist():
            left = float(over[resource])
            for step in range(stairs.start[resource], stairs.start[resource + 1]):
                needed = left / stairs.supply[step]
                if stairs.whole[step]:
                    needed = np.ceil((left - room[resource]) / stairs.supply[step])
                count = min(max(needed, 0.0), float(stairs.limit[step]))
                numbers[stairs.block[step]] = count
                left -= count * stairs.supply[step]
        return numbers

    def _components(self) -> tuple[Integers, Integers]:
        """Component of every resource and of every block."""
        supply = self.arrays.supply
        resources = supply.shape[0]
        graph = sparse.block_array([[None, supply], [supply.T, None]])
        _, label = connected_components(graph, directed=False)
        return label[:resources], label[resources:]

    def _solved(
        self, rows: Integers, columns: Integers, used: Floats, time_limit_s: float
    ) -> Floats:
        """Least cost of the blocks of one component."""
        arrays = self.arrays
        part = arrays.supply[rows][:, columns].tocoo()
        room = arrays.capacity[rows] - used
        in_wholes = self.whole[columns][part.col] & (part.data == np.round(part.data))
        divides = np.bincount(part.row, weights=~in_wholes, minlength=len(rows)) > 0
        # whole supply for a fractional need: what is needed of the next unit is all of it
        room = np.where(divides, room, np.floor(room + ROOM * np.maximum(1.0, np.abs(room))))
        scale = np.zeros(len(rows))
        np.maximum.at(scale, part.row, np.abs(part.data))
        short = len(columns) + np.arange(len(rows))
        row = np.concatenate([part.row, np.arange(len(rows))])
        column = np.concatenate([part.col, short])
        order = np.lexsort((column, row))
        value = np.concatenate([part.data / scale[part.row], -np.ones(len(rows))])
        program = Program(
            cost=np.concatenate(
                [arrays.block_cost[columns], SHORT_PRICE * self.unit[rows] * scale]
            ),
            upper=np.concatenate([arrays.block_limit[columns], np.full(len(rows), np.inf)]),
            whole=np.concatenate([self.whole[columns], np.zeros(len(rows), bool)]).astype(np.int64),
            row=row[order],
            column=column[order],
            coefficient=value[order],
            row_lower=np.full(len(rows), -np.inf),
            row_upper=room / scale,
            row_scale=scale,
            units=np.zeros(0),
            constant=0.0,
        )
        values = _asked(program, time_limit_s)
        if values is None:
            return np.zeros(len(columns))
        numbers = values[: len(columns)]
        return np.where(self.whole[columns], np.round(numbers), np.clip(numbers, 0, None))
