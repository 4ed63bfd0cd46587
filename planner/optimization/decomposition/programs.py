"""Pieces solved as integer programs, side by side, over the options that are good at some prices.

Work that divides at will is placed better so than in equal units.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.blocks import simple_blocks
from planner.optimization.decomposition.listing import Listing, listing_at, worth
from planner.optimization.decomposition.pieces import Pieces, grouped
from planner.optimization.linear import polished
from planner.optimization.program import program_of
from planner.optimization.route import HIGHS, ask
from planner.problem.columns import AllocationProblem, Choice, Floats, Integers, Options, Uses

LISTED: Final = 24
"""Options of an item at most."""
DEARER: Final = 0.4
"""Relative to the best option of an item: those beyond are left out."""
LARGEST: Final = 5_000
"""Options of a piece that branch and bound is quick with."""
PIECE_S: Final = 10.0
"""For one piece; nearly all take a tenth of a second."""
SHORT_PRICE: Final = 30.0
"""Times the usual price: what a unit of a resource costs that tied blocks should have supplied."""
GAP_SHARE: Final = 0.2
"""Of the gap asked for."""


def suits(problem: AllocationProblem, pieces: Pieces) -> bool:
    """Whether pieces are worth programs: many small ones, and work that divides at will."""
    largest = int(np.bincount(pieces.of_item, minlength=1).max())
    divides = bool((problem.item_parts == 0).any())
    return divides and pieces.count > 1 and largest * LISTED <= LARGEST


@dataclass(frozen=True)
class Part:
    """A piece as a problem, and what its options and blocks are in the whole."""

    problem: AllocationProblem
    option: Integers
    block: Integers


def solved(
    problem: AllocationProblem,
    arrays: Arrays,
    pieces: Pieces,
    prices: Floats,
    tied: Floats,
    unit: Floats,
    gap: float,
    threads: int,
    may_go_on: Callable[[], bool],
) -> Choice | None:
    """The choice of all pieces with the tied blocks as they are; None when one has none.

    It may use more than they supply, dearly: whoever rounded them buys what lacks. `unit` is the
    usual price of the resources.
    """

    def one(part: Part) -> Choice | None:
        if not may_go_on():
            return None
        program = program_of(part.problem)
        answer = ask(program, HIGHS, GAP_SHARE * gap, PIECE_S)
        if answer.values is None:
            return None
        return polished(part.problem, program, answer.values, PIECE_S)

    parts = list(_parts(problem, arrays, pieces, prices, tied, unit))
    pool = ThreadPoolExecutor(threads)
    try:
        chosen = list(pool.map(one, parts))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    blocks = tied.copy()
    for part, each in zip(parts, chosen, strict=True):
        if each is None:
            return None
        blocks[part.block] = each.blocks[: len(part.block)]
    option = [part.option[each.option] for part, each in zip(parts, chosen, strict=True) if each]
    share = [each.share for each in chosen if each]
    order = np.argsort(np.concatenate(option), kind="stable")
    return Choice(np.concatenate(option)[order], np.concatenate(share)[order], blocks)


def _good_options(problem: AllocationProblem, arrays: Arrays, prices: Floats) -> Integers:
    """Numbers of the options that are nearly as good as their item's best, ascending."""
    listed: Listing = listing_at(arrays, prices, LISTED)
    extra = (arrays.use_by_place @ prices).reshape(arrays.place_cost.shape)
    reduced = listed.cost + worth(arrays.ways, listed, extra)
    best = np.min(reduced, axis=1, keepdims=True)
    good = (listed.deployment >= 0) & (reduced <= best + DEARER * np.abs(best))
    deployment = arrays.deployment[listed.deployment[good]]
    menu = problem.deployments.menu[deployment]
    within = listed.place[good] - problem.places.menu_start[menu]
    return np.unique(problem.option_start[deployment] + within)


def _parts(
    problem: AllocationProblem,
    arrays: Arrays,
    pieces: Pieces,
    prices: Floats,
    tied: Floats,
    unit: Floats,
) -> Iterator[Part]:
    free = problem.capacity - problem.block_use.totals(tied, problem.resources)
    number = _good_options(problem, arrays, prices)
    written = problem.written(number)
    of_option = pieces.of_item[written.item]
    simple = np.flatnonzero(simple_blocks(arrays))
    resource = np.zeros(problem.blocks, np.int64)
    amount = np.zeros(problem.blocks)
    resource[problem.block_use.column] = problem.block_use.resource
    amount[problem.block_use.column] = problem.block_use.amount
    more = np.zeros(problem.blocks)
    more[:] = problem.block_limit - tied
    more[simple] = 0.0
    can_come = -arrays.supply.minimum(0) @ more
    rows = [
        grouped(each, pieces.count)
        for each in (
            pieces.of_item,
            of_option,
            pieces.of_resource,
            pieces.of_resource[resource[simple]],
            of_option[written.use.column],
        )
    ]
    place = np.zeros(max(problem.items, problem.resources, len(number)), np.int64)
    for items, options, resources, blocks, entries in zip(*rows, strict=True):
        place[items] = np.arange(len(items))
        of_item = place[written.item[options]]
        place[options] = np.arange(len(options))
        column = place[written.use.column[entries]]
        place[resources] = np.arange(len(resources))
        use = Uses(place[written.use.resource[entries]], column, written.use.amount[entries])
        own = simple[blocks]
        short = resources[can_come[resources] > 0]
        block_use = Uses(
            place[np.concatenate([resource[own], short])],
            np.arange(len(own) + len(short)),
            np.concatenate([amount[own], -np.ones(len(short))]),
        )
        deployments, places = Options(of_item, written.cost[options], use).factored()
        part = replace(
            problem,
            item_name=("",) * len(items),
            item_weight=problem.item_weight[items],
            item_priority=problem.item_priority[items],
            item_parts=problem.item_parts[items],
            unmet_cost=problem.unmet_cost[items],
            deployments=deployments,
            places=places,
            block_cost=np.concatenate([problem.block_cost[own], SHORT_PRICE * unit[short]]),
            block_limit=np.concatenate([problem.block_limit[own], can_come[short]]),
            block_whole=np.concatenate([problem.block_whole[own], np.ones(len(short), bool)]),
            resource_name=("",) * len(resources),
            capacity=free[resources],
            block_use=block_use,
        )
        yield Part(part, number[options], own)
