"""Other people's instances as allocation problems: readers of the files that they are published in.

Generalised assignment and capacitated facility location in the formats of OR-Library (Beasley
1990, doi 10.1057/jors.1990.166; Yagiura's types C, D and E have the same), single-source location
in that of Holmberg, Ronnqvist and Yuan (1999, doi 10.1016/S0377-2217(98)00008-3), bin packing in
OR-Library's, GPU mixes in the JSON that Melange (Griggs et al. 2024, arXiv 2404.14527) reads.
"""

import json
from pathlib import Path

import numpy as np

from planner.problem.columns import AllocationProblem, Booleans, Floats, Integers, Options, Uses

DIVISIBLE = 0
INDIVISIBLE = 1


def _problem(
    parts: Integers, options: Options, capacity: Floats, blocks: tuple[Floats, Floats, Uses]
) -> AllocationProblem:
    deployments, places = options.factored()
    count, (cost, limit, use) = len(parts), blocks
    whole: Booleans = np.ones(len(cost), dtype=bool)
    return AllocationProblem(
        item_name=tuple(f"item {row}" for row in range(count)),
        item_weight=np.ones(count),
        item_priority=np.zeros(count, np.int64),
        item_parts=parts,
        unmet_cost=np.full(count, np.inf),
        deployments=deployments,
        places=places,
        block_cost=cost,
        block_limit=limit,
        block_whole=whole,
        resource_name=tuple(f"resource {row}" for row in range(len(capacity))),
        capacity=capacity,
        block_use=use,
    )


def assignment(file: Path) -> AllocationProblem:
    """Generalised assignment: agents, jobs, costs by agent, uses by agent, capacities."""
    numbers = np.array(file.read_text().split(), dtype=np.float64)
    agents, jobs = int(numbers[0]), int(numbers[1])
    size = agents * jobs
    cost, use = (numbers[2 + part * size :][:size].reshape(agents, jobs).T for part in (0, 1))
    capacity = numbers[2 + 2 * size :][:agents]
    options = Options(
        item=np.repeat(np.arange(jobs), agents),
        cost=np.ravel(cost),
        use=Uses(np.tile(np.arange(agents), jobs), np.arange(size), np.ravel(use)),
    )
    none = (np.zeros(0), np.zeros(0), Uses.none())
    return _problem(np.full(jobs, INDIVISIBLE), options, capacity, none)


def _location(
    room: Floats, opening: Floats, demand: Floats, cost: Floats, parts: int
) -> AllocationProblem:
    """Customers served by facilities that are opened; `cost` is of the whole demand.

    A facility that is not opened serves no share of anyone: rows of their own, which tighten the
    relaxation.
    """
    customers, facilities = cost.shape
    count = customers * facilities
    customer = np.repeat(np.arange(customers), facilities)
    facility = np.tile(np.arange(facilities), customers)
    own, at = np.arange(count), np.arange(facilities)
    options = Options(
        item=customer,
        cost=np.ravel(cost),
        use=Uses(
            np.concatenate([facility, facilities + own]),
            np.concatenate([own, own]),
            np.concatenate([demand[customer], np.ones(count)]),
        ),
    )
    supply = Uses(
        np.concatenate([at, facilities + own]),
        np.concatenate([at, facility]),
        np.concatenate([-room, -np.ones(count)]),
    )
    blocks = (opening, np.ones(facilities), supply)
    return _problem(np.full(customers, parts), options, np.zeros(facilities + count), blocks)


def location(file: Path, capacity: float | None = None) -> AllocationProblem:
    """Capacitated facility location; `capacity` is used where the file leaves it open (capa-c)."""
    words = file.read_text().split()
    facilities, customers = int(words[0]), int(words[1])
    head = words[2 : 2 + 2 * facilities]
    room = np.array(
        [capacity if word == "capacity" else float(word) for word in head[::2]], dtype=np.float64
    )
    rest = np.array(words[2 + 2 * facilities :], dtype=np.float64).reshape(customers, -1)
    opening = np.array(head[1::2], dtype=np.float64)
    return _location(room, opening, rest[:, 0], rest[:, 1:], DIVISIBLE)


def single_source_location(file: Path) -> AllocationProblem:
    """Holmberg's form: demands of all customers, then a row of costs for each facility."""
    numbers = np.array(file.read_text().split(), dtype=np.float64)
    facilities, customers = int(numbers[0]), int(numbers[1])
    head = numbers[2 : 2 + 2 * facilities].reshape(facilities, 2)
    rest = numbers[2 + 2 * facilities :]
    cost = rest[customers:].reshape(facilities, customers).T
    return _location(head[:, 0], head[:, 1], rest[:customers], cost, INDIVISIBLE)


def bin_packing(file: Path, index: int) -> AllocationProblem:
    """One instance of an OR-Library file.

    Bins are told apart, as many as first-fit-decreasing needs.
    """
    lines = file.read_text().split("\n")[1:]
    starts = [row for row, line in enumerate(lines) if line.strip().startswith(("u", "t"))]
    room, count, _ = lines[starts[index] + 1].split()
    sizes = np.array(lines[starts[index] + 2 :][: int(count)], dtype=np.float64)
    bins = _first_fit(sizes, float(room))
    item, at = np.repeat(np.arange(len(sizes)), bins), np.tile(np.arange(bins), len(sizes))
    own = np.arange(len(item))
    options = Options(item, np.zeros(len(item)), Uses(at, own, sizes[item]))
    supply = Uses(np.arange(bins), np.arange(bins), np.full(bins, -float(room)))
    blocks = (np.ones(bins), np.ones(bins), supply)
    return _problem(np.full(len(sizes), INDIVISIBLE), options, np.zeros(bins), blocks)


def _first_fit(sizes: Floats, room: float) -> int:
    free: list[float] = []
    for size in sorted(sizes.tolist(), reverse=True):
        at = next((row for row, left in enumerate(free) if left >= size), len(free))
        if at == len(free):
            free.append(room)
        free[at] -= size
    return len(free)


def gpu_mix(file: Path, slices: int | None = None) -> AllocationProblem:
    """Melange's program: request buckets in equal slices, GPUs whole, cheapest mix.

    `slices` stands in for the file's slice factor; 0: buckets divide at will.
    """
    document = json.loads(file.read_text())
    names = sorted(document["gpu_info"])
    weights = np.array(document["workload_distribution"]).ravel()
    rates = weights / weights.sum() * document["total_request_rate"]
    buckets = np.flatnonzero(rates)
    throughput = np.array([np.ravel(document["gpu_info"][name]["tputs"]) for name in names])
    gpu, bucket = np.nonzero(throughput[:, buckets])
    load = rates[buckets] / np.where(throughput[:, buckets] > 0, throughput[:, buckets], 1.0)
    options = Options(bucket, np.zeros(len(gpu)), Uses(gpu, np.arange(len(gpu)), load[gpu, bucket]))
    kinds = np.arange(len(names))
    cost = np.array([document["gpu_info"][name]["cost"] for name in names], dtype=np.float64)
    blocks = (cost, np.full(len(names), np.inf), Uses(kinds, kinds, -np.ones(len(names))))
    parts = np.full(len(buckets), document["slice_factor"] if slices is None else slices)
    return _problem(parts, options, np.zeros(len(names)), blocks)
