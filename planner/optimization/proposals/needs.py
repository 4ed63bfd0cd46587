"""How many of their own blocks the options of a division need."""

from typing import Final

import numpy as np
from scipy import sparse

from planner.optimization.proposals.divisions import Divisions
from planner.problem.columns import AllocationProblem, Floats

WHOLE: Final = 1e-6
"""What is over a whole number by no more is that number."""


class Needs:
    """Blocks that do nothing but supply private resources which nothing else supplies."""

    def __init__(self, problem: AllocationProblem, divisions: Divisions) -> None:
        """Of a problem in its divisions."""
        use, by_block = problem.options.use, problem.block_use
        shape = (problem.resources, problem.option_count)
        self.used = sparse.csc_array((use.amount, (use.resource, use.column)), shape=shape)
        supplies = by_block.amount < 0
        suppliers = np.bincount(by_block.resource[supplies], minlength=problem.resources)
        users = np.bincount(by_block.resource[~supplies], minlength=problem.resources)
        is_alone = (suppliers == 1) & (users == 0) & divisions.is_private
        does_more = np.zeros(problem.blocks, dtype=bool)
        does_more[by_block.column[supplies & ~is_alone[by_block.resource]]] = True
        does_more |= problem.block_cost < 0
        kept = supplies & ~does_more[by_block.column]
        self.resource, self.block = by_block.resource[kept], by_block.column[kept]
        self.amount = -by_block.amount[kept]
        self.capacity = problem.capacity
        self.first, self.whole = problem.option_count, problem.block_whole

    def trim(self, values: Floats) -> None:
        """Take away what the options in `values` of all variables do not need."""
        options = np.flatnonzero(values[: self.first])
        lacking = self.used[:, options] @ values[options] - self.capacity
        blocks = values[self.first : self.first + len(self.whole)]
        least = np.zeros(len(blocks))
        np.maximum.at(least, self.block, lacking[self.resource] / self.amount)
        least = np.where(self.whole, np.ceil(least - WHOLE), least)
        blocks[self.block] = np.minimum(blocks, least)[self.block]
