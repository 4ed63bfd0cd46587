"""Free grants: so much of every window costs nothing, and is lost where it is not used."""

from collections.abc import Iterable

from planner.domain.agreement import PaymentCurve, Segment
from planner.domain.invoice import ChargeKind, InvoiceLine, Statement
from planner.domain.period import Window
from planner.domain.record import Positive, Record
from planner_pricing.parameters import own
from planner_pricing.windows import window_lines


class FreeGrantParameters(Record):
    """What is free."""

    usd_per_window: Positive
    """Worth of charges that are not paid."""
    window: Window = "period"
    """Over which charges add up: period, year, horizon."""


class FreeGrant:
    """Charges of a window beyond the grant are paid."""

    name = "free_grant"
    parameters = FreeGrantParameters
    charges: tuple[ChargeKind, ...] = ("usage",)

    def terms(self, parameters: Record) -> PaymentCurve:
        """Nothing up to the grant, what exceeds it from there on."""
        mine = own(parameters, FreeGrantParameters)
        free = mine.usd_per_window
        return PaymentCurve(mine.window, (Segment(0.0, 0.0, 0.0), Segment(free, -free, 1.0)))

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:
        """The grant, or as much of it as there are charges."""
        mine = own(parameters, FreeGrantParameters)
        free = mine.usd_per_window
        return window_lines(statement, mine.window, lambda usd: usd - min(usd, free))
