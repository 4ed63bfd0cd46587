"""Work placed at prices and shifted about: the loops that make a plan near the bound.

Every indivisible part of an item is a unit; an item that divides at will comes in a few equal
ones. A unit is somewhere or undone. What a resource lacks is bought from its staircase of simple
blocks; beyond the last step it costs so much that anything else is better. `over` is what is used
of each resource above its capacity, negative where there is room.
"""

from typing import NamedTuple

import numpy as np

from planner.optimization.compiled import compiled
from planner.optimization.decomposition.arrays import Menus, Short, Ways
from planner.optimization.decomposition.blocks import Stairs
from planner.optimization.decomposition.pricing import Shortlist, option_price
from planner.problem.columns import Booleans, Floats, Integers

UNDONE = -1
STAYS = -2
EJECTED = 8
"""Units that are pushed out for one, at most."""
TRIES = 8
"""Units that are looked at for it."""
TIED_STEPS = 0.1
"""Share of the steps of annealing that buy or sell a tied block."""


class Units(NamedTuple):
    """What is placed, and where it may well go."""

    item: Short
    share: Floats
    listed: Shortlist
    """Per item; `reduced` holds the true costs of the whole item."""
    undone: Floats
    """Cost of leaving the whole item undone, finite."""
    worth: Floats
    """Per item: what it costs at usual prices, what it uses included."""


class Log(NamedTuple):
    """Units that were pushed out, where they were, and what they cost there."""

    unit: Short
    option: Short
    """Shape (units, 2): deployment and place."""
    cost: Floats


class Limits(NamedTuple):
    """What resources beyond their capacity cost."""

    stairs: Stairs
    tolerance: Floats
    """Use above the capacity that is rounding."""
    beyond: Floats
    """USD for a unit beyond the last step."""


class Tied(NamedTuple):
    """Blocks that are not simple, with what they use and supply."""

    block: Integers
    start: Integers
    """Shape (tied blocks + 1,)."""
    resource: Integers
    amount: Floats
    cost: Floats
    limit: Floats
    whole: Booleans


class State(NamedTuple):
    """A placement; every array is changed in place."""

    deployment: Short
    place: Short
    cost: Floats
    """Per unit, of its share."""
    over: Floats
    blocks: Floats
    """Numbers of all blocks, 0 for simple ones: those follow from `over`."""
    member: Short
    """Units that use each resource, resource by resource."""
    member_start: Integers
    member_count: Short
    position: Short
    """Shape (units, most entries of a place): where each unit stands among the members."""


@compiled
def excess_cost(limits: Limits, resource: int, over: float) -> float:
    """USD for using `over` more of a resource than its capacity."""
    if over <= limits.tolerance[resource]:
        return 0.0
    stairs = limits.stairs
    total: float = 0.0
    for step in range(stairs.start[resource], stairs.start[resource + 1]):
        needed = over / stairs.supply[step]
        if stairs.whole[step]:
            needed = np.ceil((over - limits.tolerance[resource]) / stairs.supply[step])
        bought = min(needed, stairs.limit[step])
        total += bought * stairs.cost[step]
        over -= bought * stairs.supply[step]
        if over <= limits.tolerance[resource]:
            return total
    rest: float = over * limits.beyond[resource]
    return total + rest


@compiled
def excess_costs(limits: Limits, over: Floats) -> float:
    """USD for all that is used of the resources above their capacity."""
    total = 0.0
    for resource in range(len(over)):
        total += excess_cost(limits, resource, over[resource])
    return total


@compiled
def shift(limits: Limits, over: Floats, resource: int, by: float) -> float:
    """Use `by` more of a resource; what that costs in excess."""
    before = over[resource]
    over[resource] = before + by
    if before <= 0 and over[resource] <= 0:
        return 0.0
    change: float = excess_cost(limits, resource, over[resource])
    return change - excess_cost(limits, resource, before)


