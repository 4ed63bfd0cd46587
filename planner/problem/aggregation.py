"""Items that are the same become one before a problem is solved, and are told apart after.

A program that tells n equal items apart has as many equal optima as they have orders, and branch
and bound looks at all of them. Items that come in parts are the same when their parts, unmet cost,
weight, priority and deployments (cost, amounts and what the menu offers) are equal bit for bit; n
of them with p parts each make one item of n p parts that costs, uses and counts n times as much.
The whole parts of a choice are dealt out to them, so that both problems have the same choices up to
the order of equals, the same costs and the same uses of the resources.

Items that divide at will stay as they are: they need no whole numbers, hence know no symmetry, and
whoever cuts them into units cuts more of them finer.
"""

from dataclasses import dataclass, replace

import numpy as np

from planner.problem.alike import Alike, alike, ranges
from planner.problem.columns import (
    AllocationProblem,
    Choice,
    Deployments,
    Floats,
    Integers,
    Places,
    PlaceUses,
)


@dataclass(frozen=True)
class Aggregation:
    """A problem and the smaller one that has each kind of its items once."""

    original: AllocationProblem
    problem: AllocationProblem
    """The original itself where no items are the same."""
    kept: Integers
    """Deployments of the original that the smaller problem has, ascending."""
    member: Integers
    """Items of the original, those of the smaller problem's first item first."""
    member_start: Integers
    """Shape (items of the smaller problem + 1,)."""
    alike: Alike
    """Items of the original with their deployments."""

    def disaggregated(self, choice: Choice) -> Choice:
        """The choice of the original that a choice of the smaller problem stands for.

        Whole parts are dealt out in the order of the options and of the items: all parts of the
        first item, then those of the next. What lacks is undone of the last ones.

        Raises:
            ValueError: the choice does more than the whole of an item.
        """
        if self.problem is self.original:
            return choice
        deployment, place = self.problem.located(choice.option)
        within = place - self.problem.places.menu_start[self.problem.deployments.menu[deployment]]
        item = self.problem.deployments.item[deployment]
        is_merged = np.diff(self.member_start)[item] > 1
        entry, into, share = self._dealt(item[is_merged], choice.share[is_merged])
        row = np.flatnonzero(is_merged)[entry]
        kept = self.kept[deployment]
        of_option = np.concatenate([kept[~is_merged], self._twin(kept[row], into)])
        offset = np.concatenate([within[~is_merged], within[row]])
        option = self.original.option_start[of_option] + offset
        order = np.argsort(option)
        shares = np.concatenate([choice.share[~is_merged], share])
        return Choice(option[order], shares[order], choice.blocks)

    def merged(self, choice: Choice) -> Choice:
        """The choice of the smaller problem that stands for one of the original."""
        if self.problem is self.original:
            return choice
        original = self.original
        deployment, place = original.located(choice.option)
        within = place - original.places.menu_start[original.deployments.menu[deployment]]
        first = self.alike.first[original.deployments.item[deployment]]
        kept = np.searchsorted(self.kept, self._twin(deployment, first))
        option, entry = np.unique(self.problem.option_start[kept] + within, return_inverse=True)
        item = self.problem.deployments.item[self.problem.located(option)[0]]
        total = np.bincount(entry, weights=choice.share, minlength=len(option))
        return Choice(option, total / np.diff(self.member_start)[item], choice.blocks)

    def _dealt(self, item: Integers, share: Floats) -> tuple[Integers, Integers, Floats]:
        """Shares of merged items cut at the borders of their members.

        Returns the entry that each piece is of, the item of the original that gets it and its
        share of that item.
        """
        entry = np.argsort(item, kind="stable")
        item, share = item[entry], share[entry]
        parts = self.problem.item_parts[item]
        size = parts // np.diff(self.member_start)[item]
        whole = np.rint(share * parts).astype(np.int64)
        end = np.cumsum(whole)
        first = np.searchsorted(item, item)
        end -= (end - whole)[first]
        if (end > parts).any():
            raise ValueError("a choice does more than the whole of an item")
        begin = end - whole
        turn = begin // size
        pieces = np.where(whole > 0, (end - 1) // size - turn + 1, 0)
        row, turn = np.repeat(np.arange(len(item)), pieces), ranges(turn, pieces)
        size = size[row]
        least = np.maximum(begin[row], turn * size)
        most = np.minimum(end[row], (turn + 1) * size)
        into = self.member[self.member_start[item[row]] + turn]
        return entry[row], into, (most - least) / size

    def _twin(self, deployment: Integers, item: Integers) -> Integers:
        """The deployments of items that correspond to those of others that are alike."""
        order, start = self.alike.order, self.alike.start
        position = np.empty_like(order)
        position[order] = np.arange(len(order))
        rank = position[deployment] - start[self.original.deployments.item[deployment]]
        twin: Integers = order[start[item] + rank]
        return twin


def aggregated(problem: AllocationProblem) -> Aggregation:
    """A problem with items that are the same made one; the very same where none are."""
    same = _same_items(problem)
    own = np.arange(problem.items)
    first, kind = np.unique(same.first, return_inverse=True)
    member = np.argsort(kind, kind="stable")
    count = np.bincount(kind, minlength=len(first))
    start = np.concatenate([[0], np.cumsum(count)])
    if len(first) == problem.items:
        kept = np.arange(len(problem.deployments.item))
        return Aggregation(problem, problem, kept, own, start, same)
    kept = np.flatnonzero((same.first == own)[problem.deployments.item])
    menu, places = _menus_kept(problem.places, problem.deployments.menu[kept])
    item = kind[problem.deployments.item[kept]]
    times = count.astype(np.float64)
    smaller = replace(
        problem,
        item_name=tuple(
            problem.item_name[row] if n == 1 else f"{problem.item_name[row]} and {n - 1} alike"
            for row, n in zip(first.tolist(), count.tolist(), strict=True)
        ),
        item_weight=problem.item_weight[first] * times,
        item_priority=problem.item_priority[first],
        item_parts=problem.item_parts[first] * count,
        unmet_cost=problem.unmet_cost[first] * times,
        deployments=Deployments(
            item=item,
            cost=problem.deployments.cost[kept] * times[item],
            amount=problem.deployments.amount[kept] * times[item, None],
            menu=menu,
        ),
        places=places,
    )
    return Aggregation(problem, smaller, kept, member, start, same)


def _same_items(problem: AllocationProblem) -> Alike:
    """Items that are the same, those that divide at will apart."""
    deployments, own = problem.deployments, np.arange(problem.items)
    return alike(
        problem.items,
        (
            problem.item_parts,
            problem.unmet_cost,
            problem.item_weight,
            problem.item_priority,
            np.where(problem.item_parts == 0, own, problem.items),
        ),
        deployments.item,
        (_same_menus(problem.places)[deployments.menu], deployments.cost, *deployments.amount.T),
    )


def _same_menus(places: Places) -> Integers:
    """The first menu that offers the same as each: places of equal costs and uses, in order."""
    use = places.use
    place = alike(
        len(places.cost), tuple(places.cost.T), use.place, (use.resource, use.quantity, use.amount)
    ).first
    size = np.diff(places.menu_start)
    menu = np.repeat(np.arange(len(size)), size)
    rank = ranges(np.zeros_like(size), size)
    offered = place[places.menu_start[0] : places.menu_start[-1]]
    return alike(len(size), (), menu, (offered, rank)).first


def _menus_kept(places: Places, menu: Integers) -> tuple[Integers, Places]:
    """New numbers of some menus, and the places that they offer."""
    menus, number = np.unique(menu, return_inverse=True)
    size = np.diff(places.menu_start)[menus]
    place = ranges(places.menu_start[menus], size)
    now = np.full(len(places.cost), -1)
    now[place] = np.arange(len(place))
    use = places.use
    entry = np.flatnonzero(now[use.place] >= 0)
    kept = PlaceUses(
        use.resource[entry], now[use.place[entry]], use.quantity[entry], use.amount[entry]
    )
    return number, Places(np.concatenate([[0], np.cumsum(size)]), places.cost[place], kept)
