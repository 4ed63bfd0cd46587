"""Prices by time of use: which of them holds when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff, TimeOfUse

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


def price(**fields):
    return TimeOfUse(usd_per_kwh=0.1, **fields)


def hours(time, month=1, weekday=MONDAY):
    return [hour for hour in range(24) if time.holds(month, weekday, hour)]


def test_hours_of_a_day():
    assert hours(price()) == list(range(24))
    assert hours(price(from_hour=7, to_hour=9)) == [7, 8]
    assert hours(price(from_hour=23)) == [23]
    assert hours(price(to_hour=1)) == [0]


def test_over_midnight():
    assert hours(price(from_hour=22, to_hour=6)) == [0, 1, 2, 3, 4, 5, 22, 23]


def test_workdays_and_weekends_share_the_week():
    for weekday in range(7):
        is_weekend = weekday in {SATURDAY, SUNDAY}
        assert bool(hours(price(days="weekends"), weekday=weekday)) == is_weekend
        assert bool(hours(price(days="workdays"), weekday=weekday)) != is_weekend


def test_hours_after_midnight_are_of_the_day_after():
    night = price(from_hour=22, to_hour=6, days="workdays")
    assert hours(night, weekday=FRIDAY) == [0, 1, 2, 3, 4, 5, 22, 23]
    assert hours(night, weekday=SATURDAY) == []
    assert hours(night, weekday=MONDAY) == hours(night, weekday=FRIDAY)


def test_months():
    summer = price(months=(6, 7, 8))
    assert [month for month in range(1, 13) if hours(summer, month=month)] == [6, 7, 8]


@given(first=st.integers(0, 23), last=st.integers(1, 24))
def test_what_begins_when_another_ends_is_the_rest_of_the_day(first, last):
    if first == last or (first, last) == (0, 24):
        return
    one = hours(price(from_hour=first, to_hour=last))
    rest = hours(price(from_hour=last % 24, to_hour=first or 24))
    assert sorted(one + rest) == list(range(24))


@pytest.mark.parametrize(
    "fields",
    [
        {"from_hour": 5, "to_hour": 5},
        {"from_hour": 24},
        {"to_hour": 0},
        {"months": ()},
        {"months": (13,)},
        {"days": "holidays"},
    ],
)
def test_times_that_are_none(fields):
    with pytest.raises(ValidationError):
        price(**fields)


def test_a_tariff_has_one_price_for_every_hour():
    series = TimeSeries(by_hour=(0.1,) * 24)
    assert Tariff(usd_per_kwh=0.1, times=(price(),)).series is None
    assert Tariff(series=series).usd_per_kwh is None
    for fields in (
        {},
        {"times": (price(),)},
        {"usd_per_kwh": 0.1, "series": series},
        {"series": series, "times": (price(),)},
        {"usd_per_kwh": 101.0},
        {"usd_per_kwh": 0.1, "adder_usd_per_kwh": -0.1},
    ):
        with pytest.raises(ValidationError):
            Tariff(**fields)
