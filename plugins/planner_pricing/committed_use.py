"""Committed use of a resource: nodes of one type for a term, billed by the month."""

from collections.abc import Iterable

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.pricing import Offer, Price, PurchaseTerms
from planner.domain.record import Record
from planner.units import HOURS_PER_YEAR
from planner_pricing.contract_bill import running_lines
from planner_pricing.parameters import own
from planner_pricing.quote import quoted_price
from planner_pricing.reserved import Discount, TermYears, committed_terms


class CommittedUseParameters(Record):
    """How long, and how much cheaper it is."""

    term_years: TermYears
    discount: Discount
    """Off the on-demand price: 0.55 for 55 %."""


class CommittedUse:
    """Nodes at a discount for a term, paid as time goes by, used or not."""

    name = "committed_use"
    parameters = CommittedUseParameters
    price_list = "on_demand"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:
        """The terms of `offer`.

        Raises:
            ValueError: neither the offer nor the price list names an on-demand price.
        """
        mine = own(parameters, CommittedUseParameters)
        usd_per_node_hour, as_of = quoted_price(offer, listed, self.price_list)
        price = usd_per_node_hour * (1 - mine.discount)
        return committed_terms(offer, as_of, price, mine.term_years * HOURS_PER_YEAR, 0.0)

    def invoice(
        self, offer: Offer, parameters: Record, listed: Price | None, usage: Usage
    ) -> Iterable[InvoiceLine]:
        """The hours of the terms."""
        mine = own(parameters, CommittedUseParameters)
        listed_usd, _ = quoted_price(offer, listed, self.price_list)
        price = listed_usd - listed_usd * mine.discount
        return running_lines(usage, "contract", price, mine.term_years * HOURS_PER_YEAR)
