"""What moving data costs, and how long it takes."""

import math
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.network import Link
from planner.errors import InputError
from planner.network.topology import Point, network_of
from planner.network.transfer import (
    Passage,
    bandwidth_gb_per_s,
    egress_usd_per_gb,
    passage,
    transfer_hours,
)


def test_prices_have_a_direction_and_the_cheapest_way_counts(network, link):
    priced = [
        link("a", "b", usd_per_gb=0.10),
        link("a", "c", usd_per_gb=0.02),
        link("c", "b", usd_per_gb=0.03),
        link("b", "a", usd_per_gb=0.09),
    ]
    three = network("a0 b1 c2", others=priced)
    assert egress_usd_per_gb(three, "a", "b") == pytest.approx(0.05)
    assert egress_usd_per_gb(three, "b", "a") == 0.09
    assert egress_usd_per_gb(three, "b", "c") == pytest.approx(0.11)
    assert egress_usd_per_gb(three, "a", "a") == 0


def test_the_internet_is_a_way_to_everywhere(network, link):
    three = network("a0 b1 c2", others=[link("a", "internet", usd_per_gb=0.12)])
    assert egress_usd_per_gb(three, "a", "b") == 0.12
    assert egress_usd_per_gb(three, "a", "internet") == 0.12
    assert egress_usd_per_gb(three, "b", "a") is None


def test_a_link_without_a_price_is_not_free(network):
    assert egress_usd_per_gb(network("a0 b1", "a-b:3"), "a", "b") is None


def test_the_widest_way_counts_by_its_narrowest_link(network, link):
    wide = [
        link("a", "b", gb_per_s=1),
        link("a", "c", gb_per_s=10),
        link("c", "d", gb_per_s=4),
        link("d", "b", gb_per_s=5),
    ]
    four = network("a0 b1 c2 d3", others=wide)
    assert bandwidth_gb_per_s(four, "a", "b") == 4
    assert transfer_hours(four, 14_400, "a", "b") == 1
    assert transfer_hours(four, 14_400, "b", "a") is None
    assert transfer_hours(four, 14_400, "a", "a") == 0


def test_unknown_places(network):
    two = network("a0 b1")
    for ask in (egress_usd_per_gb, bandwidth_gb_per_s):
        with pytest.raises(InputError, match="has no place of this name, got x"):
            ask(two, "a", "x")
        with pytest.raises(InputError, match="has no place of this name, got x"):
            ask(two, "x", "a")


weights = st.dictionaries(
    st.sampled_from([*permutations("abcde", 2)]), st.integers(1, 100), min_size=1
)


@given(weights)
def test_against_every_way_there_is(drawn):
    links = [
        Link(from_place=a, to_place=b, usd_per_gb=w / 100, gb_per_s=w, source="drawn")
        for (a, b), w in drawn.items()
    ]
    five = network_of([Point(name, 0, row) for row, name in enumerate("abcde")], links)
    ways = [
        [drawn.get(pair) for pair in pairwise(way)]
        for count in range(4)
        for middle in permutations("bcd", count)
        for way in [("a", *middle, "e")]
    ]
    there = [way for way in ways if None not in way]
    cheapest = min((sum(way) / 100 for way in there), default=None)
    widest = max((min(way) for way in there), default=None)
    assert egress_usd_per_gb(five, "a", "e") == pytest.approx(cheapest)
    assert bandwidth_gb_per_s(five, "a", "e") == widest


@pytest.mark.parametrize(
    ("start", "end", "usd"),
    [
        ("aws/us-east-1", "aws/us-east-2", 0.01),
        ("aws/us-east-1", "europe/frankfurt", 0.09),
        ("aws/us-east-1", "azure/eastus", 0.09),
        ("azure/westeurope", "africa/lagos", 0.0875),
        ("europe/frankfurt", "aws/us-east-1", None),
    ],
)
def test_the_catalogs_prices(world, start, end, usd):
    assert egress_usd_per_gb(world, start, end) == (usd if usd is None else pytest.approx(usd))


def test_within_a_place_bandwidth_has_no_limit(network):
    assert bandwidth_gb_per_s(network("a0"), "a", "a") == math.inf


def test_a_passage_has_the_price_and_the_width_of_one_way(network, link):
    """The dear way is wide, the cheap one narrow; what has a price alone is no way."""
    ways = [
        link("a", "b", usd_per_gb=0.10, gb_per_s=10),
        link("a", "c", usd_per_gb=0.02, gb_per_s=4),
        link("c", "b", usd_per_gb=0.03, gb_per_s=1),
        link("a", "d", usd_per_gb=0.0),
    ]
    four = network("a0 b1 c2 d3", others=ways)
    assert passage(four, "a", "b") == Passage(pytest.approx(0.05), 1)
    assert passage(four, "a", "c") == Passage(0.02, 4)
    assert passage(four, "a", "d") is None
    assert passage(four, "b", "a") is None
    assert passage(four, "a", "a") == Passage(0.0, math.inf)
    with pytest.raises(InputError, match="has no place of this name, got x"):
        passage(four, "a", "x")


def test_of_ways_that_cost_the_same_the_widest_is_taken(network, link):
    free = [
        link("a", "b", usd_per_gb=0.0, gb_per_s=1),
        link("a", "internet", usd_per_gb=0.0, gb_per_s=3),
        link("internet", "b", gb_per_s=2),
    ]
    assert passage(network("a0 b1", others=free), "a", "b") == Passage(0.0, 2)


@given(weights, st.data())
def test_passages_against_every_way_there_is(drawn, data):
    widths = {pair: data.draw(st.integers(1, 5)) for pair in drawn}
    links = [
        Link(from_place=a, to_place=b, usd_per_gb=w, gb_per_s=widths[a, b], source="drawn")
        for (a, b), w in drawn.items()
    ]
    five = network_of([Point(name, 0, row) for row, name in enumerate("abcde")], links)
    ways = [
        [*pairwise(("a", *middle, "e"))]
        for count in range(4)
        for middle in permutations("bcd", count)
    ]
    there = [way for way in ways if all(pair in drawn for pair in way)]
    best = min(
        ((sum(map(drawn.get, way)), -min(map(widths.get, way))) for way in there), default=None
    )
    assert passage(five, "a", "e") == (None if best is None else Passage(best[0], -best[1]))
