"""Minimum spend: what is promised to be spent in a window is paid, spent or not."""

from collections.abc import Iterable

from planner.domain.agreement import PaymentCurve, Segment
from planner.domain.invoice import ChargeKind, InvoiceLine, Statement
from planner.domain.period import Window
from planner.domain.record import Positive, Record
from planner_pricing.parameters import own
from planner_pricing.windows import window_lines


class MinimumSpendParameters(Record):
    """What is promised."""

    minimum_usd: Positive
    """Of each window."""
    window: Window = "year"
    """Over which charges add up: period, year, horizon."""


class MinimumSpend:
    """The shortfall of a window below its minimum is paid with its last period."""

    name = "minimum_spend"
    parameters = MinimumSpendParameters
    charges: tuple[ChargeKind, ...] = ("usage", "contract")

    def terms(self, parameters: Record) -> PaymentCurve:
        """The minimum up to it, the amount from there on."""
        mine = own(parameters, MinimumSpendParameters)
        least = mine.minimum_usd
        return PaymentCurve(mine.window, (Segment(0.0, least, 0.0), Segment(least, 0.0, 1.0)))

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:
        """The shortfall of every window."""
        mine = own(parameters, MinimumSpendParameters)
        return window_lines(statement, mine.window, lambda usd: max(usd, mine.minimum_usd))
