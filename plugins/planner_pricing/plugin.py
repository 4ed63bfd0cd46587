"""Built-in plugin: cloud price lists, and on-demand, spot and owned capacity."""

from collections.abc import Iterable
from importlib.resources import files

from planner.catalog.tables import read_table
from planner.domain.pricing import Price, PricingRule
from planner.extension import hookimpl
from planner_pricing.on_demand import OnDemand
from planner_pricing.owned import Owned
from planner_pricing.spot import Spot


@hookimpl
def planner_prices() -> Iterable[Price]:
    """On-demand and spot prices by cloud region and node type."""
    return read_table(files("planner_catalogs").joinpath("prices.csv"), Price)


@hookimpl
def planner_pricing_rules() -> Iterable[PricingRule]:
    """The ways to pay that need no commitment."""
    return (OnDemand(), Owned(), Spot())
