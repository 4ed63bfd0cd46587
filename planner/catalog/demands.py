"""Arrival rates of a serving workload, period by period."""

from dataclasses import dataclass

import numpy as np

from planner.catalog.calendar import Calendar, Floats
from planner.catalog.forecast import forecast
from planner.catalog.sampling import by_cell, quantiles
from planner.domain.demand import Demand
from planner.domain.period import Period
from planner.domain.series import TimeSeries
from planner.domain.workload import Serving
from planner.units import DAYS_PER_MONTH, HOURS_PER_DAY


@dataclass(frozen=True)
class Rates:
    """Requests per second in every period."""

    mean: Floats
    planned: Floats
    """That capacity must bear; at least the mean."""


def growth(workload: Serving, period: Period) -> float:
    """Demand in a period over that in the first: compound from month to month."""
    months = period.start_hours / (DAYS_PER_MONTH * HOURS_PER_DAY)
    return float((1 + workload.growth_per_month) ** months)


def rates(workload: Serving, calendar: Calendar) -> Rates:
    """What arrives, growth included."""
    grown = np.array([growth(workload, each) for each in calendar.periods])
    level = workload.requests_per_s or 0.0
    demand = workload.demand
    if demand is None or demand.series is None:
        planned = workload.planned_requests_per_s or level
        return Rates(level * grown, planned * grown)
    cells = demand_by_cell(demand, demand.series, calendar)
    factor = 1.0
    if workload.requests_per_s is not None:
        factor = level / float(np.average(cells, weights=calendar.cells.hours))
    mean = calendar.means(cells) * factor * grown
    if demand.plan_for is None:
        return Rates(mean, mean)
    if demand.extrapolated:
        most = forecast(demand.series, calendar).quantiles(calendar, demand.plan_for)
    else:
        most = quantiles(demand.series, calendar, demand.plan_for)
    return Rates(mean, np.maximum(mean, most * factor * grown))


def demand_by_cell(demand: Demand, series: TimeSeries, calendar: Calendar) -> Floats:
    """The demand's series in every cell, repeated or forecast.

    Raises:
        InputError: it cannot be forecast.
    """
    return forecast(series, calendar).mean if demand.extrapolated else by_cell(series, calendar)
