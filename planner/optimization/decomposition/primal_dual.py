"""Good prices, closer: the relaxed problem solved over a few options of every item.

Where purchases tie many resources together (commitments over years) the smoothed dual function is
too ill-conditioned to be climbed to the end. The primal-dual hybrid gradient method (Chambolle,
Pock 2011, doi 10.1007/s10851-010-0251-1) is not, with what made it a solver of linear programs:
diagonal scaling and restarts (PDLP: Applegate et al. 2021, arXiv 2106.04756) and reflected,
anchored steps (Lu, Yang 2024, arXiv 2407.16144). An item's shares stay on their simplex, so that
only resources have prices; options join when prices make them good, so that hardly any of the
others is ever written out. The bound is the dual function over all options, as everywhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy import sparse

from planner.optimization.decomposition.arrays import Arrays
from planner.optimization.decomposition.dual import Prices, bound_at
from planner.optimization.decomposition.listing import (
    Listing,
    listing_at,
    magnitudes,
    stepped,
    taken,
    widened,
    worth,
)
from planner.problem.columns import Floats

SLOTS: Final = 8
"""Options of an item at least."""
SLOTS_PER_ENTRY: Final = 1_000_000
"""Of all items together, where that allows more of each: they are many when items divide."""
MOST_SLOTS: Final = 32
STEPS: Final = 100
"""Between two looks at all options."""
ROUNDS: Final = 40
KEPT: Final = 8
"""Prices on the way that are kept."""
RUIZ_PASSES: Final = 6
POWER_PASSES: Final = 12
SAFETY: Final = 0.95
"""Of the largest step that converges: the norm is estimated from below."""
ENOUGH: Final = 0.2
WORSE: Final = 0.8
LONG: Final = 0.36
"""Restarts: when a step's length has fallen to the first share of its first one, to the second and
grows again, or when the stretch is that share of all steps (Applegate et al. 2021, section 5)."""
TINY: Final = float(np.finfo(float).tiny)
USUAL: Final = 0.1
"""Of the length of the prices to that of the shares: the first weight of prices against shares.
The first shares are far off, and prices that followed them would be led astray."""
SWAY: Final = 10.0
"""How far the weight may leave the length of the prices to that of the shares, either way."""
CLOSE: Final = 0.25
"""Of the gap asked for: prices and shares that are this near to each other are the last."""
NEAR: Final = 1.0
STALLED: Final = 0.02
"""Of the gap asked for: where they are near, a round that lifts the bound by less is the last."""


@dataclass(frozen=True)
class Metric:
    """Squared lengths of the steps, relative to each other."""

    items: Floats
    blocks: Floats
    resources: Floats
    norm: float
    """Largest singular value of the program's rows in this metric."""


@dataclass(frozen=True)
class Point:
    """Where the method is."""

    share: Floats
    """Shape (items, slots)."""
    undone: Floats
    blocks: Floats
    prices: Floats

    def copy(self) -> "Point":
        """The same numbers in arrays of their own."""
        return Point(self.share.copy(), self.undone.copy(), self.blocks.copy(), self.prices.copy())


def close(
    arrays: Arrays, start: Prices, unit: Floats, gap: float, may_go_on: Callable[[], bool]
) -> Iterator[Prices]:
    """Better and better prices from a rough start, until they are worth what the shares cost."""
    method = PrimalDual(arrays, start.bound.prices, unit)
    best, recent = start.bound, [start.bound.prices]
    for _ in range(ROUNDS):
        if not may_go_on():
            return
        for _ in range(STEPS):
            method.step()
        bound = bound_at(arrays, method.prices)
        lifted = bound.value - best.value
        best = bound if lifted > 0 else best
        taken_now, apart = method.apart(best.value)
        recent = [*recent[1 - KEPT :], method.prices]
        yield Prices(best, taken_now, [*start.path, *recent])
        wanted = gap * abs(best.value)
        stalled = 0 < lifted <= STALLED * wanted
        if apart <= CLOSE * wanted or (stalled and apart <= NEAR * wanted):
            return
        method.widen()


