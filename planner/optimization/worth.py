"""What options cost at prices of the resources, with the blocks that they need for themselves."""

import numpy as np

from planner.problem.columns import AllocationProblem, Floats, Integers, Options


def priced(options: Options, prices: Floats) -> Floats:
    """Costs of options, with what they use at prices of the resources."""
    use, count = options.use, len(options.cost)
    added = np.bincount(use.column, use.amount * prices[use.resource], minlength=count)
    cost: Floats = options.cost + added
    return cost


def ranked(group: Integers, cost: Floats) -> Integers:
    """Place of every option among those of its group, from the cheapest one; of equals, in turn."""
    order = np.lexsort((cost, group))
    rank = np.zeros(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return rank


def option_costs(problem: AllocationProblem, prices: Floats) -> Floats:
    """Cost of every option at prices of the resources, USD for the whole item.

    Where one block alone supplies a resource, a relaxed optimum may leave the resource free and
    charge for the block; here whoever uses the resource pays for its share of the block.
    """
    written, by_block = problem.options, problem.block_use
    use, resources = written.use, problem.resources
    cost = priced(written, prices)
    left = problem.block_cost + np.bincount(
        by_block.column, by_block.amount * prices[by_block.resource], minlength=problem.blocks
    )
    supplies = by_block.amount < 0
    resource = by_block.resource[supplies]
    is_alone = np.bincount(resource, minlength=resources) == 1
    share_cost = np.zeros(resources)
    share_cost[resource] = (
        np.maximum(left, 0.0)[by_block.column[supplies]] / -by_block.amount[supplies]
    )
    share_cost[~is_alone] = 0.0
    # one block may supply several of an option's resources: it is paid for once
    dearest = np.zeros(len(cost))
    np.maximum.at(dearest, use.column, use.amount * share_cost[use.resource])
    return cost + dearest
