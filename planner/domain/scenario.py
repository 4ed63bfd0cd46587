"""The question: sites, workloads, horizon and what to minimise."""

from collections import Counter
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from planner.domain.architecture import Architecture
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.pricing import Offer
from planner.domain.record import FirstVersion, Name, NonNegative, Record, Sentence
from planner.domain.site import Pue
from planner.domain.workload import AskedWorkload, Workload


class Horizon(Record):
    """The time the plan covers, from its first hour on."""

    days: Annotated[float, Field(gt=0, le=36525)]
    start: date | None = None
    """First day, for the reader of the plan."""


class Objective(Record):
    """What one unit of each goal is worth in USD; the plan minimises the sum."""

    cost_weight: NonNegative = 1.0
    """Weight of money actually spent."""
    energy_usd_per_mwh: NonNegative = 0.0
    """Price put on each MWh drawn by the facilities, on top of what it costs."""
    carbon_usd_per_tonne: NonNegative = 0.0
    """Price put on each tonne of CO2-equivalent."""

    @model_validator(mode="after")
    def _something_to_minimise(self) -> Self:
        if not (self.cost_weight or self.energy_usd_per_mwh or self.carbon_usd_per_tonne):
            raise ValueError("at least one of the weights must be above 0")
        return self


class ScenarioSite(Record):
    """A place where the scenario has or can buy capacity.

    With `catalog`, every fact not stated here is the catalog's.
    """

    name: Name
    catalog: Name | None = None
    """Catalog site to take facts and prices from, for instance `aws/us-east-1`."""
    price_region: Name | None = None
    """Region whose listed prices hold here; omitted: that of `catalog`."""
    pue: Pue | None = None
    """Power usage effectiveness: facility energy over IT energy."""
    electricity_usd_per_kwh: NonNegative | None = None
    """Paid by owned capacity; a cloud's price includes it."""
    carbon_g_per_kwh: NonNegative | None = None
    it_power_limit_kw: NonNegative | None = None
    """What all servers planned there may draw at once, cooling not included; omitted: no limit."""
    capacity: Annotated[tuple[Offer, ...], Field(min_length=1)]
    """What can be had here."""


class Scenario(Record):
    """A capacity question: where should every workload run, on what, bought how?"""

    scenario: Name
    """Name of the scenario; plans and tables carry it."""
    schema_version: FirstVersion = 1
    description: Sentence | None = None
    horizon: Horizon
    objective: Objective = Objective()
    sites: Annotated[tuple[ScenarioSite, ...], Field(min_length=1)]
    workloads: Annotated[tuple[AskedWorkload, ...], Field(min_length=1)]
    accelerators: tuple[Accelerator, ...] = ()
    """Parts of your own, beside the catalog's."""
    node_types: tuple[NodeType, ...] = ()
    """Servers of your own, beside the catalog's."""
    architectures: tuple[Architecture, ...] = ()
    """Architectures of your own, beside the catalog's."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for label, names in (
            ("site", [site.name for site in self.sites]),
            ("workload", [workload.name for workload in self.workloads]),
            ("accelerator", [part.name for part in self.accelerators]),
            ("node type", [node.name for node in self.node_types]),
            ("architecture", [each.name for each in self.architectures]),
        ):
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            if twice:
                raise ValueError(f"two {label}s are called {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _offers_are_unique(self) -> Self:
        for site in self.sites:
            pairs = Counter((offer.node_type, offer.purchase) for offer in site.capacity)
            twice = sorted(f"{node} {kind}" for (node, kind), n in pairs.items() if n > 1)
            if twice:
                raise ValueError(f"site {site.name} offers {', '.join(twice)} more than once")
        return self

    @property
    def hours(self) -> float:
        """Length of the horizon."""
        return self.horizon.days * 24


class StagedScenario(Scenario):
    """A scenario whose requests to train have been turned into the stages that are planned."""

    workloads: Annotated[tuple[Workload, ...], Field(min_length=1)]
