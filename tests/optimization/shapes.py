"""Problems that the scenario language cannot say yet, each with an optimum found by hand.

Every one has the rows of one kind of coupling; the optimizer must take them all as they are.
"""

import math
from dataclasses import dataclass

import numpy as np

from planner.problem.columns import AllocationProblem, Options, Uses


@dataclass(frozen=True)
class Row:
    """`options` and `blocks` map numbers of columns to what they use of the row."""

    capacity: float
    options: dict[int, float]
    blocks: dict[int, float]


def problem(item_of_option, cost_of_option, rows, blocks=(), parts=1, unmet=math.inf):
    """From options in a list, rows, and blocks as (cost, limit)."""
    items = max(item_of_option) + 1
    option_entries = [(r, c, u) for r, row in enumerate(rows) for c, u in row.options.items()]
    block_entries = [(r, c, u) for r, row in enumerate(rows) for c, u in row.blocks.items()]
    options = Options(
        np.array(item_of_option), np.array(cost_of_option, float), _uses(option_entries)
    )
    deployments, places = options.factored()
    return AllocationProblem(
        item_name=tuple(f"item {row}" for row in range(items)),
        item_weight=np.ones(items),
        item_priority=np.zeros(items, np.int64),
        item_parts=np.full(items, parts),
        unmet_cost=np.full(items, unmet),
        deployments=deployments,
        places=places,
        block_cost=np.array([cost for cost, _ in blocks], float),
        block_limit=np.array([limit for _, limit in blocks], float),
        block_whole=np.ones(len(blocks), dtype=bool),
        resource_name=tuple(f"row {row}" for row in range(len(rows))),
        capacity=np.array([row.capacity for row in rows], float),
        block_use=_uses(block_entries),
    )


def _uses(entries) -> Uses:
    rows, columns, amounts = zip(*entries, strict=True) if entries else ((), (), ())
    return Uses(np.array(rows, np.int64), np.array(columns, np.int64), np.array(amounts, float))


def windows():
    """Two jobs of two months on one node, four months: one after the other, late start 1 dearer."""
    starts = [0, 1, 2]
    options = [(job, start) for job in range(2) for start in starts]
    rows = [
        Row(1, {n: 1 for n, (_, start) in enumerate(options) if start <= month < start + 2}, {})
        for month in range(4)
    ]
    cost = [10 + start for _, start in options]
    return problem([job for job, _ in options], cost, rows), 22.0


def commitment():
    """Need 2, 3, 2 nodes in three months: two committed for 5 each, one on demand for 3."""
    rows = [
        Row(0, {month: need}, {3: -1.0, month: -1.0}) for month, need in enumerate((2.0, 3.0, 2.0))
    ]
    blocks = [(3.0, 9.0)] * 3 + [(5.0, 9.0)]
    return problem([0, 1, 2], [0, 0, 0], rows, blocks, parts=0), 13.0


def tiers():
    """Five nodes: the first two cost 10 each, further ones 4, but only after both of the first.

    The second tier is open when its indicator is bought, which needs the first tier full.
    """
    need = Row(0, {0: 5.0}, {0: -1.0, 1: -1.0})
    full_first = Row(0, {}, {2: 2.0, 0: -1.0})
    opened = Row(0, {}, {1: 1.0, 2: -9.0})
    blocks = [(10.0, 2.0), (4.0, 9.0), (0.0, 1.0)]
    return problem([0], [0], [need, full_first, opened], blocks), 32.0


def precedence():
    """B (items 1) may be done early for 1 only if A (item 0) is done early for 9, else for 6."""
    early_b_needs_early_a = Row(0, {2: 1.0, 0: -1.0}, {})
    return problem([0, 0, 1, 1], [9, 5, 1, 6], [early_b_needs_early_a]), 10.0


def at_least():
    """Three workloads, at least two at the dear site."""
    floor = Row(-2, {1: -1.0, 3: -1.0, 5: -1.0}, {})
    return problem([0, 0, 1, 1, 2, 2], [1, 4, 1, 3, 1, 6], [floor]), 8.0


def spare_capacity():
    """One workload of 2 nodes at either of two sites; it must still fit when either is lost.

    Items: the workload in the ordinary case and in each loss. Nodes bought at a site are there in
    every case but its own loss.
    """
    cases = [(0, 1), (1,), (0,)]  # sites that stand
    options = [(case, site) for case, sites in enumerate(cases) for site in sites]
    rows = [
        Row(
            0,
            {n: 2.0 for n, option in enumerate(options) if option == (case, site)},
            {site: -1.0},
        )
        for case, sites in enumerate(cases)
        for site in sites
    ]
    return problem([case for case, _ in options], [0] * 4, rows, [(7.0, 9.0), (8.0, 9.0)]), 30.0


def budget():
    """A row that couples everything: 3 tonnes for two workloads, clean costs 2 more."""
    row = Row(3, {0: 2.0, 1: 1.0, 2: 2.0, 3: 1.0}, {})
    return problem([0, 0, 1, 1], [1, 3, 1, 3], [row]), 4.0


def penalty():
    """Work that is dearer than leaving it undone, and work that is not."""
    return problem([0, 1], [9, 3], [Row(5, {0: 1.0, 1: 1.0}, {})], unmet=5.0), 8.0


SHAPES = (
    windows,
    commitment,
    tiers,
    precedence,
    at_least,
    spare_capacity,
    budget,
    penalty,
)
