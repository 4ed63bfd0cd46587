"""Reserved instances: nodes for one or three years, paid before, during, or both."""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.pricing import Contract, Offer, Price, PurchaseTerms
from planner.domain.record import Record
from planner.units import HOURS_PER_YEAR
from planner_pricing.contract_bill import running_lines, upfront_lines
from planner_pricing.parameters import own
from planner_pricing.quote import quoted_price

UPFRONT_SHARE: Final = {"none": 0.0, "partial": 0.5, "all": 1.0}
"""Of the price of the term: clouds that offer a part in advance take half."""

Discount = Annotated[float, Field(ge=0, lt=1)]


def _whole(value: object) -> object:
    """Literals take `true` and `1.0` too: they equal 1."""
    if type(value) is not int:
        raise PydanticCustomError(
            "literal_error", "Input should be {expected}", {"expected": "1 or 3"}
        )
    return value


TermYears = Annotated[Literal[1, 3], BeforeValidator(_whole)]


class ReservedParameters(Record):
    """How long, how it is paid, and how much cheaper it is."""

    term_years: TermYears
    discount: Discount
    """Off the on-demand price: 0.62 for 62 %."""
    payment: Literal["none", "partial", "all"] = "none"
    """Upfront: nothing, half, or all of it."""


class Reserved:
    """Nodes at a discount off the on-demand price for a term, used or not, electricity included."""

    name = "reserved"
    parameters = ReservedParameters
    price_list = "on_demand"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:
        """The terms of `offer`.

        Raises:
            ValueError: neither the offer nor the price list names an on-demand price.
        """
        mine = own(parameters, ReservedParameters)
        usd_per_node_hour, as_of = quoted_price(offer, listed, self.price_list)
        return committed_terms(
            offer,
            as_of,
            usd_per_node_hour * (1 - mine.discount),
            mine.term_years * HOURS_PER_YEAR,
            UPFRONT_SHARE[mine.payment],
        )

    def invoice(
        self, offer: Offer, parameters: Record, listed: Price | None, usage: Usage
    ) -> Iterable[InvoiceLine]:
        """Upfront payments, and the hours of the terms."""
        mine = own(parameters, ReservedParameters)
        listed_usd, _ = quoted_price(offer, listed, self.price_list)
        hours, upfront = mine.term_years * HOURS_PER_YEAR, UPFRONT_SHARE[mine.payment]
        price = listed_usd - listed_usd * mine.discount
        yield from upfront_lines(usage, "contract", price * hours * upfront)
        yield from running_lines(usage, "contract", price * (1 - upfront), hours)


def committed_terms(
    offer: Offer,
    as_of: str | None,
    usd_per_node_hour: float,
    term_hours: float,
    upfront_share: float,
) -> PurchaseTerms:
    """Terms of nodes that are rented for a term."""
    return PurchaseTerms(
        usd_per_node_hour=0.0,
        available_nodes=offer.available_nodes,
        pays_electricity=False,
        price_as_of=as_of,
        contract=Contract(
            term_hours=term_hours,
            upfront_usd_per_node=usd_per_node_hour * term_hours * upfront_share,
            usd_per_node_hour=usd_per_node_hour * (1 - upfront_share),
        ),
    )
