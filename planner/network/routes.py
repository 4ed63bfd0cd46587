"""Which way traffic takes, and which when a place or a link is lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from planner.errors import Fault, InputError
from planner.network.topology import Network


@dataclass(frozen=True)
class Route:
    """A way along links."""

    places: tuple[str, ...]
    round_trip_ms: float


def route(
    network: Network, start: str, end: str, without: Iterable[str | tuple[str, str]] = ()
) -> Route | None:
    """The shortest way along links when others are lost; None where that cuts a place off.

    `without` are lost places, and lost links as pairs of places in either order. Only links with a
    round trip are ways: that two places are near each other, or both on the internet, is none.

    Raises:
        InputError: a place or link is not known.
    """
    first, last = network.place(start), network.place(end)
    lost = tuple(without)
    places = {network.place(each) for each in lost if isinstance(each, str)}
    links = [_link(network, *each) for each in lost if not isinstance(each, str)]
    left = nx.restricted_view(network.links, places & {*network.links}, links)
    if first not in left or last not in left:
        return None
    try:
        way = nx.dijkstra_path(left, first, last, weight="ms")
    except nx.NetworkXNoPath:
        return None
    return Route(tuple(way), sum(left.edges[pair]["ms"] for pair in pairwise(way)))


def _link(network: Network, one: str, other: str) -> tuple[str, str]:
    pair = (network.place(one), network.place(other))
    if not network.links.has_edge(*pair):
        rule = "has no link with a round trip between these places"
        raise InputError((Fault("network", rule, value=f"{one} / {other}"),))
    return pair
