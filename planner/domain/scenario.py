"""The question: sites, workloads, horizon and what to minimise."""

from collections import Counter
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from planner.domain.agreement import Agreement
from planner.domain.architecture import Architecture
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.period import ONLY_PERIOD, Period, PeriodNumber
from planner.domain.pricing import Offer, Price
from planner.domain.record import FirstVersion, Name, NonNegative, Record, Sentence, not_tiny
from planner.domain.revenue import Finance
from planner.domain.site import Pue
from planner.domain.workload import AskedWorkload, Workload
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY


class Horizon(Record):
    """The time the plan covers, from its first hour on."""

    days: Annotated[float, Field(gt=0, le=36525), AfterValidator(not_tiny)] | None = None
    """Length; instead of `months`."""
    months: Annotated[int, Field(ge=1, le=1200)] | None = None
    """Length in mean months of 30.4375 days; instead of `days`."""
    periods: PeriodNumber = 1
    """Equal parts that it is planned in: 36 for 36 months, month by month."""
    start: date | None = None
    """First day, for the reader of the plan."""

    @model_validator(mode="after")
    def _has_one_length(self) -> Self:
        if (self.days is None) == (self.months is None):
            raise ValueError("state how long it is in exactly one way: days, or months")
        return self

    @property
    def length_days(self) -> float:
        """How long it is."""
        if self.days is not None:
            return self.days
        return (self.months or 0) * DAYS_PER_MONTH

    @property
    def slices(self) -> tuple[Period, ...]:
        """The periods that it is planned in."""
        hours = self.length_days * HOURS_PER_DAY / self.periods
        if self.periods == 1:
            return (Period(ONLY_PERIOD, 0.0, hours),)
        width = len(str(self.periods))
        return tuple(
            Period(f"p{row + 1:0{width}}", row * hours, hours) for row in range(self.periods)
        )


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
    agreements: tuple[Agreement, ...] = ()
    """What is agreed for many purchases together; they apply in this order."""
    finance: Finance = Finance()
    """What the plan is held against."""
    prices: tuple[Price, ...] = ()
    """Prices of your own; they go before the catalog's."""
    price_lists: tuple[str, ...] = ()
    """CSV files of prices, such as `gpuplan import` writes, paths relative to the scenario file."""
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
            ("agreement", [each.name for each in self.agreements]),
        ):
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            if twice:
                raise ValueError(f"two {label}s are called {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _offers_are_unique(self) -> Self:
        for site in self.sites:
            pairs = Counter((offer.node_type, offer.label) for offer in site.capacity)
            twice = sorted(f"{node} {kind}" for (node, kind), n in pairs.items() if n > 1)
            if twice:
                raise ValueError(f"site {site.name} offers {', '.join(twice)} more than once")
        return self

    @property
    def hours(self) -> float:
        """Length of the horizon."""
        return self.horizon.length_days * HOURS_PER_DAY


class StagedScenario(Scenario):
    """A scenario whose requests to train have been turned into the stages that are planned."""

    workloads: Annotated[tuple[Workload, ...], Field(min_length=1)]