class PrimalDual:
    """The method on one problem: where it is, and where it was restarted."""

    def __init__(self, arrays: Arrays, prices: Floats, unit: Floats) -> None:
        """Start at some prices; `unit` is the usual price of the resources."""
        self.arrays = arrays
        self.transposed = sparse.csr_array(arrays.supply.T)
        slots = int(np.clip(SLOTS_PER_ENTRY // arrays.items, SLOTS, MOST_SLOTS))
        self.listed: Listing = listing_at(arrays, prices, slots)
        paying = arrays.block_price(prices) < 0
        limit = np.where(np.isfinite(arrays.block_limit), arrays.block_limit, 0.0)
        share = np.zeros(self.listed.place.shape)
        share[:, 0] = np.isfinite(self.listed.cost[:, 0])
        self.at = Point(share, 1.0 - share[:, 0], np.where(paying, limit, 0.0), prices.copy())
        self.prices = prices
        self.metric = self._metric()
        known = prices if prices.any() else unit
        self.usual = self._length_of_prices(known) / max(self._length_of_shares(self.at), TINY)
        self.weight = USUAL * self.usual
        self.steps = 0
        self._restart()

    def widen(self) -> None:
        """Let options join that the prices have made good."""
        share = self.at.share
        self.listed, share = widened(self.arrays, self.listed, share, self.prices)
        self.at = replace(self.at, share=share)
        self.metric = self._metric()
        self._restart()

    def apart(self, bound: float) -> tuple[Floats, float]:
        """Quantities at the places, and by how much they cost more than a bound.

        What is used beyond the capacity counts at its price.
        """
        arrays, at = self.arrays, self.at
        share = np.maximum(at.share, 0.0)
        quantities = taken(self.listed, share, len(arrays.place_cost))
        over = arrays.used(quantities) + arrays.supply @ at.blocks - arrays.capacity
        listed = self.listed.deployment >= 0
        penalised = np.isfinite(arrays.ways.unmet)
        cost = (
            float(self.listed.cost[listed] @ share[listed])
            + float(arrays.ways.unmet[penalised] @ at.undone[penalised])
            + float(arrays.block_cost @ at.blocks)
        )
        return quantities, abs(cost - bound) + float(self.prices @ np.maximum(over, 0.0))

    def step(self) -> None:
        """One step of items and blocks against the prices, then of the prices."""
        arrays, at, metric = self.arrays, self.at, self.metric
        reach = SAFETY / metric.norm
        keep = (self.since + 1) / (self.since + 2)
        primal = reach / self.weight
        quantities, moved = stepped(
            arrays.ways.unmet,
            self.listed,
            arrays.surcharge(at.prices),
            primal * metric.items,
            at.share,
            at.undone,
            self.anchor.share,
            self.anchor.undone,
            keep,
        )
        reduced = arrays.block_cost + self.transposed @ at.prices
        blocks = np.clip(at.blocks - primal * metric.blocks * reduced, 0.0, arrays.block_limit)
        moved += float((((blocks - at.blocks) ** 2) / (primal * metric.blocks)).sum())
        reflected_blocks = 2 * blocks - at.blocks
        over = arrays.used(quantities) + arrays.supply @ reflected_blocks - arrays.capacity
        dual = reach * self.weight * metric.resources
        self.prices = np.maximum(0.0, at.prices + dual * over)
        moved += float((((self.prices - at.prices) ** 2) / dual).sum())
        self.at = replace(
            at,
            blocks=keep * reflected_blocks + (1 - keep) * self.anchor.blocks,
            prices=keep * (2 * self.prices - at.prices) + (1 - keep) * self.anchor.prices,
        )
        self.since += 1
        self.steps += 1
        self._restart_if_due(np.sqrt(moved))

    def _restart_if_due(self, length: float) -> None:
        if self.since == 1:
            self.first = self.last = length
            return
        due = (
            length <= ENOUGH * self.first
            or (length <= WORSE * self.first and length > self.last)
            or self.since >= LONG * self.steps
        )
        self.last = length
        if due:
            self._balance()
            self._restart()

    def _balance(self) -> None:
        """Weigh the steps of prices and shares by how far each of them went."""
        at, anchor = self.at, self.anchor
        prices = self._length_of_prices(at.prices - anchor.prices)
        shares = self._length_of_shares(
            Point(
                at.share - anchor.share,
                at.undone - anchor.undone,
                at.blocks - anchor.blocks,
                at.prices,
            )
        )
        if prices > 0 and shares > 0:
            weight = float(np.sqrt(self.weight * prices / shares))
            self.weight = float(np.clip(weight, self.usual / SWAY, self.usual * SWAY))

    def _restart(self) -> None:
        """Anchor the coming steps where the method is, back within the bounds."""
        at = self.at
        np.maximum(at.share, 0.0, out=at.share)
        np.maximum(at.undone, 0.0, out=at.undone)
        self.at = replace(
            at,
            blocks=np.clip(at.blocks, 0.0, self.arrays.block_limit),
            prices=np.maximum(at.prices, 0.0),
        )
        self.anchor = self.at.copy()
        self.since = 0
        self.first = self.last = np.inf

    def _length_of_prices(self, prices: Floats) -> float:
        return float(np.sqrt((prices**2 / self.metric.resources).sum()))

    def _length_of_shares(self, point: Point) -> float:
        of_item = (point.share**2).sum(axis=1) + point.undone**2
        of_block = point.blocks**2 / self.metric.blocks
        return float(np.sqrt((of_item / self.metric.items).sum() + of_block.sum()))

    def _metric(self) -> Metric:
        """Ruiz' scaling (2001), then the one of Pock and Chambolle (2011), as in PDLP."""
        arrays = self.arrays
        row, column = np.ones(len(arrays.capacity)), np.ones(arrays.items)
        block = np.ones(len(arrays.block_cost))
        size = abs(arrays.supply)
        for scaling in range(RUIZ_PASSES + 1):
            row_most, row_sum, item_most, item_sum = magnitudes(
                arrays.menus, self.listed, row, column
            )
            scaled = sparse.diags_array(row) @ size @ sparse.diags_array(block)
            is_last = scaling == RUIZ_PASSES
            if is_last:
                of_row, of_item = row_sum + scaled.sum(axis=1), item_sum
                of_block = scaled.sum(axis=0)
            else:
                of_row = np.maximum(row_most, _most(scaled, 1))
                of_item, of_block = item_most, _most(scaled, 0)
            row, column = row * _inverse_root(of_row), column * _inverse_root(of_item)
            block = block * _inverse_root(of_block)
        metric = Metric(items=column**2, blocks=block**2, resources=row**2, norm=1.0)
        return replace(metric, norm=self._norm(metric))

    def _norm(self, metric: Metric) -> float:
        """Largest singular value, by power iteration from a fixed start."""
        arrays = self.arrays
        row = np.sqrt(metric.resources)
        at = 1.0 + np.arange(len(row)) % 7 / 7
        norm = 1.0
        for _ in range(POWER_PASSES):
            at = row * at / np.linalg.norm(at)
            of_options = worth(self.listed, arrays.surcharge(at)) * metric.items[:, None]
            of_blocks = metric.blocks * (self.transposed @ at)
            quantities = taken(self.listed, of_options, len(arrays.place_cost))
            at = row * (arrays.used(quantities) + arrays.supply @ of_blocks)
            norm = float(np.sqrt(np.linalg.norm(at)))
        return max(norm, TINY)


def _inverse_root(size: Floats) -> Floats:
    root: Floats = 1 / np.sqrt(np.where(size > 0, size, 1.0))
    return root


def _most(matrix: Any, axis: int) -> Floats:
    """Largest entry of every column or row; 0 where there is none."""
    if 0 in matrix.shape:
        return np.zeros(matrix.shape[1 - axis])
    most: Floats = matrix.max(axis=axis).toarray().ravel()
    return most
