"""Which items hang together by blocks of their own, and what all of them share.

A resource that options use and a single block supplies is private (the busy hours of a
workload's replicas), and so are its block and the items that use it: they are one division. What
is left is shared: pools, power limits, and the blocks that stand for many divisions (nodes).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.problem.columns import AllocationProblem, Booleans, Integers

SHARED: Final = -1
LARGEST: Final = 3_000
"""Options of a division that branch and bound is quick with."""


@dataclass(frozen=True)
class Divisions:
    """A partition of items, options and blocks."""

    count: int
    of_item: Integers
    of_option: Integers
    of_block: Integers
    """SHARED where several divisions may need it."""
    is_private: Booleans
    """Of each resource: only one division touches it."""

    @property
    def suit(self) -> bool:
        """Whether to ask them one by one: several, small, with blocks of their own."""
        largest = int(np.bincount(self.of_option, minlength=1).max())
        return self.count > 1 and largest <= LARGEST and bool((self.of_block != SHARED).any())


def divisions_of(problem: AllocationProblem) -> Divisions:
    """The finest partition in which every private resource has one division."""
    written, use = problem.options, problem.block_use
    supplies = use.amount < 0
    suppliers = np.bincount(use.resource[supplies], minlength=problem.resources)
    is_used = np.bincount(written.use.resource, minlength=problem.resources) > 0
    is_private = is_used & (suppliers == 1)
    by_option, by_block = is_private[written.use.resource], is_private[use.resource]
    item = written.item[written.use.column[by_option]]
    first_resource, first_block = problem.items, problem.items + problem.resources
    nodes = first_block + problem.blocks
    ends = np.concatenate([item, first_block + use.column[by_block]])
    others = np.concatenate([written.use.resource[by_option], use.resource[by_block]])
    edges = (np.ones(len(ends)), (ends, first_resource + others))
    _, label = connected_components(coo_array(edges, shape=(nodes, nodes)), directed=False)
    divisions, of_item = np.unique(label[: problem.items], return_inverse=True)
    of_option = of_item[written.item]
    own = np.unique(use.column[by_block])
    of_block = np.full(problem.blocks, SHARED)
    of_block[own] = np.searchsorted(divisions, label[first_block + own])
    return Divisions(
        count=len(divisions),
        of_item=of_item,
        of_option=of_option,
        of_block=of_block,
        is_private=_touched_by_one(problem, of_option, of_block),
    )


def _touched_by_one(
    problem: AllocationProblem, of_option: Integers, of_block: Integers
) -> Booleans:
    """Whether a resource is touched by one division and by nothing that is shared."""
    use, by_block = problem.options.use, problem.block_use
    resource = np.concatenate([use.resource, by_block.resource])
    division = np.concatenate([of_option[use.column], of_block[by_block.column]])
    least = np.full(problem.resources, np.iinfo(np.int64).max)
    most = np.full(problem.resources, SHARED)
    np.minimum.at(least, resource, division)
    np.maximum.at(most, resource, division)
    alone: Booleans = (least == most) & (most != SHARED)
    return alone
