"""Horizons as periods: hours that stand for a whole, and what clocks show in them."""

from collections import Counter
from datetime import date
from itertools import groupby
from math import fsum

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.catalog.calendar import calendar_of
from planner.domain.horizon import Horizon, RepresentativeDays

BERLIN = "Europe/Berlin"
SINGLE = RepresentativeDays()
WEEK = RepresentativeDays(slice_hours=12, day_types="workday_weekend")
QUARTERS = ["2024-q1", "2024-q2", "2024-q3", "2024-q4"]
ZONES = ["UTC", BERLIN, "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]


def hours_of(horizon):
    return {each.name: each.hours for each in calendar_of(horizon).periods}


@st.composite
def horizons(draw):
    fields = {
        "start": draw(st.dates(date(1950, 1, 1), date(2100, 12, 31))),
        "time_zone": draw(st.sampled_from(ZONES)),
        "representative_days": draw(
            st.none()
            | st.builds(
                RepresentativeDays,
                slice_hours=st.sampled_from([1, 3, 8, 24]),
                day_types=st.sampled_from(["one", "workday_weekend"]),
            )
        ),
    }
    length = draw(
        st.one_of(
            st.fixed_dictionaries({"days": st.floats(0.3, 100), "periods": st.integers(1, 9)}),
            st.fixed_dictionaries(
                {
                    "months": st.integers(1, 5),
                    "periods_by": st.sampled_from(["days", "months", "quarters"]),
                }
            ),
            st.fixed_dictionaries(
                {"period_days": st.lists(st.floats(0.01, 30), min_size=1, max_size=9).map(tuple)}
            ),
        )
    )
    try:
        return Horizon(**fields, **length)
    except ValidationError:  # periods of less than a minute
        return reject()


@given(horizons())
def test_all_slices_of_a_period_add_up_to_it(horizon):
    calendar = calendar_of(horizon)
    assert fsum(each.hours for each in calendar.periods) == pytest.approx(horizon.length_days * 24)
    by_stretch = groupby(calendar.periods, key=lambda each: (each.start_hours, each.end_hours))
    stretches = [(key, list(slices)) for key, slices in by_stretch]
    assert [start for (start, _), _ in stretches] == list(horizon.edges_hours[:-1])
    assert [end for (_, end), _ in stretches] == pytest.approx(horizon.edges_hours[1:])
    for (start, end), slices in stretches:
        assert fsum(each.hours for each in slices) == pytest.approx(end - start)
        assert [each.is_first for each in slices] == [True] + [False] * (len(slices) - 1)
    assert len({each.name for each in calendar.periods}) == len(calendar.periods)


@given(horizons())
def test_cells_cover_the_horizon_once(horizon):
    cells = calendar_of(horizon).cells
    assert cells.hours.max() <= 1
    assert cells.hours.min() > 0
    ends = cells.start_hours + cells.hours
    assert cells.start_hours[1:] == pytest.approx(ends[:-1])
    assert ends[-1] == pytest.approx(horizon.length_days * 24)


@given(horizons())
def test_means_of_periods_weighted_by_their_hours_are_the_mean_of_all(horizon):
    calendar = calendar_of(horizon)
    values = np.sin(np.arange(len(calendar.cells.hours))) + 2
    hours = [each.hours for each in calendar.periods]
    whole = np.average(values, weights=calendar.cells.hours)
    assert np.average(calendar.means(values), weights=hours) == pytest.approx(whole)


def test_a_leap_year_by_single_hours():
    year = Horizon(months=12, periods_by="days", start=date(2024, 1, 1), representative_days=SINGLE)
    assert len(calendar_of(year).periods) == 8784
    assert {each.hours for each in calendar_of(year).periods} == {1.0}


def test_on_the_day_clocks_go_forward_there_is_no_two_o_clock():
    day = Horizon(days=1, start=date(2024, 3, 31), time_zone=BERLIN, representative_days=SINGLE)
    found = hours_of(day)
    assert "h02" not in found
    assert len(found) == 23
    assert set(found.values()) == {1.0}


def test_on_the_day_clocks_go_back_two_o_clock_counts_twice():
    day = Horizon(days=1, start=date(2024, 10, 27), time_zone=BERLIN, representative_days=SINGLE)
    found = hours_of(day)
    assert len(found) == 24
    assert [name for name, hours in found.items() if hours != 1] == ["h02"]
    assert found["h02"] == 2


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [(BERLIN, "2024-03/h02", "2024-10/h02"), ("Australia/Sydney", "2024-10/h02", "2024-04/h02")],
)
def test_in_a_month_of_31_days_an_hour_comes_31_times_but_for_clock_changes(zone, spring, autumn):
    """2024: in Berlin on 31 March and 27 October, in Sydney on 6 October and 7 April."""
    found = hours_of(
        Horizon(
            months=12,
            periods_by="months",
            start=date(2024, 1, 1),
            time_zone=zone,
            representative_days=SINGLE,
        )
    )
    assert found["2024-01/h02"] == 31
    assert found["2024-02/h02"] == 29
    days = {"2024-03": 31, "2024-10": 31, "2024-04": 30}
    assert found[spring] == days[spring[:7]] - 1
    assert found[autumn] == days[autumn[:7]] + 1
    assert found[spring.replace("h02", "h12")] == days[spring[:7]]


