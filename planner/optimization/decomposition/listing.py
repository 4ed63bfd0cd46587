"""A few options of every item: the columns of the restricted problem, and its loops.

Rows of the arrays are items, their columns slots that hold an option or none (deployment -1).
"""

from typing import Final, NamedTuple

import numpy as np
from numba import prange

from planner.optimization.compiled import compiled, compiled_parallel
from planner.optimization.decomposition.arrays import Arrays, Menus, Short, Ways
from planner.optimization.decomposition.pricing import Shortlist, shortlist
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
    """Options of every item, shape (items, slots), their numbers side by side in memory."""

    deployment: Short
    place: Short
    cost: Floats
    """Without the prices of resources; infinite in an empty slot."""
    amount: Floats
    """Shape (items, slots, quantities); 0 in an empty slot."""


def listing_at(arrays: Arrays, prices: Floats, slots: int) -> Listing:
    """The options that are best at some prices."""
    listed = shortlist(arrays.ways, arrays.menus, arrays.price(prices), slots)
    return _copied_out(arrays, listed.deployment, listed.place)


def _copied_out(arrays: Arrays, deployment: Short, place: Short) -> Listing:
    amount = np.where((deployment >= 0)[:, :, None], arrays.ways.amount[deployment], 0.0)
    cost = costs(arrays.ways, arrays.place_cost, deployment, place)
    return Listing(deployment, place, cost, amount)


def true_costs(arrays: Arrays, listed: Shortlist) -> Floats:
    """Costs of listed options without the prices of resources; infinite where there is none."""
    return costs(arrays.ways, arrays.place_cost, listed.deployment, listed.place)


def widened(
    arrays: Arrays, listed: Listing, share: Floats, prices: Floats
) -> tuple[Listing, Floats]:
    """The listing with options that have become good, in the slots of those that are of no use."""
    price = arrays.price(prices)
    new = shortlist(arrays.ways, arrays.menus, price, NEWCOMERS)
    deployment, place, share = listed.deployment.copy(), listed.place.copy(), share.copy()
    join(arrays.ways, deployment, place, share, price, new)
    return _copied_out(arrays, deployment, place), share


@compiled_parallel
def costs(ways: Ways, place_cost: Floats, deployment: Short, place: Short) -> Floats:
    """Costs of options at the costs of the places; infinite where there is no option."""
    items, slots = place.shape
    cost = np.full((items, slots), np.inf)
    for i in prange(items):
        for j in range(slots):
            d, p = deployment[i, j], place[i, j]
            if d >= 0:
                by_quantity = 0.0
                for k in range(place_cost.shape[1]):
                    by_quantity += ways.amount[d, k] * place_cost[p, k]
                cost[i, j] = ways.cost[d] + by_quantity
    return cost


@compiled_parallel
def join(
    ways: Ways, deployment: Short, place: Short, share: Floats, price: Floats, new: Shortlist
) -> None:
    """Put each newcomer in the slot of the dearest option that is not in use."""
    items, slots = place.shape
    for i in prange(items):
        reduced = np.full(slots, np.inf)
        best = np.inf
        for j in range(slots):
            d, p = deployment[i, j], place[i, j]
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
                if deployment[i, j] == d and place[i, j] == p:
                    dearest = -1
                    break
                if share[i, j] <= UNUSED and (dearest < 0 or reduced[j] > reduced[dearest]):
                    dearest = j
            if dearest >= 0 and reduced[dearest] > new.reduced[i, h]:
                deployment[i, dearest], place[i, dearest] = d, p
                share[i, dearest], reduced[dearest] = 0.0, new.reduced[i, h]


