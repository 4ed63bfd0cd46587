"""Generated allocation problems over months: jobs that hold their nodes for a window.

A workload runs for 1 to 24 months from one of up to three starts. A pool has a few nodes that are
owned, nodes on demand month by month, and nodes committed to for one or two years.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.estate import HOURS_PER_MONTH, estate, work
from benchmarks.fleets import CLASSES, KW, NODES, amounts, items, tastes
from planner.problem.columns import (
    AllocationProblem,
    Deployments,
    Floats,
    Integers,
    Places,
    PlaceUses,
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


@dataclass(frozen=True)
class _Windows:
    earliest: Integers
    duration: Integers

    def starts(self, window: int, months: int) -> range:
        """Months in which a workload of this window may begin."""
        first, length = int(self.earliest[window]), int(self.duration[window])
        return range(first, min(first + STARTS, months - length + 1))


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
    windows = _windows(months)
    window = rng.integers(0, len(windows.earliest), workloads)
    allowed = [on.sites_for(wanted_class) for wanted_class in range(CLASSES)]
    menu_site, menu_begin, menu_window, sizes = [], [], [], []
    for each in range(len(windows.earliest)):
        begins = np.array(windows.starts(each, months))
        for sites_of_class in allowed:
            menu_site.append(np.repeat(sites_of_class, len(begins)))
            menu_begin.append(np.tile(begins, len(sites_of_class)))
            menu_window.append(np.full(len(begins) * len(sites_of_class), each))
            sizes.append(len(menu_site[-1]))
    site, begin = np.concatenate(menu_site), np.concatenate(menu_begin)
    length = windows.duration[np.concatenate(menu_window)]
    per_type = len(site)
    kind = np.repeat(np.arange(types), per_type)
    site, begin, length = np.tile(site, types), np.tile(begin, types), np.tile(length, types)
    menu_start = np.concatenate([[0], np.cumsum(np.tile(sizes, types))])
    menu = wanted.type * len(sizes) + (window * CLASSES + wanted.wanted)[wanted.workload]
    hours = length * HOURS_PER_MONTH
    believed = np.stack(
        [
            on.node_usd_per_hour[kind, site] * hours,
            on.electricity_usd_per_kwh[site] * hours,
            on.egress_usd_per_tb[site] * length,
        ],
        axis=1,
    )
    amount = amounts(wanted, on)
    pair, place = tastes(wanted, amount, menu_start, menu, believed, rng)
    row = np.repeat(np.arange(len(kind)), length)
    month = begin[row] + np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    node_row = (kind * sites + site)[row] * months + month
    power_row = types * sites * months + site[row] * months + month
    use = PlaceUses(
        np.concatenate([node_row, power_row]),
        np.concatenate([row, row]),
        np.concatenate([np.full(len(row), NODES), np.full(len(row), KW)]),
        np.ones(2 * len(row)),
    )
    tasted = np.zeros(types * sites * months)
    of_place = np.zeros(len(kind))
    np.add.at(of_place, place, amount[pair, NODES])
    np.add.at(tasted, node_row, of_place[row])
    needed = tasted.reshape(types * sites, months).max(axis=1) / load
    owned = np.ceil(OWNED * needed)
    draw = (np.ceil(needed).reshape(types, sites) * on.node_kw[:, None]).sum(axis=0)
    blocks = commitments(np.ceil(needed), on.node_usd_per_hour.ravel(), months)
    own_cost = believed.copy()
    own_cost[:, NODES] = 0.0  # nodes are paid by the blocks
    return AllocationProblem(
        **items([f"workload-{each}" for each in range(workloads)], parts=1),
        deployments=Deployments(wanted.workload, np.zeros(len(menu)), amount, menu),
        places=Places(menu_start, own_cost, use),
        block_cost=blocks[0],
        block_limit=blocks[1],
        block_whole=np.ones(len(blocks[0]), dtype=bool),
        resource_name=tuple(
            [f"nodes of pool {p} in month {m}" for p in range(types * sites) for m in range(months)]
            + [f"kW at site {s} in month {m}" for s in range(sites) for m in range(months)]
        ),
        capacity=np.concatenate([np.repeat(owned, months), np.repeat(draw, months)]),
        block_use=blocks[2],
    )


def _windows(months: int) -> _Windows:
    pairs = [
        (earliest, duration)
        for duration in DURATIONS
        for earliest in range(0, months, EVERY)
        if earliest + duration <= months
    ]
    return _Windows(np.array([each for each, _ in pairs]), np.array([each for _, each in pairs]))


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
