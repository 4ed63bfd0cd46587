"""What blocks say about the prices of what they supply.

A simple block supplies one resource and touches no other (a node on demand): what the resource
lacks is bought at a price that is known beforehand, a staircase. The others tie resources
together (a commitment over many periods, a replica that needs a node): how many of them there
shall be is decided before work is placed.
"""

from typing import NamedTuple

import numpy as np

from planner.optimization.decomposition.arrays import Arrays
from planner.problem.columns import Booleans, Floats, Integers

SHORT_PRICE = 30.0
"""Times the usual price: what a unit of a resource costs that tied blocks should have supplied."""
NO_BLOCK = -1
PASSES = 8
"""Of prices that are passed on from block to block."""


class Stairs(NamedTuple):
    """Simple blocks of every resource, cheapest supply first."""

    start: Integers
    """Shape (resources + 1,)."""
    block: Integers
    cost: Floats
    supply: Floats
    limit: Floats
    whole: Booleans


def simple_blocks(arrays: Arrays) -> Booleans:
    """Blocks that supply one resource and touch no other, and are not free of cost."""
    columns = arrays.supply.tocsc()
    only = np.diff(columns.indptr) == 1
    simple = np.zeros(len(arrays.block_cost), dtype=bool)
    simple[only] = columns.data[columns.indptr[:-1][only]] < 0
    return simple & (arrays.block_cost >= 0)


def stairs_of(arrays: Arrays, whole: Booleans) -> Stairs:
    """Simple blocks, by resource and by cost of a unit."""
    columns = arrays.supply.tocsc()
    block = np.flatnonzero(simple_blocks(arrays))
    resource = columns.indices[columns.indptr[block]]
    supply = -columns.data[columns.indptr[block]]
    order = np.lexsort((arrays.block_cost[block] / supply, resource))
    count = np.bincount(resource, minlength=len(arrays.capacity))
    block = block[order]
    return Stairs(
        start=np.concatenate([[0], np.cumsum(count)]),
        block=block,
        cost=arrays.block_cost[block],
        supply=supply[order],
        limit=arrays.block_limit[block],
        whole=whole[block],
    )


def can_come(arrays: Arrays, tied: Floats) -> Floats:
    """What more of each resource blocks that are not simple could supply than `tied` of them."""
    more = np.where(simple_blocks(arrays), 0.0, arrays.block_limit - tied)
    supply: Floats = -arrays.supply.minimum(0) @ more
    return supply


def with_shortage(stairs: Stairs, most: Floats, unit: Floats) -> Stairs:
    """Stairs with a last, dear step where tied blocks could still supply a resource.

    Whoever decided these blocks buys what is used of it; `most` is how much can come, `unit` the
    usual price. The steps come in whole numbers, so that no sliver of one is ever used.
    """
    last = np.flatnonzero(most > 0)
    resource = np.concatenate([np.repeat(np.arange(len(most)), np.diff(stairs.start)), last])
    order = np.argsort(resource, kind="stable")
    count = np.bincount(resource, minlength=len(most))
    return Stairs(
        start=np.concatenate([[0], np.cumsum(count)]),
        block=np.append(stairs.block, np.full(len(last), NO_BLOCK))[order],
        cost=np.append(stairs.cost, SHORT_PRICE * unit[last])[order],
        supply=np.append(stairs.supply, np.ones(len(last)))[order],
        limit=np.append(stairs.limit, most[last])[order],
        whole=np.append(stairs.whole, np.ones(len(last), bool))[order],
    )


def ceilings(arrays: Arrays) -> Floats:
    """Prices above which a simple block without a limit would pay for itself; else infinite."""
    stairs = stairs_of(arrays, np.ones(len(arrays.block_cost), dtype=bool))
    ceiling = np.full(len(arrays.capacity), np.inf)
    unlimited = np.isinf(stairs.limit)
    resource = np.repeat(np.arange(len(ceiling)), np.diff(stairs.start))[unlimited]
    np.minimum.at(ceiling, resource, (stairs.cost / stairs.supply)[unlimited])
    return ceiling


def block_prices(arrays: Arrays) -> Floats:
    """What a unit of each resource costs that blocks supply; 0 where none does.

    Through blocks that need other blocks the prices are passed on.
    """
    stairs = stairs_of(arrays, np.ones(len(arrays.block_cost), dtype=bool))
    prices = np.zeros(len(arrays.capacity))
    has = np.diff(stairs.start) > 0
    first = stairs.start[:-1][has]
    prices[has] = stairs.cost[first] / stairs.supply[first]
    others = np.flatnonzero(~simple_blocks(arrays))
    columns = arrays.supply[:, others].tocsc()
    for _ in range(PASSES):
        before = prices.copy()
        spent = arrays.block_cost[others] + columns.maximum(0).T @ prices
        for block in np.flatnonzero(spent > 0).tolist():
            entries = slice(columns.indptr[block], columns.indptr[block + 1])
            rows, amounts = columns.indices[entries], columns.data[entries]
            open_rows = (amounts < 0) & ~has[rows]
            if open_rows.any():
                fair = spent[block] / -amounts[open_rows].sum()
                known = prices[rows[open_rows]]
                prices[rows[open_rows]] = np.where(known > 0, np.minimum(known, fair), fair)
        if np.array_equal(before, prices):
            break
    return prices
