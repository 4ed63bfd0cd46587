"""Budgets: the most that may be spent in a window, of all charges or of some kinds."""

from collections.abc import Iterable
from typing import get_args

from planner.domain.agreement import SpendLimit
from planner.domain.invoice import ChargeKind, InvoiceLine, Statement
from planner.domain.period import Window
from planner.domain.record import NonNegative, Record
from planner_pricing.parameters import own


class BudgetParameters(Record):
    """The limit."""

    most_usd: NonNegative
    """In each window."""
    window: Window = "period"
    """Over which charges add up: period, year, horizon."""


class Budget:
    """A limit on what is paid for the covered kinds of charges; it costs nothing."""

    name = "budget"
    parameters = BudgetParameters
    charges: tuple[ChargeKind, ...] = get_args(ChargeKind)

    def terms(self, parameters: Record) -> SpendLimit:
        """The limit of every window."""
        mine = own(parameters, BudgetParameters)
        return SpendLimit(mine.window, mine.most_usd)

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:  # noqa: ARG002
        """Nobody writes a bill for a budget."""
        return ()
