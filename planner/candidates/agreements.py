"""Agreements as rows and blocks: what is paid of what accounts add up.

The objective has every charge in full already; blocks here add the difference that an agreement
makes. What an account leaves to pay is a sum over options and blocks that later accounts take up.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import floor, inf, isclose, log10
from typing import Final

from planner.candidates.charges import Amount, Charges
from planner.candidates.layout import SpendBlock
from planner.candidates.rows import Rows
from planner.domain.agreement import (
    Account,
    Agreed,
    Cell,
    PaymentCurve,
    Segment,
    SpendCommitment,
    SpendLimit,
)
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.spending import committed_hours

UNIT_DIGITS: Final = 3
"""Amounts of money are up to some thousands of the units in which rows count them."""
MOST_WASTE: Final = 1000
"""Times all that can be needed: nobody buys more to please the agreements that come after."""


class Bookkeeping:
    """Accounts while they are turned into rows, in their order."""

    def __init__(self, rows: Rows, charges: Charges, option_item: Sequence[int]) -> None:
        """Begin with no account; `option_item` is the item of every option."""
        self.rows, self.charges, self.option_item = rows, charges, option_item
        self.weight = charges.objective.cost_weight
        self.left: list[Amount] = []
        self.most_usd: list[float] = []
        """More than every account adds up without waste."""
        self.added_up: frozenset[int] = frozenset()
        """Accounts that later ones take up."""
        self.spends: list[SpendBlock] = []
        self.covered: dict[Cell, list[int]] = {}
        """Blocks of use that committed spend pays for, by the charge that it is."""

    def keep(
        self,
        agreed: Sequence[Agreed],
        accounts: Sequence[Account],
        pools: Sequence[Pool],
        periods: Sequence[Period],
    ) -> tuple[SpendBlock, ...]:
        """Add all accounts; the blocks of spend that can be committed to."""
        self.added_up = frozenset(earlier for each in accounts for earlier in each.accounts)
        for row, each in enumerate(agreed):
            if isinstance(each.terms, SpendCommitment):
                mine = [account for account in accounts if account.agreement == row]
                self._offer_spend(row, each.terms, mine, periods)
        for account in accounts:
            self.left.append(self._left(agreed[account.agreement], account, pools, periods))
        return tuple(self.spends)

    def _left(
        self, agreed: Agreed, account: Account, pools: Sequence[Pool], periods: Sequence[Period]
    ) -> Amount:
        """What an account leaves to pay."""
        amount = self.charges.total(account.cells)
        most = self.charges.most_usd(account.cells, self.option_item)
        for earlier in account.accounts:
            amount.add(self.left[earlier])
            most += self.most_usd[earlier]
        self.most_usd.append(most)
        name = f"{agreed.name}{_when(account, periods)}"
        match agreed.terms:
            case PaymentCurve(segments=segments):
                return self._paid(name, segments, amount, most)
            case SpendLimit(most_usd=most_usd):
                self._row(f"{name}: USD", most_usd, amount, _unit_usd(most_usd))
                return amount
            case SpendCommitment() as terms:
                return self._covered(account, terms, amount, pools, periods)
            case terms:
                raise TypeError(f"{agreed.name} has no account: {type(terms).__name__}")

    def _paid(
        self, name: str, segments: Sequence[Segment], amount: Amount, most_usd: float
    ) -> Amount:
        """Payment by a curve, as far as amounts can be worth having."""
        waste = MOST_WASTE if len(self.left) in self.added_up else 1
        kept = _worth_reaching(segments, waste * most_usd)
        end = segments[len(kept)].from_usd if len(kept) < len(segments) else inf
        self.most_usd[-1] = max(most_usd, *(each.fixed_usd for each in kept))
        if _is_convex(kept):
            return self._filled(name, kept, amount, _unit_usd(most_usd), end)
        # beyond what all options together pay, only reaching the last tier is worth anything
        return self._chosen(name, kept, amount, min(most_usd + kept[-1].from_usd, end))

    def _row(self, name: str, most_usd: float, amount: Amount, usd_per_unit: float) -> int:
        """Row: an amount is at most so much; in units of so much, of which -1 turns it round."""
        row = self.rows.limit(name, (most_usd - amount.constant) / usd_per_unit)
        for column, usd in amount.columns.items():
            self.rows.option_use.add(row, column, usd / usd_per_unit)
        for block, usd in amount.blocks.items():
            self.rows.block_use.add(row, block, usd / usd_per_unit)
        return row

    def _equal(self, name: str, pieces: Sequence[int], amount: Amount, unit_usd: float) -> None:
        """Rows: pieces, which are counted in units, add up to an amount."""
        for way, side in _SIDES:
            row = self._row(f"{name}: sum{way}", 0.0, amount, side * unit_usd)
            for piece in pieces:
                self.rows.block_use.add(row, piece, -side)

    def _filled(
        self,
        name: str,
        segments: Sequence[Segment],
        amount: Amount,
        unit_usd: float,
        most_usd: float,
    ) -> Amount:
        """Payment that rises ever faster: segments fill up one after the other by themselves."""
        ends = [*(each.from_usd for each in segments[1:]), most_usd]
        pieces = [
            self.rows.amount(
                self.weight * (each.rate - 1) * unit_usd, (end - each.from_usd) / unit_usd
            )
            for each, end in zip(segments, ends, strict=True)
        ]
        self._equal(name, pieces, amount, unit_usd)
        left = Amount(constant=segments[0].fixed_usd)
        if left.constant:
            self.rows.constant(f"{name}: fixed", self.weight * left.constant)
        for piece, each in zip(pieces, segments, strict=True):
            left.blocks[piece] = each.rate * unit_usd
        return left

    def _chosen(
        self, name: str, segments: Sequence[Segment], amount: Amount, most_usd: float
    ) -> Amount:
        """Any payment: one segment holds, and the whole amount lies in it."""
        unit = _unit_usd(most_usd)
        ends = [*(each.from_usd for each in segments[1:]), most_usd]
        one = [self.rows.limit(f"{name}: one tier{way}", side) for way, side in _SIDES]
        left, pieces = Amount(), []
        for number, (each, end) in enumerate(zip(segments, ends, strict=True), 1):
            holds = self.rows.block(self.weight * each.fixed_usd, 1.0)
            piece = self.rows.amount(self.weight * (each.rate - 1) * unit, end / unit)
            for row, (_, side) in zip(one, _SIDES, strict=True):
                self.rows.block_use.add(row, holds, side)
            above = self.rows.limit(f"{name}: tier {number} from {each.from_usd:g}", 0.0)
            self.rows.block_use.add(above, holds, each.from_usd / unit)
            self.rows.block_use.add(above, piece, -1.0)
            below = self.rows.limit(f"{name}: tier {number} to {end:g}", 0.0)
            self.rows.block_use.add(below, holds, -end / unit)
            self.rows.block_use.add(below, piece, 1.0)
            pieces.append(piece)
            left.blocks.update({holds: each.fixed_usd, piece: each.rate * unit})
        self._equal(name, pieces, amount, unit)
        return left

    def _offer_spend(
        self,
        row: int,
        terms: SpendCommitment,
        accounts: Sequence[Account],
        periods: Sequence[Period],
    ) -> None:
        """Blocks of committed spend, and the most of it at any time."""
        listed = (
            self.charges.most_usd(each.coverable, self.option_item) / periods[each.periods[0]].hours
            for each in accounts
        )
        most = max(listed, default=0.0)
        name = f"committed spend of agreement {row + 1}"
        limits = [
            self.rows.limit(f"{name}{_of(each)}", terms.most_usd_per_hour) for each in periods
        ]
        for start in (row for row, each in enumerate(periods) if each.is_first):
            block = self.rows.amount(self.weight * terms.term_hours, most)
            self.spends.append(SpendBlock(row, start, block))
            for number, period in enumerate(periods):
                if committed_hours(terms, periods[start], period) > 0:
                    self.rows.block_use.add(limits[number], block, 1.0)

    def _covered(
        self,
        account: Account,
        terms: SpendCommitment,
        amount: Amount,
        pools: Sequence[Pool],
        periods: Sequence[Period],
    ) -> Amount:
        """Use that committed spend pays for costs nothing else."""
        (number,) = account.periods
        discounts = dict(terms.discounts)
        name = f"committed spend{_of(periods[number])}"
        budget = self.rows.limit(f"{name} of agreement {account.agreement + 1}: used", 0.0)
        for spend in self.spends:
            hours = committed_hours(terms, periods[spend.period], periods[number])
            if spend.agreement == account.agreement and hours > 0:
                self.rows.block_use.add(budget, spend.block, -hours)
                amount.blocks[spend.block] = amount.blocks.get(spend.block, 0.0) + hours
        for cell in account.coverable:
            pool = pools[cell.pool]
            if pool.node_type.name not in discounts or cell not in self.charges.by_cell:
                continue
            covered = self.rows.amount(-self.weight)
            row = self._row(f"{name} for {pool.key}", 0.0, self.charges.total((cell,)), -1.0)
            for block in (*self.covered.get(cell, ()), covered):
                self.rows.block_use.add(row, block, 1.0)
            self.covered.setdefault(cell, []).append(covered)
            self.rows.block_use.add(budget, covered, 1 - discounts[pool.node_type.name])
            amount.blocks[covered] = -1.0
        return amount


_SIDES = ((" at most", 1.0), (" at least", -1.0))
"""Of an equation."""


def _unit_usd(most_usd: float) -> float:
    """A power of ten in which amounts up to `most_usd` are numbers that solvers are exact with."""
    return float(10 ** max(floor(log10(max(most_usd, 1.0))) - UNIT_DIGITS, 0))


def _worth_reaching(segments: Sequence[Segment], most_usd: float) -> Sequence[Segment]:
    """Segments without those at the end that cost more to reach than all that can be needed.

    `most_usd` is more than that comes to; a discount may be worth buying more for.
    """
    ends = [*(each.from_usd for each in segments[1:]), inf]
    dearest = max(
        each.fixed_usd + each.rate * usd
        for each, end in zip(segments, ends, strict=True)
        if each.from_usd <= most_usd
        for usd in (each.from_usd, min(end, most_usd))
    )
    last = max(
        number
        for number, each in enumerate(segments)
        if each.from_usd <= most_usd or each.fixed_usd + each.rate * each.from_usd < dearest
    )
    return segments[: last + 1]


def _is_convex(segments: Sequence[Segment]) -> bool:
    """Whether the payment has no jump and every segment is at least as steep as the one before."""
    return all(
        one.rate <= two.rate
        and isclose(
            one.fixed_usd + one.rate * two.from_usd,
            two.fixed_usd + two.rate * two.from_usd,
            abs_tol=1e-9,
        )
        for one, two in pairwise(segments)
    )


def _of(period: Period) -> str:
    return f" in {period.name}" if period.is_part else ""


def _when(account: Account, periods: Sequence[Period]) -> str:
    first, last = periods[account.periods[0]], periods[account.periods[-1]]
    if not first.is_part:
        return ""
    return f" in {first.name}" if first == last else f" in {first.name} to {last.name}"
