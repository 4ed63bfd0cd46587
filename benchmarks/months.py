"""Generated allocation problems over months: demand placed anew each month, commitments over years.

A workload is an indivisible item in every month. A pool has a few nodes that are owned, nodes on
demand month by month, and nodes committed to for one or two years, which tie the months together.
"""

import numpy as np

from benchmarks.estate import HOURS_PER_MONTH, estate, work
from benchmarks.fleets import items, resource_names, tastes
from benchmarks.menus import CLASSES, NODES, menus, place_costs
from benchmarks.windows import OWNED, commitments
from planner.problem.columns import AllocationProblem, Deployments, Places

GROWTH_PER_MONTH = 0.005
GROWTH_SCATTER = 0.02
MOST_GROWTH = 0.05
"""Of a workload's demand: its mean, its standard deviation, and how far it goes either way. Many
shrink, so that the first months are as full as the last ones."""


def months_fleet(
    workloads: int,
    months: int = 24,
    types: int = 30,
    sites: int = 20,
    load: float = 1.45,
    seed: int = 0,
) -> AllocationProblem:
    """Indivisible demand of every workload in every month, pools with commitments, power limits."""
    rng = np.random.default_rng(seed)
    on = estate(types, sites, rng)
    wanted = work(workloads, on, rng)
    growth = rng.normal(GROWTH_PER_MONTH, GROWTH_SCATTER, (workloads, 1))
    demand = (1 + np.clip(growth, -MOST_GROWTH, MOST_GROWTH)) ** np.arange(months)
    pairs = len(wanted.type)
    pair, month = np.repeat(np.arange(pairs), months), np.tile(np.arange(months), pairs)
    workload, kind_of_pair = wanted.workload[pair], wanted.type[pair]
    exact_nodes = wanted.nodes[pair] * demand[workload, month]
    nodes = np.maximum(1.0, np.ceil(exact_nodes))
    amount = np.stack(
        [
            nodes,
            nodes * on.node_kw[kind_of_pair] * (0.3 + 0.7 * exact_nodes / nodes),
            wanted.egress_tb[workload],
        ],
        axis=1,
    )
    at = menus(on, [([each], 1) for each in range(months)])
    menu = (kind_of_pair * CLASSES + wanted.wanted[workload]) * months + month
    cost, pools, first = place_costs(on, at, HOURS_PER_MONTH), types * sites, month == 0
    chosen, place = tastes(wanted, amount[first], at.start, menu[first], cost, rng)
    grown = demand.max(axis=1)[wanted.workload[chosen]]
    peak = np.ceil(wanted.nodes[chosen] * grown)
    pool = at.pool(sites)[place]
    needed = np.ceil(np.bincount(pool, weights=peak, minlength=pools) / load)
    np.maximum.at(needed, pool, peak)  # whoever chose a pool fits in it alone
    draw = (needed.reshape(types, sites) * on.node_kw[:, None]).sum(axis=0)
    blocks = commitments(needed, on.node_usd_per_hour.ravel(), months)
    cost[:, NODES] = 0.0  # nodes are paid by the blocks
    return AllocationProblem(
        **items([f"workload-{w} in month {m}" for w in range(workloads) for m in range(months)], 1),
        deployments=Deployments(workload * months + month, np.zeros(len(pair)), amount, menu),
        places=Places(at.start, cost, at.uses(pools, sites, months)),
        block_cost=blocks[0],
        block_limit=blocks[1],
        block_whole=np.ones(len(blocks[0]), dtype=bool),
        resource_name=resource_names(pools, sites, months),
        capacity=np.repeat(np.concatenate([np.ceil(OWNED * needed), draw]), months),
        block_use=blocks[2],
    )
