"""Savings plans: spend per hour that is committed to buys use of several node types at a discount.

Reckoned as the published plans are: the commitment is counted in discounted dollars, covers the
use with the largest discount first, and is due whether it is used or not; use beyond it is paid at
its price without the plan.
"""

from collections.abc import Iterable, Iterator
from math import fsum
from typing import Annotated

from pydantic import Field

from planner.domain.agreement import SpendCommitment
from planner.domain.invoice import ChargeKind, InvoiceLine, Statement
from planner.domain.record import Name, Positive, Record
from planner.units import HOURS_PER_YEAR
from planner_pricing.parameters import own
from planner_pricing.reserved import Discount, TermYears


class SavingsPlanParameters(Record):
    """The term and what it saves."""

    term_years: TermYears
    discounts: Annotated[dict[Name, Discount], Field(min_length=1)]
    """By node type; others are not covered."""
    most_usd_per_hour: Positive | None = None
    """Most that can be committed to at once; omitted: as much as wanted."""


class SavingsPlan:
    """A commitment in USD per hour over several node types, overage at the price without it."""

    name = "savings_plan"
    parameters = SavingsPlanParameters
    charges: tuple[ChargeKind, ...] = ("usage",)

    def terms(self, parameters: Record) -> SpendCommitment:
        """The term and the discounts."""
        mine = own(parameters, SavingsPlanParameters)
        return SpendCommitment(
            term_hours=mine.term_years * HOURS_PER_YEAR,
            discounts=tuple(sorted(mine.discounts.items())),
            most_usd_per_hour=mine.most_usd_per_hour,
        )

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:
        """What is due for the commitments, and the use that they pay for."""
        mine = own(parameters, SavingsPlanParameters)
        for number in range(len(statement.periods)):
            due = _due_usd(mine, statement, number)
            yield InvoiceLine(number, "contract", due)
            for node_type, usd in _covered(mine, statement, number, due):
                yield InvoiceLine(number, "usage", -usd, node_type)
        yield from _beyond(mine, statement)


def _due_usd(mine: SavingsPlanParameters, statement: Statement, number: int) -> float:
    """Of all commitments, in a period."""
    period, term_hours = statement.periods[number], mine.term_years * HOURS_PER_YEAR
    dues: list[float] = []
    for each in statement.signed:
        start = statement.periods[each.period].start_hours
        dues.append(each.usd_per_hour * period.hours_within(start, start + term_hours))
    return fsum(dues)


def _covered(
    mine: SavingsPlanParameters, statement: Statement, number: int, left_usd: float
) -> Iterator[tuple[str, float]]:
    """Node type, and use of it that the money pays for, at its price without the plan."""
    use = [
        (mine.discounts[each.node_type], each.node_type, each.usd)
        for each in statement.covered
        if each.period == number and each.node_type in mine.discounts
    ]
    for discount, node_type, usd in sorted(use, reverse=True):
        paid = min(left_usd, usd * (1 - discount))
        yield node_type, paid / (1 - discount)
        left_usd -= paid


def _beyond(mine: SavingsPlanParameters, statement: Statement) -> Iterator[InvoiceLine]:
    """What is due after the horizon."""
    end = statement.periods[-1].end_hours
    for each in statement.signed:
        last = statement.periods[each.period].start_hours + mine.term_years * HOURS_PER_YEAR
        if last > end:
            yield InvoiceLine(None, "contract", each.usd_per_hour * (last - end))
