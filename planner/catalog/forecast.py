"""How a history goes on: its season, its trend, and how far it may turn out otherwise.

The season is that of STL (Cleveland et al. 1990), robust against single odd hours. What is left of
the history goes on by exponential smoothing with additive errors (Hyndman et al. 2008, Forecasting
with Exponential Smoothing, ch. 6), which gives the standard error of every step. Both are
statsmodels'.

Two weeks or more have the season of a week, and go on from day to day with a damped trend, which
fades by 2 % a day or faster: of a steady rise at most 50 days' worth is still to come. Two days or
more have the season of a day and go on from four hours to four hours without a trend, which so few
days do not tell.

Hours are taken as independent of each other around the level of their step. A season that is the
mean of n days or weeks follows them by 1/n of their variance, and is off by as much: errors are
widened by (n + 1) / (n - 1) of the variance.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from math import ceil
from typing import Final

import numpy as np

from planner.catalog.calendar import Calendar, Floats
from planner.catalog.sampling import HOURS_PER_WEEK, by_cell, hourly
from planner.domain.series import TimeSeries
from planner.errors import Fault, InputError
from planner.units import HOURS_PER_DAY, MINUTES_PER_HOUR, SECONDS_PER_HOUR

FITTED_HOURS: Final = 12 * HOURS_PER_WEEK
"""Of the end of a history: what was before says little of a trend that fades."""
SHORTEST_DAYS: Final = 2
SEASONS: Final = 7
"""Days or weeks that a season is the mean of, the middle ones weighing most."""
BISECTIONS: Final = 60


@dataclass(frozen=True)
class Forecast:
    """What a history and its going on are in every cell of a calendar; at least 0."""

    mean: Floats
    error: Floats
    """Standard error of the value of a cell; 0 where the history has it."""

    def quantiles(self, calendar: Calendar, share: float) -> Floats:
        """For every period the value that so large a share of it does not exceed.

        Of its hours, and of what each may turn out as: a normal distribution around its mean. In a
        period of hours that are alike it is their mean and the normal quantile of their error.
        """
        from scipy.special import ndtr  # noqa: PLC0415  slow to import

        hours, period = calendar.cells.hours, calendar.cells.period
        error = np.maximum(self.error, np.finfo(float).tiny)
        count = len(calendar.periods)
        whole = np.bincount(period, hours, minlength=count)
        low, high = np.zeros(count), np.full(count, float((self.mean + 40 * self.error).max()))
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            with np.errstate(over="ignore"):
                below = ndtr((middle[period] - self.mean) / error)
            reached = np.bincount(period, below * hours, minlength=count) >= share * whole
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return high


def forecast(series: TimeSeries, calendar: Calendar) -> Forecast:
    """A history by the cells of a calendar: itself as far as it reaches, from then on a forecast.

    Raises:
        InputError: it must go on and is too short for it, or statsmodels is missing.
    """
    if series.start is None:
        raise ValueError("a history has a start")
    known = hourly(series)
    begin = series.start.astimezone(UTC)
    ahead = (calendar.begin - begin).total_seconds() / SECONDS_PER_HOUR - len(known)
    steps = ceil(ahead + float((calendar.cells.start_hours + calendar.cells.hours).max()) - 1e-9)
    mean, error = known, np.zeros(len(known))
    if steps > 0:
        later = _continued(tuple(known[-FITTED_HOURS:].tolist()), steps)
        mean, error = np.concatenate([mean, later[0]]), np.concatenate([error, later[1]])
    made = {"step_minutes": float(MINUTES_PER_HOUR), "scale": 1.0, "start": begin}
    return Forecast(
        *(
            by_cell(series.model_copy(update={**made, "values": tuple(each.tolist())}), calendar)
            for each in (np.maximum(series.scale * mean, 0.0), abs(series.scale) * error)
        )
    )


@lru_cache(maxsize=64)
def _continued(known: tuple[float, ...], steps: int) -> tuple[Floats, Floats]:
    """Mean and standard error of the hours after those that are known."""
    days = len(known) // HOURS_PER_DAY
    if days < SHORTEST_DAYS:
        rule = f"must reach over {SHORTEST_DAYS} days or more to go on from"
        raise InputError((Fault("", rule, value=f"{len(known)} hours"),))
    history = np.array(known[-days * HOURS_PER_DAY :])
    largest = float(np.abs(history).max())
    if np.ptp(history) <= 1e-9 * largest:
        return np.full(steps, history[-1]), np.zeros(steps)
    has_weeks = len(history) >= 2 * HOURS_PER_WEEK
    season_hours, step_hours = (HOURS_PER_WEEK, HOURS_PER_DAY) if has_weeks else (HOURS_PER_DAY, 4)
    season = _season(history / largest, season_hours)
    level = history / largest - season
    coarse = level.reshape(-1, step_hours).mean(axis=1)
    mean, variance = _smoothed(coarse, ceil(steps / step_hours), has_trend=has_weeks)
    within = float((level - np.repeat(coarse, step_hours)).var())
    comes = np.resize(season[-season_hours:], steps)
    seasons = min(len(history) / season_hours, SEASONS)
    unsure = (seasons + 1) / (seasons - 1)
    error = np.sqrt(unsure * (np.repeat(variance, step_hours)[:steps] + within))
    return largest * (np.repeat(mean, step_hours)[:steps] + comes), largest * error


def _season(history: Floats, period: int) -> Floats:
    """What a history owes to the hour of its day or week."""
    with _library():
        from statsmodels.tsa.api import STL  # noqa: PLC0415  seconds to import

        asked = STL(history, period=period, seasonal=SEASONS, seasonal_deg=0, robust=True)
        found: Floats = asked.fit().seasonal
    return found


def _smoothed(level: Floats, steps: int, *, has_trend: bool) -> tuple[Floats, Floats]:
    """Mean and variance of so many steps after a series without season."""
    with _library():
        import pandas  # noqa: PLC0415  comes with statsmodels
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # noqa: PLC0415

        trend = "add" if has_trend else None
        asked = ETSModel(pandas.Series(level), error="add", trend=trend, damped_trend=has_trend)
        found = asked.fit(disp=False).get_prediction(len(level), len(level) + steps - 1)
    return np.asarray(found.predicted_mean), np.asarray(found.var_pred_mean)


@contextmanager
def _library() -> Iterator[None]:
    """Use of statsmodels: its warnings stay inside; where a fit has not converged it is used.

    Raises:
        InputError: it is missing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except ImportError as error:
            rule = "needs statsmodels: pip install 'gpu-cluster-planner[forecast]'"
            raise InputError((Fault("", rule),)) from error
