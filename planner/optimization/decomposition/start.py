"""A placement that begins where an earlier choice has the units."""

from typing import Final, NamedTuple

import numpy as np

from planner.optimization.compiled import compiled
from planner.optimization.decomposition.arrays import Arrays, Menus, Short, Ways
from planner.optimization.decomposition.placement import (
    UNDONE,
    Limits,
    State,
    Units,
    place_all,
    settle,
)
from planner.problem.columns import AllocationProblem, Choice, Floats, Integers

NOTHING: Final = Choice(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
"""A choice that says nothing of any unit."""


class Held(NamedTuple):
    """Where a choice has the units; -1: nowhere."""

    deployment: Short
    place: Short


def held_by(problem: AllocationProblem, arrays: Arrays, units: Units, choice: Choice) -> Held:
    """Where a choice has every unit.

    The units of an item stand in a row, and so do its shares; each is where its middle is.
    """
    number, place = problem.located(choice.option)
    item = problem.deployments.item[number]
    order = np.argsort(item, kind="stable")
    number, place, item = number[order], place[order], item[order]
    ends = item + _ends(item, choice.share[order], problem.items)
    middle = units.item + _ends(units.item, units.share, problem.items) - units.share / 2
    at = np.searchsorted(ends, middle)
    is_held = np.append(item, UNDONE)[at] == units.item
    way = np.empty(len(arrays.deployment), np.int32)
    way[arrays.deployment] = np.arange(len(way))
    held = Held(*(np.full(len(units.item), UNDONE, np.int32) for _ in Held._fields))
    held.deployment[is_held] = way[number[at[is_held]]]
    held.place[is_held] = place[at[is_held]]
    return held


@compiled
def place_held(
    ways: Ways,
    menus: Menus,
    limits: Limits,
    units: Units,
    held: Held,
    price: Floats,
    order: Integers,
    state: State,
) -> None:
    """Place units in turn where they are held, or as `place_all` does where they do not fit there.

    They fit as long as blocks can supply what a resource lacks. One that does not is placed before
    its turn is over: the smaller ones that follow would leave no room for it.
    """
    most = _most_over(limits)
    for turn in range(len(order)):
        unit = order[turn]
        d, p, share = held.deployment[unit], held.place[unit], units.share[unit]
        fits = d != UNDONE
        if fits:
            for e in range(menus.entry[p], menus.entry[p + 1]):
                r = menus.resource[e]
                state.over[r] += share * ways.amount[d, menus.quantity[e]] * menus.amount[e]
                fits = fits and state.over[r] <= most[r]
            if fits:
                settle(menus, state, unit, d, p, 0.0)
                continue
            for e in range(menus.entry[p], menus.entry[p + 1]):
                used = share * ways.amount[d, menus.quantity[e]] * menus.amount[e]
                state.over[menus.resource[e]] -= used
        now = turn % len(price)
        place_all(ways, menus, limits, units, price[now : now + 1], order[turn : turn + 1], state)


@compiled
def _most_over(limits: Limits) -> Floats:
    """What can be used of each resource above its capacity, with all blocks of its staircase."""
    most = limits.tolerance.copy()
    stairs = limits.stairs
    for r in range(len(most)):
        for step in range(stairs.start[r], stairs.start[r + 1]):
            most[r] += stairs.limit[step] * stairs.supply[step]
    return most


def _ends(item: Integers | Short, share: Floats, items: int) -> Floats:
    """Where each share ends that stands behind the earlier ones of its item; items in a row."""
    total = np.cumsum(share)
    first = np.searchsorted(item, np.arange(items))
    ends: Floats = total - np.append(0.0, total)[first][item]
    return ends
