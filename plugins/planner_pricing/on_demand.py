"""On-demand capacity: paid by use, kept as long as wanted."""

from collections.abc import Iterable

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.pricing import Offer, Price, PurchaseTerms
from planner.domain.record import Record
from planner_pricing.billing import UNIT_HOURS, BillingUnit, usage_lines
from planner_pricing.parameters import own
from planner_pricing.quote import quoted_price


class OnDemandParameters(Record):
    """How on-demand capacity is billed."""

    billed_per: BillingUnit = "second"
    """Paid time is rounded up to whole units: second (as it is used), hour, month."""


class OnDemand:
    """The provider's list price (or one's own), electricity included, never taken back."""

    name = "on_demand"
    parameters = OnDemandParameters
    price_list = "on_demand"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:
        """The terms of `offer`.

        Raises:
            ValueError: neither the offer nor the price list names a price.
        """
        usd_per_node_hour, as_of = quoted_price(offer, listed, self.price_list)
        return PurchaseTerms(
            usd_per_node_hour=usd_per_node_hour,
            available_nodes=offer.available_nodes,
            pays_electricity=False,
            price_as_of=as_of,
            billing_hours=UNIT_HOURS[own(parameters, OnDemandParameters).billed_per],
        )

    def invoice(
        self, offer: Offer, parameters: Record, listed: Price | None, usage: Usage
    ) -> Iterable[InvoiceLine]:
        """Node hours, rounded up, at the price."""
        usd_per_node_hour, _ = quoted_price(offer, listed, self.price_list)
        return usage_lines(usage, usd_per_node_hour, own(parameters, OnDemandParameters).billed_per)
