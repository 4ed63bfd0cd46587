"""On-demand capacity: paid by use, kept as long as wanted."""

from planner.domain.pricing import Offer, Price, PurchaseTerms
from planner.domain.record import Record
from planner_pricing.quote import quoted_price


class OnDemandParameters(Record):
    """On-demand capacity asks for nothing beyond the offer."""


class OnDemand:
    """The provider's list price (or one's own), electricity included, never taken back."""

    name = "on_demand"
    parameters = OnDemandParameters

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:  # noqa: ARG002
        """The terms of `offer`.

        Raises:
            ValueError: neither the offer nor the price list names a price.
        """
        usd_per_node_hour, as_of = quoted_price(offer, listed)
        return PurchaseTerms(
            usd_per_node_hour=usd_per_node_hour,
            available_nodes=offer.available_nodes,
            pays_electricity=False,
            price_as_of=as_of,
        )
