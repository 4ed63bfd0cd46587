"""Histories that go on: trends and seasons that are known, and requests that were measured."""

import csv
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from planner.catalog.calendar import calendar_of
from planner.catalog.demands import rates
from planner.catalog.forecast import Forecast, forecast
from planner.catalog.sampling import by_cell
from planner.domain.demand import Demand
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.series import TimeSeries
from planner.domain.workload import Serving
from planner.errors import InputError

REQUESTS = Path(__file__).parents[2] / "examples" / "series" / "servegen_2025_requests.csv"
START = datetime(2024, 1, 1, tzinfo=UTC)
SIZES = [0.0, 1e-9, 1e-9, 1.0, 3.5, 1e9, 1e15]


def series(values, **fields):
    return TimeSeries(**{"values": tuple(map(float, values)), "start": START, **fields})


def after(hours, length_days, **fields):
    """A horizon of so many days that begins so many hours after the start of a series."""
    start = START.date() + timedelta(days=hours // 24)
    return calendar_of(Horizon(days=length_days, start=start, **fields))


def wave(hours, slope=0.01):
    """A rise of 1.68 a week around 100, and seasons of the day and of the week."""
    hour = np.asarray(hours)
    day, week = np.sin(2 * np.pi * hour / 24), np.sin(2 * np.pi * hour / 168)
    return 100 + slope * hour + 20 * day + 10 * week


def noisy(weeks, slope=0.01):
    hours = np.arange(168 * weeks)
    return wave(hours, slope) + np.random.default_rng(0).normal(0, 1, len(hours))


@pytest.mark.parametrize("weeks", [3, 8])
def test_a_known_trend_and_season_go_on(weeks):
    """The next week is off by less than the noise, and by a third of what repeating is off."""
    known, calendar = noisy(weeks), after(168 * weeks, 7.0)
    truth = wave(168 * weeks + np.arange(168))
    found = forecast(series(known), calendar)
    error = np.abs(found.mean - truth).mean()
    assert error < 1
    assert error < np.abs(by_cell(series(known), calendar) - truth).mean() / 3


def test_errors_are_those_of_the_noise_and_grow():
    """Of a standard deviation of 1."""
    found = forecast(series(noisy(8)), after(168 * 8, 28.0))
    assert found.error[0] == pytest.approx(1, abs=0.15)
    assert found.error[-1] > 1.2 * found.error[0]


def test_two_days_have_the_season_of_a_day():
    known = 100 + 20 * np.sin(2 * np.pi * np.arange(48) / 24)
    found = forecast(series(known), after(48, 1.0))
    assert found.mean == pytest.approx(known[:24], abs=2)


def test_a_trend_fades():
    """Of a rise of 0.24 a day at most 50 days' worth is to come: 12."""
    found = forecast(series(noisy(8)), after(168 * 8, 3650.0))
    last_week = found.mean[-168:].mean()
    assert 100 + 0.01 * 168 * 8 < last_week < 100 + 0.01 * 168 * 8 + 14


def test_a_fall_ends_at_0():
    hours = np.arange(168 * 4)
    known = np.maximum(70 - 0.1 * hours, 0) + 3 + np.sin(hours)
    found = forecast(series(known), after(168 * 4, 60.0))
    assert found.mean.min() == 0


@pytest.mark.parametrize("level", [0.0, 7.0, 1e15, 1e-12])
def test_what_does_not_change_goes_on(level):
    found = forecast(series([level] * 400), after(480, 100.0))
    assert found.mean == pytest.approx([level] * 2400, rel=1e-6)
    assert found.error == pytest.approx([0] * 2400, abs=level * 1e-6)


def test_as_far_as_the_history_reaches_it_is_itself():
    known = noisy(3)
    calendar = after(168, 30.0)
    found = forecast(series(known, scale=2.0), calendar)
    assert found.mean[: 2 * 168] == pytest.approx(2 * known[168:])
    assert set(found.error[: 2 * 168]) == {0.0}
    assert found.error[2 * 168 :].min() > 0


def test_a_gap_between_history_and_horizon_is_forecast_too():
    near, far = (forecast(series(noisy(8)), after(168 * weeks, 7.0)) for weeks in (8, 12))
    assert far.error[0] > near.error[0]
    assert far.mean == pytest.approx(near.mean, abs=10)


def test_finer_and_coarser_histories():
    known = noisy(3)
    minutes = series(np.repeat(known, 4), step_minutes=15.0)
    hourly = forecast(series(known), after(504, 7.0))
    assert forecast(minutes, after(504, 7.0)).mean == pytest.approx(hourly.mean)
    daily = series([10, 10, 10, 10, 10, 4, 4] * 8, step_minutes=1440.0)
    found = forecast(daily, after(56 * 24, 7.0)).mean.reshape(7, 24).mean(axis=1)
    assert found == pytest.approx([10] * 5 + [4] * 2, abs=0.5)


def test_the_same_again():
    one, other = (forecast(series(noisy(2)), after(336, days)) for days in (7.0, 8.0))
    assert one.mean == pytest.approx(other.mean[:168])


@pytest.mark.parametrize("hours", [1, 24, 47])
def test_a_history_that_is_too_short(hours):
    with pytest.raises(InputError) as caught:
        forecast(series(range(hours)), after(48, 7.0))
    (fault,) = caught.value.faults
    assert fault.rule == "must reach over 2 days or more to go on from"
    assert fault.value == f"{hours} hours"


def test_without_statsmodels(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.api", None)
    with pytest.raises(InputError, match=r"pip install 'gpu-cluster-planner\[forecast\]'"):
        forecast(series(range(333)), after(480, 7.0))
    assert forecast(series([5.0] * 333), after(480, 7.0)).mean[0] == 5


@settings(max_examples=15)
@given(
    values=st.lists(st.sampled_from(SIZES), min_size=48, max_size=60),
    times=st.sampled_from([1, 8]),
)
def test_any_history_has_a_finite_forecast(values, times):
    found = forecast(series(values * times), after(1008, 30.0))
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.error).all()
    assert found.mean.min() >= 0


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.999])
def test_the_quantile_of_an_hour_is_that_of_a_normal_distribution(share):
    calendar = calendar_of(Horizon(days=1 / 24))
    (found,) = Forecast(np.array([100.0]), np.array([10.0])).quantiles(calendar, share)
    assert found == pytest.approx(100 + 10 * norm.ppf(share))


