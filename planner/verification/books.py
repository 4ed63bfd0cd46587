"""The bill by period, and the plan's totals from it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from planner.domain.period import Period
from planner.domain.plan import Plan, Unmet, Violation
from planner.units import HOURS_PER_DAY
from planner.verification.agreements import Ledger
from planner.verification.charges import Charged, PeriodItems
from planner.verification.contracts import Signed
from planner.verification.exact import exact, total
from planner.verification.meters import MeterBook
from planner.verification.one_off import OneOffBook
from planner.verification.violations import Expected, broken, differences

NOTHING = Fraction(0)
SUM_DIGITS: Final = 10**11
"""To which sums of thousands of rows in double precision are exact, relatively."""


@dataclass(frozen=True)
class PeriodBook:
    """The sums of a period."""

    usage_usd: Fraction
    contract_usd: Fraction
    used_usd: Fraction
    licence_usd: Fraction
    electricity_usd: Fraction
    site_usd: Fraction
    one_off_usd: Fraction
    moves_usd: Fraction
    transfer_usd: Fraction
    agreements_usd: Fraction
    penalty_usd: Fraction
    interest_usd: Fraction
    capex_usd: Fraction
    built_usd: Fraction
    """The part of it that is due for building."""
    paid_usd: Fraction
    revenue_usd: Fraction
    energy_mwh: Fraction
    carbon_tonnes: Fraction

    @property
    def idle_usd(self) -> Fraction:
        """Of contracts that nothing uses."""
        return max(self.contract_usd - self.used_usd, NOTHING)

    @property
    def gross_usd(self) -> Fraction:
        """Of the period, before agreements."""
        return (
            self.usage_usd
            + self.contract_usd
            + self.licence_usd
            + self.electricity_usd
            + self.penalty_usd
        )

    @property
    def cost_usd(self) -> Fraction:
        """Of the period."""
        changes = self.agreements_usd + self.site_usd + self.one_off_usd
        return self.gross_usd + changes + self.transfer_usd

    @property
    def opex_usd(self) -> Fraction:
        """Paid, hardware left out."""
        hardware = self.capex_usd - self.built_usd
        moved = self.moves_usd + self.transfer_usd
        changes = self.agreements_usd + self.site_usd + moved
        return self.paid_usd - hardware + changes


def books_of(
    plan: Plan,
    parts: Sequence[PeriodItems],
    charged: Charged,
    signed: Sequence[Signed],
    periods: Sequence[Period],
) -> tuple[PeriodBook, ...]:
    """The sums of every period before agreements and meters.

    Revenue is that of the plan's rows, checked with them.
    """
    paid = _by_period(charged)
    unmet: defaultdict[str, list[Unmet]] = defaultdict(list)
    for each in plan.unmet:
        unmet[each.period].append(each)
    revenue: defaultdict[str, list[Fraction]] = defaultdict(list)
    for row in plan.workloads:
        revenue[row.period].append(exact(row.revenue_usd or 0))
    return tuple(
        replace(
            _book(unmet[period.name], part, paid.get(number, {}), signed, period),
            revenue_usd=total(revenue[period.name]),
        )
        for number, (part, period) in enumerate(zip(parts, periods, strict=True))
    )


def with_changes(
    books: Sequence[PeriodBook],
    ledger: Ledger,
    meters: MeterBook,
    once: OneOffBook,
    periods: Sequence[Period],
) -> tuple[PeriodBook, ...]:
    """The sums with what agreements, meters, and building and moving make of them."""
    return tuple(
        replace(
            book,
            agreements_usd=ledger.changes.get(number, NOTHING),
            site_usd=meters.usd.get(number, NOTHING),
            one_off_usd=once.accrued_usd(period) + (NOTHING if number else once.moves_usd),
            moves_usd=NOTHING if number else once.moves_usd,
            transfer_usd=once.transfers_usd.get(period.name, NOTHING),
            interest_usd=book.interest_usd + once.interest_usd(period),
            capex_usd=book.capex_usd + once.capex_usd(number),
            built_usd=once.capex_usd(number),
            energy_mwh=book.energy_mwh + meters.energy_mwh.get(number, NOTHING),
            carbon_tonnes=book.carbon_tonnes + meters.carbon_tonnes.get(number, NOTHING),
        )
        for number, (book, period) in enumerate(zip(books, periods, strict=True))
    )


def book_faults(
    plan: Plan, books: Sequence[PeriodBook], meters: MeterBook, periods: Sequence[Period]
) -> Iterator[Violation]:
    """Rows of periods that state other sums."""
    if [each.period for each in plan.periods] != [each.name for each in periods]:
        yield broken("periods", f"must be {', '.join(each.name for each in periods)}")
        return
    cumulative = NOTHING
    for row, (stated, book, period) in enumerate(zip(plan.periods, books, periods, strict=True)):
        flow = book.revenue_usd - book.opex_usd - book.capex_usd
        cumulative += flow
        expected: dict[str, Expected] = {
            "start_days": exact(period.start_hours) / HOURS_PER_DAY,
            "days": exact(period.hours) / HOURS_PER_DAY,
            "usage_usd": book.usage_usd,
            "contract_usd": book.contract_usd,
            "licence_usd": book.licence_usd,
            "electricity_usd": book.electricity_usd,
            "transfer_usd": book.transfer_usd,
            "unmet_penalty_usd": book.penalty_usd,
            "capex_usd": book.capex_usd,
            "revenue_usd": book.revenue_usd,
            "energy_mwh": book.energy_mwh,
        }
        yield from differences(f"periods.{row}", stated, expected)
        # differences of large sums: to the size of the sums
        sizes = (
            *(abs(book.paid_usd), abs(book.revenue_usd)),
            *(abs(book.one_off_usd), book.transfer_usd),
        )
        size = max(book.gross_usd, meters.usd_size[row], *sizes)
        for name, usd in (
            ("cost_usd", book.cost_usd),
            ("idle_usd", book.idle_usd),
            ("site_usd", book.site_usd),
            ("one_off_usd", book.one_off_usd),
            ("agreements_usd", book.agreements_usd),
            ("capital_cost_usd", book.interest_usd),
            ("opex_usd", book.opex_usd),
            ("free_cash_flow_usd", flow),
            ("cumulative_cash_flow_usd", cumulative),
        ):
            size = max(size, abs(cumulative))
            yield from near(f"periods.{row}.{name}", getattr(stated, name), usd, size)
        carbon = book.carbon_tonnes
        size = abs(carbon) + meters.carbon_size[row]
        yield from near(f"periods.{row}.carbon_tonnes", stated.carbon_tonnes, carbon, size)


def near(where: str, stated: float, usd: Fraction, size: Fraction) -> Iterator[Violation]:
    """A difference of sums, which is as exact as they are in double precision."""
    if abs(exact(stated) - usd) > size / SUM_DIGITS:
        yield broken(where, "does not follow from the scenario", stated, usd)


def _by_period(charged: Charged) -> dict[int, dict[str, Fraction]]:
    """What is paid in every period, by kind."""
    sums: dict[int, dict[str, Fraction]] = {}
    for cell, usd in charged.items():
        kinds = sums.setdefault(cell.period, {})
        kinds[cell.kind] = kinds.get(cell.kind, NOTHING) + usd
    return sums


def _book(
    unmet: Sequence[Unmet],
    part: PeriodItems,
    paid: Mapping[str, Fraction],
    signed: Sequence[Signed],
    period: Period,
) -> PeriodBook:
    """What work and contracts come to, before revenue, agreements and meters."""
    charges = [item.charge for item in part.items]
    usage = paid.get("usage", NOTHING)
    penalties = {
        name: exact(each.unmet_penalty_usd or 0) for name, each in part.facts.workloads.items()
    }
    return PeriodBook(
        usage_usd=usage,
        contract_usd=total(each.cost_usd(period) for each in signed),
        used_usd=total(each.capacity_usd for each in charges) - usage,
        licence_usd=paid.get("licence", NOTHING),
        electricity_usd=paid.get("electricity", NOTHING),
        site_usd=NOTHING,
        one_off_usd=NOTHING,
        moves_usd=NOTHING,
        transfer_usd=NOTHING,
        built_usd=NOTHING,
        agreements_usd=NOTHING,
        penalty_usd=total(
            exact(each.share) * penalties.get(each.workload, NOTHING) for each in unmet
        ),
        interest_usd=total(each.interest_usd(period) for each in signed),
        capex_usd=paid.get("capital", NOTHING),
        paid_usd=total(paid.values()),
        revenue_usd=NOTHING,
        energy_mwh=total(each.energy_mwh for each in charges),
        carbon_tonnes=total(each.carbon_tonnes for each in charges),
    )
