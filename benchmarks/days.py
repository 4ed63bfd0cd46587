"""Generated allocation problems over years of hours: serving fleets with commitments.

Every workload has a demand in every hour of a representative day of every month, which grows by
the month and peaks by the day. It divides at will; nodes are whole, on demand by the hour of the
representative day or committed to for one or three years.
"""

import numpy as np

from benchmarks.estate import estate, work
from benchmarks.fleets import items, resource_names
from benchmarks.menus import CLASSES, NODES, menus, place_costs
from planner.problem.columns import (
    AllocationProblem,
    Deployments,
    Floats,
    Places,
    Uses,
)

HOURS = 24
DAYS_PER_MONTH = 30.4
GROWTH_PER_MONTH = 0.03
PEAK = 0.45
"""Amplitude of a day's demand over its mean."""
MEAN_NODES = 60.0
"""Of a workload in the first month, on a node of unit speed."""
COMMITMENTS = ((0, 12, 0.35), (12, 12, 0.35), (24, 12, 0.35), (0, 36, 0.55))
"""First month, months and discount on the price on demand."""
ON_DEMAND = 0.8
COMMITTED = 0.6
"""Shares of a pool's even part of the demand at its peak."""
DIVISIBLE = 0


def days_fleet(
    workloads: int, months: int = 36, types: int = 18, sites: int = 10, seed: int = 0
) -> AllocationProblem:
    """Divisible serving demand in months x 24 slices on pools with commitments."""
    rng = np.random.default_rng(seed)
    on = estate(types, sites, rng)
    wanted = work(workloads, on, rng)
    slices = months * HOURS
    demand = _demand(workloads, months, rng)
    pairs = len(wanted.type)
    nodes_per_demand = np.exp(rng.normal(0, 0.3, pairs)) / on.speed[wanted.type]
    slice_of = np.tile(np.arange(slices), pairs)
    pair = np.repeat(np.arange(pairs), slices)
    nodes = nodes_per_demand[pair] * demand[wanted.workload[pair], slice_of]
    at = menus(on, [([each], 1) for each in range(slices)])
    menu = (wanted.type[pair] * CLASSES + wanted.wanted[wanted.workload[pair]]) * slices + slice_of
    cost, pools = place_costs(on, at, DAYS_PER_MONTH), types * sites
    cost[:, NODES] = 0.0  # nodes are paid by the blocks
    peak = demand.sum(axis=0).max() / on.speed.mean() / pools
    limit = np.ceil(peak * rng.uniform(0.5, 1.5, pools))
    blocks = _blocks(limit, on.node_usd_per_hour.ravel(), months)
    power = (limit.reshape(types, sites) * on.node_kw[:, None]).sum(axis=0)

    names = [f"workload-{w} slice {s}" for w in range(workloads) for s in range(slices)]
    return AllocationProblem(
        **items(names, DIVISIBLE),
        deployments=Deployments(
            wanted.workload[pair] * slices + slice_of,
            np.zeros(len(pair)),
            np.stack([nodes, nodes * on.node_kw[wanted.type[pair]], np.zeros(len(pair))], axis=1),
            menu,
        ),
        places=Places(at.start, cost, at.uses(pools, sites, slices)),
        block_cost=blocks[0],
        block_limit=blocks[1],
        block_whole=np.ones(len(blocks[0]), dtype=bool),
        resource_name=resource_names(pools, sites, slices),
        capacity=np.concatenate([np.zeros(pools * slices), np.repeat(power, slices)]),
        block_use=blocks[2],
    )


def _demand(workloads: int, months: int, rng: np.random.Generator) -> Floats:
    """Demand of each workload in each slice, in nodes of unit speed; shape (workloads, slices)."""
    mean = MEAN_NODES * np.exp(rng.normal(0, 0.8, workloads))
    growth = (1 + GROWTH_PER_MONTH * rng.uniform(0, 2, (workloads, 1))) ** np.arange(months)
    peak_hour = rng.integers(0, HOURS, (workloads, 1))
    day = 1 + PEAK * np.cos(2 * np.pi * (np.arange(HOURS) - peak_hour) / HOURS)
    return np.reshape(mean[:, None, None] * growth[:, :, None] * day[:, None, :], (workloads, -1))


def _blocks(limit: Floats, usd_per_hour: Floats, months: int) -> tuple[Floats, Floats, Uses]:
    """Nodes on demand by slice, then commitments: costs, limits and what they supply."""
    pools, slices = len(limit), months * HOURS
    cost = [np.repeat(usd_per_hour * DAYS_PER_MONTH, slices)]
    most = [np.repeat(np.ceil(ON_DEMAND * limit), slices)]
    resource, column = [np.arange(pools * slices)], [np.arange(pools * slices)]
    count = pools * slices
    for first, length, discount in COMMITMENTS:
        if first + length > months:
            continue
        cost.append(usd_per_hour * DAYS_PER_MONTH * HOURS * length * (1 - discount))
        most.append(np.ceil(COMMITTED * limit))
        hours = np.arange(first * HOURS, (first + length) * HOURS)
        resource.append((np.arange(pools)[:, None] * slices + hours).ravel())
        column.append(np.repeat(count + np.arange(pools), length * HOURS))
        count += pools
    rows = np.concatenate(resource)
    uses = Uses(rows, np.concatenate(column), -np.ones(len(rows)))
    return np.concatenate(cost), np.concatenate(most), uses
