"""Allocation problems: options, blocks and resources in columns.

    minimise    option_cost . x  +  block_cost . y  +  unmet_cost . u
    subject to  sum of x over the options of an item  +  u  =  1        for every item
                option_use . x  +  block_use . y  <=  capacity          for every resource
                0 <= x, x in whole parts of the item;  0 <= y <= block_limit, y whole
                0 <= u <= 1, and u = 0 where unmet_cost is infinite

An item is something that must be done (a workload, or one request size of it), an option one way
to do it, a block something that comes in whole numbers (a node, a replica). A block that uses a
negative amount of a resource supplies it. Generalised assignment, capacitated facility location,
variable-sized bin packing and the GPU-mix program of Melange (Griggs et al. 2024,
arXiv 2404.14527) all have this shape.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Uses:
    """Entries of a sparse matrix, resources by columns; entries of one place add up."""

    resource: Integers
    column: Integers
    amount: Floats

    def totals(self, quantity: Floats, resources: int) -> Floats:
        """What `quantity` of each column uses of each resource; shape (resources,)."""
        used = self.amount * quantity[self.column]
        return np.bincount(self.resource, weights=used, minlength=resources).astype(np.float64)


@dataclass(frozen=True)
class AllocationProblem:
    """The columns; see the module for the program they stand for."""

    item_name: tuple[str, ...]
    item_weight: Floats
    """How much leaving an item undone counts when not everything can be done; above 0."""
    item_priority: Integers
    """When not everything can be done, items of a lower number are done first."""
    item_parts: Integers
    """Equal parts that the item comes in: 1 when it is indivisible, n when x is a multiple of 1/n,
    0 when it divides at will. Equal parts are counted, never told apart: a program with a binary
    for each would have as many equal optima as they have orders."""
    unmet_cost: Floats
    """USD for leaving the whole item undone; infinite: it must be done."""
    option_item: Integers
    option_cost: Floats
    block_cost: Floats
    block_limit: Floats
    """Infinite: as many as wanted."""
    resource_name: tuple[str, ...]
    capacity: Floats
    option_use: Uses
    block_use: Uses

    def __post_init__(self) -> None:
        """Refuse columns of different lengths and numbers that are none."""
        items, options, blocks = self.shape
        lengths_agree = (
            len(self.item_weight) == len(self.item_priority) == len(self.item_parts) == items
            and len(self.unmet_cost) == items
            and len(self.option_item) == options
            and len(self.block_limit) == blocks
            and len(self.capacity) == len(self.resource_name)
        )
        finite = (self.option_cost, self.block_cost, self.capacity, self.option_use.amount)
        if not lengths_agree:
            raise ValueError("columns of an AllocationProblem differ in length")
        if not all(np.isfinite(column).all() for column in (*finite, self.block_use.amount)):
            raise ValueError("an AllocationProblem holds a number that is not finite")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of items, options and blocks."""
        return len(self.item_name), len(self.option_cost), len(self.block_cost)

    def used(self, shares: Floats, blocks: Floats) -> Floats:
        """What a choice uses of every resource, net of what its blocks supply."""
        resources = len(self.capacity)
        return self.option_use.totals(shares, resources) + self.block_use.totals(blocks, resources)

    def unmet(self, shares: Floats) -> Floats:
        """Share of every item that a choice leaves undone."""
        done = np.bincount(self.option_item, weights=shares, minlength=len(self.item_name))
        return np.clip(1 - done, 0, 1)

    def objective(self, shares: Floats, blocks: Floats) -> float:
        """Cost of a choice, what it leaves undone included."""
        undone = self.unmet(shares)
        penalised = np.isfinite(self.unmet_cost)
        return float(
            self.option_cost @ shares
            + self.block_cost @ blocks
            + self.unmet_cost[penalised] @ undone[penalised]
        )
