"""Places and links as graphs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from types import MappingProxyType
from typing import Final

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from planner.domain.network import INTERNET, Link
from planner.errors import Fault, InputError
from planner.network.distance import Located, distance_round_trip_ms, great_circle_km

NEARBY_KM: Final = 150.0
"""Places closer than this may stand for each other: as far as the regions by which the catalog's
round trips of basis `nearby` are known, and as far as two measured regions that differ by 10 ms."""

Around = tuple[tuple[float, str], ...]
"""Distance in km and name, nearest first; the place itself is the first."""


@dataclass(frozen=True)
class Point:
    """A place that is neither a site nor a user region of the catalog."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, eq=False)
class Network:
    """Places and what links say of the ways between them; see `network_of`."""

    places: Mapping[str, Located]
    aliases: Mapping[str, str]
    """Other names of places."""
    around: Mapping[str, Around]
    """Places less than `NEARBY_KM` away."""
    links: "nx.Graph[str]"
    """Links with a round trip: edges have `ms` and `basis`."""
    ways: "nx.Graph[str]"
    """Links with a round trip, and the short ways between places that are near."""
    prices: "nx.DiGraph[str]"
    """Links with a price: edges have `usd`; from the internet everything is reached for nothing."""
    bandwidths: "nx.DiGraph[str]"
    """Links with a bandwidth: edges have `gb_per_s`."""
    costs_usd: dict[str, dict[str, float]] = field(default_factory=dict, repr=False)
    """Cheapest ways that were asked for, by their first place."""

    @cached_property
    def rank(self) -> dict[str, int]:
        """Row of every place in `lengths_ms`."""
        return {name: row for row, name in enumerate(self.places)}

    @cached_property
    def lengths_ms(self) -> NDArray[np.float64]:
        """The shortest of the ways from every place to every other; infinite where none is."""
        lengths = nx.floyd_warshall_numpy(self.ways, nodelist=[*self.places], weight="ms")
        return np.asarray(lengths, dtype=np.float64)

    def place(self, name: str) -> str:
        """The name by which links know a place.

        Raises:
            InputError: nobody knows it.
        """
        known = self.aliases.get(name, name)
        if known not in self.places and known != INTERNET:
            raise InputError((Fault("network", "has no place of this name", value=name),))
        return known


def network_of(
    places: Iterable[Located], links: Iterable[Link], aliases: Mapping[str, str] | None = None
) -> Network:
    """Places with the ways between them.

    Of what two links say about the same way the later counts; about a round trip, links of both
    directions are the same way. `aliases` are other names for places: of a scenario's site, the
    region of the catalog that it is in.

    Raises:
        InputError: two places have one name, or an alias or a link names a place that is not there.
    """
    by_name = _by_name(places)
    network = Network(
        places=by_name,
        aliases=MappingProxyType(dict(aliases or {})),
        around=_around(by_name),
        links=nx.Graph(),
        ways=nx.Graph(),
        prices=nx.DiGraph(),
        bandwidths=nx.DiGraph(),
    )
    for name in network.aliases.values():
        network.place(name)
    for graph in (network.links, network.ways, network.prices, network.bandwidths):
        graph.add_nodes_from(by_name)
    network.prices.add_edges_from(((INTERNET, name) for name in by_name), usd=0.0)
    for link in links:
        _add(network, link)
    _add_short_ways(network)
    return network


def _by_name(places: Iterable[Located]) -> Mapping[str, Located]:
    found: dict[str, Located] = {}
    for each in places:
        if each.name in found or each.name == INTERNET:
            raise InputError((Fault("network", "two places have this name", value=each.name),))
        found[each.name] = each
    return MappingProxyType(found)


def _around(places: Mapping[str, Located]) -> Mapping[str, Around]:
    found = {name: [(0.0, name)] for name in places}
    for one, other in combinations(places.values(), 2):
        km = great_circle_km(one, other)
        if km < NEARBY_KM:
            found[one.name].append((km, other.name))
            found[other.name].append((km, one.name))
    return {name: (near[0], *sorted(near[1:])) for name, near in found.items()}


def _add(network: Network, link: Link) -> None:
    try:
        start, end = network.place(link.from_place), network.place(link.to_place)
    except InputError as error:
        source = f"link {link.from_place} / {link.to_place}"
        raise InputError(
            tuple(Fault(source, each.rule, value=each.value) for each in error.faults)
        ) from error
    if link.round_trip_ms is not None:
        for graph in (network.links, network.ways):
            graph.add_edge(start, end, ms=link.round_trip_ms, basis=link.round_trip_basis)
    if link.usd_per_gb is not None:
        network.prices.add_edge(start, end, usd=link.usd_per_gb)
    if link.gb_per_s is not None:
        network.bandwidths.add_edge(start, end, gb_per_s=link.gb_per_s)


def _add_short_ways(network: Network) -> None:
    """Places that are near each other are joined, whether a link says so or not."""
    for name, near in network.around.items():
        for km, other in near[1:]:
            if not network.links.has_edge(name, other):
                network.ways.add_edge(name, other, ms=distance_round_trip_ms(km))
