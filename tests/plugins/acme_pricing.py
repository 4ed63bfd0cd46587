"""A third party's way to sell capacity, and its rebate: declared, never told to a solver."""

from collections.abc import Iterable

from planner.domain.agreement import AgreementRule, PaymentCurve, Segment
from planner.domain.invoice import ChargeKind, InvoiceLine, Statement, Usage
from planner.domain.pricing import Contract, Offer, Price, PricingRule, PurchaseTerms
from planner.domain.record import Positive, Record
from planner.extension import hookimpl

QUARTER_HOURS = 2191.5
"""Three mean months."""


class SeasonParameters(Record):
    """A flat price."""

    usd_per_node_season: Positive


class SeasonTicket:
    """Nodes for a quarter at a flat price that is due when it begins."""

    name = "season_ticket"
    parameters = SeasonParameters
    price_list = "season_ticket"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:
        del listed
        assert isinstance(parameters, SeasonParameters)
        contract = Contract(QUARTER_HOURS, upfront_usd_per_node=parameters.usd_per_node_season)
        return PurchaseTerms(0.0, offer.available_nodes, pays_electricity=False, contract=contract)

    def invoice(
        self,
        offer: Offer,
        parameters: Record,
        listed: Price | None,
        usage: Usage,
    ) -> Iterable[InvoiceLine]:
        del offer, listed
        assert isinstance(parameters, SeasonParameters)
        for each in usage.signed:
            usd = each.nodes * parameters.usd_per_node_season
            yield InvoiceLine(each.period, "contract", usd)


class RebateParameters(Record):
    """Money back."""

    usd_for_every_month: Positive


class Rebate:
    """So much off every month's bill, but no more than the bill."""

    name = "rebate"
    parameters = RebateParameters
    charges: tuple[ChargeKind, ...] = ("contract", "usage")

    def terms(self, parameters: Record) -> PaymentCurve:
        assert isinstance(parameters, RebateParameters)
        off = parameters.usd_for_every_month
        return PaymentCurve("period", (Segment(0.0, 0.0, 0.0), Segment(off, -off, 1.0)))

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:
        assert isinstance(parameters, RebateParameters)
        for number in range(len(statement.periods)):
            bill = sum(each.usd for each in statement.covered if each.period == number)
            yield InvoiceLine(number, "usage", -min(bill, parameters.usd_for_every_month))


@hookimpl
def planner_pricing_rules() -> Iterable[PricingRule]:
    """Tickets."""
    return (SeasonTicket(),)


@hookimpl
def planner_agreement_rules() -> Iterable[AgreementRule]:
    """Rebates."""
    return (Rebate(),)
