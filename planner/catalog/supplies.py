"""What sites have beside the grid, and when they are billed for their peaks, period by period."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from math import fsum
from zoneinfo import ZoneInfo

import numpy as np

from planner.catalog.calendar import Calendar, Floats, calendar_of
from planner.catalog.sampling import by_cell
from planner.domain.horizon import Horizon
from planner.domain.period import Period
from planner.domain.placement import ShareLimit
from planner.domain.scenario import Limits, Scenario, ScenarioSite
from planner.domain.site_power import SitePower
from planner.domain.tariff import Hours
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY

HOURS_PER_MONTH = DAYS_PER_MONTH * HOURS_PER_DAY


@dataclass(frozen=True)
class BillingMonth:
    """Periods whose highest draw is charged for together."""

    periods: tuple[int, ...]
    months: float
    """That it is charged for: what of them lies in the horizon, in mean months."""


@dataclass(frozen=True)
class Supply:
    """What a site has; sequences go by period."""

    row: int
    """Of the site in the scenario."""
    power: SitePower
    demand_charge_usd_per_kw_month: float
    on_site_kwh: tuple[tuple[float, ...], ...]
    """Of every source."""
    called_hours: tuple[tuple[float, ...], ...]
    """In which every offer of curtailment is called."""
    clean_kwh: tuple[tuple[float, ...], ...]
    """Of every contract for clean energy."""

    @property
    def needs_meter(self) -> bool:
        """Whether anything depends on what the site draws altogether."""
        power = self.power
        return bool(
            self.demand_charge_usd_per_kw_month
            or self.on_site_kwh
            or self.called_hours
            or self.clean_kwh
            or power.ramp_kw_per_hour
            or power.fixed_overhead_kw
            or power.oversubscription > 1
            or power.unused_nodes == "idle"
        )


@dataclass(frozen=True)
class Metered:
    """Everything about the energy of a scenario beyond its price."""

    supplies: tuple[Supply, ...]
    """Of every site that has more than a grid at a price, or whose draw is limited."""
    months: tuple[BillingMonth, ...]
    limits: Limits
    share_limits: tuple[ShareLimit, ...]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything."""
        return bool(self.supplies or self.share_limits) or self.limits != Limits()


def metered(scenario: Scenario) -> Metered:
    """What a scenario says of its sites' power and of its energy."""
    calendar = calendar_of(scenario.horizon)
    found = (_supply(row, site, calendar) for row, site in enumerate(scenario.sites))
    supplies = tuple(each for each in found if each.needs_meter)
    months = billing_months(scenario.horizon)
    return Metered(supplies, months, scenario.limits, scenario.share_limits)


def billing_months(horizon: Horizon) -> tuple[BillingMonth, ...]:
    """Months of the calendar (without a start: mean months), by the beginning of each stretch.

    A stretch that is longer than a month is billed by itself, for all of its months.
    """
    periods = calendar_of(horizon).periods
    groups: defaultdict[object, list[int]] = defaultdict(list)
    for number, period in enumerate(periods):
        groups[_month(period, horizon)].append(number)
    return tuple(
        BillingMonth(tuple(numbers), fsum(periods[n].hours for n in numbers) / HOURS_PER_MONTH)
        for numbers in groups.values()
    )


def _month(period: Period, horizon: Horizon) -> object:
    if period.end_hours - period.start_hours > HOURS_PER_MONTH * 1.05:
        return period.start_hours
    if horizon.start is None:
        return int(period.start_hours / HOURS_PER_MONTH + 1e-9)
    zone = ZoneInfo(horizon.time_zone)
    begin = (calendar_of(horizon).begin + timedelta(hours=period.start_hours)).astimezone(zone)
    return begin.year, begin.month


def _supply(row: int, site: ScenarioSite, calendar: Calendar) -> Supply:
    power, hours = site.power or SitePower(), [each.hours for each in calendar.periods]
    charge = 0.0 if site.tariff is None else site.tariff.demand_charge_usd_per_kw_month

    def kwh(cells: Floats) -> tuple[float, ...]:
        means = calendar.means(cells).tolist()
        return tuple(kw * each for kw, each in zip(means, hours, strict=True))

    return Supply(
        row=row,
        power=power,
        demand_charge_usd_per_kw_month=charge,
        on_site_kwh=tuple(kwh(by_cell(each.series, calendar)) for each in power.on_site),
        called_hours=tuple(
            kwh(_called(each.hours, each.time_zone, calendar)) for each in power.curtailment
        ),
        clean_kwh=tuple(kwh(by_cell(each.series, calendar)) for each in power.clean_energy),
    )


def _called(hours: Hours, time_zone: str, calendar: Calendar) -> Floats:
    """1 in cells of these hours, 0 in others."""
    return np.array([float(hours.holds(*clock)) for clock in calendar.clock(time_zone)])
