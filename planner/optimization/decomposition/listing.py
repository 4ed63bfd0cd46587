"""A few options of every item: the columns of the restricted problem, and its loops.

Rows of the arrays are items, their columns slots that hold an option or none (deployment -1).
"""

from typing import Final, NamedTuple

import numpy as np
from numba import prange

from planner.optimization.decomposition.arrays import Arrays, Menus, Short, Ways
from planner.optimization.decomposition.compiled import compiled, compiled_parallel
from planner.optimization.decomposition.pricing import STRETCHES, Shortlist, shortlist
from planner.problem.columns import Floats

NEWCOMERS: Final = 8
"""Options of an item that may join at once."""
WORTH_IT: Final = 1e-3
"""Relative to an item's best option: what costs this much more may soon be the best."""
UNUSED: Final = 1e-4
"""Share below which an option may give way."""


SCATTERS: Final = 4
"""Partial sums over the items: each is as large as all places."""


class Listing(NamedTuple):
    """Options of every item, shape (items, slots)."""

    deployment: Short
    place: Short
    cost: Floats
    """Without the prices of resources; infinite in an empty slot."""


def listing_at(arrays: Arrays, prices: Floats, slots: int) -> Listing:
    """The options that are best at some prices."""
    listed = shortlist(arrays.ways, arrays.menus, arrays.price(prices), slots)
    return Listing(listed.deployment, listed.place, true_costs(arrays, listed))


def true_costs(arrays: Arrays, listed: Shortlist | Listing) -> Floats:
    """Costs of listed options without the prices of resources; infinite where there is none."""
    cost = np.full(listed.place.shape, np.inf)
    for slot in range(listed.place.shape[1]):
        known = listed.deployment[:, slot] >= 0
        cost[known, slot] = arrays.cost(listed.deployment[known, slot], listed.place[known, slot])
    return cost


def widened(
    arrays: Arrays, listed: Listing, share: Floats, prices: Floats
) -> tuple[Listing, Floats]:
    """The listing with options that have become good, in the slots of those that are of no use."""
    price = arrays.price(prices)
    new = shortlist(arrays.ways, arrays.menus, price, NEWCOMERS)
    deployment, place, share = listed.deployment.copy(), listed.place.copy(), share.copy()
    join(arrays.ways, Listing(deployment, place, listed.cost), share, price, new)
    joined = Listing(deployment, place, listed.cost)
    return joined._replace(cost=true_costs(arrays, joined)), share


@compiled
def join(ways: Ways, listed: Listing, share: Floats, price: Floats, new: Shortlist) -> None:
    """Put each newcomer in the slot of the dearest option that is not in use."""
    items, slots = listed.place.shape
    for i in range(items):
        reduced = np.full(slots, np.inf)
        best = np.inf
        for j in range(slots):
            d, p = listed.deployment[i, j], listed.place[i, j]
            if d >= 0:
                reduced[j] = ways.cost[d]
                for k in range(price.shape[1]):
                    reduced[j] += ways.amount[d, k] * price[p, k]
                best = min(best, reduced[j])
        for h in range(new.place.shape[1]):
            d, p = new.deployment[i, h], new.place[i, h]
            if d < 0 or new.reduced[i, h] > best + WORTH_IT * abs(best):
                break
            dearest = -1
            for j in range(slots):
                if listed.deployment[i, j] == d and listed.place[i, j] == p:
                    dearest = -1
                    break
                if share[i, j] <= UNUSED and (dearest < 0 or reduced[j] > reduced[dearest]):
                    dearest = j
            if dearest >= 0 and reduced[dearest] > new.reduced[i, h]:
                listed.deployment[i, dearest], listed.place[i, dearest] = d, p
                share[i, dearest], reduced[dearest] = 0.0, new.reduced[i, h]