@pytest.mark.parametrize("zone", ZONES)
def test_single_hours_in_a_zone_of_half_hours_are_whole_ones(zone):
    day = Horizon(days=7, start=date(2024, 6, 3), time_zone=zone, representative_days=SINGLE)
    assert hours_of(day) == {f"h{hour:02}": 7.0 for hour in range(24)}


def test_workdays_and_weekends_of_june_2024():
    """Twenty workdays and ten days of weekends: it began on a Saturday and ended on a Sunday."""
    month = Horizon(days=30, start=date(2024, 6, 1), representative_days=WEEK)
    assert hours_of(month) == {
        "weekend-h00-11": 120.0,
        "weekend-h12-23": 120.0,
        "workday-h00-11": 240.0,
        "workday-h12-23": 240.0,
    }


def test_a_horizon_without_a_start_begins_on_a_monday():
    found = hours_of(Horizon(days=7, representative_days=WEEK))
    assert found["workday-h00-11"] == 60
    assert found["weekend-h00-11"] == 24


def test_where_the_day_begins_is_said_by_the_zone():
    """Midnight in India is half past six in the evening of UTC."""
    day = Horizon(
        days=1, start=date(2024, 1, 6), time_zone="Asia/Kolkata", representative_days=WEEK
    )
    assert hours_of(day) == {"weekend-h00-11": 12.0, "weekend-h12-23": 12.0}
    clock = calendar_of(day).clock("UTC")
    assert Counter(each.weekday for each in clock) == {4: 5, 5: 19}


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"days": 3.0}, ["horizon"]),
        ({"days": 3.0, "periods": 3}, ["p1", "p2", "p3"]),
        ({"days": 3.0, "periods_by": "days"}, ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ({"months": 2, "periods_by": "months"}, ["2024-02", "2024-03", "2024-04"]),
        (
            {"months": 11, "periods_by": "quarters"},
            [*QUARTERS, "2025-q1"],
        ),
        ({"period_days": (1.0, 2.0)}, ["p1", "p2"]),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Australia/Sydney", "America/Los_Angeles"])
def test_periods_are_called_after_their_days(fields, names, zone):
    horizon = Horizon(start=date(2024, 2, 28), time_zone=zone, **fields)
    assert [each.name for each in calendar_of(horizon).periods] == names


def test_the_slice_before_is_of_its_own_day_and_stretch():
    horizon = Horizon(days=28, periods=2, start=date(2024, 6, 3), representative_days=WEEK)
    periods = calendar_of(horizon).periods
    before = {each.name: periods[each.before].name for each in periods}
    assert before == {
        f"p{stretch}/{day}-{hours}": f"p{stretch}/{day}-{earlier}"
        for stretch in (1, 2)
        for day in ("workday", "weekend")
        for hours, earlier in (("h00-11", "h12-23"), ("h12-23", "h00-11"))
    }
    plain = calendar_of(Horizon(days=28, periods=3)).periods
    assert [each.before for each in plain] == [None, 0, 1]


@pytest.mark.parametrize("days", [1e-14, 1e-12, 0.001, 1.0001])
def test_short_horizons(days):
    (only,) = calendar_of(Horizon(days=days)).periods
    assert only.hours == days * 24


def test_a_century_of_months_by_the_hour_of_workdays_and_weekends():
    days = RepresentativeDays(slice_hours=8, day_types="workday_weekend")
    century = Horizon(
        months=1200,
        periods_by="months",
        start=date(2024, 1, 1),
        time_zone=BERLIN,
        representative_days=days,
    )
    periods = calendar_of(century).periods
    assert len(periods) == 1200 * 6
    assert fsum(each.hours for each in periods) == pytest.approx(century.length_days * 24)
    assert century.length_days == 36_524  # 2100 is no leap year
