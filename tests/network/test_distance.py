"""Kilometres and what follows from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.network.distance import (
    FIBRE_MS_PER_KM,
    REGIONAL_KM,
    distance_round_trip_ms,
    fibre_round_trip_ms,
    great_circle_km,
)
from planner.network.topology import Point

points = st.builds(Point, st.just("p"), st.floats(-90, 90), st.floats(-180, 180))


def test_a_quarter_and_a_half_of_the_earth():
    pole, origin = Point("pole", 90, 0), Point("origin", 0, 0)
    assert great_circle_km(pole, origin) == pytest.approx(10_007.557)
    assert great_circle_km(origin, Point("antipode", 0, 180)) == pytest.approx(20_015.115)
    assert great_circle_km(pole, Point("pole", 90, 77)) == pytest.approx(0, abs=1e-9)


def test_london_to_new_york():
    """5,570 km (published city centers)."""
    london, new_york = Point("london", 51.5074, -0.1278), Point("nyc", 40.7128, -74.0060)
    assert great_circle_km(london, new_york) == pytest.approx(5570, abs=1)


@given(points, points, points)
def test_distances_are_a_metric(one, other, third):
    direct = great_circle_km(one, third)
    assert direct == great_circle_km(third, one)
    assert great_circle_km(one, one) == 0
    assert direct <= great_circle_km(one, other) + great_circle_km(other, third) + 1e-4


def test_light_in_fibre_takes_a_millisecond_there_and_back_over_100_km():
    assert fibre_round_trip_ms(100) == pytest.approx(0.979, abs=0.001)
    assert pytest.approx(0.0097948, rel=1e-4) == FIBRE_MS_PER_KM


def test_estimates_by_hand():
    assert distance_round_trip_ms(0) == 3
    assert distance_round_trip_ms(1000) == pytest.approx(22.9)
    assert distance_round_trip_ms(10_000) == pytest.approx(168.6)
    assert pytest.approx(3733.6, abs=0.1) == REGIONAL_KM


@given(st.floats(0, 20_016), st.floats(0, 20_016))
def test_farther_is_slower_and_never_faster_than_light(one, other):
    near, far = sorted((one, other))
    assert distance_round_trip_ms(near) <= distance_round_trip_ms(far)
    assert distance_round_trip_ms(far) >= fibre_round_trip_ms(far)
