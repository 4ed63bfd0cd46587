"""What it costs to move data between two places, and how long it takes."""

from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

import networkx as nx

from planner.network.topology import Network
from planner.units import SECONDS_PER_HOUR


def egress_usd_per_gb(network: Network, start: str, end: str) -> float | None:
    """Price per 10^9 bytes along the cheapest way; None where no way has a price.

    From any place the internet is a way to every other, at the price of the link to it; what comes
    in from the internet costs nothing. A way may lead through other sites, which each take their
    price.

    Raises:
        InputError: a place is not known.
    """
    first, last = network.place(start), network.place(end)
    known = network.costs_usd
    if first not in known:
        known[first] = nx.single_source_dijkstra_path_length(network.prices, first, weight="usd")
    return known[first].get(last)


def bandwidth_gb_per_s(network: Network, start: str, end: str) -> float | None:
    """Bottleneck of the widest way, 10^9 bytes per second; None where no way has a bandwidth.

    It is that of one way; several at once may be wider together. Within a place it is infinite.

    Raises:
        InputError: a place is not known.
    """
    first, last = network.place(start), network.place(end)
    done: set[str] = set()
    widest = [(-inf, first)]
    while widest:
        negative, place = heappop(widest)
        if place == last:
            return -negative
        if place in done or place not in network.bandwidths:
            continue
        done.add(place)
        for other, edge in network.bandwidths.adj[place].items():
            heappush(widest, (max(negative, -edge["gb_per_s"]), other))
    return None


@dataclass(frozen=True)
class Passage:
    """A way of which both are known, what it costs and how wide it is."""

    usd_per_gb: float
    """Of all its links together."""
    gb_per_s: float
    """Of the narrowest of them; infinite within a place."""


def passage(network: Network, start: str, end: str) -> Passage | None:
    """The cheapest way of those that data can be moved on, the widest of several; None without one.

    Every link of it has a price and a bandwidth: the price of one way and the speed of another
    would be those of none.

    Raises:
        InputError: a place is not known.
    """
    first, last = network.place(start), network.place(end)
    done: set[str] = set()
    cheapest = [(0.0, -inf, first)]
    while cheapest:
        usd, negative, place = heappop(cheapest)
        if place == last:
            return Passage(usd, -negative)
        if place in done or place not in network.bandwidths:
            continue
        done.add(place)
        for other, edge in network.bandwidths.adj[place].items():
            if network.prices.has_edge(place, other):
                price = network.prices.edges[place, other]["usd"]
                heappush(cheapest, (usd + price, max(negative, -edge["gb_per_s"]), other))
    return None


def transfer_hours(network: Network, gigabytes: float, start: str, end: str) -> float | None:
    """How long 10^9 bytes, so many times, take along the widest way; None where none has a width.

    Raises:
        InputError: a place is not known.
    """
    gb_per_s = bandwidth_gb_per_s(network, start, end)
    return None if gb_per_s is None else gigabytes / gb_per_s / SECONDS_PER_HOUR
