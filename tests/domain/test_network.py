"""Links and user regions: what a record of them refuses."""

import json

import pytest
from pydantic import ValidationError

from planner.domain.network import INTERNET, Link, UserRegion


def link(**fields):
    stated = {"from_place": "a", "to_place": "b", "source": "us"} | fields
    return Link.model_validate_json(json.dumps(stated))


def test_a_link_of_every_kind():
    assert link(round_trip_ms=9.5).round_trip_basis == "measured"
    assert link(gb_per_s=1.25).usd_per_gb is None
    assert link(to_place=INTERNET, usd_per_gb=0).usd_per_gb == 0


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "round_trip_ms, gb_per_s or usd_per_gb is needed"),
        ({"to_place": "a", "usd_per_gb": 0.1}, "must be two places"),
        ({"to_place": INTERNET, "round_trip_ms": 9}, "the internet is everywhere"),
        ({"round_trip_ms": 0}, "greater than 0"),
        ({"round_trip_ms": 10_001}, "less than or equal to 10000"),
        ({"gb_per_s": 0}, "greater than 0"),
        ({"usd_per_gb": -0.1}, "greater than or equal to 0"),
        ({"round_trip_ms": 9, "round_trip_basis": "guessed"}, "'measured' or 'nearby'"),
    ],
)
def test_links_that_say_nothing_or_nonsense(fields, rule):
    with pytest.raises(ValidationError, match=rule):
        link(**fields)


@pytest.mark.parametrize("country", ["no", "NOR", "N0"])
def test_countries_are_two_capitals(country):
    with pytest.raises(ValidationError, match="country"):
        UserRegion(name="x", title="X", country=country, latitude=0, longitude=0, source="us")
