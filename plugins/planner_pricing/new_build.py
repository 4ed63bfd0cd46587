"""New capacity of one's own: servers, their network, and the building that they stand in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.pricing import Asset, Contract, Offer, Price, PurchaseTerms
from planner.domain.record import NonNegative, Positive, Record
from planner.units import HOURS_PER_DAY, HOURS_PER_YEAR
from planner_pricing.contract_bill import running_lines, upfront_lines
from planner_pricing.parameters import own

NETWORKING_SHARE: Final = 0.15
"""A planning assumption: switches, optics and cables of a training fabric over the price of its
servers; public estimates for clusters of H100 are between 10 and 20 %."""
Years = Annotated[float, Field(gt=0, le=50)]
Rate = Annotated[float, Field(ge=0, le=1)]


class NewBuildParameters(Record):
    """What it takes to have a node of one's own."""

    usd_per_node: Positive
    """Price of the server."""
    networking_share: Rate = NETWORKING_SHARE
    """On top, of the price of the server."""
    kw_per_node: NonNegative = 0.0
    """IT power that space, power and cooling are built for."""
    space_usd_per_kw: NonNegative = 0.0
    """Of building, power and cooling: 10,000 to 15,000 for a new data center."""
    depreciation_years: Years = 5.0
    """Life of all of it."""
    residual_share: Rate = 0.0
    """Of the price of the server, at the end of its life."""
    cost_of_capital: Rate = 0.0
    """Per year: 0.08 for 8 %."""
    lead_days: NonNegative = 0.0
    """From the order until nodes run."""
    staff_usd_per_node_year: NonNegative = 0.0
    maintenance_share_per_year: Rate = 0.0
    """Of the price of the server."""


@dataclass(frozen=True)
class _Node:
    """What a node costs."""

    capital_usd: float
    residual_usd: float
    operations_usd_per_year: float


class NewBuild:
    """Nodes that are bought: capital at the order, operations and electricity while they run."""

    name = "new_build"
    parameters = NewBuildParameters
    price_list = "new_build"

    def terms(self, offer: Offer, parameters: Record, listed: Price | None) -> PurchaseTerms:  # noqa: ARG002
        """The terms of `offer`.

        Raises:
            ValueError: a price per hour, or a price of space without the power it is for.
        """
        mine = own(parameters, NewBuildParameters)
        if offer.usd_per_node_hour is not None:
            raise ValueError("what is built costs usd_per_node: leave usd_per_node_hour out")
        if (mine.space_usd_per_kw > 0) != (mine.kw_per_node > 0):
            raise ValueError("space_usd_per_kw and kw_per_node go together")
        node = _node(mine)
        return PurchaseTerms(
            usd_per_node_hour=0.0,
            available_nodes=offer.available_nodes,
            pays_electricity=True,
            contract=Contract(
                term_hours=mine.depreciation_years * HOURS_PER_YEAR,
                upfront_usd_per_node=node.capital_usd,
                usd_per_node_hour=node.operations_usd_per_year / HOURS_PER_YEAR,
                lead_hours=mine.lead_days * HOURS_PER_DAY,
                asset=Asset(node.residual_usd, mine.cost_of_capital),
            ),
        )

    def invoice(
        self,
        offer: Offer,  # noqa: ARG002
        parameters: Record,
        listed: Price | None,  # noqa: ARG002
        usage: Usage,
    ) -> Iterable[InvoiceLine]:
        """Capital when ordered, operations while nodes run within the horizon."""
        mine = own(parameters, NewBuildParameters)
        node = _node(mine)
        yield from upfront_lines(usage, "capital", node.capital_usd)
        hourly = node.operations_usd_per_year / HOURS_PER_YEAR
        life, lead = mine.depreciation_years * HOURS_PER_YEAR, mine.lead_days * HOURS_PER_DAY
        lines = running_lines(usage, "operations", hourly, life, lead)
        yield from (line for line in lines if line.period is not None)


def _node(mine: NewBuildParameters) -> _Node:
    server = mine.usd_per_node
    return _Node(
        capital_usd=server * (1 + mine.networking_share) + mine.space_usd_per_kw * mine.kw_per_node,
        residual_usd=server * mine.residual_share,
        operations_usd_per_year=mine.staff_usd_per_node_year
        + server * mine.maintenance_share_per_year,
    )
