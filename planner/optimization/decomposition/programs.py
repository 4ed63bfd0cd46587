"""Pieces solved as integer programs, side by side, over the options that are good at some prices.

Work that divides at will is placed better so than in equal units.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numba
import numpy as np

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.blocks import SHORT_PRICE, can_come, simple_blocks
from planner.optimization.decomposition.pieces import Pieces, grouped
from planner.optimization.decomposition.pricing import shortlist
from planner.optimization.linear import polished
from planner.optimization.program import program_of
from planner.optimization.route import HIGHS, ask
from planner.optimization.side_by_side import side_by_side
from planner.problem.columns import AllocationProblem, Choice, Floats, Integers, Options, Uses

LISTED: Final = 24
"""Options of an item at most."""
DEARER: Final = 0.4
"""Relative to the best option of an item: those beyond are left out."""
LARGEST: Final = 5_000
"""Options of a piece that branch and bound is quick with."""
PIECE_S: Final = 10.0
"""For one piece; nearly all take a tenth of a second."""
GAP_SHARE: Final = 0.2
"""Of the gap asked for."""


@dataclass(frozen=True)
class Part:
    """A piece as a problem, and what its options and blocks are in the whole."""

    problem: AllocationProblem
    option: Integers
    block: Integers


@dataclass(frozen=True)
class Programs:
    """A problem as the programs of its pieces."""

    problem: AllocationProblem
    arrays: Arrays
    pieces: Pieces
    unit: Floats
    """Usual price of each resource."""

    @property
    def suit(self) -> bool:
        """Whether pieces are worth programs: many small ones, and work that divides at will."""
        largest = int(np.bincount(self.pieces.of_item, minlength=1).max())
        divides = bool((self.problem.item_parts == 0).any())
        return divides and self.pieces.count > 1 and largest * LISTED <= LARGEST

    def solved(
        self, prices: Floats, tied: Floats, gap: float, may_go_on: Callable[[], bool]
    ) -> Choice | None:
        """The choice of all pieces with the tied blocks as they are; None when one has none.

        It may use more than they supply, dearly: whoever rounded them buys what lacks.
        """

        def one(part: Part) -> Choice | None:
            if not may_go_on():
                return None
            program = program_of(part.problem)
            answer = ask(program, HIGHS, GAP_SHARE * gap, PIECE_S)
            if answer.values is None:
                return None
            return polished(part.problem, program, answer.values, PIECE_S)

        parts = list(self._parts(prices, tied))
        found = side_by_side(one, parts, numba.get_num_threads())
        chosen = [each for each in found if each is not None]
        if len(chosen) < len(parts):
            return None
        blocks = tied.copy()
        for part, each in zip(parts, chosen, strict=True):
            blocks[part.block] = each.blocks[: len(part.block)]
        option = np.concatenate([p.option[c.option] for p, c in zip(parts, chosen, strict=True)])
        order = np.argsort(option, kind="stable")
        share = np.concatenate([each.share for each in chosen])
        return Choice(option[order], share[order], blocks)

    def _good_options(self, prices: Floats) -> Integers:
        """Numbers of the options that are nearly as good as their item's best, ascending."""
        arrays, problem = self.arrays, self.problem
        listed = shortlist(arrays.ways, arrays.menus, arrays.price(prices), LISTED)
        best = listed.reduced[:, :1]
        good = (listed.deployment >= 0) & (listed.reduced <= best + DEARER * np.abs(best))
        deployment = arrays.deployment[listed.deployment[good]]
        return np.unique(problem.numbered(deployment, listed.place[good].astype(np.int64)))

    def _parts(self, prices: Floats, tied: Floats) -> Iterator[Part]:
        problem, pieces = self.problem, self.pieces
        free = problem.capacity - problem.block_use.totals(tied, problem.resources)
        most = can_come(self.arrays, tied)
        number = self._good_options(prices)
        written = problem.written(number)
        of_option = pieces.of_item[written.item]
        simple = np.flatnonzero(simple_blocks(self.arrays))
        resource, amount = np.zeros(problem.blocks, np.int64), np.zeros(problem.blocks)
        resource[problem.block_use.column] = problem.block_use.resource
        amount[problem.block_use.column] = problem.block_use.amount
        labels = (
            pieces.of_item,
            of_option,
            pieces.of_resource,
            pieces.of_resource[resource[simple]],
            of_option[written.use.column],
        )
        rows = [grouped(each, pieces.count) for each in labels]
        place = np.zeros(max(problem.items, problem.resources, len(number)), np.int64)
        for items, options, resources, blocks, entries in zip(*rows, strict=True):
            place[items] = np.arange(len(items))
            of_item = place[written.item[options]]
            place[options] = np.arange(len(options))
            column = place[written.use.column[entries]]
            place[resources] = np.arange(len(resources))
            use = Uses(place[written.use.resource[entries]], column, written.use.amount[entries])
            deployments, places = Options(of_item, written.cost[options], use).factored()
            own, short = simple[blocks], resources[most[resources] > 0]
            count = len(own) + len(short)
            block_resource = np.concatenate([resource[own], short])
            block_amount = np.concatenate([amount[own], -np.ones(len(short))])
            part = replace(
                problem,
                item_name=("",) * len(items),
                item_weight=problem.item_weight[items],
                item_priority=problem.item_priority[items],
                item_parts=problem.item_parts[items],
                unmet_cost=problem.unmet_cost[items],
                deployments=deployments,
                places=places,
                block_cost=np.append(problem.block_cost[own], SHORT_PRICE * self.unit[short]),
                block_limit=np.append(problem.block_limit[own], most[short]),
                block_whole=np.append(problem.block_whole[own], np.ones(len(short), bool)),
                resource_name=("",) * len(resources),
                capacity=free[resources],
                block_use=Uses(place[block_resource], np.arange(count), block_amount),
            )
            yield Part(part, number[options], own)