@compiled_parallel
def taken(listed: Listing, share: Floats, places: int) -> Floats:
    """Quantities at the places that shares of the options take."""
    items, slots = listed.place.shape
    kinds = listed.amount.shape[2]
    by_stretch = np.zeros((SCATTERS, places, kinds))
    for stretch in prange(SCATTERS):
        for i in range(items * stretch // SCATTERS, items * (stretch + 1) // SCATTERS):
            for j in range(slots):
                if share[i, j] != 0.0:
                    p = listed.place[i, j]
                    for k in range(kinds):
                        by_stretch[stretch, p, k] += share[i, j] * listed.amount[i, j, k]
    total: Floats = by_stretch.sum(axis=0)
    return total


@compiled_parallel
def worth(listed: Listing, extra: Floats) -> Floats:
    """What the options use, at prices per unit of each quantity at the places."""
    items, slots = listed.place.shape
    total = np.zeros((items, slots))
    for i in prange(items):
        for j in range(slots):
            p = listed.place[i, j]
            for k in range(extra.shape[1]):
                total[i, j] += listed.amount[i, j, k] * extra[p, k]
    return total


@compiled
def magnitudes(
    menus: Menus, listed: Listing, row: Floats, column: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Largest entries and sums of the absolute entries, scaled by row and by item.

    Of the resources, then of the items (there of their largest option).
    """
    row_most, row_sum = np.zeros(len(row)), np.zeros(len(row))
    item_most, item_sum = np.zeros(len(column)), np.zeros(len(column))
    items, slots = listed.place.shape
    for i in range(items):
        for j in range(slots):
            p = listed.place[i, j]
            if listed.deployment[i, j] < 0:
                continue
            total = 0.0
            for e in range(menus.entry[p], menus.entry[p + 1]):
                r = menus.resource[e]
                size = abs(listed.amount[i, j, menus.quantity[e]] * menus.amount[e])
                size *= row[r] * column[i]
                row_most[r] = max(row_most[r], size)
                row_sum[r] += size
                item_most[i] = max(item_most[i], size)
                total += size
            item_sum[i] = max(item_sum[i], total)
    return row_most, row_sum, item_most, item_sum


@compiled_parallel
def stepped(
    unmet: Floats,
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
    anchor. Returns the quantities at the places that the reflected shares take and the squared
    length of the step, in the metric of `step`.
    """
    items, slots = listed.place.shape
    places, kinds = extra.shape
    by_stretch = np.zeros((SCATTERS, places, kinds))
    moved = np.zeros(SCATTERS)
    for stretch in prange(SCATTERS):
        gone = np.empty(slots)
        for i in range(items * stretch // SCATTERS, items * (stretch + 1) // SCATTERS):
            own = undone[i] - step[i] * unmet[i]
            highest = own
            for j in range(slots):
                p = listed.place[i, j]
                cost = listed.cost[i, j]
                for k in range(kinds):
                    cost += listed.amount[i, j, k] * extra[p, k]
                gone[j] = share[i, j] - step[i] * cost
                highest = max(highest, gone[j])
            if highest == -np.inf:
                continue
            level = highest - 1.0  # rises to where what stands above it sums to 1 (Michelot 1986)
            while True:
                total, above = 0.0, 0
                if own > level:
                    total, above = own, 1
                for j in range(slots):
                    if gone[j] > level:
                        total += gone[j]
                        above += 1
                higher = (total - 1.0) / above
                if higher <= level:
                    break
                level = higher
            square = 0.0
            for j in range(slots):
                projected = max(gone[j] - level, 0.0)
                square += (projected - share[i, j]) ** 2
                reflected = 2 * projected - share[i, j]
                share[i, j] = keep * reflected + (1 - keep) * share_anchor[i, j]
                if reflected != 0.0:
                    p = listed.place[i, j]
                    for k in range(kinds):
                        by_stretch[stretch, p, k] += reflected * listed.amount[i, j, k]
            projected = max(own - level, 0.0)
            square += (projected - undone[i]) ** 2
            undone[i] = keep * (2 * projected - undone[i]) + (1 - keep) * undone_anchor[i]
            moved[stretch] += square / step[i]
    return by_stretch.sum(axis=0), moved.sum()
