"""Good prices: the dual function smoothed and climbed, on samples first, then on all items.

The minimum over an item's options is replaced by -T log(sum of exp(-cost / T)), which makes the
dual function differentiable (Nesterov 2005, doi 10.1007/s10107-004-0552-5); limited-memory BFGS
within bounds (Byrd, Lu, Nocedal, Zhu 1995, doi 10.1137/0916069) climbs it while the temperature
falls. Few options of an item can be best near the final prices: after a first look at all of them
the rounds look at a shortlist that is made anew for each.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from scipy.optimize import Bounds, minimize
from threadpoolctl import threadpool_limits

from planner.optimization.decomposition.arrays import Arrays, sampled
from planner.optimization.decomposition.blocks import block_prices, ceilings
from planner.optimization.decomposition.dual import Bound, Prices, bound_at
from planner.optimization.decomposition.pricing import (
    cheapest,
    shortlist,
    softened,
    softened_shortlist,
)
from planner.optimization.decomposition.primal_dual import close
from planner.problem.columns import Floats

SEED: Final = 1
FIRST_OPTIONS: Final = 3_000_000
"""Options of the first sample: a look at all of them takes a tenth of a second."""
ITEMS_PER_RESOURCE: Final = 2
SAMPLE_GROWTH: Final = 10
START_SHARES: Final = (1.0, 0.7, 0.4, 0.2, 0.1, 0.0)
FIRST_TEMPERATURES: Final = (0.03, 0.01)
"""Relative to what an item costs."""
MIDDLE_TEMPERATURES: Final = (0.003, 0.001)
LAST_TEMPERATURES: Final = (3e-3, 1e-3, 3e-4, *[1e-4] * 4, *[3e-5] * 6)
KNOWN_TEMPERATURES: Final = (3e-4, *[1e-4] * 4, *[3e-5] * 6)
"""From prices that were good for a problem like this one."""
COLD: Final = 1e-4
"""At temperatures from here on, a round that lifts the bound little is the last."""
OVERPAID: Final = 1e-4
GUESS_GROWTH: Final = 4.0
LISTED: Final = 32
ITERATIONS: Final = 60
KEPT: Final = 16
KEPT_EVERY: Final = 5
"""Prices on the way that are kept, and evaluations between two of them."""
MEMORY: Final = 25
"""Pairs that the quasi-Newton method keeps."""
REACH: Final = 25.0
FURTHEST: Final = 0.7
OPENING: Final = 0.1
"""How far prices may go in a round with one shortlist: by e to this times the square root of the
temperature, up or down, but no further than that; and up by this share of it of the usual price.
Further away options matter that the shortlist does not have."""
STALLED: Final = 0.02
"""Of the gap asked for: rounds that lift the bound by less are the last of their temperature."""
ROUGH: Final = 3e-4
UNSETTLED: Final = 0.015
"""A climb that at this temperature still has so much to gain, relative to the bound, is stiff:
the primal-dual method goes on from there."""
PROBED: Final = 200_000
"""Deployments that the usual prices are taken from."""
PROBES: Final = 8
"""Of them at every place."""
SMALLEST: Final = 1e-3
"""Of the mean cost: what costs less is smoothed as if it cost this."""
SPREAD: Final = (1e-4, 1e4)
"""Of what is spent on resources, relative to the mean, that their scales take account of."""
DEAREST: Final = 3.0
"""Prices of resources end at this multiple of their usual price on a sample, which may need
what it has too little of."""


class Ascent:
    """The climb on one problem: what every round of it needs."""

    def __init__(self, arrays: Arrays, unit: Floats, may_go_on: Callable[[], bool]) -> None:
        """`unit` is the resources' usual price; `may_go_on` is asked after every step."""
        self.arrays = arrays
        self.may_go_on = may_go_on
        self.unit = unit
        penalties = arrays.ways.unmet[np.isfinite(arrays.ways.unmet)]
        self.penalty = float(penalties.mean()) if penalties.any() else 1.0
        self.ceiling = ceilings(arrays)
        self.path: list[Floats] = []
        self.unsettled = 0.0
        """Prices times what lacks or is left of their resources, relative to the bound."""
        self.guess = np.where(np.isfinite(arrays.block_limit), arrays.block_limit, 1.0)
        size = np.abs(arrays.block_cost) + arrays.supply.maximum(0).T @ self.unit
        self.block_scale = self._floored(size)

    def start(self) -> Floats:
        """The best of some multiples of usual prices and of what blocks supply resources for."""
        bought = block_prices(self.arrays)
        tried = [
            np.minimum(share * each, self.ceiling)
            for each in (bought, np.where(bought > 0, bought, self.unit))
            for share in START_SHARES
        ]
        bounds = [bound_at(self.arrays, prices) for prices in tried]
        return max(bounds, key=lambda bound: bound.value).prices

    def filled(self, known: Floats) -> Floats:
        """Known prices, and where there are none (NaN) those of the usual start."""
        missing = np.isnan(known)
        prices = np.where(missing, self.start(), known) if missing.any() else known
        return np.minimum(prices, self.ceiling)

    def first_look(self, prices: Floats) -> Floats:
        """Prices from a sample small enough to look at all of its options."""
        arrays = self.arrays
        size = self._first_size()
        level = self._sample(size) if size < arrays.items else arrays
        for temperature in FIRST_TEMPERATURES:
            if not self.may_go_on():
                break
            if _options(level) > FIRST_OPTIONS:
                prices, _ = self.round(level, prices, temperature)
                continue
            scale = self._scale(level, prices) * temperature

            def value(at: Floats, scale: Floats = scale) -> tuple[float, Floats]:
                worth, taken = softened(level.ways, level.menus, level.price(at), scale)
                return float(worth.sum()), level.used(taken.sum(axis=0))

            dearest = np.minimum(DEAREST * self.unit, self.ceiling)
            prices = self._climb(level, value, prices, np.zeros_like(prices), dearest, temperature)
        return prices

    def _first_size(self) -> int:
        """Items of the first sample: few, yet enough to see how scarce each resource is."""
        arrays = self.arrays
        affordable_items = arrays.items * FIRST_OPTIONS // max(_options(arrays), 1)
        return max(affordable_items, ITEMS_PER_RESOURCE * len(arrays.capacity), 1)

    def samples(self, prices: Floats) -> Floats:
        """Prices from samples that grow to the whole."""
        arrays = self.arrays
        size = self._first_size() * SAMPLE_GROWTH
        while size < arrays.items // 2 and self.may_go_on():
            level = self._sample(size)
            for temperature in MIDDLE_TEMPERATURES:
                prices, _ = self.round(level, prices, temperature)
            size *= SAMPLE_GROWTH
        return prices

    def round(self, level: Arrays, prices: Floats, temperature: float) -> tuple[Floats, Floats]:
        """Climb with one shortlist; the prices and what choices on the way took on average.

        The smoothed choice at any prices leaps to and fro; its average comes close to an optimum
        of the relaxed problem.
        """
        listed = shortlist(level.ways, level.menus, level.price(prices), LISTED)
        scale = self._floored(np.minimum(listed.reduced[:, 0], level.ways.unmet)) * temperature
        mean, weight = np.zeros_like(level.place_cost), 0
        self.path = []

        def value(at: Floats) -> tuple[float, Floats]:
            nonlocal mean, weight
            worth, by_stretch = softened_shortlist(level.ways, listed, level.price(at), scale)
            taken = by_stretch.sum(axis=0)
            weight += 1  # later choices count for more: the sum of 1 to n is n (n + 1) / 2
            if weight % KEPT_EVERY == 0:
                self.path = [*self.path[1 - KEPT :], at]
            mean += 2 / (weight + 1) * (taken - mean)
            return float(worth.sum()), level.used(taken)

        reach = min(REACH * np.sqrt(temperature), FURTHEST)
        most = np.minimum(np.exp(reach) * prices + OPENING * reach * self.unit, self.ceiling)
        prices = self._climb(level, value, prices, np.exp(-reach) * prices, most, temperature)
        return prices, mean

    def _climb(
        self,
        level: Arrays,
        items: Callable[[Floats], tuple[float, Floats]],
        prices: Floats,
        least: Floats,
        most: Floats,
        temperature: float,
    ) -> Floats:
        worth, used = items(prices)
        unit = self._steps(level, used)
        # nothing is worth anything where all work may stay undone for nothing
        size = abs(worth) or float(prices @ np.abs(level.capacity)) or np.finfo(float).tiny

        def falling(scaled: Floats) -> tuple[float, Floats]:
            at = scaled * unit
            value, used = items(at)
            blocks, supplied = self._blocks(level, at, temperature)
            slope = used + supplied - level.capacity
            return -(value + blocks - float(at @ level.capacity)) / size, -slope * unit / size

        def watch(_: Floats) -> None:
            if not self.may_go_on():
                raise StopIteration

        with threadpool_limits(limits=1, user_api="blas"):  # its idle threads would spin on ours
            found = minimize(
                falling,
                prices / unit,
                jac=True,
                method="L-BFGS-B",
                bounds=Bounds(least / unit, most / unit),
                callback=watch,
                options={"maxiter": ITERATIONS, "maxcor": MEMORY, "ftol": 1e-10, "gtol": 1e-12},
            )
        self.unsettled = float(np.abs(found.x * found.jac).sum())
        climbed: Floats = np.clip(found.x * unit, least, most)
        return climbed

    def _blocks(self, level: Arrays, prices: Floats, temperature: float) -> tuple[float, Floats]:
        """Smoothed worth of the blocks that pay, and what they use of the resources."""
        if len(level.block_cost) == 0:
            return 0.0, np.zeros_like(prices)
        share = level.items / self.arrays.items
        limit = np.where(np.isfinite(level.block_limit), level.block_limit, self.guess * share)
        width = temperature * self.block_scale
        ratio = -level.block_price(prices) / width
        value = -float(limit @ (width * np.logaddexp(0.0, ratio)))
        bought = limit / (1 + np.exp(-np.clip(ratio, -500, 500)))
        return value, level.supply @ bought

    def _steps(self, level: Arrays, used: Floats) -> Floats:
        """Scale of the prices at which the smoothed function curves alike in all of them.

        With temperatures relative to costs, the curvature along a price is about what is spent on
        the resource, over its price squared.
        """
        spent = self.unit * np.maximum(np.abs(level.capacity), np.abs(used))
        relative = np.clip(spent / max(float(spent.mean()), np.finfo(float).tiny), *SPREAD)
        return self.unit / np.sqrt(relative)

    def _sample(self, size: int) -> Arrays:
        rng = np.random.default_rng(SEED)
        return sampled(self.arrays, np.sort(rng.choice(self.arrays.items, size, replace=False)))

    def _scale(self, level: Arrays, prices: Floats) -> Floats:
        reduced, _, _ = cheapest(level.ways, level.menus, level.price(prices))
        return self._floored(np.minimum(reduced, level.ways.unmet))

    def _floored(self, cost: Floats) -> Floats:
        """Sizes of costs, none so small that a temperature relative to it freezes."""
        size = np.where(np.isfinite(cost), np.abs(cost), 0.0)
        mean = float(size.mean()) if len(size) else 0.0
        return np.maximum(size, SMALLEST * mean if mean > 0 else self.penalty)

    def bounded(self, prices: Floats) -> Bound:
        """The bound that prices prove; blocks that paid without limit count for more next time."""
        overpaid = self.arrays.block_price(prices) < -OVERPAID * self.block_scale
        self.guess = np.where(overpaid, self.guess * GUESS_GROWTH, self.guess)
        return bound_at(self.arrays, prices)


