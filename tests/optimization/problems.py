"""Small problems whose optimum is known by enumeration or by hand."""

import itertools
import math

import numpy as np
from hypothesis import strategies as st

from planner.problem.columns import AllocationProblem, Options, Uses


def assignment(costs, uses, capacities, penalties=None, priorities=None, parts=1):
    """Generalised assignment: item i in bin j costs costs[i][j] and uses uses[i][j] of bin j."""
    items, bins = np.shape(costs)
    options = Options(
        item=np.repeat(np.arange(items), bins),
        cost=np.ravel(np.array(costs, dtype=float)),
        use=Uses(
            np.tile(np.arange(bins), items),
            np.arange(items * bins),
            np.ravel(np.array(uses, dtype=float)),
        ),
    )
    deployments, places = options.factored()
    return AllocationProblem(
        item_name=tuple(f"item{i}" for i in range(items)),
        item_weight=np.ones(items),
        item_priority=np.array(priorities or [0] * items, dtype=np.int64),
        item_parts=np.full(items, parts),
        unmet_cost=np.array(penalties or [math.inf] * items, dtype=float),
        deployments=deployments,
        places=places,
        block_cost=np.zeros(0),
        block_limit=np.zeros(0),
        block_whole=np.zeros(0, dtype=bool),
        resource_name=tuple(f"bin{j}" for j in range(bins)),
        capacity=np.array(capacities, dtype=float),
        block_use=Uses.none(),
    )


def enumerated(costs, uses, capacities, penalties=None) -> float:
    """Least cost over all assignments; infinite when none fits. Bin -1: left undone."""
    items, bins = np.shape(costs)
    penalties = penalties or [math.inf] * items
    best = math.inf
    for choice in itertools.product(range(-1, bins), repeat=items):
        load = [0.0] * bins
        cost = 0.0
        for item, where in enumerate(choice):
            cost += penalties[item] if where < 0 else costs[item][where]
            if where >= 0:
                load[where] += uses[item][where]
        if cost < best and all(used <= room for used, room in zip(load, capacities, strict=True)):
            best = cost
    return best


small = st.integers(1, 9)


@st.composite
def assignments(draw):
    items, bins = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    table = st.lists(st.lists(small, min_size=bins, max_size=bins), min_size=items, max_size=items)
    capacities = draw(st.lists(st.integers(1, 20), min_size=bins, max_size=bins))
    soft = st.one_of(st.just(math.inf), st.integers(0, 30).map(float))
    return (
        draw(table),
        draw(table),
        capacities,
        draw(st.lists(soft, min_size=items, max_size=items)),
    )


def packing(kinds, members, bins, block) -> AllocationProblem:
    """Items of some kinds, as (parts, unmet cost, costs by bin, uses by bin), into bins.

    `members` says of which kind each item is, `bins` how much room each bin has; blocks add to
    the first bin at a cost and with a room of `block`.
    """
    cost = np.array([kinds[kind][2] for kind in members], float)
    use = np.array([kinds[kind][3] for kind in members], float)
    items, count = cost.shape
    options = Options(
        np.repeat(np.arange(items), count),
        cost.ravel(),
        Uses(np.tile(np.arange(count), items), np.arange(items * count), use.ravel()),
    )
    deployments, places = options.factored()
    zero = np.zeros(1, np.int64)
    return AllocationProblem(
        item_name=tuple(f"item {row}" for row in range(items)),
        item_weight=np.ones(items),
        item_priority=np.zeros(items, np.int64),
        item_parts=np.array([kinds[kind][0] for kind in members]),
        unmet_cost=np.array([kinds[kind][1] for kind in members], float),
        deployments=deployments,
        places=places,
        block_cost=np.array([block[0]], float),
        block_limit=np.array([2.0]),
        block_whole=np.ones(1, dtype=bool),
        resource_name=tuple(f"bin {row}" for row in range(count)),
        capacity=np.array(bins, float),
        block_use=Uses(zero, zero, np.array([-float(block[1])])),
    )


@st.composite
def packings(draw):
    count = draw(st.integers(1, 3))
    numbers = st.lists(st.integers(1, 9), min_size=count, max_size=count)
    unmet = st.one_of(st.just(math.inf), st.integers(0, 30).map(float))
    kind = st.tuples(st.sampled_from([0, 1, 3]), unmet, numbers, numbers)
    kinds = draw(st.lists(kind, min_size=1, max_size=3))
    members = draw(st.lists(st.integers(0, len(kinds) - 1), min_size=2, max_size=6))
    room = draw(st.lists(st.integers(0, 25), min_size=count, max_size=count))
    return packing(kinds, members, room, (draw(st.integers(1, 20)), draw(st.integers(1, 9))))
