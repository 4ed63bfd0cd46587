"""Horizons: their lengths and edges, clock changes included, and those that are none."""

from datetime import UTC, date, datetime
from itertools import pairwise
from math import fsum

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.domain.horizon import MOST_DAYS, Horizon, RepresentativeDays

BERLIN = "Europe/Berlin"
ZONES = ["UTC", BERLIN, "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]


def lengths(horizon):
    return [end - begin for begin, end in pairwise(horizon.edges_hours)]


def told(**fields):
    with pytest.raises(ValidationError) as caught:
        Horizon(**fields)
    return [each["msg"] for each in caught.value.errors()]


def test_a_leap_year_has_8784_hours_and_another_8760():
    for year, hours in ((2024, 8784), (2023, 8760), (2100, 8760)):
        horizon = Horizon(months=12, periods_by="months", start=date(year, 1, 1))
        assert horizon.edges_hours[-1] == hours
        assert len(lengths(horizon)) == 12
    assert lengths(Horizon(months=12, periods_by="months", start=date(2024, 1, 1)))[1] == 29 * 24


def test_months_without_a_calendar_are_mean_ones():
    """365.25 days a year, 30.4375 a month."""
    assert Horizon(months=12).length_days == 365.25
    assert lengths(Horizon(months=3, periods=3)) == pytest.approx([730.5] * 3)


def test_a_start_in_the_middle_of_a_month_makes_short_months_at_both_ends():
    horizon = Horizon(months=2, periods_by="months", start=date(2024, 1, 15))
    assert [each / 24 for each in lengths(horizon)] == [17, 29, 14]
    quarters = Horizon(months=12, periods_by="quarters", start=date(2023, 11, 30))
    assert [each / 24 for each in lengths(quarters)] == [32, 91, 91, 92, 60]


@pytest.mark.parametrize(
    ("start", "months", "days"),
    [
        (date(2024, 1, 31), 1, 29),  # to 29 February
        (date(2023, 1, 31), 1, 28),
        (date(2023, 12, 31), 2, 60),  # to 29 February
        (date(2024, 2, 29), 12, 365),  # to 28 February
    ],
)
def test_a_month_after_the_last_of_a_long_one_ends_with_the_shorter_one(start, months, days):
    assert Horizon(months=months, periods_by="days", start=start).length_days == days


@pytest.mark.parametrize(
    ("start", "zone", "hours"),
    [
        (date(2024, 3, 30), BERLIN, [24, 23, 24]),
        (date(2024, 10, 26), BERLIN, [24, 25, 24]),
        (date(2024, 10, 5), "Australia/Sydney", [24, 23, 24]),
        (date(2024, 4, 6), "Australia/Sydney", [24, 25, 24]),
        (date(2024, 10, 5), "Australia/Lord_Howe", [24, 23.5, 24]),
        (date(2018, 11, 3), "America/Sao_Paulo", [24, 23, 24]),  # no midnight
        (date(2024, 3, 30), "Asia/Kolkata", [24, 24, 24]),
        (date(2024, 3, 30), "UTC", [24, 24, 24]),
    ],
)
def test_days_on_which_clocks_change(start, zone, hours):
    asked = {"start": start, "time_zone": zone}
    assert lengths(Horizon(days=3, periods_by="days", **asked)) == hours
    assert lengths(Horizon(period_days=(1.0, 1.0, 1.0), **asked)) == hours
    assert Horizon(days=3, **asked).edges_hours == (0, sum(hours))


def test_samoa_had_no_30_december_2011():
    horizon = Horizon(days=3, periods_by="days", start=date(2011, 12, 29), time_zone="Pacific/Apia")
    assert lengths(horizon) == [24, 24]


def test_a_part_of_a_day_is_that_part_of_its_hours():
    """99 % of a day of 23 hours; of 24 it would end after the day itself."""
    horizon = Horizon(period_days=(1.99, 0.01), start=date(2024, 3, 30), time_zone=BERLIN)
    assert lengths(horizon) == pytest.approx([24 + 0.99 * 23, 0.23])


def test_days_begin_at_midnight_of_the_zone():
    kolkata = Horizon(days=1, start=date(2024, 1, 1), time_zone="Asia/Kolkata")
    assert kolkata.begin.astimezone(UTC) == datetime(2023, 12, 31, 18, 30, tzinfo=UTC)


@given(
    days=st.floats(0.5, MOST_DAYS),
    periods=st.integers(1, 40),
    start=st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    zone=st.sampled_from(ZONES),
)
def test_equal_periods_are_equal_and_add_up(days, periods, start, zone):
    horizon = Horizon(days=days, periods=periods, start=start, time_zone=zone)
    assert horizon.length_days == pytest.approx(days, abs=1.01)
    assert lengths(horizon) == pytest.approx([horizon.length_days * 24 / periods] * periods)


@given(
    days=st.lists(st.floats(0.01, 400), min_size=1, max_size=20),
    start=st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    zone=st.sampled_from(ZONES),
)
def test_listed_periods_follow_each_other_and_add_up(days, start, zone):
    assume(sum(days) <= MOST_DAYS)
    horizon = Horizon(period_days=tuple(days), start=start, time_zone=zone)
    assert len(lengths(horizon)) == len(days)
    assert min(lengths(horizon)) > 0
    assert fsum(lengths(horizon)) == pytest.approx(horizon.length_days * 24)
    assert horizon.length_days == pytest.approx(fsum(days), abs=1.01)


@given(
    months=st.integers(1, 60),
    by=st.sampled_from(["days", "months", "quarters"]),
    start=st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    zone=st.sampled_from(ZONES),
)
def test_parts_of_the_calendar_add_up_to_its_months(months, by, start, zone):
    horizon = Horizon(months=months, periods_by=by, start=start, time_zone=zone)
    assert min(lengths(horizon)) > 0
    assert horizon.length_days == pytest.approx(30.4375 * months, abs=3.5)
    longest = {"days": 25, "months": 31 * 24 + 1, "quarters": 92 * 24 + 1}[by]
    assert max(lengths(horizon)) <= longest


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "exactly one way"),
        ({"days": 1.0, "months": 1}, "exactly one way"),
        ({"days": 1.0, "period_days": (1.0,)}, "exactly one way"),
        ({"period_days": (1.0,), "periods": 2}, "state its periods in one way"),
        ({"days": 9.0, "periods": 2, "periods_by": "days"}, "state its periods in one way"),
        ({"days": 9.0, "periods_by": "days"}, "periods_by needs the start"),
        ({"period_days": (36_000.0, 526.0)}, "must add up to at most 36,525"),
        ({"period_days": (1.0, 1e-12)}, "a minute or longer"),
        ({"period_days": (36_524.0, 1e-9, 0.5)}, "a minute or longer"),
        ({"days": 1e-5, "periods": 10_000}, "a minute or longer"),
        ({"days": 36_525.0, "periods_by": "days", "start": date(2024, 1, 1)}, "more than 10,000"),
        ({"days": 1.0, "start": date(9999, 12, 31)}, "1900 to 2200"),
        ({"days": 1.0, "start": date(1, 1, 1)}, "1900 to 2200"),
        ({"days": float("nan")}, "finite"),
        ({"days": 0.0}, "greater than 0"),
        ({"months": 1201}, "less than or equal to 1200"),
    ],
)
def test_horizons_that_are_none(fields, rule):
    (message,) = told(**fields)
    assert rule in message


@pytest.mark.parametrize(
    "zone", ["", "Europe", "Berlin", "europe/../../etc", "/etc/localtime", "zone.tab", "a\0b"]
)
def test_time_zones_that_are_none(zone):
    assert len(told(days=1.0, time_zone=zone)) == 1


@pytest.mark.parametrize(("hours", "is_part"), [(1, 1), (6, 1), (24, 1), (5, 0), (0, 0), (25, 0)])
def test_slices_are_equal_parts_of_a_day(hours, is_part):
    if is_part:
        assert RepresentativeDays(slice_hours=hours).slice_hours == hours
        return
    with pytest.raises(ValidationError):
        RepresentativeDays(slice_hours=hours)


def test_a_year_of_single_hours_is_planned_and_a_century_of_slices_is_not():
    single = RepresentativeDays(slice_hours=1)
    year = {"months": 12, "periods_by": "days", "start": date(2024, 1, 1)}
    assert len(lengths(Horizon(**year, representative_days=single))) == 366
    (message,) = told(days=36_525.0, periods=5_000, representative_days=single)
    assert "more than 10,000 slices" in message