def climb(
    arrays: Arrays,
    unit: Floats,
    gap: float,
    may_go_on: Callable[[], bool],
    known: Floats | None = None,
) -> Iterator[Prices]:
    """Better and better prices, until a round no longer lifts the bound by a good part of `gap`.

    `unit` is the usual price of each resource; `known` are prices that were good for a problem
    like this one, NaN where there are none.
    """
    ascent = Ascent(arrays, unit, may_go_on)
    start = ascent.start() if known is None else ascent.filled(known)
    best = ascent.bounded(start)
    yield Prices(best, np.zeros_like(arrays.place_cost), [start])
    if known is None:
        prices, temperatures = ascent.samples(ascent.first_look(start)), LAST_TEMPERATURES
    else:
        prices, temperatures = start, KNOWN_TEMPERATURES
    for temperature in temperatures:
        prices, taken = ascent.round(arrays, prices, temperature)
        bound = ascent.bounded(prices)
        lifted = bound.value - best.value
        if lifted > 0:
            best = bound
        found = Prices(best, taken, [*ascent.path, best.prices])
        yield found
        if temperature <= ROUGH and ascent.unsettled > UNSETTLED:
            yield from close(arrays, found, unit, gap, may_go_on)
            return
        if temperature <= COLD and lifted <= STALLED * gap * abs(best.value):
            return
        if not may_go_on():
            return


