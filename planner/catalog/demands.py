"""Arrival rates of a serving workload, period by period."""

from dataclasses import dataclass

import numpy as np

from planner.catalog.calendar import Calendar, Floats
from planner.catalog.sampling import by_cell, quantiles
from planner.domain.period import Period
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
    cells = by_cell(demand.series, calendar)
    factor = 1.0
    if workload.requests_per_s is not None:
        factor = level / float(np.average(cells, weights=calendar.cells.hours))
    mean = calendar.means(cells) * factor * grown
    if demand.plan_for is None:
        return Rates(mean, mean)
    most = quantiles(demand.series, calendar, demand.plan_for) * factor * grown
    return Rates(mean, np.maximum(mean, most))
