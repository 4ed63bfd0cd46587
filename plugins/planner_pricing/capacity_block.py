"""Capacity blocks: nodes for a fixed length from fixed days on, paid in advance."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.pricing import Contract, Offer, Price, PurchaseTerms
from planner.domain.record import NonNegative, Positive, Record
from planner.units import HOURS_PER_DAY
from planner_pricing.contract_bill import upfront_lines
from planner_pricing.parameters import own
from planner_pricing.quote import quoted_price


class CapacityBlockParameters(Record):
    """How long a block is, and when one begins."""

    length_days: Positive
    start_days: Annotated[tuple[NonNegative, ...], Field(min_length=1)]
    """Days of the horizon on which blocks begin, each the beginning of a period."""


class CapacityBlock:
    """Nodes for a stretch of time that the provider sets, paid when they are taken."""

    name = "capacity_block"
    parameters = CapacityBlockParameters
    price_list = "capacity_block"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:
        """The terms of `offer`.

        Raises:
            ValueError: neither the offer nor the price list names a price.
        """
        mine = own(parameters, CapacityBlockParameters)
        usd_per_node_hour, as_of = quoted_price(offer, listed, self.price_list)
        hours = mine.length_days * HOURS_PER_DAY
        return PurchaseTerms(
            usd_per_node_hour=0.0,
            available_nodes=offer.available_nodes,
            pays_electricity=False,
            price_as_of=as_of,
            contract=Contract(
                term_hours=hours,
                upfront_usd_per_node=usd_per_node_hour * hours,
                starts_hours=tuple(day * HOURS_PER_DAY for day in mine.start_days),
            ),
        )

    def invoice(
        self, offer: Offer, parameters: Record, listed: Price | None, usage: Usage
    ) -> Iterable[InvoiceLine]:
        """Whole blocks."""
        mine = own(parameters, CapacityBlockParameters)
        usd_per_node_hour, _ = quoted_price(offer, listed, self.price_list)
        block_usd = HOURS_PER_DAY * mine.length_days * usd_per_node_hour
        return upfront_lines(usage, "contract", block_usd)
