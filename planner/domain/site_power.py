"""What a site's power supply allows, wastes and earns."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from planner.domain.horizon import UTC, TimeZone
from planner.domain.record import Name, NonNegative, Positive, Record, not_tiny
from planner.domain.series import TimeSeries
from planner.domain.tariff import Hours, UsdPerKwh


class OnSiteSource(Record):
    """Solar, wind or a battery behind the meter, as the power that it has to give.

    What is not used is curtailed; nothing is sold to the grid.
    """

    name: Name
    series: TimeSeries
    """kW of every hour; a battery's is what it gives when it gives, and nothing when it is charged
    from a source that is no other part of the plan."""
    usd_per_kwh: UsdPerKwh = 0.0
    """Of what is used: operations, or what its owner is paid."""
    carbon_g_per_kwh: NonNegative = 0.0


class Curtailment(Record):
    """An offer to pay for every kWh that a site stays below a baseline at some hours."""

    name: Name
    baseline_kw: Positive
    """Draw at the meter that the site is held against."""
    most_kw: Positive
    """That is paid for at most."""
    usd_per_kwh: Annotated[float, Field(gt=0, le=100), AfterValidator(not_tiny)]
    hours: Hours = Hours()
    """When it is called."""
    time_zone: TimeZone = UTC


class CleanEnergy(Record):
    """Clean energy that is contracted for a site, wherever it flows: it counts market-based only.

    Source: GHG Protocol Scope 2 Guidance (2015), market-based method.
    """

    name: Name
    matching: Literal["annual", "hourly"] = "annual"
    """Against what it counts: use of the whole horizon, or of the same hour (24/7)."""
    series: TimeSeries
    """kW that is generated for it in every hour."""
    usd_per_kwh: UsdPerKwh = 0.0
    """Paid for all of it on top of the tariff: the premium, or the price of certificates."""


class SitePower(Record):
    """Limits and habits of a site's power beyond its IT power limit."""

    facility_limit_kw: Positive | None = None
    """What the meter may show with every server at full power, cooling included."""
    oversubscription: Annotated[float, Field(ge=1, le=5)] = 1.0
    """Full power of all servers over the IT power limit; the limit itself then holds for what
    they draw on average, as power management keeps it."""
    ramp_kw_per_hour: Positive | None = None
    """Most that the mean draw may rise or fall from one slice to the next."""
    fixed_overhead_kw: NonNegative = 0.0
    """Cooling and losses that do not depend on the load; PUE is for the rest. A load-dependent PUE
    is the sum of both (losses linear in the load: Rasmussen, APC White Paper 113)."""
    unused_nodes: Literal["off", "idle"] = "off"
    """What nodes that are held and do nothing do."""
    carbon_price_usd_per_tonne: NonNegative = 0.0
    """Paid for what the grid emits, with every kWh."""
    on_site: tuple[OnSiteSource, ...] = ()
    curtailment: tuple[Curtailment, ...] = ()
    clean_energy: tuple[CleanEnergy, ...] = ()
    wue_l_per_kwh: NonNegative | None = None
    """Water usage effectiveness: litres per kWh of IT energy (ISO/IEC 30134-9); omitted: that of
    the catalog's site."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for label in ("on_site", "curtailment", "clean_energy"):
            names = [each.name for each in getattr(self, label)]
            if len(set(names)) < len(names):
                raise ValueError(f"two of {label} have one name")
        return self
