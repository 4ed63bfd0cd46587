"""Options priced: the loops over every option of every item, which are never written out.

The price of an option is `cost[d] + amount[d] . price[p]`, where `price` holds what a unit of each
quantity costs at each place with the resources at their prices. Sums over items are taken in a
fixed number of stretches, so that they do not depend on the number of threads.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import prange

from planner.optimization.compiled import compiled, compiled_parallel
from planner.optimization.decomposition.arrays import Menus, Short, Ways
from planner.problem.columns import Floats, Integers

STRETCHES: Final = 8
"""Partial sums; at least as many as threads are of use."""
NEGLIGIBLE: Final = 20.0
"""Options that are this many temperatures dearer than the best weigh under 3e-9 of it."""


class Shortlist(NamedTuple):
    """The cheapest options of every item at some prices, shape (items, length), cheapest first."""

    deployment: Short
    """-1 where an item has no more options."""
    place: Short
    reduced: Floats
    """Infinite where an item has no more options."""


@compiled
def option_price(ways: Ways, menus: Menus, price: Floats, part: float, d: int, p: int) -> float:
    """Reduced cost of an option; infinite when one part of it fits in no plan."""
    total: float = ways.cost[d]
    for k in range(price.shape[1]):
        amount = ways.amount[d, k]
        if amount * part > menus.room[p, k]:
            return np.inf
        total += amount * price[p, k]
    return total


@compiled_parallel
def cheapest(ways: Ways, menus: Menus, price: Floats) -> tuple[Floats, Integers, Integers]:
    """Reduced cost, deployment and place of every item's cheapest option; infinite, -1: none."""
    items = len(ways.part)
    reduced = np.full(items, np.inf)
    deployment = np.full(items, -1, np.int64)
    place = np.full(items, -1, np.int64)
    for i in prange(items):
        for d in range(ways.start[i], ways.start[i + 1]):
            menu = ways.menu[d]
            for p in range(menus.start[menu], menus.start[menu + 1]):
                cost = option_price(ways, menus, price, ways.part[i], d, p)
                if cost < reduced[i]:
                    reduced[i], deployment[i], place[i] = cost, d, p
    return reduced, deployment, place


@compiled_parallel
def shortlist(ways: Ways, menus: Menus, price: Floats, length: int) -> Shortlist:
    """The `length` cheapest options of every item."""
    items = len(ways.part)
    deployment = np.full((items, length), -1, np.int32)
    place = np.full((items, length), -1, np.int32)
    reduced = np.full((items, length), np.inf)
    for i in prange(items):
        for d in range(ways.start[i], ways.start[i + 1]):
            menu = ways.menu[d]
            for p in range(menus.start[menu], menus.start[menu + 1]):
                cost = option_price(ways, menus, price, ways.part[i], d, p)
                j = length - 1
                if cost >= reduced[i, j]:
                    continue
                while j > 0 and reduced[i, j - 1] > cost:
                    reduced[i, j] = reduced[i, j - 1]
                    deployment[i, j] = deployment[i, j - 1]
                    place[i, j] = place[i, j - 1]
                    j -= 1
                reduced[i, j], deployment[i, j], place[i, j] = cost, d, p
    return Shortlist(deployment, place, reduced)


@compiled_parallel
def softened(ways: Ways, menus: Menus, price: Floats, temperature: Floats) -> tuple[Floats, Floats]:
    """Smoothed minimum over all options, -T log(sum of exp(-cost / T)), and what it takes.

    Both by stretch of items: shapes (STRETCHES,) and (STRETCHES, places, quantities).
    """
    items = len(ways.part)
    value = np.zeros(STRETCHES)
    places, kinds = price.shape
    quantities = np.zeros((STRETCHES, places, kinds))
    for stretch in prange(STRETCHES):
        for i in range(items * stretch // STRETCHES, items * (stretch + 1) // STRETCHES):
            best = ways.unmet[i]
            for d in range(ways.start[i], ways.start[i + 1]):
                menu = ways.menu[d]
                for p in range(menus.start[menu], menus.start[menu + 1]):
                    best = min(best, option_price(ways, menus, price, ways.part[i], d, p))
            if best == np.inf:
                continue
            total = np.exp((best - ways.unmet[i]) / temperature[i])
            for d in range(ways.start[i], ways.start[i + 1]):
                menu = ways.menu[d]
                for p in range(menus.start[menu], menus.start[menu + 1]):
                    cost = option_price(ways, menus, price, ways.part[i], d, p)
                    if cost - best < NEGLIGIBLE * temperature[i]:
                        total += np.exp((best - cost) / temperature[i])
            value[stretch] += best - temperature[i] * np.log(total)
            for d in range(ways.start[i], ways.start[i + 1]):
                menu = ways.menu[d]
                for p in range(menus.start[menu], menus.start[menu + 1]):
                    cost = option_price(ways, menus, price, ways.part[i], d, p)
                    if cost - best < NEGLIGIBLE * temperature[i]:
                        share = np.exp((best - cost) / temperature[i]) / total
                        for k in range(price.shape[1]):
                            quantities[stretch, p, k] += share * ways.amount[d, k]
    return value, quantities


@compiled_parallel
def softened_shortlist(
    ways: Ways, listed: Shortlist, price: Floats, temperature: Floats
) -> tuple[Floats, Floats]:
    """As `softened`, over the options of a shortlist only."""
    items, length = listed.place.shape
    value = np.zeros(STRETCHES)
    places, kinds = price.shape
    quantities = np.zeros((STRETCHES, places, kinds))
    for stretch in prange(STRETCHES):
        weight = np.empty(length)
        for i in range(items * stretch // STRETCHES, items * (stretch + 1) // STRETCHES):
            best = ways.unmet[i]
            count = 0
            for j in range(length):
                d, p = listed.deployment[i, j], listed.place[i, j]
                if d < 0:
                    break
                cost = ways.cost[d]
                for k in range(price.shape[1]):
                    cost += ways.amount[d, k] * price[p, k]
                weight[j] = cost
                best = min(best, cost)
                count += 1
            if best == np.inf:
                continue
            total = np.exp((best - ways.unmet[i]) / temperature[i])
            for j in range(count):
                below = (best - weight[j]) / temperature[i]
                weight[j] = np.exp(below) if below > -NEGLIGIBLE else 0.0
                total += weight[j]
            value[stretch] += best - temperature[i] * np.log(total)
            for j in range(count):
                if weight[j] > 0:
                    share = weight[j] / total
                    for k in range(price.shape[1]):
                        quantities[stretch, listed.place[i, j], k] += (
                            share * ways.amount[listed.deployment[i, j], k]
                        )
    return value, quantities
