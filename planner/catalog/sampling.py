"""Time series by the hours of a horizon, and what periods make of them."""

from datetime import UTC
from math import ceil
from typing import Final

import numpy as np

from planner.catalog.calendar import Calendar, Floats, Integers
from planner.domain.series import TimeSeries
from planner.domain.tariff import SATURDAY, Tariff
from planner.units import HOURS_PER_DAY, MINUTES_PER_HOUR, SECONDS_PER_HOUR

HOURS_PER_WEEK: Final = 7 * HOURS_PER_DAY
REPEATED_HOURS: Final = 52 * HOURS_PER_WEEK
"""Of a series of a year or more: after 52 weeks the weekday is the same, and nearly the season."""
ROUNDING: Final = 1e-9
MOST_SAMPLES: Final = 240
"""Of an hour: every 15 seconds."""
MOST_PARTS: Final = 10_000_000
"""Of all hours of a horizon; of a long one, values are sampled less often."""


def by_cell(series: TimeSeries, calendar: Calendar) -> Floats:
    """Mean of a series over every cell of a calendar."""
    if series.by_hour is not None:
        return series.scale * _shape(series, calendar)
    return series.scale * _means(series, calendar, calendar.cells.start_hours, calendar.cells.hours)


def hourly(series: TimeSeries) -> Floats:
    """Means over the whole hours from its start on, unscaled."""
    values, step = np.array(series.values), series.step_minutes / MINUTES_PER_HOUR
    areas = np.concatenate([[0.0], np.cumsum(values * step)])
    ends = np.arange(int(series.length_hours + ROUNDING) + 1, dtype=float)
    found: Floats = np.clip(np.diff(_area(areas, step, ends)), values.min(), values.max())
    return found


def quantiles(series: TimeSeries, calendar: Calendar, share: float) -> Floats:
    """For every period the smallest value that so large a share of its time does not exceed.

    Of the series' own values where they are finer than an hour.
    """
    parts = min(_parts_per_hour(series), max(MOST_PARTS // len(calendar.cells.hours), 1))
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
        next((each.usd_per_kwh for each in tariff.times if each.holds(*clock)), tariff.usd_per_kwh)
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


def _means(series: TimeSeries, calendar: Calendar, start: Floats, hours: Floats) -> Floats:
    """Mean over stretches of the horizon, unscaled."""
    if series.start is None:
        raise ValueError("a series of values has a start")
    values = np.array(series.values)
    begin = (series.start.astimezone(UTC) - calendar.begin).total_seconds() / SECONDS_PER_HOUR
    step = series.step_minutes / MINUTES_PER_HOUR
    areas = np.concatenate([[0.0], np.cumsum(values * step)])
    first = start - begin
    mean = (_area(areas, step, first + hours) - _area(areas, step, first)) / hours
    found: Floats = np.clip(mean, values.min(), values.max())  # sums of many values round
    return found


def _area(areas: Floats, step: float, until: Floats) -> Floats:
    """Area below a series from its begin until some hours after it; before it, a negative one.

    `areas` are those until the end of every value. Outside of them the series is repeated: later
    comes its last part again, earlier its first.
    """
    length = (len(areas) - 1) * step
    edges = np.arange(len(areas)) * step
    every = _repeated_hours(length)
    late = np.maximum(np.ceil((until - length) / every - ROUNDING), 0.0)
    early = np.maximum(np.ceil(-until / every - ROUNDING), 0.0)
    first, last = np.interp([every, length - every], edges, areas)
    moved = np.interp(until - late * every + early * every, edges, areas)
    area: Floats = moved + late * (areas[-1] - last) - early * first
    return area


def _repeated_hours(length: float) -> float:
    """After how long a series begins again."""
    if length >= REPEATED_HOURS:
        return float(REPEATED_HOURS)
    for unit in (HOURS_PER_WEEK, HOURS_PER_DAY):
        if length >= unit:
            return float(length // unit * unit)
    return length


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
    return series.scale * _means(series, calendar, start, hours)


def _quantile(values: Floats, weight: Floats, share: float) -> float:
    order: Integers = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][np.searchsorted(reached, share - ROUNDING)])
