"""What capacity costs: price list entries, pricing rules and the terms they give."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import Field

from planner.domain.record import Name, NonNegative, OpenFields, Positive, Record, Sentence, Whole


class Price(Record):
    """One entry of a price list: what a node costs per hour in a region under a pricing rule."""

    site: Name
    """Region the price holds in: a site's name, or a region the provider lists prices for."""
    node_type: Name
    purchase: Name
    """The pricing rule it belongs to: `on_demand`, `spot`."""
    usd_per_node_hour: Positive
    as_of: Sentence
    """The day (or release) the price was listed."""
    basis: Sentence
    source: Sentence


class Offer(Record):
    """Capacity that can be had at a site of a scenario."""

    node_type: Name
    purchase: Name
    """Pricing rule: `owned`, `on_demand`, `spot`, or one that a plugin brings."""
    available_nodes: Whole | None = None
    """At most this many nodes; omitted: as many as wanted. Owned capacity must say how many."""
    usd_per_node_hour: NonNegative | None = None
    """Your own price; omitted: the catalog's price for the region."""
    parameters: OpenFields = Field(default_factory=dict)
    """What else the pricing rule asks for."""


@dataclass(frozen=True)
class PurchaseTerms:
    """What a pricing rule says of an offer; everything the problem needs to know about it.

    `goodput` is the share of paid time that does useful work (interruptions cost the rest).
    Capacity that `is_interruptible` takes serving only when the workload allows it.
    """

    usd_per_node_hour: float
    available_nodes: int | None
    pays_electricity: bool
    goodput: float = 1.0
    is_interruptible: bool = False
    price_as_of: str | None = None


class PricingRule(Protocol):
    """A way to pay for capacity (plugin protocol)."""

    @property
    def name(self) -> str:
        """What a scenario writes after `purchase:`."""
        ...

    @property
    def parameters(self) -> type[Record]:
        """The record that checks and documents the rule's own parameters."""
        ...

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:
        """The terms of `offer`; `listed` is the catalog's price for its region, if there is one.

        Raises ValueError with one sentence when the offer does not say enough.
        """
        ...
