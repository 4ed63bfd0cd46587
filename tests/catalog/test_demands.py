"""Arrival rates, period by period: growth, shapes, quantiles."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.catalog.calendar import calendar_of
from planner.catalog.demands import rates
from planner.domain.demand import Demand
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.series import TimeSeries
from planner.domain.workload import Serving

MONDAY = date(2024, 1, 1)
START = datetime(2024, 1, 1, tzinfo=UTC)
HALVES = RepresentativeDays(slice_hours=12)


def chat(**changes):
    fields = {"kind": "serving", "name": "chat", "architecture": "llama-3.1-8b"}
    sizes = {"input_tokens": 100, "output_tokens": 100}
    return Serving(**{**fields, **sizes, **changes})


def shape(low, high, **fields):
    """Twelve hours each."""
    return Demand(series=TimeSeries(by_hour=(low,) * 12 + (high,) * 12), **fields)


def days(count=2.0, **fields):
    return calendar_of(Horizon(days=count, start=MONDAY, **fields))


def test_without_a_series_demand_only_grows():
    found = rates(chat(requests_per_s=10.0, growth_per_month=0.1), days(60.875, periods=2))
    assert found.mean == pytest.approx([10, 11])
    assert found.planned == pytest.approx([10, 11])


def test_a_planned_rate_grows_with_the_mean():
    asked = chat(requests_per_s=10.0, planned_requests_per_s=15.0, growth_per_month=0.1)
    found = rates(asked, days(60.875, periods=2))
    assert found.planned == pytest.approx([15, 16.5])


def test_a_series_alone_is_the_rate():
    found = rates(chat(demand=shape(2.0, 6.0)), days(representative_days=HALVES))
    assert found.mean == pytest.approx([2, 6])
    assert found.planned == pytest.approx([2, 6])


def test_a_series_beside_a_rate_is_its_shape():
    """A mean of 4 that must be 10."""
    asked = chat(requests_per_s=10.0, demand=shape(2.0, 6.0))
    assert rates(asked, days(representative_days=HALVES)).mean == pytest.approx([5, 15])
    assert rates(asked, days()).mean == pytest.approx([10])


@pytest.mark.parametrize(
    ("share", "planned"), [(0.4, 4), (0.5, 4), (0.51, 6), (0.95, 6), (1.0, 6), (None, 4)]
)
def test_planning_for_a_quantile_never_plans_for_less_than_the_mean(share, planned):
    """Half of the hours have 2, half have 6, and their mean is 4."""
    found = rates(chat(demand=shape(2.0, 6.0, plan_for=share)), days())
    assert found.mean == pytest.approx([4])
    assert found.planned == pytest.approx([planned])


def test_quantiles_are_scaled_and_grow_like_the_mean():
    values = TimeSeries(values=tuple(map(float, range(24))), start=START)
    demand = Demand(series=values, plan_for=0.95)
    asked = chat(requests_per_s=23.0, demand=demand, growth_per_month=0.5)
    found = rates(asked, days(60.875 / 2, periods=1))
    assert found.planned == pytest.approx(2 * 22, rel=0.01)
    later = rates(asked, days(60.875, periods=2))
    assert later.mean[1] / later.mean[0] == pytest.approx(1.5, rel=0.02)
    assert later.planned[1] / later.planned[0] == pytest.approx(1.5)


@given(
    values=st.lists(st.floats(0.1, 1e6), min_size=24, max_size=24),
    rate=st.floats(0.1, 1e6),
    share=st.floats(0.01, 1),
    slice_hours=st.sampled_from([1, 4, 24]),
)
def test_the_mean_over_all_slices_is_the_rate_that_is_stated(values, rate, share, slice_hours):
    demand = Demand(series=TimeSeries(by_hour=tuple(values)), plan_for=share)
    slices = RepresentativeDays(slice_hours=slice_hours, day_types="workday_weekend")
    calendar = days(31.0, representative_days=slices)
    found = rates(chat(requests_per_s=rate, demand=demand), calendar)
    hours = [each.hours for each in calendar.periods]
    assert sum(found.mean * hours) / sum(hours) == pytest.approx(rate)
    assert (found.planned >= found.mean).all()
    assert (found.planned <= rate / min(values) * max(values) * 1.000001).all()


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"plan_for": 0.9}, "need a series"),
        ({"extrapolated": True}, "need a series"),
        ({"plan_for": 0.0}, "greater than 0"),
        ({"plan_for": 1.1}, "less than or equal to 1"),
    ],
)
def test_demands_that_are_none(fields, rule):
    with pytest.raises(ValidationError, match=rule):
        Demand(**fields)


def test_of_a_forecast_no_value_is_the_largest_and_shapes_have_no_end():
    history = TimeSeries(values=(1.0,) * 48, start=START)
    with pytest.raises(ValidationError, match="plan_for must be below 1"):
        Demand(series=history, extrapolated=True, plan_for=1.0)
    with pytest.raises(ValidationError, match="needs a history"):
        shape(1.0, 2.0, extrapolated=True)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "requests_per_s is needed"),
        ({"demand": Demand()}, "requests_per_s is needed"),
        ({"requests_per_s": 9.0, "planned_requests_per_s": 8.0}, "at least the mean"),
        ({"demand": shape(1.0, 2.0), "planned_requests_per_s": 8.0}, "is plan_for where"),
    ],
)
def test_workloads_whose_rate_is_none(fields, rule):
    with pytest.raises(ValidationError, match=rule):
        chat(**fields)
