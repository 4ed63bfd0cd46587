"""Generated allocation problems over months: jobs that hold their nodes for a window.

A workload runs for 1 to 24 months from one of up to three starts. A pool has a few nodes that are
owned, nodes on demand month by month, and nodes committed to for one or two years.
"""

import numpy as np

from benchmarks.estate import HOURS_PER_MONTH, estate, work
from benchmarks.fleets import amounts, items, resource_names, tastes
from benchmarks.menus import CLASSES, NODES, menus, place_costs
from planner.problem.columns import (
    AllocationProblem,
    Deployments,
    Floats,
    Places,
    Uses,
)

DURATIONS = (1, 3, 6, 12, 24)
STARTS = 3
"""Months in a row in which a workload may begin."""
EVERY = 3
"""Months between the earliest starts that workloads have."""
COMMITMENTS = ((0, 12, 0.35), (12, 12, 0.35), (0, 24, 0.5))
"""First month, months and discount on the price on demand."""
OWNED = 0.25
ON_DEMAND = 0.35
COMMITTED = 0.2
"""Shares of the most that a pool needs when every workload chooses by its own taste."""


def windows_fleet(
    workloads: int,
    months: int = 24,
    types: int = 30,
    sites: int = 20,
    load: float = 1.0,
    seed: int = 0,
) -> AllocationProblem:
    """Indivisible workloads in windows, pools with commitments, power limits of sites."""
    rng = np.random.default_rng(seed)
    on = estate(types, sites, rng)
    wanted = work(workloads, on, rng)
    slots = _slots(months)
    slot = rng.integers(0, len(slots), workloads)
    at = menus(on, slots)
    menu = (wanted.type * CLASSES + wanted.wanted[wanted.workload]) * len(slots)
    menu += slot[wanted.workload]
    cost = place_costs(on, at, HOURS_PER_MONTH)
    amount, pools = amounts(wanted, on), types * sites
    pair, place = tastes(wanted, amount, at.start, menu, cost, rng)
    use = at.uses(pools, sites, months)
    of_place = np.bincount(place, weights=amount[pair, NODES], minlength=len(at.type))
    nodes = use.resource < pools * months
    tasted = np.bincount(use.resource[nodes], of_place[use.place[nodes]], pools * months)
    needed = np.ceil(tasted.reshape(pools, months).max(axis=1) / load)
    draw = (needed.reshape(types, sites) * on.node_kw[:, None]).sum(axis=0)
    blocks = commitments(needed, on.node_usd_per_hour.ravel(), months)
    cost[:, NODES] = 0.0  # nodes are paid by the blocks
    return AllocationProblem(
        **items([f"workload-{each}" for each in range(workloads)], parts=1),
        deployments=Deployments(wanted.workload, np.zeros(len(menu)), amount, menu),
        places=Places(at.start, cost, use),
        block_cost=blocks[0],
        block_limit=blocks[1],
        block_whole=np.ones(len(blocks[0]), dtype=bool),
        resource_name=resource_names(pools, sites, months),
        capacity=np.repeat(np.concatenate([np.ceil(OWNED * needed), draw]), months),
        block_use=blocks[2],
    )


def _slots(months: int) -> list[tuple[list[int], int]]:
    """Months in which workloads may begin, and for how many they run."""
    return [
        ([*range(earliest, min(earliest + STARTS, months - duration + 1))], duration)
        for duration in DURATIONS
        for earliest in range(0, months, EVERY)
        if earliest + duration <= months
    ]


def commitments(needed: Floats, usd_per_hour: Floats, months: int) -> tuple[Floats, Floats, Uses]:
    """Nodes on demand by month, then commitments: costs, limits and what they supply."""
    pools = len(needed)
    cost = [np.repeat(usd_per_hour * HOURS_PER_MONTH, months)]
    limit = [np.repeat(np.ceil(ON_DEMAND * needed), months)]
    resource, column = [np.arange(pools * months)], [np.arange(pools * months)]
    count = pools * months
    for first, length, discount in COMMITMENTS:
        if first + length > months:
            continue
        cost.append(usd_per_hour * HOURS_PER_MONTH * length * (1 - discount))
        limit.append(np.ceil(COMMITTED * needed))
        month = np.arange(first, first + length)
        resource.append((np.arange(pools)[:, None] * months + month).ravel())
        column.append(np.repeat(count + np.arange(pools), length))
        count += pools
    rows = np.concatenate(resource)
    uses = Uses(rows, np.concatenate(column), -np.ones(len(rows)))
    return np.concatenate(cost), np.concatenate(limit), uses
