"""Prices of the items at which every facility knows by itself whether it pays to open it.

At a price u for each item and l >= 0 for each shared resource,

    L(u, l)  =  sum of u  -  l . capacity  +  sum over facilities of min(0, opening + filling),

where `filling` is the least that a facility's room can be filled for with options at their cost
less u, the dearest use of its room first (a continuous knapsack). No choice costs less (weak
duality); the best prices prove as much as the relaxed strong formulation with a row for every
option. They are found by the volume algorithm (Barahona and Anbil 2000,
doi 10.1007/s101070050002), whose running averages also tell how far each facility is open in that
relaxed problem.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import prange
from scipy import sparse

from planner.optimization.compiled import compiled_parallel
from planner.optimization.location.facilities import NONE, Facilities
from planner.problem.columns import AllocationProblem, Booleans, Floats, Integers

STEPS: Final = 600
"""The bound is then within 0.04 % of the relaxed strong formulation's (20 to 100 facilities, 60 to
1,000 items)."""
WEIGHT: Final = 0.1
"""Of the newest answer in the running averages."""
REACH: Final = 0.25
"""Of the bound: what the first step would add to it, were it as steep all the way."""
LONGER: Final = 1.1
"""The reach after a better bound."""
SHORTER: Final = 0.7
PATIENCE: Final = 6
"""Steps without a better bound, after which they become shorter."""
ROUNDINGS: Final = 8
"""Of a term on its way into the bound, beside one for each option of a facility."""


@dataclass(frozen=True)
class Priced:
    """A bound, the prices that prove it and what the relaxed problem does at them."""

    bound: float
    open_cost: Floats
    """USD that each facility adds to the bound when it is open; below 0: it is."""
    open_share: Floats
    """How far each facility is open on average."""
    reduced_cost: Floats
    """Of each option, in the order of the facilities."""
    shadow_price: Floats
    """USD saved by one more unit of each resource, at least 0."""


@compiled_parallel
def _filled(start: Any, reduced: Any, size: Any, room: Any) -> Any:
    """Least cost of filling each facility's room, the shares that do it, and the room's price."""
    facilities = len(room)
    value, price, share = np.zeros(facilities), np.zeros(facilities), np.zeros(len(reduced))
    for facility in prange(facilities):
        first = start[facility]
        gains = first + np.flatnonzero(reduced[first : start[facility + 1]] < 0)
        density = np.empty(len(gains))
        for at in range(len(gains)):
            option = gains[at]
            density[at] = reduced[option] / size[option] if size[option] > 0 else -np.inf
        left, total = room[facility], 0.0
        for at in np.argsort(density, kind="mergesort"):
            option = gains[at]
            part = 1.0
            if size[option] > left:
                part = left / size[option]
                price[facility] = -density[at]
            share[option] = part
            total += part * reduced[option]
            left -= part * size[option]
            if part < 1:
                break
        value[facility] = total
    return value, share, price


def priced(
    problem: AllocationProblem, facilities: Facilities, left_s: Callable[[], float]
) -> Priced:
    """Prices after a fixed number of steps, or fewer when no time is left."""
    dual = _Dual(problem, facilities)
    prices = dual.first_prices()
    best = answer = dual.answer(prices)
    reach, waited = REACH * max(abs(best.bound), np.abs(prices).sum()), 0
    lacking, open_share = answer.lacking, answer.is_open.astype(np.float64)
    for _ in range(STEPS):
        steepness = float(lacking @ lacking)
        if steepness == 0 or left_s() <= 0:
            break
        answer = dual.answer(dual.allowed(best.prices + reach / steepness * lacking))
        lacking = WEIGHT * answer.lacking + (1 - WEIGHT) * lacking
        open_share = WEIGHT * answer.is_open + (1 - WEIGHT) * open_share
        waited += 1
        if answer.bound > best.bound:
            best, reach, waited = answer, LONGER * reach, 0
        elif waited == PATIENCE:
            reach, waited = SHORTER * reach, 0
    return Priced(
        bound=best.bound - dual.lost(best),
        open_cost=best.open_cost,
        open_share=open_share,
        reduced_cost=best.reduced_cost,
        shadow_price=dual.shadow_prices(best),
    )


@dataclass(frozen=True)
class _Answer:
    """What the facilities do at some prices."""

    prices: Floats
    """Of the items without what they typically pay for shared resources, then of these, in units
    of how far uses lie apart: as such, no price must move for another one to move."""
    bound: float
    lacking: Floats
    """By price: what of an item is not done, what of a shared resource is used too much."""
    is_open: Booleans
    open_cost: Floats
    reduced_cost: Floats
    room_price: Floats


class _Dual:
    """The dual function of a location problem, in the order of its facilities."""

    def __init__(self, problem: AllocationProblem, facilities: Facilities) -> None:
        self.problem, self.facilities = problem, facilities
        self.cost = problem.options.cost[facilities.option]
        self.opening = np.append(problem.block_cost, 0.0)
        self.shared = np.flatnonzero(facilities.is_priced)
        use, by_block = problem.options.use, problem.block_use
        count = problem.option_count
        place = np.argsort(facilities.option)
        uses = self._rows(use.resource, place[use.column], use.amount, count)
        opens = self._rows(
            by_block.resource, by_block.column, by_block.amount, len(facilities.room)
        )
        share = 1 / np.maximum(np.bincount(facilities.item, minlength=problem.items), 1)
        ones, entries = np.ones(count), (np.arange(count), facilities.item)
        of_item = sparse.csr_array((ones, entries), shape=(count, problem.items))
        typical = uses @ of_item @ sparse.diags_array(share)
        apart = abs(uses - typical @ of_item.T)
        largest = apart.max(axis=1).maximum(abs(opens).max(axis=1)).toarray()
        self.unit = np.where(largest > 0, largest, 1.0)
        scale = sparse.diags_array(1 / self.unit)
        self.uses, self.typical, self.opens = scale @ uses, scale @ typical, scale @ opens
        self.capacity = problem.capacity[self.shared] / self.unit

    def _rows(self, resource: Integers, column: Integers, amount: Floats, columns: int) -> Any:
        """Of the shared resources, sparse."""
        shape = (self.problem.resources, columns)
        return sparse.csr_array((amount, (resource, column)), shape=shape)[self.shared]

    def first_prices(self) -> Floats:
        """What items cost if each paid for its share of a facility; resources cost nothing."""
        problem, facilities = self.problem, self.facilities
        least = np.full(problem.items, np.inf)
        rent = (self.opening / facilities.room)[facilities.facility] * facilities.size
        np.minimum.at(least, facilities.item, self.cost + rent)
        least = np.minimum(least, problem.unmet_cost)
        least[np.isinf(least)] = 0.0  # an item that nothing can do: any price is as good
        return self.allowed(np.concatenate([least, np.zeros(len(self.shared))]))

    def allowed(self, prices: Floats) -> Floats:
        """The nearest prices that prove a bound."""
        items = self.problem.items
        of_shared = np.maximum(prices[items:], 0.0)
        most = self.problem.unmet_cost - self.typical.T @ of_shared
        return np.concatenate([np.minimum(prices[:items], most), of_shared])

    def of_items(self, prices: Floats) -> Floats:
        """Prices of the items with all that they pay."""
        items = self.problem.items
        whole: Floats = prices[:items] + self.typical.T @ prices[items:]
        return whole

    def answer(self, prices: Floats) -> _Answer:
        """What the facilities do at prices, and the bound that these prove."""
        facilities, items = self.facilities, self.problem.items
        of_items, of_shared = self.of_items(prices), prices[items:]
        reduced = self.cost - of_items[facilities.item] + self.uses.T @ of_shared
        value, share, room_price = _filled(
            facilities.start, reduced, facilities.size, facilities.room
        )
        open_cost = self.opening + self.opens.T @ of_shared + value
        is_open = open_cost < 0
        share = share * is_open[facilities.facility]
        done = np.bincount(facilities.item, share, minlength=items)
        used = self.uses @ share + self.opens @ is_open + self.typical @ (1 - done)
        bound = of_items.sum() - of_shared @ self.capacity + open_cost[is_open].sum()
        return _Answer(
            prices=prices,
            bound=float(bound),
            lacking=np.concatenate([1 - done, used - self.capacity]),
            is_open=is_open,
            open_cost=open_cost,
            reduced_cost=reduced,
            room_price=room_price,
        )

    def lost(self, answer: _Answer) -> float:
        """What double precision may have made of the bound's terms, at most."""
        prices = answer.prices
        items, facilities = self.problem.items, self.facilities
        of_items, of_shared = np.abs(self.of_items(prices)), prices[items:]
        terms = np.abs(self.cost) + of_items[facilities.item] + abs(self.uses).T @ of_shared
        opening = np.abs(self.opening) + abs(self.opens).T @ of_shared
        size = of_items.sum() + of_shared @ np.abs(self.capacity) + opening.sum() + terms.sum()
        longest = int(np.diff(facilities.start).max()) + ROUNDINGS
        return float(longest * np.finfo(float).eps * size)

    def shadow_prices(self, answer: _Answer) -> Floats:
        """Of all resources; those that are implied are worth nothing more."""
        facilities, worth = self.facilities, np.zeros(self.problem.resources)
        worth[self.shared] = answer.prices[self.problem.items :] / self.unit
        has_room = facilities.room_row != NONE
        worth[facilities.room_row[has_room]] = (answer.room_price * answer.is_open)[has_room]
        return worth
