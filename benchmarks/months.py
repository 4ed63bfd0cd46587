"""Generated allocation problems over months: demand placed anew each month, commitments over years.

A workload is an indivisible item in every month. A pool has a few nodes that are owned, nodes on
demand month by month, and nodes committed to for one or two years, which tie the months together.
"""

import numpy as np

from benchmarks.estate import HOURS_PER_MONTH, estate, work
from benchmarks.fleets import CLASSES, KW, NODES, items, tastes
from benchmarks.windows import OWNED, commitments
from planner.problem.columns import AllocationProblem, Deployments, Places, PlaceUses

GROWTH_PER_MONTH = 0.02
"""Mean growth of a workload's demand; half of them grow less, some shrink."""


def months_fleet(
    workloads: int,
    months: int = 24,
    types: int = 30,
    sites: int = 20,
    load: float = 1.6,
    seed: int = 0,
) -> AllocationProblem:
    """Indivisible demand of every workload in every month, pools with commitments, power limits."""
    rng = np.random.default_rng(seed)
    on = estate(types, sites, rng)
    wanted = work(workloads, on, rng)
    growth = 1 + GROWTH_PER_MONTH * rng.normal(1, 2, (workloads, 1))
    demand = np.clip(growth, 0.9, 1.1) ** np.arange(months)
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
    allowed = [on.sites_for(wanted_class) for wanted_class in range(CLASSES)]
    lengths = np.array([len(each) for each in allowed])
    # menus: type, class, month; places of a menu: its sites
    site = np.tile(np.concatenate([np.tile(each, months) for each in allowed]), types)
    of_month = np.tile(np.concatenate([np.repeat(np.arange(months), n) for n in lengths]), types)
    kind = np.repeat(np.arange(types), len(site) // types)
    menu_start = np.concatenate([[0], np.cumsum(np.tile(np.repeat(lengths, months), types))])
    menu = (kind_of_pair * CLASSES + wanted.wanted[workload]) * months + month
    believed = np.stack(
        [
            on.node_usd_per_hour[kind, site] * HOURS_PER_MONTH,
            on.electricity_usd_per_kwh[site] * HOURS_PER_MONTH,
            on.egress_usd_per_tb[site],
        ],
        axis=1,
    )
    first = month == 0
    chosen, place = tastes(wanted, amount[first], menu_start, menu[first], believed, rng)
    pool = kind * sites + site
    grown = demand.max(axis=1)[wanted.workload[chosen]]
    peak = np.ceil(wanted.nodes[chosen] * grown)
    needed = np.ceil(np.bincount(pool[place], weights=peak, minlength=types * sites) / load)
    np.maximum.at(needed, pool[place], peak)  # whoever chose a pool fits in it alone
    draw = (needed.reshape(types, sites) * on.node_kw[:, None]).sum(axis=0)
    blocks = commitments(needed, on.node_usd_per_hour.ravel(), months)
    cost = believed.copy()
    cost[:, NODES] = 0.0  # nodes are paid by the blocks
    own = np.arange(len(site))
    pools = types * sites
    return AllocationProblem(
        **items([f"workload-{w} in month {m}" for w in range(workloads) for m in range(months)], 1),
        deployments=Deployments(workload * months + month, np.zeros(len(pair)), amount, menu),
        places=Places(
            menu_start,
            cost,
            PlaceUses(
                np.concatenate([pool * months + of_month, (pools + site) * months + of_month]),
                np.concatenate([own, own]),
                np.concatenate([np.full(len(own), NODES), np.full(len(own), KW)]),
                np.ones(2 * len(own)),
            ),
        ),
        block_cost=blocks[0],
        block_limit=blocks[1],
        block_whole=np.ones(len(blocks[0]), dtype=bool),
        resource_name=tuple(
            [f"nodes of pool {p} in month {m}" for p in range(pools) for m in range(months)]
            + [f"kW at site {s} in month {m}" for s in range(sites) for m in range(months)]
        ),
        capacity=np.concatenate(
            [np.repeat(np.ceil(OWNED * needed), months), np.repeat(draw, months)]
        ),
        block_use=blocks[2],
    )
