"""How long a request and its answer are under way between two places."""

from dataclasses import dataclass
from math import inf

from planner.domain.network import INTERNET, RoundTripBasis
from planner.errors import Fault, InputError
from planner.network.distance import (
    REGIONAL_KM,
    distance_round_trip_ms,
    fibre_round_trip_ms,
    great_circle_km,
)
from planner.network.topology import NEARBY_KM, Network


@dataclass(frozen=True)
class RoundTrip:
    """A round trip and how it is known."""

    ms: float
    basis: RoundTripBasis


def round_trip(network: Network, one: str, other: str) -> RoundTrip:
    """The round trip between two places, by the best that is known of it.

    That of a link between them; else of a link between places near to each, less than `NEARBY_KM`
    away in sum; else the shortest way along links; else an estimate from the distance. Up to
    `REGIONAL_KM` the estimate also goes before a way that is longer: links of two providers may
    meet only far away. (Links of one provider, told from links of the other: a mean error of 12 to
    15 ms, of ways alone 16 to 23 ms, of the distance alone 24 to 31 ms.)

    All but the first are at least what light in fibre takes. The way to itself is nothing. The last
    mile of users, radio or copper, is not in it: it is the same for every site.

    Raises:
        InputError: a place is not known, or is the internet.
    """
    start, end = sorted((network.place(one), network.place(other)))
    if INTERNET in (start, end):
        rule = "is everywhere: there is no round trip to it"
        raise InputError((Fault("network", rule, value=INTERNET),))
    if start == end:
        return RoundTrip(0.0, "path")
    if network.links.has_edge(start, end):
        edge = network.links.edges[start, end]
        return RoundTrip(edge["ms"], edge["basis"])
    km = great_circle_km(network.places[start], network.places[end])
    if km < NEARBY_KM:
        return RoundTrip(distance_round_trip_ms(km), "distance")
    least = fibre_round_trip_ms(km)
    nearby = _between_nearby(network, start, end)
    if nearby is not None:
        return RoundTrip(max(nearby, least), "nearby")
    likely = distance_round_trip_ms(km)
    along = max(float(network.lengths_ms[network.rank[start], network.rank[end]]), least)
    if along < inf and (km > REGIONAL_KM or along < likely):
        return RoundTrip(along, "path")
    return RoundTrip(likely, "distance")


def _between_nearby(network: Network, start: str, end: str) -> float | None:
    """Measured between those two places that are nearest, in sum, to these; None where none are."""
    best: tuple[float, list[str]] | None = None
    found: float | None = None
    for start_km, first in network.around[start]:
        ways = network.links.adj[first]
        for end_km, last in network.around[end]:
            edge = ways.get(last)
            key = (start_km + end_km, sorted((first, last)))
            if edge is None or edge["basis"] != "measured" or key[0] >= NEARBY_KM:
                continue
            if best is None or key < best:
                best, found = key, edge["ms"]
    return found
