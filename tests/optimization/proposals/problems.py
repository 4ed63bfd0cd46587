"""Workloads on replicas of their own, which stand on nodes that all of them share."""

import math
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from planner.problem.columns import AllocationProblem, Options, Uses


class Served(NamedTuple):
    """A workload: request classes, and what one replica of it does in each pool."""

    replicas: tuple[tuple[float, ...], ...]
    """Replicas that all requests of a class keep busy, by pool; infinite where it cannot run."""
    accelerators: int
    """Of a replica."""


class Run(NamedTuple):
    """A job on whole nodes of one pool."""

    nodes: tuple[int, ...]
    cost: tuple[float, ...]


def fleet(served, runs, node_cost, nodes_there, per_node=4) -> AllocationProblem:
    """Replicas take accelerators of nodes, nodes are held at a cost and are limited by pool."""
    pools = len(node_cost)
    item, cost, uses, block_uses = [], [], [], []
    names = [f"accelerators {p}" for p in range(pools)] + [f"nodes {p}" for p in range(pools)]
    capacity = [0.0] * pools + list(nodes_there)
    block_cost = list(node_cost)
    for pool in range(pools):
        block_uses += [(pool, pool, -per_node), (pools + pool, pool, 1)]
    items = 0
    for workload in served:
        for pool in range(pools):
            busy, block = len(capacity), len(block_cost)
            names += [f"busy {busy}", f"opened {busy}"]
            capacity += [0.0, 0.0]
            block_cost.append(0.0)
            block_uses += [(busy, block, -1), (busy + 1, block, -1)]
            block_uses.append((pool, block, workload.accelerators))
            for each, replicas in enumerate(workload.replicas):
                if math.isfinite(replicas[pool]):
                    uses += [(busy, len(item), replicas[pool])]
                    uses += [(busy + 1, len(item), 1 / len(workload.replicas))]
                    item.append(items + each)
                    cost.append(replicas[pool] * 0.01)
        items += len(workload.replicas)
    divisible = items
    for run in runs:
        for pool in range(pools):
            uses.append((pools + pool, len(item), run.nodes[pool]))
            item.append(items)
            cost.append(run.cost[pool])
        items += 1
    options = Options(np.array(item, np.int64), np.array(cost, float), _uses(uses))
    rows = list(zip(names, capacity, strict=True))
    return _problem(items, divisible, options, block_cost, block_uses, rows)


def _problem(items, divisible, options, block_cost, block_uses, rows) -> AllocationProblem:
    deployments, places = options.factored()
    return AllocationProblem(
        item_name=tuple(f"item {each}" for each in range(items)),
        item_weight=np.ones(items),
        item_priority=np.zeros(items, np.int64),
        item_parts=(np.arange(items) >= divisible).astype(np.int64),
        unmet_cost=np.full(items, 1000.0),
        deployments=deployments,
        places=places,
        block_cost=np.array(block_cost, float),
        block_limit=np.full(len(block_cost), math.inf),
        block_whole=np.ones(len(block_cost), dtype=bool),
        resource_name=tuple(name for name, _ in rows),
        capacity=np.array([capacity for _, capacity in rows], float),
        block_use=_uses(block_uses),
    )


def _uses(entries) -> Uses:
    resource, column, amount = zip(*entries, strict=True)
    return Uses(np.array(resource, np.int64), np.array(column, np.int64), np.array(amount, float))


@st.composite
def fleets(draw) -> AllocationProblem:
    """Two or three workloads, up to two runs, one or two pools."""
    pools = draw(st.integers(1, 2))
    busy = st.sampled_from([0.1, 0.4, 0.9, 1.3, 2.7, 5.2])
    served = [
        Served(
            tuple(
                tuple(draw(st.lists(busy, min_size=pools, max_size=pools)))
                for _ in range(draw(st.integers(1, 2)))
            ),
            draw(st.sampled_from([1, 2, 4])),
        )
        for _ in range(draw(st.integers(2, 3)))
    ]
    runs = [
        Run(
            tuple(draw(st.lists(st.integers(1, 3), min_size=pools, max_size=pools))),
            tuple(draw(st.lists(st.integers(1, 30), min_size=pools, max_size=pools))),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    node_cost = draw(st.lists(st.integers(1, 20), min_size=pools, max_size=pools))
    there = draw(st.lists(st.integers(0, 8), min_size=pools, max_size=pools))
    return fleet(served, runs, node_cost, there)
