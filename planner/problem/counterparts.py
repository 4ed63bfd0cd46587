"""What in one problem stands for what in another that differs from it a little.

Resources and items are the same where their names are. Options have no names: one stands for the
option of the same item whose place uses the same resources, a block for a block that uses and
supplies the same ones. Where several are alike they keep their order. Resources that are new are
overlooked; what used one that is gone has no counterpart.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.problem.alike import ranges
from planner.problem.columns import AllocationProblem, Integers

Marks = NDArray[np.uint64]
"""Random numbers that stand for resources, and their sums for sets of them."""

NONE: Final = -1
SEED: Final = 1
SUPPLIES: Final = np.uint64(3)
"""Odd: what the mark of a resource is multiplied by where a block supplies it."""
FOREIGN: Final = np.uint64(1)
"""Mark of sets of which no resource is in both problems."""
PORTION: Final = 100_000
"""Options whose counterparts are looked for at a time."""


@dataclass(frozen=True)
class Counterparts:
    """Rows of the problem `now` for those of `before`; -1 where there is none."""

    before: AllocationProblem
    now: AllocationProblem

    @cached_property
    def resource(self) -> Integers:
        """Of every resource."""
        return rows_of(self.before.resource_name, self.now.resource_name)

    @cached_property
    def item(self) -> Integers:
        """Of every item."""
        return rows_of(self.before.item_name, self.now.item_name)

    @cached_property
    def block(self) -> Integers:
        """Of every block."""
        marks = []
        for problem, known in zip((self.before, self.now), self._marks, strict=True):
            use = problem.block_use
            factor = np.where(use.amount < 0, SUPPLIES, np.uint64(1))
            marks.append(_of_sets(known, use.resource, use.column, factor, problem.blocks))
        found = rows_of(marks[0].tolist(), marks[1].tolist())
        use = self.before.block_use
        found[use.column[self.resource[use.resource] == NONE]] = NONE
        return found

    def options(self, option: Integers) -> Integers:
        """Of some options, by their numbers."""
        found = np.full(len(option), NONE)
        deployment, place = self.before.located(option)
        item = self.item[self.before.deployments.item[deployment]]
        stays = np.flatnonzero((item != NONE) & ~self._is_gone[place])
        before, now = self._places
        for first in range(0, len(stays), PORTION):
            some = stays[first : first + PORTION]
            rank = before.ranks(deployment[some], place[some])
            found[some] = now.options(item[some], before.label[place[some]], rank)
        return found

    @cached_property
    def _marks(self) -> tuple[Marks, Marks]:
        """Of the resources that are in both problems; 0 for the others."""
        rng = np.random.default_rng(SEED)
        drawn = rng.integers(1, 1 << 63, self.now.resources, dtype=np.uint64)
        kept = self.resource != NONE
        is_old = np.zeros(self.now.resources, dtype=bool)
        is_old[self.resource[kept]] = True
        now = np.where(is_old, drawn, np.uint64(0))
        return np.where(kept, np.append(now, np.uint64(0))[self.resource], np.uint64(0)), now

    @cached_property
    def _is_gone(self) -> NDArray[np.bool_]:
        """Whether a place of `before` used a resource that is gone."""
        use = self.before.places.use
        gone = np.zeros(len(self.before.places.cost), dtype=bool)
        gone[use.place[self.resource[use.resource] == NONE]] = True
        return gone

    @cached_property
    def _places(self) -> tuple["_Places", "_Places"]:
        marks = []
        for problem, known in zip((self.before, self.now), self._marks, strict=True):
            use = problem.places.use
            factor = (2 * use.quantity + 1).astype(np.uint64)
            count = len(problem.places.cost)
            marks.append(_of_sets(known, use.resource, use.place, factor, count))
        _, label = np.unique(np.concatenate(marks), return_inverse=True)
        count = len(marks[0])
        return _Places(self.before, label[:count]), _Places(self.now, label[count:])


class _Ways(NamedTuple):
    """All deployments of some items, with the places of one label in their menus."""

    asked: Integers
    """Which of the items it is."""
    deployment: Integers
    first: Integers
    """Of these places, in the order of `_Places`."""
    places: Integers
    earlier: Integers
    """How many of them the item's earlier deployments have."""


class _Places:
    """Places by menu and by a label that those have which use the same resources."""

    def __init__(self, problem: AllocationProblem, label: Integers) -> None:
        self.problem = problem
        self.label = label
        self.labels = int(label.max(initial=0)) + 1
        start, item = problem.places.menu_start, problem.deployments.item
        place = np.arange(start[0], start[-1])
        key = np.repeat(np.arange(len(start) - 1), np.diff(start)) * self.labels + label[place]
        order = np.argsort(key, kind="stable")
        self.key, self.place = key[order], place[order]
        self.row = np.full(len(label), NONE)
        self.row[self.place] = np.arange(len(place))
        self.by_item = np.argsort(item, kind="stable")
        self.start = np.searchsorted(item[self.by_item], np.arange(problem.items + 1))

    def ranks(self, deployment: Integers, place: Integers) -> Integers:
        """How many options of the same item and label come before each option."""
        ways = self._ways(self.problem.deployments.item[deployment], self.label[place])
        own = np.flatnonzero(ways.deployment == deployment[ways.asked])
        rank: Integers = ways.earlier[own] + self.row[place] - ways.first[own]
        return rank

    def options(self, item: Integers, label: Integers, rank: Integers) -> Integers:
        """The inverse of `ranks`; -1 where an item has not so many options of a label."""
        option = np.full(len(item), NONE)
        known = np.flatnonzero(label < self.labels)
        ways = self._ways(item[known], label[known])
        within = rank[known][ways.asked] - ways.earlier
        own = np.flatnonzero((within >= 0) & (within < ways.places))
        place = self.place[ways.first[own] + within[own]]
        option[known[ways.asked[own]]] = self.problem.numbered(ways.deployment[own], place)
        return option

    def _ways(self, item: Integers, label: Integers) -> _Ways:
        count = self.start[item + 1] - self.start[item]
        asked = np.repeat(np.arange(len(item)), count)
        begin = (np.cumsum(count) - count)[asked]
        deployment = self.by_item[ranges(self.start[item], count)]
        key = self.problem.deployments.menu[deployment] * self.labels + label[asked]
        first = np.searchsorted(self.key, key)
        places = np.searchsorted(self.key, key, side="right") - first
        total = np.concatenate([[0], np.cumsum(places)])
        return _Ways(asked, deployment, first, places, total[:-1] - total[begin])


def rows_of(names: Iterable[Hashable], among: Iterable[Hashable]) -> Integers:
    """Row of each name among others; -1 where it is none of them. Equal names keep their order."""
    row = {name: number for number, name in enumerate(_counted(among))}
    return np.array([row.get(name, NONE) for name in _counted(names)], np.int64)


def _counted(names: Iterable[Hashable]) -> Iterator[tuple[Hashable, int]]:
    seen: Counter[Hashable] = Counter()
    for name in names:
        yield name, seen[name]
        seen[name] += 1


def _of_sets(
    known: Marks, resource: Integers, column: Integers, factor: Marks, count: int
) -> Marks:
    """Marks of the sets of resources that columns use; 0 where they use none at all."""
    mark = known[resource]
    total, uses, uses_known = (np.zeros(count, kind) for kind in (np.uint64, bool, bool))
    np.add.at(total, column, mark * factor)
    uses[column] = True
    uses_known[column[mark != 0]] = True
    return np.where(uses & ~uses_known, FOREIGN, total)
