"""The relaxed problem solved to its optimum: column generation with the master in OR-Tools.

The master holds the best few options of every item. Its row prices are evaluated over all options
by the dual function, which is the bound; options that are better at these prices join, until there
are none. From the prices of a climb one or two rounds are enough, at a price of a second for every
twenty thousand options.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from ortools.math_opt.python import mathopt

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.dual import Prices, bound_at
from planner.optimization.decomposition.listing import listing_at
from planner.optimization.linear import relax
from planner.optimization.program import program_of
from planner.problem.columns import AllocationProblem, Floats, Integers

OPTIONS: Final = 150_000
"""That the master may hold: about ten seconds."""
LISTED: Final = 12
"""Options of every item at first."""
NEWCOMERS: Final = 6
"""Options of every item that join in a round."""
ROUNDS: Final = 8
MIXES: Final = (1.0, 0.5)
"""Shares of the way to the master's prices that are looked at; it overshoots at first."""
CLOSED: Final = 1e-7
"""Relative distance from the master's optimum at which nothing is left to gain."""


def suits(arrays: Arrays) -> bool:
    """Whether a master of this problem is small."""
    return arrays.items * LISTED + len(arrays.block_cost) <= OPTIONS


def closed(
    problem: AllocationProblem, arrays: Arrays, prices: Prices, left_s: Callable[[], float]
) -> Iterator[Prices]:
    """Better and better prices; the last ones are optimal, unless time was short.

    `left_s` tells the seconds that are left. Item shares (`quantities`) stay those of `prices`.
    """
    options = _numbers(problem, arrays, prices.bound.prices, LISTED)
    for _ in range(ROUNDS):
        master = _restricted(problem, options)
        found = relax(master, program_of(master), left_s(), mathopt.SolverType.HIGHS)
        if found is None:
            return
        start, way = prices.bound.prices, found.shadow_price - prices.bound.prices
        tried = [bound_at(arrays, start + share * way) for share in MIXES]
        best = max(tried, key=lambda each: each.value)
        if best.value > prices.bound.value:
            prices = replace(prices, bound=best)
            yield prices
        if found.bound - prices.bound.value <= CLOSED * abs(found.bound):
            return
        at_both = [
            _numbers(problem, arrays, each, NEWCOMERS)
            for each in (found.shadow_price, prices.bound.prices)
        ]
        options = np.unique(np.concatenate([options, *at_both]))


def _numbers(problem: AllocationProblem, arrays: Arrays, prices: Floats, length: int) -> Integers:
    """The options of every item that are best at some prices."""
    listed = listing_at(arrays, prices, length)
    known = listed.deployment >= 0
    deployment = arrays.deployment[listed.deployment[known]]
    return np.unique(problem.numbered(deployment, listed.place[known].astype(np.int64)))


def _restricted(problem: AllocationProblem, options: Integers) -> AllocationProblem:
    """The problem with these options alone, items dividing at will."""
    deployments, places = problem.written(options).factored()
    return replace(
        problem,
        deployments=deployments,
        places=places,
        item_parts=np.zeros_like(problem.item_parts),
    )
