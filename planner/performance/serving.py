"""Every way to serve a workload on a node type, the worse ones put aside."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import Final, NamedTuple

from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import Parallelism, ServingDeployment, ServingRate
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.rejection import Miss, Reason, Shortfall, missed
from planner.domain.workload import BatchInference, Serving
from planner.performance.loaded import Loaded, LoadedReplica, load_of, loaded_replica
from planner.performance.power import idle_w
from planner.performance.serving_rate import WORK_OFF, Limits, serving_rate

Rates = tuple[ServingRate | Shortfall, ...]
Sized = tuple[tuple[ServingDeployment, ...], tuple[Miss, ...]]

OF_ALL: Final[frozenset[Reason]] = frozenset({"power_unknown", "precision", "request", "context"})
"""Reasons that hold for every parallelism: there are no numbers of it to them."""
DOMINATED: Final = Shortfall("dominated")


class _Found(NamedTuple):
    """A replica that does some of the request classes within their limits."""

    replica: LoadedReplica
    rates: tuple[ServingRate | None, ...]


class _Cost(NamedTuple):
    """What requests take of a replica."""

    accelerators: int
    of_classes: tuple[tuple[float, float], ...]
    """Time of accelerators, and energy above what idle ones draw, of a request of each class."""


def serving_deployments(workload: Serving | BatchInference, loaded: Loaded) -> Sized:
    """Deployments none of which is at least as good as another throughout, and why no others.

    `loaded` are the replicas of the workload's load.
    """
    found, misses = _answers(workload, loaded)
    kept, beaten = _undominated(found, idle_w(loaded.accelerator) if found else 0.0)
    worse = (missed(DOMINATED, each.replica.label) for each in beaten)
    return _deployments(workload, loaded, kept), (*misses, *worse)


def possible_deployments(workload: Serving | BatchInference, loaded: Loaded) -> Sized:
    """Every deployment within the limits, smallest replicas first, and why no others."""
    found, misses = _answers(workload, loaded)
    return _deployments(workload, loaded, found), tuple(misses)


def serving_rates(
    workload: Serving | BatchInference,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
    parallelism: Parallelism,
) -> Rates:
    """What one replica does with each request class of the workload, or why it cannot."""
    load, under_way_ms = load_of(workload), _under_way_ms(workload)
    replica = loaded_replica(load, profile, node_type, accelerator, parallelism)
    return tuple(
        _rate_seen(rate, under_way_ms)
        if isinstance(rate, ServingRate)
        else _shortfall_seen(rate, under_way_ms)
        for rate in _rates(replica, _limits(workload))
    )


def _rates(replica: LoadedReplica, limits: Limits) -> Rates:
    """As the replica sees it: without the time that requests are under way."""
    return tuple(
        [
            each if isinstance(each, Shortfall) else serving_rate(each, limits)
            for each in replica.classes
        ]
    )


def _limits(workload: Serving | BatchInference) -> Limits:
    if isinstance(workload, BatchInference):
        return WORK_OFF
    left_ms = workload.ttft_ms - workload.network_ms
    return Limits(left_ms, workload.tpot_ms, workload.target_utilisation)


def _under_way_ms(workload: Serving | BatchInference) -> float:
    return workload.network_ms if isinstance(workload, Serving) else 0.0


def _rate_seen(rate: ServingRate, under_way_ms: float) -> ServingRate:
    """As users see it: with the time under way in the time to the first token."""
    return replace(rate, ttft_ms=rate.ttft_ms + under_way_ms) if under_way_ms else rate


def _shortfall_seen(miss: Shortfall, under_way_ms: float) -> Shortfall:
    if not under_way_ms or miss.reason != "ttft" or miss.needed is None or miss.available is None:
        return miss
    needed, available = miss.needed + under_way_ms, miss.available + under_way_ms
    return replace(miss, needed=needed, available=available)


def _answers(
    workload: Serving | BatchInference, loaded: Loaded
) -> tuple[list[_Found], dict[Miss, None]]:
    """Replicas that do something, smallest first, and what they and the others miss."""
    found: list[_Found] = []
    misses: dict[Miss, None] = {}
    limits, under_way_ms = _limits(workload), _under_way_ms(workload)
    for replica in loaded.replicas:
        rates = _rates(replica, limits)
        misses.update(dict.fromkeys(_misses(replica, rates, under_way_ms)))
        within = tuple([rate if isinstance(rate, ServingRate) else None for rate in rates])
        if any(within):
            found.append(_Found(replica, within))
    return found, misses


def _misses(replica: LoadedReplica, rates: Rates, under_way_ms: float) -> Iterator[Miss]:
    """What holds for every parallelism is said once."""
    for rate in rates:
        if isinstance(rate, Shortfall):
            seen = _shortfall_seen(rate, under_way_ms)
            yield missed(seen, None if rate.reason in OF_ALL else replica.label)


def _deployments(
    workload: Serving | BatchInference, loaded: Loaded, found: Sequence[_Found]
) -> tuple[ServingDeployment, ...]:
    architecture, under_way_ms = workload.architectures[0], _under_way_ms(workload)
    return tuple(
        ServingDeployment(
            workload=workload.name,
            architecture=architecture,
            node_type=loaded.node_type.name,
            parallelism=each.replica.parallelism,
            weight_precision=workload.weight_precision,
            kv_precision=workload.kv_precision,
            rates=tuple(rate and _rate_seen(rate, under_way_ms) for rate in each.rates),
        )
        for each in found
    )


def _undominated(found: Sequence[_Found], idle: float) -> tuple[list[_Found], list[_Found]]:
    """Of replicas that are equally good, the first is kept."""
    costs = [_cost(each, idle) for each in found]
    kept: list[_Found] = []
    beaten: list[_Found] = []
    for row, mine in enumerate(costs):
        is_beaten = any(
            _is_as_good(other, mine) and (place < row or not _is_as_good(mine, other))
            for place, other in enumerate(costs)
            if place != row
        )
        (beaten if is_beaten else kept).append(found[row])
    return kept, beaten


def _is_as_good(one: _Cost, other: _Cost) -> bool:
    """Whether replicas of `one` on the same accelerators replace those of `other` at no loss."""
    if other.accelerators % one.accelerators:
        return False
    pairs = zip(one.of_classes, other.of_classes, strict=True)
    return all(mine[0] <= its[0] and mine[1] <= its[1] for mine, its in pairs)


def _cost(found: _Found, idle: float) -> _Cost:
    accelerators = found.replica.accelerators
    return _Cost(accelerators, tuple(_of_class(rate, accelerators, idle) for rate in found.rates))


def _of_class(rate: ServingRate | None, accelerators: int, idle: float) -> tuple[float, float]:
    if rate is None:
        return inf, inf
    seconds = accelerators / rate.requests_per_s
    return seconds, seconds * (rate.accelerator_power_w - idle)
