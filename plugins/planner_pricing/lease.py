"""Leased servers: a monthly rent for a term, operated at one's own site."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.pricing import Contract, Offer, Price, PurchaseTerms
from planner.domain.record import Positive, Record
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY
from planner_pricing.contract_bill import running_lines
from planner_pricing.parameters import own


class LeaseParameters(Record):
    """The rent and its term."""

    usd_per_node_month: Positive
    term_months: Annotated[int, Field(ge=1, le=120)]
    pays_electricity: bool = True
    """Whether electricity is paid beside the rent."""


class Lease:
    """Servers for a monthly rent, due for the whole term."""

    name = "lease"
    parameters = LeaseParameters
    price_list = "lease"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:  # noqa: ARG002
        """The terms of `offer`.

        Raises:
            ValueError: the offer states a price per hour.
        """
        mine = own(parameters, LeaseParameters)
        if offer.usd_per_node_hour is not None:
            raise ValueError("a lease costs usd_per_node_month: leave usd_per_node_hour out")
        month_hours = DAYS_PER_MONTH * HOURS_PER_DAY
        return PurchaseTerms(
            usd_per_node_hour=0.0,
            available_nodes=offer.available_nodes,
            pays_electricity=mine.pays_electricity,
            contract=Contract(
                term_hours=mine.term_months * month_hours,
                usd_per_node_hour=mine.usd_per_node_month / month_hours,
            ),
        )

    def invoice(
        self,
        offer: Offer,  # noqa: ARG002
        parameters: Record,
        listed: Price | None,  # noqa: ARG002
        usage: Usage,
    ) -> Iterable[InvoiceLine]:
        """The rent of the months."""
        mine = own(parameters, LeaseParameters)
        month_hours = DAYS_PER_MONTH * HOURS_PER_DAY
        hourly = mine.usd_per_node_month / month_hours
        return running_lines(usage, "contract", hourly, mine.term_months * month_hours)
