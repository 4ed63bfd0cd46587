"""Owned capacity: paid for already, so only its operation costs."""

from collections.abc import Iterable

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.pricing import Offer, Price, PurchaseTerms
from planner.domain.record import Record
from planner_pricing.billing import usage_lines


class OwnedParameters(Record):
    """Owned capacity asks for nothing beyond the offer."""


class Owned:
    """Nodes one has: their electricity is paid, their purchase is sunk.

    `usd_per_node_hour` of the offer is what an hour of use costs besides electricity (staff, space,
    maintenance); omitted it is 0. Price lists do not matter.
    """

    name = "owned"
    parameters = OwnedParameters
    price_list = "owned"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:  # noqa: ARG002
        """The terms of `offer`.

        Raises:
            ValueError: the offer does not say how many nodes there are.
        """
        if offer.available_nodes is None:
            raise ValueError(
                f"owned capacity of {offer.node_type} is limited: state available_nodes"
            )
        return PurchaseTerms(
            usd_per_node_hour=offer.usd_per_node_hour or 0.0,
            available_nodes=offer.available_nodes,
            pays_electricity=True,
        )

    def invoice(
        self,
        offer: Offer,
        parameters: Record,  # noqa: ARG002
        listed: Price | None,  # noqa: ARG002
        usage: Usage,
    ) -> Iterable[InvoiceLine]:
        """Node hours of use at what their operation costs."""
        return usage_lines(usage, offer.usd_per_node_hour or 0.0)
