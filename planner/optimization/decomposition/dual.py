"""The dual function: the lower bound that prices of the resources prove.

At prices l >= 0 every item takes its cheapest option and every block is bought that pays:

    L(l)  =  sum of the items' least reduced costs  +  sum of min(0, reduced cost) . limit
             of the blocks  -  l . capacity

No choice costs less than L(l), whatever l (weak duality), so that a bound needs no solver's word:
it is evaluated here in double precision, and what rounding may have lost is taken off.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.pricing import cheapest
from planner.problem.columns import Floats

ROUNDINGS: Final = 8
"""Of a term on its way into the bound, beside one for each quantity and entry of a place."""
PASSES: Final = 50
"""Over blocks that supply each other, until none pays without limit."""
MARGIN: Final = 1e-12
CUT: Final = 1e-10
"""Relative: a block without a limit must cost this much more than it earns, so that rounding can
not turn its sign; prices that are cut for it are cut by a little more."""


@dataclass(frozen=True)
class Bound:
    """A lower bound and the prices that prove it."""

    value: float
    prices: Floats


@dataclass(frozen=True)
class Prices:
    """Prices that were found, and the choices of the relaxed problem that go with them."""

    bound: Bound
    quantities: Floats
    """Shape (places, quantities): what these choices take."""
    path: list[Floats]
    """Prices on the last stretch of the way to them."""


def bound_at(arrays: Arrays, prices: Floats) -> Bound:
    """The dual function at prices, cut first so that no unlimited block pays for itself."""
    cut = affordable(arrays, prices)
    price = arrays.price(cut)
    reduced, _, _ = cheapest(arrays.ways, arrays.menus, price)
    least = np.minimum(reduced, arrays.ways.unmet)
    blocks = arrays.block_price(cut)
    paying = (blocks < 0) & np.isfinite(arrays.block_limit)
    bought = blocks[paying] @ arrays.block_limit[paying]
    value = float(least.sum() + bought - cut @ arrays.capacity)
    value -= _lost(arrays, cut, least)
    return Bound(value if np.isfinite(value) else -np.inf, cut)


def affordable(arrays: Arrays, prices: Floats) -> Floats:
    """Lower prices at which no block without a limit has a negative reduced cost.

    Raises:
        ValueError: none was found; blocks without a limit supply each other in a circle.
    """
    unlimited = np.flatnonzero(~np.isfinite(arrays.block_limit))
    if len(unlimited) == 0:
        return prices
    supply = arrays.supply[:, unlimited]
    supplied, taken, columns = -supply.minimum(0), supply.maximum(0), supply.tocsc()
    cost = arrays.block_cost[unlimited]
    prices = prices.copy()
    for _ in range(PASSES):
        earned, spent = supplied.T @ prices, cost + taken.T @ prices
        paying = np.flatnonzero((earned > 0) & (earned > spent * (1 - MARGIN)))
        if len(paying) == 0:
            return prices
        for block in paying.tolist():
            entries = slice(columns.indptr[block], columns.indptr[block + 1])
            rows, amounts = columns.indices[entries], columns.data[entries]
            worth = prices[rows] * amounts
            gain, pays = -worth[amounts < 0].sum(), cost[block] + worth[amounts > 0].sum()
            if gain > pays * (1 - MARGIN):
                prices[rows[amounts < 0]] *= max(pays, 0.0) / gain * (1 - CUT)
    raise ValueError("blocks without a limit supply each other")


def _lost(arrays: Arrays, prices: Floats, least: Floats) -> float:
    """What double precision may have made of the terms, at most."""
    use, terms = arrays.use, arrays.place_cost.shape[1]
    terms += int(np.diff(arrays.menus.entry).max(initial=0)) + ROUNDINGS
    size = np.abs(least).sum() + prices @ np.abs(arrays.capacity)
    limits = np.where(np.isfinite(arrays.block_limit), arrays.block_limit, 0.0)
    size += limits @ (np.abs(arrays.block_cost) + abs(arrays.supply).T @ prices)
    earning = (arrays.place_cost < 0).any() or (use.data < 0).any() or (arrays.ways.cost < 0).any()
    if earning:  # terms that cancel are larger than their sum
        gain = np.minimum(arrays.place_cost, 0.0)
        gain = gain + (use.minimum(0).T @ prices).reshape(gain.shape)
        ways = arrays.ways._replace(cost=np.minimum(arrays.ways.cost, 0.0))
        most, _, _ = cheapest(ways, arrays.menus, gain)
        size += 2 * np.abs(most[np.isfinite(most)]).sum()
    return float(terms * np.finfo(float).eps * size)
