"""Rows that others imply once blocks are whole, which a large program is solved without.

"Nothing runs at a site that is not opened" is said twice where the site's capacity is its block's:
by the capacity, which is 0 without the block, and by a row for each option, which relaxed programs
profit from (the strong formulation of facility location). The latter are as many as options, and
no whole block can keep the former and break them.
"""

from dataclasses import replace

import numpy as np

from planner.problem.columns import AllocationProblem, Booleans, PlaceUses, Uses


def implied(problem: AllocationProblem) -> Booleans:
    """Which resources are implied by others, by resource.

    Such a resource is used by one option and supplied by one whole block only, which is enough
    for the whole item; and the option uses another one that nothing but this block supplies, so
    that it takes a whole block to use the option at all.
    """
    use, by_block, resources = problem.options.use, problem.block_use, problem.resources
    supplies = by_block.amount < 0
    suppliers = np.bincount(by_block.resource[supplies], minlength=resources)
    supplier, supply = np.zeros(resources, np.int64), np.zeros(resources)
    by_whole = np.zeros(resources, dtype=bool)
    supplier[by_block.resource[supplies]] = by_block.column[supplies]
    supply[by_block.resource[supplies]] = -by_block.amount[supplies]
    by_whole[by_block.resource[supplies]] = problem.block_whole[by_block.column[supplies]]
    bought = (problem.capacity <= 0) & (suppliers == 1) & by_whole
    bought[use.resource[use.amount < 0]] = False
    options = np.bincount(use.resource, minlength=resources)
    blocks = np.bincount(by_block.resource, minlength=resources)
    single = bought & (options == 1) & (blocks == 1) & (problem.capacity == 0)
    needs = bought[use.resource] & (use.amount > 0)
    pair = use.column * problem.blocks + supplier[use.resource]
    elsewhere = np.isin(pair, pair[needs & ~single[use.resource]])
    enough = use.amount <= supply[use.resource]
    found = np.zeros(resources, dtype=bool)
    found[use.resource[needs & single[use.resource] & elsewhere & enough]] = True
    return found


def without(problem: AllocationProblem, left_out: Booleans) -> AllocationProblem:
    """The problem without some of its resources; the others keep their order."""
    if not left_out.any():
        return problem
    number = np.cumsum(~left_out) - 1
    use, by_block = problem.places.use, problem.block_use
    kept, kept_block = ~left_out[use.resource], ~left_out[by_block.resource]
    return replace(
        problem,
        places=replace(
            problem.places,
            use=PlaceUses(
                number[use.resource[kept]], use.place[kept], use.quantity[kept], use.amount[kept]
            ),
        ),
        resource_name=tuple(
            name
            for name, out in zip(problem.resource_name, left_out.tolist(), strict=True)
            if not out
        ),
        capacity=problem.capacity[~left_out],
        block_use=Uses(
            number[by_block.resource[kept_block]],
            by_block.column[kept_block],
            by_block.amount[kept_block],
        ),
    )
