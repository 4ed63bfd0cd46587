"""Time series by the hours of a horizon, and what periods make of them."""

from datetime import UTC, datetime
from math import ceil
from typing import Final

import numpy as np

from planner.catalog.calendar import SATURDAY, Calendar, Floats, Integers
from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff
from planner.units import HOURS_PER_DAY, SECONDS_PER_HOUR

MINUTES_PER_HOUR: Final = 60
HOURS_PER_WEEK: Final = 7 * HOURS_PER_DAY
REPEATED_HOURS: Final = 52 * HOURS_PER_WEEK
"""Of a series of a year or more: after 52 weeks the weekday is the same, and nearly the season."""
MOST_SAMPLES: Final = 240
"""Of an hour: every 15 seconds."""


def by_cell(series: TimeSeries, calendar: Calendar) -> Floats:
    """Mean of a series over every cell of a calendar."""
    if series.by_hour is not None:
        return series.scale * _shape(series, calendar)
    start, hours = calendar.cells.start_hours, calendar.cells.hours
    return series.scale * _means(series, _offsets(series, start, hours, calendar), hours)


def quantiles(series: TimeSeries, calendar: Calendar, share: float) -> Floats:
    """For every period the smallest value that so large a share of its time does not exceed.

    Of the series' own values where they are finer than an hour.
    """
    parts = _parts_per_hour(series)
    values = by_cell(series, calendar) if parts == 1 else _fine(series, calendar, parts)
    weight = np.repeat(calendar.cells.hours / parts, parts)
    found = np.zeros(len(calendar.periods))
    for period, cells in enumerate(calendar.cells_of):
        own = (cells[:, None] * parts + np.arange(parts)).ravel()
        found[period] = _quantile(values[own], weight[own], share)
    return found


def tariff_by_cell(tariff: Tariff, calendar: Calendar) -> Floats:
    """USD per kWh at the meter in every cell, everything included."""
    if tariff.series is not None:
        return by_cell(tariff.series, calendar) + tariff.adder_usd_per_kwh
    prices = [
        next((each.usd_per_kwh for each in tariff.times if each.hold(*clock)), tariff.usd_per_kwh)
        for clock in calendar.clock(tariff.time_zone)
    ]
    return np.array(prices, float) + tariff.adder_usd_per_kwh


def _shape(series: TimeSeries, calendar: Calendar) -> Floats:
    """Values by the hour of the day."""
    workday = np.array(series.by_hour)
    weekend = workday if series.weekend_by_hour is None else np.array(series.weekend_by_hour)
    clock = calendar.clock(series.time_zone)
    hour = np.array([each.hour for each in clock])
    is_weekend = np.array([each.weekday >= SATURDAY for each in clock])
    shaped: Floats = np.where(is_weekend, weekend[hour], workday[hour])
    return shaped


def _offsets(series: TimeSeries, start: Floats, hours: Floats, calendar: Calendar) -> Floats:
    """Begin of stretches of the horizon, in hours after the beginning of the series.

    What lies outside of the series is moved into it, by as often as it is repeated.
    """
    begin = _begin(series)
    offset = start + (calendar.begin - begin).total_seconds() / SECONDS_PER_HOUR
    length = len(series.values or ()) * series.step_minutes / MINUTES_PER_HOUR
    every = _repeated_hours(length)
    late = np.maximum(np.ceil((offset + hours - length) / every - 1e-9), 0.0)
    early = np.maximum(np.ceil(-offset / every - 1e-9), 0.0)
    moved: Floats = offset - late * every + early * every
    return np.clip(moved, 0.0, max(length - float(hours.max(initial=0.0)), 0.0))


def _begin(series: TimeSeries) -> datetime:
    if series.start is None:
        raise ValueError("a series of values has a start")
    return series.start.astimezone(UTC)


def _repeated_hours(length: float) -> float:
    """After how long a series begins again."""
    for unit in (REPEATED_HOURS, HOURS_PER_WEEK, HOURS_PER_DAY):
        if length >= unit:
            return float(length // unit * unit) if unit != REPEATED_HOURS else float(unit)
    return length


def _means(series: TimeSeries, offset: Floats, hours: Floats) -> Floats:
    """Mean over stretches of the series, each value of which holds for a step."""
    values = np.array(series.values)
    step = series.step_minutes / MINUTES_PER_HOUR
    edges = np.arange(len(values) + 1) * step
    areas = np.concatenate([[0.0], np.cumsum(values * step)])
    mean: Floats = (
        np.interp(offset + hours, edges, areas) - np.interp(offset, edges, areas)
    ) / hours
    return mean


def _parts_per_hour(series: TimeSeries) -> int:
    """Values of a series that fall into an hour."""
    if series.values is None:
        return 1
    return min(max(ceil(MINUTES_PER_HOUR / series.step_minutes), 1), MOST_SAMPLES)


def _fine(series: TimeSeries, calendar: Calendar, parts: int) -> Floats:
    """Mean of a series over equal parts of every cell."""
    hours = np.repeat(calendar.cells.hours / parts, parts)
    start = np.repeat(calendar.cells.start_hours, parts) + hours * np.tile(
        np.arange(parts), len(calendar.cells.hours)
    )
    return series.scale * _means(series, _offsets(series, start, hours, calendar), hours)


def _quantile(values: Floats, weight: Floats, share: float) -> float:
    order: Integers = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][np.searchsorted(reached, share - 1e-9)])
