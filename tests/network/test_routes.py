"""Ways that are left when places and links are lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.network import Link
from planner.errors import InputError
from planner.network.routes import Route, route
from planner.network.topology import Point, network_of

SQUARE = ("a0 b20 c40 d20", "a-b:20 b-c:20 a-d:30 d-c:30")


def test_the_shortest_way_and_those_that_are_left(network):
    square = network(*SQUARE)
    direct, other = Route(("a", "b", "c"), 40), Route(("a", "d", "c"), 60)
    assert route(square, "a", "c") == direct
    assert route(square, "a", "c", without=["b"]) == other
    assert route(square, "a", "c", without=[("b", "a")]) == other
    assert route(square, "a", "c", without=["b", ("a", "d")]) is None
    assert route(square, "a", "c", without=["b", "d"]) is None
    assert route(square, "a", "b", without=[("a", "b")]) == Route(("a", "d", "c", "b"), 80)


def test_a_lost_end_is_cut_off(network):
    assert route(network(*SQUARE), "a", "c", without=["c"]) is None


def test_a_place_is_at_itself(network):
    assert route(network(*SQUARE), "a", "a") == Route(("a",), 0)


def test_places_that_are_near_are_no_link(network):
    assert route(network("a0 b1"), "a", "b") is None


def test_what_is_not_there_cannot_be_lost(network):
    square = network(*SQUARE)
    with pytest.raises(InputError, match="has no place of this name, got x"):
        route(square, "a", "c", without=["x"])
    with pytest.raises(InputError, match="no link with a round trip between these places, got a /"):
        route(square, "a", "c", without=[("a", "c")])


def test_other_names_of_places(network):
    square = network(*SQUARE, aliases={"hall": "b"})
    assert route(square, "hall", "c", without=[("hall", "c")]) == Route(("b", "a", "d", "c"), 80)


def test_the_catalog_goes_around_what_is_lost(world):
    direct = route(world, "azure/eastus", "azure/westeurope")
    other = route(world, "azure/eastus", "azure/westeurope", without=[direct.places[:2]])
    assert other.round_trip_ms > direct.round_trip_ms
    assert route(world, "azure/eastus", "azure/westeurope", without=["azure/eastus"]) is None


@given(st.dictionaries(st.sampled_from(["ab", "ac", "ad", "bc", "bd", "cd"]), st.integers(1, 99)))
def test_a_loss_never_makes_a_way_shorter(drawn):
    links = [
        Link(from_place=one, to_place=other, round_trip_ms=ms, source="drawn")
        for (one, other), ms in drawn.items()
    ]
    four = network_of([Point(name, 0, row) for row, name in enumerate("abcd")], links)
    whole = route(four, "a", "d")
    for lost in ("b", "c", *map(tuple, drawn)):
        left = route(four, "a", "d", without=[lost])
        if left is not None:
            assert whole is not None
            assert left.round_trip_ms >= whole.round_trip_ms
            assert lost not in left.places