@compiled_parallel
def taken(ways: Ways, listed: Listing, share: Floats, places: int) -> Floats:
    """Quantities at the places that shares of the options take."""
    items, slots = listed.place.shape
    by_stretch = np.zeros((SCATTERS, places, ways.amount.shape[1]))
    for stretch in prange(SCATTERS):
        for i in range(items * stretch // SCATTERS, items * (stretch + 1) // SCATTERS):
            for j in range(slots):
                if share[i, j] != 0.0 and listed.deployment[i, j] >= 0:
                    for k in range(ways.amount.shape[1]):
                        used = share[i, j] * ways.amount[listed.deployment[i, j], k]
                        by_stretch[stretch, listed.place[i, j], k] += used
    total = np.zeros((places, ways.amount.shape[1]))
    for p in prange(places):
        for stretch in range(SCATTERS):
            for k in range(ways.amount.shape[1]):
                total[p, k] += by_stretch[stretch, p, k]
    return total


@compiled_parallel
def worth(ways: Ways, listed: Listing, extra: Floats) -> Floats:
    """What the options use, at prices per unit of each quantity at the places."""
    items, slots = listed.place.shape
    total = np.zeros((items, slots))
    for i in prange(items):
        for j in range(slots):
            d, p = listed.deployment[i, j], listed.place[i, j]
            if d >= 0:
                for k in range(extra.shape[1]):
                    total[i, j] += ways.amount[d, k] * extra[p, k]
    return total


@compiled
def magnitudes(
    ways: Ways, menus: Menus, listed: Listing, row: Floats, column: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Largest entries and sums of the absolute entries, scaled by row and by item.

    Of the resources, then of the items (there of their largest option).
    """
    row_most, row_sum = np.zeros(len(row)), np.zeros(len(row))
    item_most, item_sum = np.zeros(len(column)), np.zeros(len(column))
    items, slots = listed.place.shape
    for i in range(items):
        for j in range(slots):
            d, p = listed.deployment[i, j], listed.place[i, j]
            if d < 0:
                continue
            total = 0.0
            for e in range(menus.entry[p], menus.entry[p + 1]):
                r = menus.resource[e]
                size = abs(ways.amount[d, menus.quantity[e]] * menus.amount[e])
                size *= row[r] * column[i]
                row_most[r] = max(row_most[r], size)
                row_sum[r] += size
                item_most[i] = max(item_most[i], size)
                total += size
            item_sum[i] = max(item_sum[i], total)
    return row_most, row_sum, item_most, item_sum


@compiled_parallel
def stepped(
    ways: Ways,
    listed: Listing,
    extra: Floats,
    step: Floats,
    share: Floats,
    undone: Floats,
    share_anchor: Floats,
    undone_anchor: Floats,
    keep: float,
) -> tuple[Floats, float]:
    """One step of the items: against their costs, back onto the simplex, reflected, anchored.

    `share` and `undone` change in place to `keep` of the reflected point and the rest of the
    anchor. Returns the reflected shares and the squared length of the step, in the metric of
    `step`.
    """
    items, slots = listed.place.shape
    reflected = np.zeros((items, slots))
    moved = np.zeros(STRETCHES)
    for stretch in prange(STRETCHES):
        for i in range(items * stretch // STRETCHES, items * (stretch + 1) // STRETCHES):
            own = undone[i] - step[i] * ways.unmet[i]
            highest = own
            for j in range(slots):
                d, p = listed.deployment[i, j], listed.place[i, j]
                reflected[i, j] = -np.inf
                if d >= 0:
                    cost = listed.cost[i, j]
                    for k in range(extra.shape[1]):
                        cost += ways.amount[d, k] * extra[p, k]
                    reflected[i, j] = share[i, j] - step[i] * cost
                    highest = max(highest, reflected[i, j])
            if highest == -np.inf:
                continue
            level = highest - 1.0  # rises to where what stands above it sums to 1 (Michelot 1986)
            while True:
                total, above = 0.0, 0
                if own > level:
                    total, above = own, 1
                for j in range(slots):
                    if reflected[i, j] > level:
                        total += reflected[i, j]
                        above += 1
                higher = (total - 1.0) / above
                if higher <= level:
                    break
                level = higher
            square = 0.0
            for j in range(slots):
                projected = max(reflected[i, j] - level, 0.0)
                square += (projected - share[i, j]) ** 2
                reflected[i, j] = 2 * projected - share[i, j]
                share[i, j] = keep * reflected[i, j] + (1 - keep) * share_anchor[i, j]
            projected = max(own - level, 0.0)
            square += (projected - undone[i]) ** 2
            undone[i] = keep * (2 * projected - undone[i]) + (1 - keep) * undone_anchor[i]
            moved[stretch] += square / step[i]
    return reflected, moved.sum()
