"""Credits: a balance that pays charges as they come, until it is used up or expires."""

from collections.abc import Iterable
from math import fsum

from planner.domain.agreement import PaymentCurve, Segment
from planner.domain.invoice import ChargeKind, InvoiceLine, Statement
from planner.domain.record import Positive, Record
from planner.units import HOURS_PER_DAY
from planner_pricing.parameters import own


class CreditsParameters(Record):
    """What is granted."""

    balance_usd: Positive
    expires_days: Positive | None = None
    """Day of the horizon on which the rest is lost: periods that end later are not covered.
    Omitted: never."""


class Credits:
    """Charges are paid from the balance first."""

    name = "credits"
    parameters = CreditsParameters
    charges: tuple[ChargeKind, ...] = ("usage", "contract")

    def terms(self, parameters: Record) -> PaymentCurve:
        """Nothing up to the balance, what exceeds it from there on."""
        mine = own(parameters, CreditsParameters)
        balance = mine.balance_usd
        return PaymentCurve(
            "horizon",
            (Segment(0.0, 0.0, 0.0), Segment(balance, -balance, 1.0)),
            until_hours=_until_hours(mine),
            settles="as_it_goes",
        )

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:
        """What the balance pays of each period."""
        mine = own(parameters, CreditsParameters)
        spent = used = 0.0
        until = _until_hours(mine)
        for number, period in enumerate(statement.periods):
            if until is not None and not period.is_within(0.0, until):
                continue
            # a discount that is granted later gives back what the balance has paid of it
            spent += fsum(each.usd for each in statement.covered if each.period == number)
            if paid := min(mine.balance_usd, spent) - used:
                yield InvoiceLine(number, "usage", -paid)
                used += paid


def _until_hours(mine: CreditsParameters) -> float | None:
    return None if mine.expires_days is None else mine.expires_days * HOURS_PER_DAY
