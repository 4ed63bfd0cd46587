"""The relaxed optimum of a problem that has millions of options, few of which matter.

Column generation (Gilmore, Gomory 1961, doi 10.1287/opre.9.6.849): a master of a few options of
every item is solved; at its prices every option of the problem is priced, which proves a bound;
those that are better than what the master has join it. Options come in stages that hang together
by few items and blocks (slices of a year), and each stage, solved by itself, names the first ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Final

import numpy as np

from planner.domain.progress import Progress, Tell
from planner.optimization.linear import LARGE_LINEAR_SOLVER, Relaxation, relax
from planner.optimization.program import program_of
from planner.optimization.side_by_side import side_by_side
from planner.optimization.stages import SPANS, stage_of_items
from planner.optimization.worth import priced, ranked
from planner.problem.columns import (
    AllocationProblem,
    Booleans,
    Choice,
    Floats,
    Integers,
    Options,
    Uses,
)

FIRST: Final = 3
"""Options of an item in a stage that are listed at first, besides those in use."""
NEWCOMERS: Final = 2
"""That join in a round: at the prices of the master, and half of them at the best prices."""
STEPS: Final = (1.0, 0.5, 0.25)
"""Of the way from the best prices to those of the master, which overshoots."""
ROUNDS: Final = 30
SEED: Final = 1
"""Of the marks of resources, whose sums tell sets of them apart."""
IN_USE: Final = 1e-9
STALE: Final = 0.2
"""Relative to the best of its item: an unused option that is dearer leaves the master."""
DEARER: Final = 2.0
"""Times the dearest option: what an item costs the master that has no room for it yet."""
BETTER: Final = 1e-7
"""Relative to the best of an item: what is better by less is rounding."""
ROUNDINGS: Final = 8
"""Of each term on its way into a bound."""


@dataclass(frozen=True)
class Generated:
    """A bound, and the options that it hangs on."""

    bound: float
    prices: Floats
    """Of the resources: at these it is proven."""
    choice: Choice
    """The relaxed optimum of the options in the last master; whole numbers count for nothing."""
    worth: Integers
    """Numbers of the options that deserve a column, ascending; those in use are among them."""


def generated(
    problem: AllocationProblem,
    stage: Integers,
    gap: float,
    threads: int,
    left_s: Callable[[], float],
    tell: Tell,
) -> Generated | None:
    """Near to the relaxed optimum within a relative gap, as far as time allows.

    `stage` is that of every option, ascending; items divide at will. None when an item has no
    room, or there was no time for a first bound.

    Raises:
        KeyboardInterrupt: Ctrl-C came.
    """
    kept = undominated(problem.options, problem.resources)
    tell(Progress("solve", f"{len(kept):,} options that no other one beats"))
    deployments, places = problem.written(kept).factored()
    smaller = replace(problem, deployments=deployments, places=places)
    found = _Generation(smaller, stage[kept], threads, left_s, tell).run(gap)
    if found is None:
        return None
    choice = replace(found.choice, option=kept[found.choice.option])
    return replace(found, choice=choice, worth=kept[found.worth])


def undominated(options: Options, resources: int) -> Integers:
    """Numbers of the options that the cheapest one alike does not beat, ascending.

    Options are alike that do the same item with the same resources: what costs as much at least,
    and uses as much at least of each of them, is in no better solution.
    """
    count, use = len(options.cost), options.use
    mark = np.random.default_rng(SEED).integers(1, 2**62, resources)
    uses = np.zeros(count, np.int64)
    np.add.at(uses, use.column, mark[use.resource])  # wraps around: equal sums of equal sets
    order = np.lexsort((options.cost, uses, options.item))
    item, uses = options.item[order], uses[order]
    begins = np.append(True, (item[1:] != item[:-1]) | (uses[1:] != uses[:-1]))
    best = np.empty(count, np.int64)
    best[order] = order[np.maximum.accumulate(np.where(begins, np.arange(count), 0))]
    by_column = np.lexsort((use.resource, use.column))
    column, amount = use.column[by_column], use.amount[by_column]
    start = np.searchsorted(column, np.arange(count + 1))
    counterpart = start[best[column]] + np.arange(len(column)) - start[column]
    uses_less = np.bincount(column, amount < amount[counterpart], minlength=count)
    return np.flatnonzero((uses_less > 0) | (best == np.arange(count)))


class _Generation:
    """One search: the master's options, the best prices so far."""

    def __init__(
        self,
        problem: AllocationProblem,
        stage: Integers,
        threads: int,
        left_s: Callable[[], float],
        tell: Tell,
    ) -> None:
        self.problem, self.stage, self.threads = problem, stage, threads
        self.left_s, self.tell = left_s, tell
        self.options = problem.options
        self.item = self.options.item
        dearest = np.zeros(problem.items)
        np.maximum.at(dearest, self.item, np.abs(self.options.cost))
        required = np.isinf(problem.unmet_cost)
        self.penalty = np.where(required, DEARER * dearest + 1.0, problem.unmet_cost)
        self.listed = np.zeros(0, np.int64)
        self.bound, self.prices = -np.inf, np.zeros(problem.resources)

    def run(self, gap: float) -> Generated | None:
        """Rounds of the master until its optimum is near to the bound."""
        self.listed = self._first()
        choice, relaxation = None, None
        for _ in range(ROUNDS):
            options = self.listed
            master = self._master(options)
            relaxation = relax(master, program_of(master), self.left_s(), LARGE_LINEAR_SOLVER)
            if relaxation is None:
                break
            choice = self._choice(options, relaxation)
            self._raise_bound(relaxation.shadow_price)
            self.tell(Progress("solve", f"{len(options):,} options, bound {self.bound:,.6g}"))
            if relaxation.bound - self.bound <= gap * abs(relaxation.bound) or self.left_s() <= 0:
                break
            self._list_better(relaxation, options)
        if choice is None or not np.isfinite(self.bound) or self._lacks(choice):
            return None
        return Generated(self.bound, self.prices, choice, self._worth(choice))

    def _first(self) -> Integers:
        """Options in use in each stage alone, and the best ones at its prices."""
        count = int(self.stage[-1]) + 1
        ends = np.searchsorted(self.stage, np.arange(count + 1)).tolist()
        ranges = [(begin, end) for begin, end in pairwise(ends) if end > begin]
        found = side_by_side(partial(self._of_stage), ranges, self.threads)
        return np.concatenate(found)

    def _of_stage(self, ends: tuple[int, int]) -> Integers:
        """Of a stage: what it uses alone, where work of other stages may be left undone."""
        small = self._alone(np.arange(*ends))
        found = relax(small, program_of(small), self.left_s(), LARGE_LINEAR_SOLVER)
        if found is None:
            return np.arange(*ends)[: self.problem.items]
        reduced = priced(small.options, found.shadow_price)
        is_good = found.values[: len(reduced)] > IN_USE
        is_good[_cheapest_of(small.options.item, reduced, FIRST)] = True
        return ends[0] + np.flatnonzero(is_good)

    def _alone(self, options: Integers) -> AllocationProblem:
        """The problem of some options, its rows numbered anew; blocks supply what is needed."""
        problem, written = self.problem, self.problem.written(options)
        use = written.use
        kept = ~self._is_supplied[use.resource]
        resources, resource = np.unique(use.resource[kept], return_inverse=True)
        items, item = np.unique(written.item, return_inverse=True)
        own = Uses(resource, use.column[kept], use.amount[kept])
        deployments, places = Options(item, written.cost, own).factored()
        return AllocationProblem(
            item_name=("",) * len(items),
            item_weight=problem.item_weight[items],
            item_priority=problem.item_priority[items],
            item_parts=problem.item_parts[items],
            unmet_cost=np.where(self._spans[items], 0.0, self.penalty[items]),
            deployments=deployments,
            places=places,
            block_cost=np.zeros(0),
            block_limit=np.zeros(0),
            block_whole=np.zeros(0, dtype=bool),
            resource_name=("",) * len(resources),
            capacity=problem.capacity[resources],
            block_use=Uses.none(),
        )

    @cached_property
    def _is_supplied(self) -> Booleans:
        """Of each resource: whether a block supplies it."""
        use = self.problem.block_use
        supplied = np.zeros(self.problem.resources, dtype=bool)
        supplied[use.resource[use.amount < 0]] = True
        return supplied

    @cached_property
    def _spans(self) -> Booleans:
        """Of each item: whether it has options in several stages."""
        spans: Booleans = stage_of_items(self.item, self.stage, self.problem.items) == SPANS
        return spans

    @cached_property
    def _group(self) -> Integers:
        """Of each option: one number for its item in its stage."""
        group: Integers = self.item * (self.stage[-1] + 1) + self.stage
        return group

    def _master(self, options: Integers) -> AllocationProblem:
        deployments, places = self.problem.written(options).factored()
        return replace(
            self.problem, deployments=deployments, places=places, unmet_cost=self.penalty
        )

    def _choice(self, options: Integers, relaxation: Relaxation) -> Choice:
        count, blocks = len(options), self.problem.blocks
        share = relaxation.values[:count]
        used = share > IN_USE
        return Choice(options[used], share[used], relaxation.values[count : count + blocks])

    def _lacks(self, choice: Choice) -> bool:
        """Whether something stays undone that must not."""
        required = np.isinf(self.problem.unmet_cost)
        return bool((self.problem.unmet(choice)[required] > 1e-6).any())

    def _raise_bound(self, prices: Floats) -> None:
        """The best bound on the way to some prices."""
        way = prices - self.prices
        for step in STEPS if np.isfinite(self.bound) else STEPS[:1]:
            tried = self._paid(self.prices + step * way)
            bound = self._bound(tried)
            if bound > self.bound:
                self.bound, self.prices = bound, tried
                return

    def _paid(self, prices: Floats) -> Floats:
        """Prices at which no block without a limit earns anything."""
        use = self.problem.block_use
        value = use.amount * prices[use.resource]
        blocks = self.problem.blocks
        spent = self.problem.block_cost + np.bincount(
            use.column, np.maximum(value, 0.0), minlength=blocks
        )
        earned = np.bincount(use.column, np.maximum(-value, 0.0), minlength=blocks)
        is_over = np.isinf(self.problem.block_limit) & (earned > spent)
        share = np.where(is_over, spent / np.where(earned > 0, earned, 1.0), 1.0)
        of_row = np.ones(len(prices))
        supplies = use.amount < 0
        np.minimum.at(of_row, use.resource[supplies], share[use.column[supplies]])
        return prices * of_row

    def _bound(self, prices: Floats) -> float:
        """Lower bound of the whole problem that prices prove (weak duality)."""
        problem, use = self.problem, self.problem.block_use
        best = np.minimum(self._cheapest(priced(self.options, prices)), problem.unmet_cost)
        by_block = problem.block_cost + np.bincount(
            use.column, use.amount * prices[use.resource], minlength=problem.blocks
        )
        is_limited = np.isfinite(problem.block_limit)
        most = np.where(is_limited, problem.block_limit, 0.0)
        paid = prices * problem.capacity
        bought = np.minimum(by_block, 0.0) * most
        size = np.abs(best).sum() + np.abs(paid).sum() + np.abs(bought).sum()
        bound = best.sum() - paid.sum() + bought.sum()
        return float(bound - ROUNDINGS * np.finfo(float).eps * size)

    def _cheapest(self, reduced: Floats) -> Floats:
        """Of every item, over all its options."""
        best = np.full(self.problem.items, np.inf)
        np.minimum.at(best, self.item, reduced)
        return best

    def _list_better(self, relaxation: Relaxation, options: Integers) -> None:
        """Options that would better the master join it, those that are of no use leave."""
        reduced = priced(self.options, relaxation.shadow_price)
        inside = np.zeros(len(reduced), dtype=bool)
        inside[options] = True
        best = self.penalty.copy()
        np.minimum.at(best, self.item[options], reduced[options])
        size = np.abs(best)[self.item]
        new = np.flatnonzero(~inside & (reduced < best[self.item] - BETTER * size))
        joining = [new[_cheapest_of(self._group[new], reduced[new], NEWCOMERS)]]
        at_best = priced(self.options, self.prices)
        joining.append(new[_cheapest_of(self._group[new], at_best[new], NEWCOMERS // 2)])
        used = relaxation.values[: len(options)] > IN_USE
        near = reduced[options] <= (best + STALE * np.abs(best))[self.item[options]]
        self.listed = np.unique(np.concatenate([options[used | near], *joining]))

    def _worth(self, choice: Choice) -> Integers:
        """Options in use; of every item in every stage the best, and the best with room to spare.

        Whole numbers need somewhere to go when what is scarce is full.
        """
        reduced = priced(self.options, self.prices)
        has_room = reduced <= self.options.cost + BETTER * np.abs(self.options.cost)
        return np.unique(
            np.concatenate([choice.option, self._best(reduced), self._best(reduced, has_room)])
        )

    def _best(self, reduced: Floats, among: Booleans | None = None) -> Integers:
        """The best option of every item in every stage, among some."""
        row = np.arange(len(reduced)) if among is None else np.flatnonzero(among)
        least = np.full(self.problem.items * (int(self.stage[-1]) + 1), np.inf)
        np.minimum.at(least, self._group[row], reduced[row])
        near = row[reduced[row] <= least[self._group[row]]]
        return near[_cheapest_of(self._group[near], reduced[near], 1)]


def _cheapest_of(group: Integers, cost: Floats, most: int) -> Integers:
    """Rows of the cheapest so many of every group."""
    return np.flatnonzero(ranked(group, cost) < most)
