"""Built-in plugin: cloud price lists, ways to pay for capacity, and agreements about the bill."""

from collections.abc import Iterable
from importlib.resources import files

from planner.catalog.tables import read_table
from planner.domain.agreement import AgreementRule
from planner.domain.pricing import Price, PricingRule
from planner.extension import hookimpl
from planner_pricing.budget import Budget
from planner_pricing.capacity_block import CapacityBlock
from planner_pricing.committed_use import CommittedUse
from planner_pricing.credits import Credits
from planner_pricing.free_grant import FreeGrant
from planner_pricing.lease import Lease
from planner_pricing.minimum_spend import MinimumSpend
from planner_pricing.new_build import NewBuild
from planner_pricing.on_demand import OnDemand
from planner_pricing.owned import Owned
from planner_pricing.reserved import Reserved
from planner_pricing.savings_plan import SavingsPlan
from planner_pricing.software_licence import SoftwareLicence
from planner_pricing.spot import Spot
from planner_pricing.volume_tiers import VolumeTiers


@hookimpl
def planner_prices() -> Iterable[Price]:
    """On-demand and spot prices by cloud region and node type."""
    return read_table(files("planner_catalogs").joinpath("prices.csv"), Price)


@hookimpl
def planner_pricing_rules() -> Iterable[PricingRule]:
    """By the hour, for a term, or for good."""
    return (
        OnDemand(),
        Spot(),
        Owned(),
        Reserved(),
        CommittedUse(),
        CapacityBlock(),
        Lease(),
        NewBuild(),
    )


@hookimpl
def planner_agreement_rules() -> Iterable[AgreementRule]:
    """Discounts, commitments, credits, limits and licences."""
    return (
        SavingsPlan(),
        VolumeTiers(),
        MinimumSpend(),
        FreeGrant(),
        Credits(),
        Budget(),
        SoftwareLicence(),
    )