@compiled
def put(
    ways: Ways, menus: Menus, limits: Limits, over: Floats, d: int, p: int, share: float
) -> float:
    """Use what a share of an option uses (a negative share frees it); what that costs in excess."""
    change = 0.0
    for e in range(menus.entry[p], menus.entry[p + 1]):
        used = share * ways.amount[d, menus.quantity[e]] * menus.amount[e]
        change += shift(limits, over, menus.resource[e], used)
    return change


@compiled
def probed(
    ways: Ways,
    menus: Menus,
    limits: Limits,
    over: Floats,
    d: int,
    p: int,
    share: float,
    most: float,
) -> float:
    """What it would cost in excess to use what a share of an option uses, or more than `most`."""
    change = 0.0
    last = menus.entry[p]
    while last < menus.entry[p + 1] and change <= most:
        used = share * ways.amount[d, menus.quantity[last]] * menus.amount[last]
        change += shift(limits, over, menus.resource[last], used)
        last += 1
    for e in range(menus.entry[p], last):
        over[menus.resource[e]] -= share * ways.amount[d, menus.quantity[e]] * menus.amount[e]
    return change


@compiled
def is_lacking(menus: Menus, over: Floats, p: int) -> bool:
    """Whether more is used than there is of something that a place uses."""
    lacking = False
    for e in range(menus.entry[p], menus.entry[p + 1]):
        lacking |= over[menus.resource[e]] > 0
    return lacking


@compiled
def enter(menus: Menus, state: State, unit: int, p: int) -> None:
    """Make a unit a member of what it uses."""
    for e in range(menus.entry[p], menus.entry[p + 1]):
        r = menus.resource[e]
        slot = state.member_start[r] + state.member_count[r]
        if slot < state.member_start[r + 1]:
            state.member[slot] = unit
            state.position[unit, e - menus.entry[p]] = state.member_count[r]
            state.member_count[r] += 1
        else:
            state.position[unit, e - menus.entry[p]] = -1  # full: it is found by its other entries


@compiled
def leave(menus: Menus, state: State, unit: int) -> None:
    """Take a unit from the members of what it uses."""
    p = state.place[unit]
    for e in range(menus.entry[p], menus.entry[p + 1]):
        r = menus.resource[e]
        at = state.position[unit, e - menus.entry[p]]
        if at < 0:
            continue
        state.member_count[r] -= 1
        last = state.member[state.member_start[r] + state.member_count[r]]
        state.member[state.member_start[r] + at] = last
        q = state.place[last]
        for f in range(menus.entry[q], menus.entry[q + 1]):
            if (
                menus.resource[f] == r
                and state.position[last, f - menus.entry[q]] == (state.member_count[r])
            ):
                state.position[last, f - menus.entry[q]] = at
                break


@compiled
def settle(menus: Menus, state: State, unit: int, d: int, p: int, cost: float) -> None:
    """Record where a unit is now; what it uses has been put already."""
    if state.deployment[unit] != UNDONE:
        leave(menus, state, unit)
    state.deployment[unit], state.place[unit], state.cost[unit] = d, p, cost
    if d != UNDONE:
        enter(menus, state, unit, p)


@compiled
def place_all(
    ways: Ways,
    menus: Menus,
    limits: Limits,
    units: Units,
    price: Floats,
    order: Integers,
    state: State,
) -> None:
    """Place units in turn where they cost least, prices of resources included.

    `price` has a leading axis: units take turns with the prices there. Where no option of the
    shortlist is better than leaving a unit undone, all of its item's are looked at.
    """
    length = units.listed.place.shape[1]
    for turn, unit in enumerate(order):
        i, share = units.item[unit], units.share[unit]
        now = price[turn % len(price)]
        best, best_d, best_p = units.undone[i] * share, UNDONE, UNDONE
        for j in range(length):
            d, p = units.listed.deployment[i, j], units.listed.place[i, j]
            if d < 0:
                break
            reduced = share * option_price(ways, menus, now, 0.0, d, p)
            if reduced >= best:
                continue
            excess = probed(ways, menus, limits, state.over, d, p, share, best)
            paid = share * units.listed.reduced[i, j] + excess
            if max(reduced, paid) < best:
                best, best_d, best_p = max(reduced, paid), d, p
        if best_d == UNDONE:
            for d in range(ways.start[i], ways.start[i + 1]):
                menu = ways.menu[d]
                for p in range(menus.start[menu], menus.start[menu + 1]):
                    reduced = share * option_price(ways, menus, now, ways.part[i], d, p)
                    if reduced >= best:
                        continue
                    excess = probed(ways, menus, limits, state.over, d, p, share, best - reduced)
                    if reduced + excess < best:
                        best, best_d, best_p = reduced + excess, d, p
        if best_d != UNDONE:
            put(ways, menus, limits, state.over, best_d, best_p, share)
        settle(menus, state, unit, best_d, best_p, best)