def test_quantiles_of_a_period_count_its_hours_and_their_errors():
    calendar = calendar_of(Horizon(days=1.0))
    hours = np.arange(24.0)
    (known,) = Forecast(hours, np.zeros(24)).quantiles(calendar, 0.95)
    assert known == pytest.approx(22)
    (alike,) = Forecast(np.full(24, 50.0), np.full(24, 5.0)).quantiles(calendar, 0.95)
    assert alike == pytest.approx(50 + 5 * norm.ppf(0.95))
    (both,) = Forecast(hours, np.full(24, 5.0)).quantiles(calendar, 0.95)
    assert norm.cdf((both - hours) / 5).mean() == pytest.approx(0.95)
    (none,) = Forecast(np.zeros(24), np.zeros(24)).quantiles(calendar, 0.95)
    assert none == pytest.approx(0, abs=1e-9)


def test_rates_of_a_workload_are_those_of_the_forecast():
    history, hours = series(noisy(4)), RepresentativeDays(slice_hours=1)
    calendar = after(168 * 4, 1.0, representative_days=hours)
    found = forecast(history, calendar)
    demand = Demand(series=history, extrapolated=True, plan_for=0.95)
    fields = {"kind": "serving", "name": "chat", "architecture": "llama-3.1-8b"}
    asked = Serving(**fields, input_tokens=9, output_tokens=9, demand=demand)
    own = rates(asked, calendar)
    assert own.mean == pytest.approx(found.mean)
    assert own.planned == pytest.approx(found.mean + norm.ppf(0.95) * found.error, rel=1e-6)
    scaled = rates(asked.model_copy(update={"requests_per_s": 1.0}), calendar)
    assert scaled.mean.mean() == pytest.approx(1)
    assert scaled.planned / scaled.mean == pytest.approx(own.planned / own.mean)


def measured(service):
    with REQUESTS.open() as file:
        return np.array([float(row[service]) for row in csv.DictReader(file)])


def test_ten_days_of_requests_say_more_of_the_next_four_than_their_mean_or_the_week_before():
    """Of m_small; m_large and m_mid, with outages, are foreseen no better than by their mean."""
    values = measured("m_small")
    known, came = series(values[:240]), values[240:]
    calendar = calendar_of(Horizon(days=4.0, start=date(2024, 1, 11)))
    found = forecast(known, calendar)

    def missed(said):
        return np.abs(said - came).sum() / came.sum()

    assert missed(found.mean) < 0.95 * missed(np.full(96, values[:240].mean()))
    assert missed(found.mean) < missed(by_cell(known, calendar))


@pytest.mark.parametrize(("service", "share"), [("m_large", 0.9), ("m_mid", 0.7), ("m_small", 0.9)])
def test_requests_lie_within_the_errors_that_are_told(service, share):
    """Nine in ten and more of 19 in 20; of m_mid with its outages, three in four."""
    values = measured(service)
    calendar = calendar_of(Horizon(days=4.0, start=date(2024, 1, 11)))
    found = forecast(series(values[:240]), calendar)
    inside = np.abs(values[240:] - found.mean) < norm.ppf(0.975) * found.error
    assert inside.mean() > share
