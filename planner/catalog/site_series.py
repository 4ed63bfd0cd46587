"""Sites as every period finds them: prices, carbon and cooling at their means."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Final

import numpy as np

from planner.catalog.calendar import Calendar, Floats, calendar_of
from planner.catalog.sampling import by_cell, tariff_by_cell
from planner.domain.period import Period
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.units import HOURS_PER_DAY

Sites = tuple[ScenarioSite, ...]
WITHOUT_SERIES: Final[dict[str, None]] = dict.fromkeys(("tariff", "carbon_series", "pue_series"))


def sites_by_period(scenario: Scenario) -> tuple[Sites, ...]:
    """The sites of a scenario in each of its periods."""
    calendar = calendar_of(scenario.horizon)
    changing = [dict(_by_cell(site, calendar)) for site in scenario.sites]
    if not any(changing) and not any(map(_has_life, scenario.sites)):
        return (scenario.sites,) * len(calendar.periods)
    means = [{name: calendar.means(each) for name, each in mine.items()} for mine in changing]
    return tuple(
        tuple(
            _in_period(site, {name: float(each[row]) for name, each in mine.items()}, period)
            for site, mine in zip(scenario.sites, means, strict=True)
        )
        for row, period in enumerate(calendar.periods)
    )


def _in_period(site: ScenarioSite, means: Mapping[str, float], period: Period) -> ScenarioSite:
    update: dict[str, object] = {**WITHOUT_SERIES, **means}
    if _has_life(site):
        update["capacity"] = tuple(_alive(offer, period) for offer in site.capacity)
    return site.model_copy(update=update)


def _has_life(site: ScenarioSite) -> bool:
    """Whether anything there comes later, or retires."""
    return any(each.from_days or each.until_days is not None for each in site.capacity)


def _alive(offer: Offer, period: Period) -> Offer:
    """The offer, without nodes where it is not there all of the period."""
    until = inf if offer.until_days is None else offer.until_days * HOURS_PER_DAY
    if period.is_within(offer.from_days * HOURS_PER_DAY, until):
        return offer
    return offer.model_copy(update={"available_nodes": 0})


def mean_sites(scenario: Scenario) -> Sites:
    """The sites of a scenario over all of its horizon."""
    calendar = calendar_of(scenario.horizon)
    return tuple(
        site.model_copy(
            update={
                name: float(np.average(each, weights=calendar.cells.hours))
                for name, each in _by_cell(site, calendar)
            }
        )
        for site in scenario.sites
    )


def _by_cell(site: ScenarioSite, calendar: Calendar) -> Iterator[tuple[str, Floats]]:
    """Fields of a site that its series give, in every cell."""
    if site.tariff is not None:
        yield "electricity_usd_per_kwh", tariff_by_cell(site.tariff, calendar)
    if site.carbon_series is not None:
        yield "carbon_g_per_kwh", by_cell(site.carbon_series, calendar)
    if site.pue_series is not None:
        yield "pue", by_cell(site.pue_series, calendar)
