"""What agreements make of the charges: account by account, in the order of the agreements."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from planner.domain.agreement import (
    Account,
    Agreed,
    Cell,
    PaymentCurve,
    SpendCommitment,
    SpendLimit,
)
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.spending import committed_hours, hours_beyond
from planner.domain.statement import AgreementLine, SpendLine
from planner.units import HOURS_PER_DAY

Charged = Mapping[Cell, float]


@dataclass(frozen=True)
class Spend:
    """Spend per hour committed to at the beginning of a period."""

    agreement: int
    period: int
    usd_per_hour: float


@dataclass(frozen=True)
class Settled:
    """An account with its sums by period."""

    account: Account
    before_usd: Mapping[int, float]
    after_usd: Mapping[int, float]

    @property
    def amount_usd(self) -> float:
        """Before the agreement."""
        return fsum(self.before_usd.values())

    @property
    def paid_usd(self) -> float:
        """After it."""
        return fsum(self.after_usd.values())


def settled(
    agreed: Sequence[Agreed],
    accounts: Sequence[Account],
    charged: Charged,
    spends: Sequence[Spend],
    pools: Sequence[Pool],
    periods: Sequence[Period],
) -> tuple[Settled, ...]:
    """Every account, those of earlier agreements first."""
    done: list[Settled] = []
    unpaid = dict(charged)
    for account in accounts:
        before = _before(account, charged, done)
        match agreed[account.agreement].terms:
            case PaymentCurve() as curve:
                after = _paid(curve, before)
            case SpendCommitment() as terms:
                mine = [each for each in spends if each.agreement == account.agreement]
                (number,) = account.periods
                due = _committed(terms, number, mine, periods)
                covered = _covered(terms, due, account.coverable, unpaid, pools)
                unpaid |= {cell: unpaid[cell] - usd for cell, usd in covered.items()}
                after = {number: before[number] + due - fsum(covered.values())}
            case SpendLimit():
                after = before
            case terms:
                raise TypeError(f"{type(terms).__name__} has no account")
        done.append(Settled(account, before, after))
    return tuple(done)


def changes(done: Sequence[Settled], agreed: Sequence[Agreed]) -> dict[int, float]:
    """What all agreements together add to the bill of each period."""
    sums: defaultdict[int, list[float]] = defaultdict(list)
    for each in done:
        if not isinstance(agreed[each.account.agreement].terms, SpendLimit):
            for number in each.account.periods:
                sums[number].append(each.after_usd[number] - each.before_usd[number])
    return {number: fsum(values) for number, values in sums.items()}


def agreement_lines(
    done: Sequence[Settled], agreed: Sequence[Agreed], periods: Sequence[Period]
) -> Iterator[AgreementLine]:
    """A row for every window in which there is anything to agree about."""
    for each in done:
        if not each.amount_usd and not each.paid_usd:
            continue
        agreement, numbers = agreed[each.account.agreement], each.account.periods
        yield AgreementLine(
            agreement=agreement.name,
            rule=agreement.rule,
            first_period=periods[numbers[0]].name,
            last_period=periods[numbers[-1]].name,
            amount_usd=each.amount_usd,
            paid_usd=each.paid_usd,
        )


def spend_lines(
    spends: Sequence[Spend], agreed: Sequence[Agreed], periods: Sequence[Period]
) -> Iterator[SpendLine]:
    """A row for every commitment."""
    for each in spends:
        terms = agreed[each.agreement].terms
        if not isinstance(terms, SpendCommitment):
            raise TypeError(f"{agreed[each.agreement].name} commits to nothing")
        signed = periods[each.period]
        yield SpendLine(
            agreement=agreed[each.agreement].name,
            period=signed.name,
            usd_per_hour=each.usd_per_hour,
            end_days=(signed.start_hours + terms.term_hours) / HOURS_PER_DAY,
            beyond_usd=each.usd_per_hour * hours_beyond(terms, signed, periods),
        )


def _before(account: Account, charged: Charged, done: Sequence[Settled]) -> dict[int, float]:
    """What the account adds up, by period."""
    sums: dict[int, list[float]] = {number: [] for number in account.periods}
    for cell in account.cells:
        sums[cell.period].append(charged.get(cell, 0.0))
    for earlier in account.accounts:
        for number, usd in done[earlier].after_usd.items():
            sums[number].append(usd)
    return {number: fsum(values) for number, values in sums.items()}


def _paid(curve: PaymentCurve, before: Mapping[int, float]) -> dict[int, float]:
    """What is paid, by period: differences fall due at the end of the window or as it goes."""
    if curve.settles == "at_end":
        amount, last = fsum(before.values()), max(before)
        return {**before, last: before[last] + curve.payment(amount) - amount}
    after: dict[int, float] = {}
    amount = paid = 0.0
    for number in sorted(before):
        amount += before[number]
        after[number] = curve.payment(amount) - paid
        paid += after[number]
    return after


def _committed(
    terms: SpendCommitment, number: int, spends: Sequence[Spend], periods: Sequence[Period]
) -> float:
    """What is due in a period under all commitments."""
    return fsum(
        each.usd_per_hour * committed_hours(terms, periods[each.period], periods[number])
        for each in spends
    )


def _covered(
    terms: SpendCommitment,
    budget_usd: float,
    cells: Sequence[Cell],
    unpaid: Charged,
    pools: Sequence[Pool],
) -> dict[Cell, float]:
    """Charges that committed spend pays for, the largest discounts first."""
    discounts = dict(terms.discounts)
    covered: dict[Cell, float] = {}
    ranked = sorted(
        (cell for cell in cells if pools[cell.pool].node_type.name in discounts and cell in unpaid),
        key=lambda cell: -discounts[pools[cell.pool].node_type.name],
    )
    for cell in ranked:
        rate = 1 - discounts[pools[cell.pool].node_type.name]
        covered[cell] = min(unpaid[cell], budget_usd / rate)
        budget_usd -= covered[cell] * rate
    return covered
