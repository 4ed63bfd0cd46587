"""What capacity costs: price list entries, pricing rules and the terms they give."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Annotated, Final, Protocol

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.record import Name, NonNegative, OpenFields, Positive, Record, Sentence, Whole

ROUNDING: Final = 1e-9
"""Of a billing unit: hours that exceed whole units by less are a sum's rounding."""
_DATE: Final = re.compile(r"20\d\d(-\d\d(-\d\d)?)?")
_FIRST: Final = "2000-01-01"
"""Completes a year or a month to its first day."""


def _listed_on(text: str) -> str:
    parts = text.split(" to ", 1)
    try:
        for part in parts:
            date.fromisoformat(part + _FIRST[len(part) :])
        is_known = all(_DATE.fullmatch(part) for part in parts)
    except ValueError:
        is_known = False
    if not is_known:
        rule = "must be when the price was listed: 2026-11-20, 2026-11 or 2026"
        raise PydanticCustomError("listed_on", rule)
    return text


ListedOn = Annotated[Sentence, AfterValidator(_listed_on)]
"""A day, a month or a year, or one `to` another."""


class Price(Record):
    """One entry of a price list: what a node costs per hour in a region under a pricing rule."""

    site: Name
    """Region the price holds in: a site's name, or a region the provider lists prices for."""
    node_type: Name
    purchase: Name
    """The pricing rule it belongs to: `on_demand`, `spot`."""
    usd_per_node_hour: Positive
    as_of: ListedOn
    """When the price was listed: a day, a month or a year."""
    basis: Sentence
    source: Sentence


class Offer(Record):
    """Capacity that can be had at a site of a scenario."""

    node_type: Name
    purchase: Name
    """Pricing rule: `owned`, `on_demand`, `spot`, `reserved`, ..., or one that a plugin brings."""
    name: Name | None = None
    """What plans call it instead of `purchase`; needed where a rule is offered twice."""
    available_nodes: Whole | None = None
    """At most this many nodes; omitted: as many as wanted. Owned capacity must say how many."""
    power_cap_share: Annotated[float, Field(ge=0.3, le=1)] = 1.0
    """Of the full power of each accelerator, that it is held to: slower arithmetic, less power."""
    from_days: NonNegative = 0.0
    """From when on it can be had, after the beginning of the horizon: the day it arrives."""
    until_days: Positive | None = None
    """Until when: the day it retires; omitted: it stays. Only whole periods count."""
    usd_per_node_hour: NonNegative | None = None
    """Your own price; omitted: the catalog's price for the region."""
    parameters: OpenFields = Field(default_factory=dict)
    """What else the pricing rule asks for."""

    @property
    def label(self) -> str:
        """What plans call it."""
        return self.name or self.purchase


@dataclass(frozen=True)
class Contract:
    """Nodes that are taken for a term and paid for whether they are used or not.

    A contract is signed at the beginning of a period. Its nodes are there for the periods that lie
    wholly in its term, which begins `lead_hours` after signing.

    Rented capacity (`asset` is None) costs all that is due under the contract, also what falls
    after the horizon: signing is a promise. Hardware that is bought is worth something afterwards,
    so it costs the equal yearly instalments of its capital (`Asset`) while the horizon lasts, and
    `usd_per_node_hour` of operations.
    """

    term_hours: float
    upfront_usd_per_node: float = 0.0
    """Due when signed."""
    usd_per_node_hour: float = 0.0
    """Due over the term, used or not."""
    lead_hours: float = 0.0
    starts_hours: tuple[float, ...] | None = None
    """Hours of the horizon at which it can be signed; None: at the beginning of any period."""
    asset: "Asset | None" = None


@dataclass(frozen=True)
class Asset:
    """Hardware that is bought: `upfront_usd_per_node` is its price, `term_hours` its life."""

    residual_usd_per_node: float
    """What it is sold for at the end of its life."""
    cost_of_capital_per_year: float
    """What a dollar that is bound for a year costs: 0.08 for 8 %."""


@dataclass(frozen=True)
class PurchaseTerms:
    """What a pricing rule says of an offer; everything the problem needs to know about it.

    `goodput` is the share of paid time that does useful work (interruptions cost the rest).
    Capacity that `is_interruptible` takes serving only when the workload allows it.
    `billing_hours` is the unit that paid time is rounded up to (0: time is paid as it is used).
    With a `contract` there are only the nodes that contracts were signed for; `usd_per_node_hour`
    then is what an hour of use costs on top of them.
    """

    usd_per_node_hour: float
    available_nodes: int | None
    pays_electricity: bool
    goodput: float = 1.0
    is_interruptible: bool = False
    price_as_of: str | None = None
    billing_hours: float = 0.0
    contract: Contract | None = None

    def billed(self, hours: float) -> float:
        """Hours that are paid for when a node is up for `hours`."""
        if self.billing_hours == 0:
            return hours
        return ceil(hours / self.billing_hours - ROUNDING) * self.billing_hours


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

    @property
    def price_list(self) -> str:
        """Under which name price lists have the price that it begins from: `on_demand`, `spot`."""
        ...

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:
        """The terms of `offer`; `listed` is the catalog's price for its region, if there is one.

        Raises ValueError with one sentence when the offer does not say enough.
        """
        ...

    def invoice(
        self, offer: Offer, parameters: Record, listed: Price | None, usage: Usage
    ) -> Iterable[InvoiceLine]:
        """What the seller charges for `usage`, reckoned from the offer and not from the terms.

        The optimizer reads `terms`, the checker adds up the invoice; a plan that is shown agrees
        with it to the cent. Electricity is no part of it.
        """
        ...
