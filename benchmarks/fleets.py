"""Generated allocation problems, from a seed: fleets of contended pools.

Capacity is what the fleet would take if every workload chose by a noisy idea of its own of what is
cheap, divided by a load factor. There is always a plan, the good pools are too small for all who
want them, and at a load above 1 the optimizer needs most of what there is.
"""

from typing import Any

import numpy as np

from benchmarks.estate import HOURS_PER_MONTH, Estate, Work, estate, work
from benchmarks.menus import CLASSES, NODES, menus, place_costs
from planner.problem.columns import (
    AllocationProblem,
    Deployments,
    Floats,
    Integers,
    Places,
    Uses,
)

TASTE = 0.7
"""Scatter (of the logarithm) of what workloads believe that pools cost."""
GLANCES = 2
"""Sites at which a workload looks in each type before it chooses."""
POWER_TIGHTNESS = 0.92
"""Median of the power at a site over what its full pools draw."""


def fleet(
    workloads: int, types: int = 40, sites: int = 30, load: float = 1.2, seed: int = 0
) -> AllocationProblem:
    """Indivisible workloads for a month, on pools that are there, under power limits of sites."""
    rng = np.random.default_rng(seed)
    on = estate(types, sites, rng)
    wanted = work(workloads, on, rng)
    at = menus(on, [([0], 1)])
    cost = place_costs(on, at, HOURS_PER_MONTH)
    menu = wanted.type * CLASSES + wanted.wanted[wanted.workload]
    amount = amounts(wanted, on)
    pair, place = tastes(wanted, amount, at.start, menu, cost, rng)
    pools = types * sites
    nodes = np.bincount(at.pool(sites)[place], weights=amount[pair, NODES], minlength=pools)
    capacity = np.ceil(nodes / load)
    draw = (capacity.reshape(types, sites) * on.node_kw[:, None]).sum(axis=0)
    power = draw * np.exp(rng.normal(np.log(POWER_TIGHTNESS), 0.1, sites))
    return AllocationProblem(
        **items([f"workload-{row}" for row in range(workloads)], parts=1),
        deployments=Deployments(wanted.workload, np.zeros(len(menu)), amount, menu),
        places=Places(at.start, cost, at.uses(pools, sites, 1)),
        block_cost=np.zeros(0),
        block_limit=np.zeros(0),
        block_whole=np.zeros(0, dtype=bool),
        resource_name=resource_names(pools, sites, 1),
        capacity=np.concatenate([capacity, power]),
        block_use=Uses.none(),
    )


def resource_names(pools: int, sites: int, periods: int) -> tuple[str, ...]:
    """Nodes of every pool in every period, then kW at every site in every period."""
    return (
        *(f"nodes of pool {p} in period {t}" for p in range(pools) for t in range(periods)),
        *(f"kW at site {s} in period {t}" for s in range(sites) for t in range(periods)),
    )


def items(names: list[str], parts: int) -> dict[str, Any]:
    """The columns of items that must be done."""
    count = len(names)
    return {
        "item_name": tuple(names),
        "item_weight": np.ones(count),
        "item_priority": np.zeros(count, np.int64),
        "item_parts": np.full(count, parts),
        "unmet_cost": np.full(count, np.inf),
    }


def amounts(wanted: Work, on: Estate) -> Floats:
    """Whole nodes, what they draw at their load, and the data that leaves the site."""
    nodes = np.maximum(1.0, np.ceil(wanted.nodes))
    busy = 0.3 + 0.7 * wanted.nodes / nodes
    return np.stack(
        [nodes, nodes * on.node_kw[wanted.type] * busy, wanted.egress_tb[wanted.workload]], axis=1
    )


def tastes(
    wanted: Work,
    amount: Floats,
    menu_start: Integers,
    menu: Integers,
    place_cost: Floats,
    rng: np.random.Generator,
) -> tuple[Integers, Integers]:
    """Pair and place that each workload would choose by its own idea of what is cheap."""
    best = np.full(wanted.workloads, np.inf)
    chosen = np.zeros(wanted.workloads, np.int64)
    chosen_place = np.zeros(wanted.workloads, np.int64)
    first = np.searchsorted(wanted.workload, np.arange(wanted.workloads))
    for _ in range(GLANCES):
        sites = menu_start[menu + 1] - menu_start[menu]
        place = menu_start[menu] + rng.integers(0, 1 << 40, len(menu)) % sites
        believed = np.zeros(len(menu))
        for quantity in range(amount.shape[1]):
            believed += amount[:, quantity] * place_cost[place, quantity]
        believed *= np.exp(rng.normal(0, TASTE, len(menu)))
        least = np.minimum.reduceat(believed, first)
        row = np.flatnonzero(believed == least[wanted.workload])
        better = least < best
        row = row[better[wanted.workload[row]]]
        chosen[wanted.workload[row]], chosen_place[wanted.workload[row]] = row, place[row]
        best = np.minimum(best, least)
    return chosen, chosen_place
