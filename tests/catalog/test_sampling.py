"""Series by the hours of a horizon: means, quantiles, and how short ones are repeated."""

import csv
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.catalog.calendar import calendar_of
from planner.catalog.sampling import by_cell, quantiles, tariff_by_cell
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff, TimeOfUse

PRICES = Path(__file__).parents[2] / "examples" / "series" / "day_ahead_2024.csv"
START = datetime(2024, 1, 1, tzinfo=UTC)
MONDAY = START.date()
BERLIN = "Europe/Berlin"


def series(values, **fields):
    return TimeSeries(**{"values": tuple(map(float, values)), "start": START, **fields})


def days(count, start=MONDAY, **fields):
    return calendar_of(Horizon(days=count, start=start, **fields))


def hourly(length=8784):
    return [float(hour) for hour in range(length)]


@pytest.fixture(scope="module")
def prices():
    with PRICES.open() as file:
        rows = list(csv.DictReader(file))
    index = pd.DatetimeIndex([each["datetime_utc"] for each in rows])
    return pd.Series([float(each["DE-LU"]) for each in rows], index)


@pytest.mark.parametrize("zone", ["UTC", BERLIN])
def test_months_of_real_prices_have_the_means_that_pandas_says(prices, zone):
    """With hours below 0, and with days of 23 and 25 hours; in Berlin the first is of 2023."""
    year = Horizon(months=12, periods_by="months", start=date(2024, 1, 1), time_zone=zone)
    calendar = calendar_of(year)
    means = calendar.means(by_cell(series(prices, scale=0.001), calendar))
    local = prices.tz_convert(zone)
    wanted = local[local.index.year == 2024].groupby(lambda each: each.month).mean() / 1000
    first = 0 if zone == "UTC" else 1
    assert prices.min() < 0
    assert means[first:] == pytest.approx(wanted.to_numpy()[first:])


