"""The question: sites, workloads, horizon and what to minimise."""

from collections import Counter
from typing import Annotated, Self

from pydantic import Field, model_validator

from planner.domain.agreement import Agreement
from planner.domain.architecture import Architecture
from planner.domain.dataset import Haul
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.horizon import Horizon
from planner.domain.network import Country, Link, UserRegion
from planner.domain.one_off import BuildPhase
from planner.domain.placement import Failure, ShareLimit
from planner.domain.pricing import Offer, Price
from planner.domain.record import FirstVersion, Name, NonNegative, Record, Sentence
from planner.domain.revenue import Finance
from planner.domain.series import TimeSeries
from planner.domain.site import Latitude, Longitude, Pue
from planner.domain.site_power import SitePower
from planner.domain.tariff import Tariff
from planner.domain.workload import AskedWorkload, Workload
from planner.units import HOURS_PER_DAY


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


class Limits(Record):
    """What the whole plan may use over the horizon."""

    carbon_tonnes: NonNegative | None = None
    """CO2-equivalent of its energy."""
    energy_mwh: NonNegative | None = None
    """At the meters of its facilities."""


class ScenarioSite(Record):
    """A place where the scenario has or can buy capacity.

    With `catalog`, every fact not stated here is the catalog's.
    """

    name: Name
    catalog: Name | None = None
    """Catalog site to take facts and prices from, for instance `aws/us-east-1`."""
    country: Country | None = None
    """ISO 3166-1 alpha-2; omitted: that of the catalog's site."""
    site_class: Name | None = None
    """A word of your own that `residency` can ask for: `sovereign`, `own`, `colocation`."""
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    """Of its place, where it is no site of the catalog."""
    round_trip_ms: dict[str, NonNegative] = Field(default_factory=dict)
    """To user regions, where you have measured it; others are looked up or estimated."""
    price_region: Name | None = None
    """Region whose listed prices hold here; omitted: that of `catalog`."""
    pue: Pue | None = None
    """Power usage effectiveness: facility energy over IT energy."""
    pue_series: TimeSeries | None = None
    """Instead of `pue`, where cooling changes with the season or the hour."""
    electricity_usd_per_kwh: NonNegative | None = None
    """Paid by owned capacity; a cloud's price includes it."""
    tariff: Tariff | None = None
    """Instead of `electricity_usd_per_kwh`, where the price changes with the hour."""
    carbon_g_per_kwh: NonNegative | None = None
    """Of the grid, location-based."""
    carbon_series: TimeSeries | None = None
    """Instead of `carbon_g_per_kwh`, where it changes with the hour."""
    it_power_limit_kw: NonNegative | None = None
    """What all servers planned there may draw at once, cooling not included; omitted: no limit, or
    none yet where it is built in `phases`."""
    phases: tuple[BuildPhase, ...] = ()
    """In which it can get more power, in this order."""
    power: SitePower | None = None
    """More about its power: other limits, own generation, what is paid for drawing less."""
    capacity: Annotated[tuple[Offer, ...], Field(min_length=1)]
    """What can be had here."""

    def full_power_kw(self, phase: BuildPhase) -> float:
        """What a phase lets all servers draw more at full power."""
        return phase.it_power_kw * (self.power or SitePower()).oversubscription

    @model_validator(mode="after")
    def _states_facts_once(self) -> Self:
        for fact, series in (
            ("pue", "pue_series"),
            ("electricity_usd_per_kwh", "tariff"),
            ("carbon_g_per_kwh", "carbon_series"),
        ):
            if getattr(self, fact) is not None and getattr(self, series) is not None:
                raise ValueError(f"{fact} and {series} both state it: leave one out")
        if len({each.name for each in self.phases}) < len(self.phases):
            raise ValueError("two phases have one name")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        return self


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
    failures: tuple[Failure, ...] = ()
    """Sites that fail together: protected workloads survive each. Omitted: any one site."""
    share_limits: tuple[ShareLimit, ...] = ()
    """Of the accelerator hours of the whole plan."""
    limits: Limits = Limits()
    """Of energy and carbon."""
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
    user_regions: tuple[UserRegion, ...] = ()
    """Where users are, beside the catalog's."""
    links: tuple[Link, ...] = ()
    """What you know of ways between places; it goes before the catalog's."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for label, names in (
            ("site", [site.name for site in self.sites]),
            ("workload", [workload.name for workload in self.workloads]),
            ("accelerator", [part.name for part in self.accelerators]),
            ("node type", [node.name for node in self.node_types]),
            ("architecture", [each.name for each in self.architectures]),
            ("agreement", [each.name for each in self.agreements]),
            ("user region", [each.name for each in self.user_regions]),
            ("failure", [each.name for each in self.failures]),
            ("share limit", [each.name for each in self.share_limits]),
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
    def failure_cases(self) -> tuple[Failure, ...]:
        """What protected workloads survive: the stated failures, or that of each site."""
        alone = (Failure(name=each.name, sites=(each.name,)) for each in self.sites)
        return self.failures or tuple(alone)

    @property
    def hours(self) -> float:
        """Length of the horizon."""
        return self.horizon.length_days * HOURS_PER_DAY


class StagedScenario(Scenario):
    """A scenario whose requests to train have been turned into the stages that are planned."""

    workloads: Annotated[tuple[Workload, ...], Field(min_length=1)]
    hauls: tuple[Haul, ...] = Field(default=(), exclude=True)
    """Ways of the datasets of its jobs to sites that they can be moved to: found when it is staged,
    and no part of a file."""

    def haul(self, workload: str, site: str) -> Haul | None:
        """The way of a job's dataset to a site; None where there is none, or nothing to move."""
        mine = (each for each in self.hauls if (each.workload, each.site) == (workload, site))
        return next(mine, None)

    def ready_hours(self, workload: str, site: str) -> float:
        """When a job's dataset is at a site, after the beginning of the whole horizon."""
        haul = self.haul(workload, site)
        return 0.0 if haul is None else haul.ready_hours

    def hauled_hours(self, workload: str, site: str) -> float:
        """Of a job's time, in which its dataset is still under way to a site."""
        haul = self.haul(workload, site)
        return 0.0 if haul is None else haul.hours
