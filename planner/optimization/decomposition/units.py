"""Items as units that are placed whole, and placements as choices."""

from typing import Final

import numpy as np

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.blocks import Stairs
from planner.optimization.decomposition.listing import true_costs
from planner.optimization.decomposition.placement import UNDONE, Limits, State, Tied, Units
from planner.optimization.decomposition.pricing import Shortlist, shortlist
from planner.problem.columns import AllocationProblem, Choice, Floats, Integers

DIVIDED: Final = 16
"""Units of an item that divides at will."""
MOST_UNITS: Final = 1 << 22
"""Of all items, some 100 bytes each; where parts are more, those that come in most of them have
several in a unit."""
REQUIRED: Final = 1e3
"""Times its usual cost: what leaving a required item undone counts as while plans are sought."""
BEYOND: Final = 1e6
"""Times the usual price of a resource: what using more than there can be counts as."""
SPARE: Final = 32
"""Members of a resource that may come on top of half as many again."""
TOLERANCE: Final = 1e-9
"""Relative use above a capacity that is rounding."""


def units_of(
    problem: AllocationProblem, arrays: Arrays, prices: Floats, unit: Floats, length: int
) -> Units:
    """Units of all items with the options that are best at some prices.

    What they are worth is told at the usual prices of the resources, `unit`.
    """
    listed = shortlist(arrays.ways, arrays.menus, arrays.price(prices), length)
    worth = _at_prices(arrays, listed, arrays.price(unit))
    penalty = np.where(np.isfinite(arrays.ways.unmet), arrays.ways.unmet, 1.0)
    usual = np.maximum(worth, worth.mean())
    usual = np.where(usual > 0, usual, penalty)
    parts = np.where(problem.item_parts == 0, DIVIDED, problem.item_parts)
    count = np.minimum(parts, _most_of_one(parts))
    item = np.repeat(np.arange(arrays.items), count)
    within = np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)
    in_unit = parts[item] // count[item] + (within < parts[item] % count[item])
    return Units(
        item=item.astype(np.int32),
        share=in_unit / parts[item],
        listed=listed._replace(reduced=true_costs(arrays, listed)),
        undone=np.minimum(arrays.ways.unmet, REQUIRED * usual),
        worth=worth,
    )


def _most_of_one(parts: Integers) -> int:
    """The most units of an item with which all items have no more than there may be."""
    size = np.sort(np.minimum(parts, MOST_UNITS))
    below = np.cumsum(size) - size
    left = MOST_UNITS - below  # for this item and all those after it, in equal numbers
    fits = size * np.arange(len(size), 0, -1) <= left
    if fits.all():
        return int(size.max(initial=1))
    first = int(np.argmin(fits))
    return max(1, int(left[first]) // (len(size) - first))


def limits_of(arrays: Arrays, stairs: Stairs, unit: Floats) -> Limits:
    """What resources beyond their capacity cost; `unit` is their usual price."""
    tolerance = TOLERANCE * np.maximum(1.0, np.abs(arrays.capacity))
    return Limits(stairs, tolerance, BEYOND * unit)


def tied_of(problem: AllocationProblem, arrays: Arrays, block: Integers) -> Tied:
    """Some blocks that are not simple."""
    columns = arrays.supply[:, block].tocsc()
    return Tied(
        block=block,
        start=columns.indptr.astype(np.int64),
        resource=columns.indices.astype(np.int64),
        amount=columns.data,
        cost=arrays.block_cost[block],
        limit=arrays.block_limit[block],
        whole=problem.block_whole[block],
    )


def nothing_placed(arrays: Arrays, units: Units, blocks: Floats) -> State:
    """All units undone, with some blocks in place."""
    count = len(units.item)
    deepest = int(np.diff(arrays.menus.entry).max(initial=0))
    empty = np.zeros(len(arrays.capacity), np.int32)
    return State(
        deployment=np.full(count, UNDONE, np.int32),
        place=np.full(count, UNDONE, np.int32),
        cost=units.undone[units.item] * units.share,
        over=arrays.supply @ blocks - arrays.capacity,
        blocks=blocks.copy(),
        member=np.zeros(0, np.int32),
        member_start=np.zeros(len(empty) + 1, np.int64),
        member_count=empty,
        position=np.full((count, deepest), -1, np.int32),
    )


def with_members(arrays: Arrays, units: Units, state: State) -> State:
    """The same placement, its sums taken anew and room for members where they are needed."""
    placed = np.flatnonzero(state.deployment != UNDONE)
    entry = arrays.menus.entry
    first, count = entry[state.place[placed]], np.diff(entry)[state.place[placed]]
    row = np.repeat(np.arange(len(placed)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    resource = arrays.menus.resource[first[row] + within]
    members = np.bincount(resource, minlength=len(arrays.capacity))
    room = members + members // 2 + SPARE
    start = np.concatenate([[0], np.cumsum(room)])
    order = np.argsort(resource, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(members) - members, members)
    member = np.zeros(start[-1], np.int32)
    member[start[resource] + rank] = placed[row]
    position = np.full_like(state.position, -1)
    position[placed[row], within] = rank
    cost = units.undone[units.item] * units.share
    whole = arrays.cost(state.deployment[placed], state.place[placed])
    cost[placed] = whole * units.share[placed]
    return state._replace(
        cost=cost,
        over=arrays.supply @ state.blocks
        - arrays.capacity
        + arrays.used(_taken(arrays, units, state)),
        member=member,
        member_start=start,
        member_count=members.astype(np.int32),
        position=position,
    )


def choice_of(problem: AllocationProblem, arrays: Arrays, units: Units, state: State) -> Choice:
    """The options and the tied blocks in use."""
    placed = np.flatnonzero(state.deployment != UNDONE)
    deployment = arrays.deployment[state.deployment[placed]]
    number = problem.numbered(deployment, state.place[placed].astype(np.int64))
    option, inverse = np.unique(number, return_inverse=True)
    parts = problem.item_parts[units.item[placed]]
    parts = np.where(parts == 0, DIVIDED, parts)
    # shares are sums of whole parts, not of their rounded fractions
    whole = np.bincount(inverse, weights=np.round(units.share[placed] * parts))
    of_item = np.zeros(len(option))
    of_item[inverse] = parts
    return Choice(option, whole / of_item, state.blocks.copy())


def order_of(units: Units) -> Integers:
    """Units by what they cost at the prices, dearest first: the small ones fill the gaps."""
    return np.argsort(-units.worth[units.item] * units.share, kind="stable")


def _taken(arrays: Arrays, units: Units, state: State) -> Floats:
    """Quantities at the places."""
    placed = np.flatnonzero(state.deployment != UNDONE)
    amount = arrays.ways.amount[state.deployment[placed]] * units.share[placed, None]
    taken = np.zeros_like(arrays.place_cost)
    np.add.at(taken, state.place[placed], amount)
    return taken


def _at_prices(arrays: Arrays, listed: Shortlist, price: Floats) -> Floats:
    """What the first option of every item costs at some prices, 0 where there is none."""
    deployment, place = listed.deployment[:, 0], listed.place[:, 0]
    total = (arrays.ways.amount[deployment] * price[place]).sum(axis=1)
    worth: Floats = np.where(deployment >= 0, np.abs(arrays.ways.cost[deployment] + total), 0.0)
    return worth
