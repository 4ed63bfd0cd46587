"""A solution of an allocation problem checked by arithmetic of its own.

It shares nothing with the solvers: options are decoded and priced one deployment's menu at a time
in extended precision (numpy's longdouble, 64 bits of mantissa on x86).
"""

import numpy as np
from numpy.typing import NDArray

from planner.problem.columns import AllocationProblem, Floats, Integers
from planner.problem.solution import Solution

TOLERANCE = 1e-6
"""Relative: of rows and of objectives."""
CHUNK = 2_000_000
"""Options that are priced at a time."""

Extended = np.longdouble
Exact = NDArray[np.longdouble]


def faults(problem: AllocationProblem, solution: Solution) -> list[str]:
    """Everything that is wrong with a feasible solution; empty: nothing."""
    found = [*_choice_faults(problem, solution)]
    bound, objective = solution.bound, solution.objective
    if bound is not None and objective is not None and bound > objective + 1e-9 * abs(objective):
        found.append(f"bound {bound} is above the objective {objective}")
    if bound is not None and solution.shadow_price is not None:
        proven = dual_value(problem, solution.shadow_price)
        if solution.routes[0].solver == "prices of resources" and bound > proven:
            found.append(f"prices prove {proven}, {bound} is claimed")
    return found


def _choice_faults(problem: AllocationProblem, solution: Solution) -> list[str]:
    choice, found = solution.choice, []
    deployment = np.searchsorted(problem.option_start, choice.option, side="right") - 1
    within = choice.option - problem.option_start[deployment]
    place = problem.places.menu_start[problem.deployments.menu[deployment]] + within
    share = choice.share.astype(Extended)
    amount = problem.deployments.amount[deployment] * share[:, None]
    use = problem.places.use
    taken = np.zeros(problem.places.cost.shape, Extended)
    np.add.at(taken, place, amount)
    used = np.zeros(problem.resources, Extended)
    np.add.at(used, use.resource, taken[use.place, use.quantity] * use.amount)
    blocks = choice.blocks.astype(Extended)
    net = problem.block_use.amount * blocks[problem.block_use.column]
    np.add.at(used, problem.block_use.resource, net)
    size = np.zeros(problem.resources)
    np.add.at(size, problem.block_use.resource, np.abs(net).astype(np.float64))
    room = TOLERANCE * np.maximum(1.0, np.maximum(np.abs(problem.capacity), size))
    if (used > problem.capacity + room).any():
        found.append(f"{int((used > problem.capacity + room).sum())} resources are overused")
    done = np.zeros(problem.items, Extended)
    np.add.at(done, problem.deployments.item[deployment], share)
    required = np.isinf(problem.unmet_cost)
    if (np.abs(done - 1)[required] > TOLERANCE).any() or (done > 1 + TOLERANCE).any():
        found.append("items are done more or less than once")
    parts = problem.item_parts[problem.deployments.item[deployment]]
    counted = share * parts
    if (np.abs(counted - np.rint(counted))[parts > 0] > TOLERANCE).any():
        found.append("items are cut between their parts")
    whole = blocks[problem.block_whole]
    if (
        (whole != np.rint(whole)).any()
        or (blocks < 0).any()
        or (blocks > problem.block_limit).any()
    ):
        found.append("blocks are not whole or beyond their limit")
    cost = (problem.deployments.cost[deployment] * share).sum() + (
        taken * problem.places.cost
    ).sum()
    undone = np.clip(1 - done, 0, 1)
    penalised = np.isfinite(problem.unmet_cost)
    cost += (problem.block_cost * blocks).sum()
    cost += (problem.unmet_cost[penalised] * undone[penalised]).sum()
    if solution.objective is None or abs(cost - solution.objective) > TOLERANCE * abs(cost) + 1e-9:
        found.append(f"the choice costs {cost}, {solution.objective} is claimed")
    return found


def dual_value(problem: AllocationProblem, prices: Floats) -> float:
    """The lower bound that prices of the resources prove, by weak duality.

    Indivisible items leave out options that use more of a resource than there can ever be.
    """
    if (prices < 0).any():
        return -np.inf
    places, use, worth = problem.places, problem.places.use, prices.astype(Extended)
    price: Exact = places.cost.astype(Extended)
    np.add.at(price, (use.place, use.quantity), use.amount * worth[use.resource])
    most = _most(problem)
    least: Exact = problem.unmet_cost.astype(Extended)
    start = problem.option_start
    first = 0
    while first < len(problem.deployments.item):
        last = max(first + 1, int(np.searchsorted(start, start[first] + CHUNK, side="right")) - 1)
        _lower(problem, price, most, least, np.arange(first, last))
        first = last
    reduced = problem.block_cost.astype(Extended)
    supply = problem.block_use
    np.add.at(reduced, supply.column, supply.amount * worth[supply.resource])
    paying = reduced < 0
    if np.isinf(problem.block_limit[paying]).any():
        return -np.inf
    bought = (reduced[paying] * problem.block_limit[paying]).sum()
    return float(least.sum() + bought - (worth * problem.capacity).sum())


def _most(problem: AllocationProblem) -> Floats:
    """The most of a quantity that an indivisible part may take at each place."""
    use, supply = problem.places.use, problem.block_use
    there = problem.capacity.copy()
    gives = supply.amount < 0
    added = -supply.amount[gives] * problem.block_limit[supply.column[gives]]
    np.add.at(there, supply.resource[gives], added)
    there[use.resource[use.amount < 0]] = np.inf
    most = np.full(problem.places.cost.shape, np.inf)
    takes = use.amount > 0
    there = there + TOLERANCE * np.maximum(1.0, np.abs(there))
    limit = there[use.resource[takes]] / use.amount[takes]
    np.minimum.at(most, (use.place[takes], use.quantity[takes]), limit)
    return most


def _lower(
    problem: AllocationProblem, price: Exact, most: Floats, least: Exact, rows: Integers
) -> None:
    """Lower the items' least costs to those of some deployments' options."""
    deployments, start = problem.deployments, problem.places.menu_start
    menu = deployments.menu[rows]
    count = start[menu + 1] - start[menu]
    row = np.repeat(rows, count)
    place = np.repeat(start[menu], count) + np.arange(len(row))
    place -= np.repeat(np.cumsum(count) - count, count)
    cost = deployments.cost[row].astype(Extended)
    fits = np.ones(len(row), dtype=bool)
    part = 1 / np.maximum(problem.item_parts[deployments.item[row]], 1)
    part = np.where(problem.item_parts[deployments.item[row]] == 0, 0.0, part)
    for quantity in range(price.shape[1]):
        amount = deployments.amount[row, quantity]
        cost += amount * price[place, quantity]
        fits &= amount * part <= most[place, quantity]
    np.minimum.at(least, deployments.item[row[fits]], cost[fits])