@compiled
def anneal(
    ways: Ways,
    menus: Menus,
    limits: Limits,
    units: Units,
    tied: Tied,
    state: State,
    temperatures: tuple[float, float],
    steps: int,
    seed: int,
) -> None:
    """Shift single units, and push others out where there is no room; simulated annealing.

    A unit moves to an option of its shortlist, one of the first more often. Where that is full,
    units that use the same go where they cost least then. Changes are accepted by Metropolis' rule
    (1953) at a temperature that falls geometrically between the two given, in USD.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator, one for each thread
    length = units.listed.place.shape[1]
    first, last = temperatures
    log = Log(
        np.empty(EJECTED, np.int32), np.empty((EJECTED, 2), np.int32), np.empty(EJECTED, np.float64)
    )
    for step in range(steps):
        temperature = first * (last / first) ** (step / steps)
        budget = -temperature * np.log(np.random.random())  # noqa: NPY002
        if len(tied.block) > 0 and np.random.random() < TIED_STEPS:  # noqa: NPY002
            buy_or_sell(limits, tied, state, budget)
            continue
        unit = np.random.randint(len(units.item))  # noqa: NPY002
        i, share = units.item[unit], units.share[unit]
        j = int(length * np.random.random() ** 2)  # noqa: NPY002
        d, p = units.listed.deployment[i, j], units.listed.place[i, j]
        old_d, old_p = state.deployment[unit], state.place[unit]
        if d == old_d and p == old_p:
            continue
        new = share * (units.listed.reduced[i, j] if d >= 0 else units.undone[i])
        change = new - state.cost[unit]
        if old_d != UNDONE:
            if change > budget and not is_lacking(menus, state.over, old_p):
                continue  # what it leaves gives nothing back, and room for it only costs more
            change += put(ways, menus, limits, state.over, old_d, old_p, -share)
        if change > budget and old_d != UNDONE:
            put(ways, menus, limits, state.over, old_d, old_p, share)
            continue
        full, dearest = -1, 0.0
        if d != UNDONE:
            for e in range(menus.entry[p], menus.entry[p + 1]):
                used = share * ways.amount[d, menus.quantity[e]] * menus.amount[e]
                extra = shift(limits, state.over, menus.resource[e], used)
                change += extra
                if extra > dearest:
                    full, dearest = menus.resource[e], extra
        if change <= budget:
            settle(menus, state, unit, d, p, new)
            continue
        if full >= 0 and change - dearest < budget:
            change = make_room(ways, menus, limits, units, state, unit, full, change, budget, log)
            if change <= budget:
                settle(menus, state, unit, d, p, new)
                continue
        if d != UNDONE:
            put(ways, menus, limits, state.over, d, p, -share)
        if old_d != UNDONE:
            put(ways, menus, limits, state.over, old_d, old_p, share)


@compiled
def buy_or_sell(limits: Limits, tied: Tied, state: State, budget: float) -> None:
    """One tied block more or less, if that changes the cost by no more than `budget`."""
    at = np.random.randint(len(tied.block))  # noqa: NPY002
    block = tied.block[at]
    held = state.blocks[block]
    step = 1.0 if tied.whole[at] else max(1.0, held) * np.random.random()  # noqa: NPY002
    if np.random.random() < 0.5:  # noqa: NPY002
        step = -min(step, held)
    step = min(step, tied.limit[at] - held)
    if step == 0.0:
        return
    change: float = step * tied.cost[at]
    for e in range(tied.start[at], tied.start[at + 1]):
        change += shift(limits, state.over, tied.resource[e], step * tied.amount[e])
    if change <= budget:
        state.blocks[block] = held + step
        return
    for e in range(tied.start[at], tied.start[at + 1]):
        state.over[tied.resource[e]] -= step * tied.amount[e]


@compiled
def make_room(
    ways: Ways,
    menus: Menus,
    limits: Limits,
    units: Units,
    state: State,
    unit: int,
    full: int,
    change: float,
    budget: float,
    log: Log,
) -> float:
    """Push out units that use a full resource until a change is within `budget`.

    Where that does not come about they all go back. Returns the change.
    """
    count = 0
    for _ in range(TRIES):
        if change <= budget or count == EJECTED or state.member_count[full] == 0:
            break
        at = np.random.randint(state.member_count[full])  # noqa: NPY002
        other = state.member[state.member_start[full] + at]
        if other == unit:
            continue
        log.unit[count], log.cost[count] = other, state.cost[other]
        log.option[count, 0], log.option[count, 1] = state.deployment[other], state.place[other]
        lacking = excess_cost(limits, full, state.over[full])
        moved = push_out(ways, menus, limits, units, state, other, budget - change + lacking)
        if moved < 0.0:
            change += moved
            count += 1
    if change <= budget:
        return change
    while count > 0:
        count -= 1
        other, share = log.unit[count], units.share[log.unit[count]]
        if state.deployment[other] != UNDONE:
            put(
                ways,
                menus,
                limits,
                state.over,
                state.deployment[other],
                state.place[other],
                -share,
            )
        d, p = log.option[count, 0], log.option[count, 1]
        put(ways, menus, limits, state.over, d, p, share)
        settle(menus, state, other, d, p, log.cost[count])
    return change


@compiled
def may_move(units: Units, item: int, d: int, p: int, highest: float) -> bool:
    """Whether an item costs no more than `highest` elsewhere than in one of its options."""
    if units.undone[item] <= highest:
        return True
    for j in range(units.listed.place.shape[1]):
        if units.listed.reduced[item, j] <= highest and (
            units.listed.deployment[item, j] != d or units.listed.place[item, j] != p
        ):
            return True
    return False


@compiled
def push_out(
    ways: Ways,
    menus: Menus,
    limits: Limits,
    units: Units,
    state: State,
    unit: int,
    budget: float,
) -> float:
    """Move a unit where it costs least, if that is worth it; what changes, 0 when it stays.

    `budget` is what it may cost beside what is gained where the unit is now.
    """
    i, share = units.item[unit], units.share[unit]
    old_d, old_p = state.deployment[unit], state.place[unit]
    if not may_move(units, i, old_d, old_p, (state.cost[unit] + budget) / share):
        return 0.0
    gained = put(ways, menus, limits, state.over, old_d, old_p, -share)
    freed = gained - state.cost[unit]
    best, best_j = min(0.0, budget + gained), STAYS
    if freed + share * units.undone[i] <= best:
        best, best_j = freed + share * units.undone[i], UNDONE
    for j in range(units.listed.place.shape[1]):
        d, p = units.listed.deployment[i, j], units.listed.place[i, j]
        if d < 0:
            break
        moved = freed + share * units.listed.reduced[i, j]
        if moved > best or (d == old_d and p == old_p):
            continue
        moved += probed(ways, menus, limits, state.over, d, p, share, best - moved)
        if moved <= best:
            best, best_j = moved, j
    if best_j == STAYS:
        put(ways, menus, limits, state.over, old_d, old_p, share)
        return 0.0
    if best_j == UNDONE:
        settle(menus, state, unit, UNDONE, UNDONE, share * units.undone[i])
        return best
    d, p = units.listed.deployment[i, best_j], units.listed.place[i, best_j]
    put(ways, menus, limits, state.over, d, p, share)
    settle(menus, state, unit, d, p, share * units.listed.reduced[i, best_j])
    return best
