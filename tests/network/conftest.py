"""Networks of places on the equator, where a degree is 111 km, and the catalog's."""

import pytest

from planner.domain.network import Link
from planner.network.topology import Point, network_of
from planner_grid.plugin import planner_links, planner_sites, planner_user_regions


@pytest.fixture(scope="session")
def link():
    return lambda start, end, **fields: Link(
        from_place=start, to_place=end, source="by hand", **fields
    )


@pytest.fixture(scope="session")
def network(link):
    """`network("a0 b5", "a-b:40")`: places with their longitudes, links with their round trips."""

    def build(places, links="", others=(), **fields):
        points = [Point(each[0], 0.0, float(each[1:])) for each in places.split()]
        pairs = [each.replace("-", ":").split(":") for each in links.split()]
        timed = [link(start, end, round_trip_ms=float(ms)) for start, end, ms in pairs]
        return network_of(points, [*timed, *others], **fields)

    return build


@pytest.fixture(scope="session")
def world():
    """Everything that the catalog has."""
    return network_of([*planner_sites(), *planner_user_regions()], planner_links())