def usual_price(arrays: Arrays) -> Floats:
    """What a unit of each resource goes with: cost of options per use, at the blocks' own prices.

    It makes the resources' prices comparable; any positive numbers would do, these converge fast.
    """
    rng = np.random.default_rng(SEED)
    ways, menus = arrays.ways, arrays.menus
    some = rng.choice(len(ways.cost), min(len(ways.cost), PROBED), replace=False)
    some = some[np.argsort(ways.menu[some], kind="stable")]
    size = np.diff(menus.start)
    place_menu = np.repeat(np.arange(len(size)), size)
    first = np.searchsorted(ways.menu[some], np.arange(len(size) + 1))
    place = menus.start[0] + np.flatnonzero(np.diff(first)[place_menu] > 0)
    menu = place_menu[place - menus.start[0]]
    price = arrays.price(block_prices(arrays))
    item = np.repeat(np.arange(arrays.items), np.diff(ways.start))
    penalty = np.where(np.isfinite(ways.unmet), ways.unmet, 0.0)
    cost, use = np.zeros(len(arrays.capacity)), np.zeros(len(arrays.capacity))
    entries = menus.entry[place + 1] - menus.entry[place]
    row = np.repeat(np.arange(len(place)), entries)
    entry = menus.entry[place][row] + np.arange(len(row)) - (np.cumsum(entries) - entries)[row]
    for _ in range(PROBES):
        within = rng.integers(0, 1 << 40, len(place)) % np.diff(first)[menu]
        way = some[first[menu] + within]
        total = np.abs(ways.cost[way] + (ways.amount[way] * price[place]).sum(axis=1))
        total = np.where(total > 0, total, penalty[item[way]])
        used = np.abs(ways.amount[way[row], menus.quantity[entry]] * menus.amount[entry])
        np.add.at(cost, menus.resource[entry], np.where(used > 0, total[row], 0.0))
        np.add.at(use, menus.resource[entry], used)
    by_blocks = abs(arrays.supply)
    block_cost, block_use = by_blocks @ np.abs(arrays.block_cost), (by_blocks**2).sum(axis=1)
    price_of = np.where(use > 0, cost / np.where(use > 0, use, 1.0), 0.0)
    blocks = np.where(block_use > 0, block_cost / np.where(block_use > 0, block_use, 1.0), 0.0)
    price_of = np.where(price_of > 0, price_of, blocks)
    known = price_of[price_of > 0]
    return np.where(price_of > 0, price_of, np.median(known) if len(known) else 1.0)


def _options(arrays: Arrays) -> int:
    size = np.diff(arrays.menus.start)
    return int(size[arrays.ways.menu].sum())
