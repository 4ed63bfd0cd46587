"""Round trips: measured, of near places, along links, from the distance."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.network import Link
from planner.errors import InputError
from planner.network.distance import distance_round_trip_ms, fibre_round_trip_ms, great_circle_km
from planner.network.latency import RoundTrip, round_trip
from planner.network.topology import NEARBY_KM, Point, network_of


def test_a_link_counts_in_both_directions(network):
    two = network("a0 b30", "a-b:77")
    assert round_trip(two, "a", "b") == round_trip(two, "b", "a") == RoundTrip(77, "measured")


def test_a_later_link_goes_before_an_earlier_one_of_either_direction(network):
    assert round_trip(network("a0 b30", "a-b:77 b-a:60"), "a", "b").ms == 60


def test_near_places_stand_for_each_other(network):
    """A degree is 111 km: x is near a, y is near b, but not both together."""
    four = network("a0 x1 b60 y61", "x-b:90")
    assert round_trip(four, "a", "b") == RoundTrip(90, "nearby")
    assert round_trip(four, "x", "y") == RoundTrip(90, "nearby")
    assert round_trip(four, "a", "y").basis == "path"


def test_the_nearest_stand_first(network):
    four = network("a0 x1 z0.5 b60", "x-b:90 z-b:95")
    assert round_trip(four, "a", "b") == RoundTrip(95, "nearby")


def test_what_near_places_stand_for_is_no_measurement_of_others(network, link):
    proxy = link("x", "b", round_trip_ms=90, round_trip_basis="nearby")
    three = network("a0 x1 b60", others=[proxy])
    assert round_trip(three, "x", "b") == RoundTrip(90, "nearby")
    assert round_trip(three, "a", "b").basis == "path"


def test_the_shortest_way_along_links_between_far_places(network):
    """From a to c are 8,896 km: 87 ms for light, 153 ms by distance."""
    three = network("a0 b40 c80 d79", "a-b:60 b-c:70 a-d:150 d-c:90")
    assert round_trip(three, "a", "c") == RoundTrip(150, "nearby")
    assert round_trip(network("a0 b40 c80", "a-b:60 b-c:70"), "a", "c") == RoundTrip(130, "path")
    assert round_trip(network("a0 b40 c80", "a-b:160 b-c:170"), "a", "c") == RoundTrip(330, "path")


def test_a_detour_is_no_estimate_of_a_short_way(network):
    """From a to c are 1,112 km: 25 ms by distance, whatever the way through b takes."""
    three = network("a0 b60 c10", "a-b:100 b-c:100")
    assert round_trip(three, "a", "c").basis == "distance"
    assert round_trip(three, "a", "c").ms == pytest.approx(25.1, abs=0.1)
    assert round_trip(network("a0 b5 c10", "a-b:7 b-c:8"), "a", "c") == RoundTrip(15, "path")


def test_without_links_the_distance_is_all_there_is(network):
    two = network("a0 b90")
    assert round_trip(two, "a", "b").basis == "distance"
    assert round_trip(two, "a", "b").ms == pytest.approx(22.9 + 0.01457 * 10_007.557)


def test_two_places_on_one_spot_and_one_place(network):
    two = network("a0 b0")
    assert round_trip(two, "a", "b") == RoundTrip(3, "distance")
    assert round_trip(two, "a", "a") == RoundTrip(0, "path")


def test_no_estimate_beats_light(network):
    """x to b is measured over 60 degrees; a is farther."""
    least = fibre_round_trip_ms(61 * 111.195)
    found = round_trip(network("a0 x1 b61", "x-b:66"), "a", "b")
    assert (found.basis, found.ms) == ("nearby", pytest.approx(least, abs=0.01))


def test_sites_of_a_scenario_have_other_names(network):
    two = network("a0 b30", "hall-b:77", aliases={"hall": "a"})
    assert round_trip(two, "hall", "b") == RoundTrip(77, "measured")
    assert round_trip(two, "hall", "a").ms == 0


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("a", "c"), "network: has no place of this name, got c"),
        (("c", "a"), "network: has no place of this name, got c"),
        (("a", "internet"), "there is no round trip to it"),
    ],
)
def test_unknown_places(network, names, said):
    with pytest.raises(InputError, match=said):
        round_trip(network("a0 b30"), *names)


def test_networks_that_cannot_be(network):
    with pytest.raises(InputError, match="link a / c: has no place of this name, got c"):
        network("a0 b30", "a-c:40")
    with pytest.raises(InputError, match="two places have this name, got a"):
        network("a0 a30")
    with pytest.raises(InputError, match="has no place of this name, got c"):
        network("a0", aliases={"b": "c"})


@st.composite
def networks(draw):
    coordinates = st.tuples(st.floats(-60, 60), st.floats(-170, 170))
    spots = draw(st.lists(coordinates, min_size=2, max_size=7))
    points = [Point(f"p{row}", *spot) for row, spot in enumerate(spots)]
    pairs = [(one, other) for one in points for other in points if one.name < other.name]
    links = []
    for one, other in pairs:
        if draw(st.booleans()):
            stretch = draw(st.floats(1, 4))
            ms = 1 + stretch * fibre_round_trip_ms(great_circle_km(one, other))
            links.append(
                Link(from_place=one.name, to_place=other.name, round_trip_ms=ms, source="drawn")
            )
    return network_of(points, links)


@given(networks())
def test_symmetric_and_never_faster_than_light(drawn):
    for one, here in drawn.places.items():
        for other, there in drawn.places.items():
            found = round_trip(drawn, one, other)
            assert found == round_trip(drawn, other, one)
            assert found.ms >= fibre_round_trip_ms(great_circle_km(here, there)) - 1e-9


@given(networks())
def test_ways_along_links_are_no_longer_than_any_detour(drawn):
    lengths = drawn.lengths_ms
    for row in range(len(lengths)):
        assert (lengths <= lengths[:, [row]] + lengths[[row], :] + 1e-9).all()


@given(networks())
def test_what_is_not_measured_is_bounded_by_distance_or_way(drawn):
    for one, here in drawn.places.items():
        for other, there in drawn.places.items():
            found = round_trip(drawn, one, other)
            if found.basis == "distance":
                assert found.ms == distance_round_trip_ms(great_circle_km(here, there))
            if found.basis == "nearby":
                assert great_circle_km(here, there) >= NEARBY_KM


def test_the_catalog_answers_with_what_was_published(world):
    assert round_trip(world, "azure/eastus2", "azure/eastus") == RoundTrip(10, "measured")
    assert round_trip(world, "aws/ap-east-1", "aws/af-south-1") == RoundTrip(229, "nearby")
    # Frankfurt to Northern Virginia: 87 ms between the regions of gcp there
    assert round_trip(world, "europe/frankfurt", "us/virginia") == RoundTrip(87, "nearby")


def test_what_near_regions_say_is_what_the_table_of_proxies_says(world):
    """The published proxies were found by others, by the same rule of 150 km."""
    proxies = [
        (one, other, edge["ms"])
        for one, other, edge in world.links.edges(data=True)
        if edge["basis"] == "nearby"
    ]
    bare = network_of(
        world.places.values(),
        [
            Link(from_place=one, to_place=other, round_trip_ms=edge["ms"], source="catalog")
            for one, other, edge in world.links.edges(data=True)
            if edge["basis"] == "measured"
        ],
    )
    found = [(round_trip(bare, one, other), ms) for one, other, ms in proxies]
    same = [each for each, ms in found if each == RoundTrip(ms, "nearby")]
    assert len(same) >= 0.9 * len(proxies)


def test_all_pairs_take_no_time(world):
    """A tenth of a second or two; how fast a busy machine is, no test says."""
    users = [name for name in world.places if not name.startswith(("aws/", "azure/", "gcp/"))]
    sites = world.places.keys() - users
    start = time.process_time()
    found = [round_trip(world, user, site) for user in users for site in sorted(sites)]
    assert time.process_time() - start < 2
    assert {each.basis for each in found} == {"nearby", "path", "distance"}
    assert all(3 <= each.ms < 450 for each in found)
