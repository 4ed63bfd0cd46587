"""Waiting for service."""

from math import inf


def mean_wait_s(arrivals_per_s: float, service_s: float) -> float:
    """Mean wait before service in an M/D/1 queue; infinite where it never empties.

    Pollaczek-Khinchine with a constant service time: u s / 2 (1 - u), u = arrivals x s.
    """
    busy = arrivals_per_s * service_s
    return busy * service_s / (2 * (1 - busy)) if busy < 1 else inf
