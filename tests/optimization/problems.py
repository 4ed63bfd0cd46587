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
