"""Series of a scenario that cannot be what they are used for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.catalog.calendar import Calendar, calendar_of
from planner.catalog.demands import demand_by_cell
from planner.domain.record import LARGEST, SMALLEST
from planner.domain.scenario import Scenario
from planner.domain.series import TimeSeries
from planner.domain.site_power import SitePower
from planner.domain.tariff import HIGHEST_USD_PER_KWH
from planner.domain.workload import Serving
from planner.errors import Fault, InputError

LARGEST_PUE: Final = 5.0
SMALLEST_PUE: Final = 1.0


@dataclass(frozen=True)
class _Used:
    """A series, the field that states it, and the range of what it is used for."""

    field: str
    series: TimeSeries
    least: float
    most: float
    unit: str


def series_faults(scenario: Scenario) -> Iterator[Fault]:
    """Values out of the range of their quantity, and dates of a horizon without a start.

    Series that wait for their file are passed over.
    """
    stated = list(_series(scenario))
    if scenario.horizon.start is None and (need := _needs_start(scenario, stated)):
        rule = f"must be stated where {need}: they are those of its days"
        yield Fault(scenario.scenario, rule, field="horizon.start")
        return
    told = set()
    for each in stated:
        for fault in _range_faults(scenario.scenario, each):
            told.add(each.field)
            yield fault
    for fault in _demand_faults(scenario, calendar_of(scenario.horizon)):
        if fault.field not in told:
            yield fault


def _needs_start(scenario: Scenario, stated: list[_Used]) -> str:
    """What goes by dates."""
    if any(each.series.values is not None for each in stated):
        return "values have times"
    tariffs = [site.tariff for site in scenario.sites if site.tariff is not None]
    if any(time.months is not None for tariff in tariffs for time in tariff.times):
        return "tariffs have months"
    return ""


def _range_faults(scenario: str, used: _Used) -> Iterator[Fault]:
    """The first value out of the range."""
    series = used.series
    if series.file is not None:
        return
    shape = (*(series.by_hour or ()), *(series.weekend_by_hour or ()))
    values = series.scale * np.array(series.values or shape)
    outside = np.flatnonzero((values < used.least) | (values > used.most))
    if len(outside):
        rule = f"must be {used.least:g} to {used.most:g}{used.unit}, times scale"
        hint = f"it is value {outside[0] + 1:,} of {len(values):,}"
        yield Fault(scenario, rule, field=used.field, value=f"{values[outside[0]]:.6g}", hint=hint)


def _demand_faults(scenario: Scenario, calendar: Calendar) -> Iterator[Fault]:
    """Demand that there is none of, or that cannot be forecast."""
    for row, workload in enumerate(scenario.workloads):
        demand = workload.demand if isinstance(workload, Serving) else None
        if demand is None or demand.series is None or demand.series.file is not None:
            continue
        field = f"workloads.{row}.demand.series"
        try:
            cells = demand_by_cell(demand, demand.series, calendar)
        except InputError as error:
            yield from (
                replace(each, source=scenario.scenario, field=field) for each in error.faults
            )
            continue
        if cells.max() < SMALLEST:
            rule = "must be above 0 at some time of the horizon"
            yield Fault(scenario.scenario, rule, field=field)


def _series(scenario: Scenario) -> Iterator[_Used]:
    for row, site in enumerate(scenario.sites):
        if site.pue_series is not None:
            yield _Used(f"sites.{row}.pue_series", site.pue_series, SMALLEST_PUE, LARGEST_PUE, "")
        if site.carbon_series is not None:
            yield _Used(f"sites.{row}.carbon_series", site.carbon_series, 0.0, LARGEST, " g/kWh")
        if site.tariff is not None and site.tariff.series is not None:
            yield _of_tariff(f"sites.{row}.tariff.series", site.tariff.series)
        power = site.power or SitePower()
        for name in ("on_site", "clean_energy"):
            for number, each in enumerate(getattr(power, name)):
                field = f"sites.{row}.power.{name}.{number}.series"
                yield _Used(field, each.series, 0.0, LARGEST, " kW")
    for row, work in enumerate(scenario.workloads):
        if isinstance(work, Serving) and work.demand is not None and work.demand.series is not None:
            field = f"workloads.{row}.demand.series"
            yield _Used(field, work.demand.series, 0.0, LARGEST, " requests/s")


def _of_tariff(field: str, series: TimeSeries) -> _Used:
    most = HIGHEST_USD_PER_KWH
    return _Used(field, series, -most, most, " USD/kWh (a scale of 0.001 makes it of USD/MWh)")