def test_slices_of_real_prices_have_the_means_of_their_hours(prices):
    slices = RepresentativeDays(slice_hours=6, day_types="workday_weekend")
    calendar = days(366, time_zone=BERLIN, representative_days=slices, start=date(2024, 1, 1))
    means = calendar.means(by_cell(series(prices), calendar))
    local = prices.tz_convert(BERLIN)
    local.loc[pd.Timestamp("2024-01-01", tz=BERLIN)] = prices.iloc[52 * 168 - 1]  # 52 weeks later
    local = local[local.index.year == 2024]
    weekend = local.index.day_of_week >= 5
    for number, period in enumerate(calendar.periods):
        day, hour = period.name.split("-h")
        own = local[(weekend == (day == "weekend")) & (local.index.hour // 6 * 6 == int(hour[:2]))]
        assert period.hours == len(own)
        assert means[number] == pytest.approx(own.mean())


def test_a_series_is_read_from_its_own_start():
    assert by_cell(series(hourly()), days(2, date(2024, 1, 3))) == pytest.approx(range(48, 96))
    offset = datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert by_cell(series(hourly(), start=offset), days(1)) == pytest.approx(range(24))


@pytest.mark.parametrize("weeks_away", [-520, -53, -52, 52, 53, 104, 520])
def test_years_repeat_after_52_weeks(weeks_away):
    """The weekday and the hour stay; 104 weeks of values are repeated by their first or last 52."""
    values = hourly(52 * 168)
    away = days(7, MONDAY + timedelta(weeks=weeks_away))
    week = weeks_away % 52
    wanted = [week * 168 + hour for hour in range(168)]
    assert by_cell(series(values), away) == pytest.approx(wanted)
    two_years = np.concatenate([values, np.array(values) + 1e6])
    found = by_cell(series(two_years), away)
    moved = 1e6 if weeks_away >= 52 else 0.0
    assert found == pytest.approx(np.array(wanted) + moved)


def test_the_year_after_a_leap_year_begins_two_days_into_its_weeks():
    """1 January 2025 is a Wednesday, as 3 January 2024 was."""
    found = by_cell(series(hourly()), days(1, date(2025, 1, 1)))
    assert found == pytest.approx(range(48, 72))


@pytest.mark.parametrize(
    ("hours", "repeated"),
    [(400, 336), (336, 336), (190, 168), (100, 96), (30, 24), (24, 24), (7, 7)],
)
def test_shorter_series_repeat_whole_weeks_else_whole_days_else_themselves(hours, repeated):
    """Later comes the last part of the series again, earlier the first."""
    calendar = days(60, date(2023, 12, 12))
    first = -20 * 24
    found = by_cell(series(hourly(hours)), calendar)
    for cell in range(60 * 24):
        hour = first + cell
        if hour < 0:
            hour %= repeated
        elif hour >= hours:
            hour = hours - repeated + (hour - hours) % repeated
        assert found[cell] == pytest.approx(hour)


@given(
    hours=st.integers(168, 9000),
    start=st.dates(date(2015, 1, 1), date(2035, 1, 1)),
    zone=st.sampled_from(["UTC", "Asia/Kolkata"]),
)
def test_repeated_series_keep_weekday_and_hour(hours, start, zone):
    values = [
        float((START + timedelta(hours=hour)).weekday() * 24 + hour % 24) for hour in range(hours)
    ]
    calendar = days(10, start)
    clock = calendar.clock("UTC")
    found = by_cell(series(values, time_zone=zone), calendar)
    assert found == pytest.approx([each.weekday * 24 + each.hour for each in clock])


def test_values_finer_than_an_hour_are_averaged():
    quarters = series([1, 2, 3, 6] * 24, step_minutes=15.0)
    assert by_cell(quarters, days(1)) == pytest.approx([3.0] * 24)
    minutes = series(range(120), step_minutes=1.0)
    assert by_cell(minutes, days(1))[:3] == pytest.approx([29.5, 89.5, 29.5])


def test_daily_values_hold_all_day():
    daily = series([5, 7, 9], step_minutes=1440.0)
    assert by_cell(daily, days(4)) == pytest.approx([5] * 24 + [7] * 24 + [9] * 24 + [5] * 24)


def test_values_of_half_hours_off_the_hour_are_shared():
    off = series([0, 10, 20], start=START + timedelta(minutes=30))
    assert by_cell(off, days(1))[1:3] == pytest.approx([5, 15])


def test_the_seam_of_a_series_of_an_hour_and_a_half():
    """0, 1, 2 by half hours, again and again."""
    odd = series([0, 1, 2], step_minutes=30.0)
    assert by_cell(odd, days(1))[:4] == pytest.approx([0.5, 1.0, 1.5, 0.5])


@given(
    values=st.lists(
        st.floats(-1e6, 1e6).map(lambda value: round(value, 6)), min_size=60, max_size=300
    ),
    step=st.sampled_from([1.0, 7.0, 15.0, 60.0, 90.0, 1440.0]),
    minutes=st.integers(-(10**6), 10**6),
)
def test_means_lie_between_the_values_and_over_whole_repeats_are_the_mean(values, step, minutes):
    moved = START + timedelta(minutes=minutes)
    asked = series(values, start=moved, step_minutes=step)
    found = by_cell(asked, days(30))
    assert min(values) <= found.min()
    assert found.max() <= max(values)
    day = series((values * 24)[:24], start=START + timedelta(hours=minutes % 1000))
    assert by_cell(day, days(3)).mean() == pytest.approx(np.mean((values * 24)[:24]), abs=1e-6)


def test_values_that_may_not_leave_their_range_do_not_by_rounding():
    third = series([1.0] * 9, step_minutes=20.0)
    assert set(by_cell(third, days(400))) == {1.0}


def test_the_shape_of_a_day_goes_by_the_clock_of_its_zone():
    shape = TimeSeries(by_hour=tuple(hourly(24)), time_zone=BERLIN)
    assert by_cell(shape, days(1, date(2024, 7, 1)))[:3] == pytest.approx([2, 3, 4])
    assert by_cell(shape, days(1, date(2024, 1, 1)))[:3] == pytest.approx([1, 2, 3])
    spring = by_cell(shape, days(1, date(2024, 3, 31), time_zone=BERLIN))
    assert spring == pytest.approx([0, 1, *range(3, 24)])


def test_weekends_have_a_shape_of_their_own():
    shape = TimeSeries(by_hour=(1.0,) * 24, weekend_by_hour=(3.0,) * 24, scale=2.0)
    found = by_cell(shape, days(7))
    assert found == pytest.approx([2] * 120 + [6] * 48)


@pytest.mark.parametrize(
    ("share", "value"), [(0.25, 5), (0.5, 11), (0.95, 22), (0.96, 23), (1.0, 23), (0.01, 0)]
)
def test_quantiles_of_the_hours_of_a_day(share, value):
    """The smallest value that so large a share of 0 to 23 does not exceed."""
    assert quantiles(series(hourly(24)), days(1), share) == pytest.approx([value])


def test_quantiles_are_of_the_hours_of_each_slice():
    slices = RepresentativeDays(slice_hours=12)
    found = quantiles(series(hourly(48)), days(2, representative_days=slices), 0.5)
    assert found == pytest.approx([11, 23])  # 0 to 11 and 24 to 35; 12 to 23 and 36 to 47


def test_quantiles_are_of_values_finer_than_an_hour():
    minutes = series(range(1440), step_minutes=1.0)
    assert quantiles(minutes, days(1), 0.95) == pytest.approx([1367])
    assert quantiles(series([0, 0, 0, 8] * 24, step_minutes=15.0), days(1), 0.75) == pytest.approx(
        [0], abs=1e-9
    )
    assert quantiles(series([0, 0, 0, 8] * 24, step_minutes=15.0), days(1), 0.76) == [8]


def test_part_hours_weigh_their_part():
    """Half an hour of 5 after one hour of 1: up to two thirds it is 1."""
    asked = calendar_of(Horizon(days=1.5 / 24, start=MONDAY))
    values = series([1, 5, 9])
    assert quantiles(values, asked, 0.66) == pytest.approx([1])
    assert quantiles(values, asked, 0.67) == pytest.approx([5])
    assert asked.means(by_cell(values, asked)) == pytest.approx([3.5 / 1.5])


def test_a_century_of_seconds_is_sampled_less_often():
    century = calendar_of(Horizon(days=36_525, start=MONDAY))
    seconds = series(range(3600), step_minutes=1 / 60)
    (found,) = quantiles(seconds, century, 0.5)
    assert found == pytest.approx(1800, abs=200)


def test_time_of_use_over_midnight_and_months_in_local_time():
    tariff = Tariff(
        usd_per_kwh=0.3,
        times=(
            TimeOfUse(usd_per_kwh=0.05, months=(7,)),
            TimeOfUse(usd_per_kwh=0.1, from_hour=22, to_hour=6),
            TimeOfUse(usd_per_kwh=0.2, days="weekends"),
        ),
        time_zone=BERLIN,
        adder_usd_per_kwh=0.01,
    )
    winter = tariff_by_cell(tariff, days(7, time_zone=BERLIN)).reshape(7, 24)
    assert winter[0] == pytest.approx([0.11] * 6 + [0.31] * 16 + [0.11] * 2)
    assert winter[6] == pytest.approx([0.11] * 6 + [0.21] * 16 + [0.11] * 2)
    utc = tariff_by_cell(tariff, days(1))
    assert utc == pytest.approx([0.11] * 5 + [0.31] * 16 + [0.11] * 3)
    last_of_june = tariff_by_cell(tariff, days(1, date(2024, 6, 30)))
    assert last_of_june[-2:] == pytest.approx([0.06, 0.06])  # 1 July in Berlin
    assert last_of_june[-4:-2] == pytest.approx([0.11, 0.11])


def test_prices_of_a_series_have_the_adder_on_top():
    tariff = Tariff(series=series([-50, 100], scale=0.001), adder_usd_per_kwh=0.02)
    assert tariff_by_cell(tariff, days(1))[:2] == pytest.approx([-0.03, 0.12])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"by_hour": (1.0,) * 23},
        {"by_hour": (1.0,) * 24, "values": (1.0,), "start": START},
        {"by_hour": (1.0,) * 24, "start": START},
        {"by_hour": (1.0,) * 24, "column": "x"},
        {"weekend_by_hour": (1.0,) * 24, "file": "x.csv"},
        {"file": "x.csv", "step_minutes": 5.0},
        {"values": (1.0,)},
        {"values": (), "start": START},
        {"values": (1.0,), "start": START.replace(tzinfo=None)},
        {"values": (1.0,), "start": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
        {"values": (1.0,), "start": datetime(9999, 12, 31, tzinfo=UTC)},
        {"values": (1.0,), "start": START, "step_minutes": 0.0},
        {"values": (1.0,) * 3, "start": START, "step_minutes": 1.0},
        {"values": (1.0,), "start": START, "step_minutes": 1e15},
        {"values": (float("nan"),), "start": START},
        {"values": (float("inf"),), "start": START},
        {"values": (1e16,), "start": START},
        {"values": (1.0,), "start": START, "scale": 1e16},
        {"values": (1.0,) * 2_000_001, "start": START},
    ],
)
def test_series_that_are_none(fields):
    with pytest.raises(ValidationError):
        TimeSeries(**fields)
