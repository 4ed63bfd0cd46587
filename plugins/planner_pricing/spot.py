"""Spot capacity: cheap, and the provider may take it back at any time."""

from collections.abc import Iterable
from typing import Final

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.pricing import Offer, Price, PurchaseTerms
from planner.domain.record import NonNegative, Record
from planner.units import HOURS_PER_DAY
from planner_pricing.billing import UNIT_HOURS, BillingUnit, usage_lines
from planner_pricing.parameters import own
from planner_pricing.quote import quoted_price

INTERRUPTIONS_PER_DAY: Final = 1.0
"""On the careful side of two published figures that are far apart.

AWS Spot Advisor (2025-06-28, via spotinfo, Apache-2.0) puts the median of 794 accelerated
instance types and regions at 15-20 % of instances a month, under 0.01 a day; V100 nodes that were
taken again whenever there were some (skypilot-org/spot-traces, AWS, April 2023) fell away 5.5 to
8.1 times a day.
"""

MINUTES_LOST_PER_INTERRUPTION: Final = 30.0
"""A planning assumption: half of a 30-minute checkpoint interval to do again, and 15 minutes until
another node is found, started and loaded."""

MINUTES_PER_DAY: Final = 60 * HOURS_PER_DAY


class SpotParameters(Record):
    """How often spot capacity is taken back, and what that costs."""

    interruptions_per_day: NonNegative = INTERRUPTIONS_PER_DAY
    """Interruptions of a replica, or of a whole training gang, per day of useful work."""
    minutes_lost_per_interruption: NonNegative = MINUTES_LOST_PER_INTERRUPTION
    """Paid minutes without useful work: work since the last checkpoint, restart, loading."""
    billed_per: BillingUnit = "second"
    """Paid time is rounded up to whole units: second (as it is used), hour, month."""


class Spot:
    """The spot price, electricity included, for capacity that works only part of its paid time."""

    name = "spot"
    parameters = SpotParameters
    price_list = "spot"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:
        """The terms of `offer`.

        Raises:
            ValueError: neither the offer nor the price list names a price.
        """
        mine = own(parameters, SpotParameters)
        usd_per_node_hour, as_of = quoted_price(offer, listed, self.price_list)
        return PurchaseTerms(
            usd_per_node_hour=usd_per_node_hour,
            available_nodes=offer.available_nodes,
            pays_electricity=False,
            goodput=goodput(mine),
            is_interruptible=True,
            price_as_of=as_of,
            billing_hours=UNIT_HOURS[mine.billed_per],
        )

    def invoice(
        self, offer: Offer, parameters: Record, listed: Price | None, usage: Usage
    ) -> Iterable[InvoiceLine]:
        """Node hours, those lost to interruptions included, rounded up, at the price."""
        usd_per_node_hour, _ = quoted_price(offer, listed, self.price_list)
        return usage_lines(usage, usd_per_node_hour, own(parameters, SpotParameters).billed_per)


def goodput(parameters: SpotParameters) -> float:
    """Share of paid time that does useful work, in (0, 1].

    Steady-state availability: up / (up + down), with up the mean useful time between
    interruptions (MTBF) and down the time an interruption costs (MTTR).
    """
    lost = parameters.interruptions_per_day * parameters.minutes_lost_per_interruption
    return MINUTES_PER_DAY / (MINUTES_PER_DAY + lost)
