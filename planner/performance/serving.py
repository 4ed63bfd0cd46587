"""Every way to serve a workload on a node type, the worse ones put aside."""

from dataclasses import replace
from math import inf

from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import Parallelism, RequestSize, ServingDeployment, ServingRate
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.rejection import Rejection, Shortfall
from planner.domain.workload import BatchInference, Serving
from planner.performance.communication import is_linked
from planner.performance.degrees import serving_degrees
from planner.performance.power import idle_w
from planner.performance.power_cap import under_cap
from planner.performance.replica import Replica
from planner.performance.roofline import arithmetic_of
from planner.performance.serving_rate import WORK_OFF, Limits, serving_rate

Rates = tuple[ServingRate | Shortfall, ...]


def serving_deployments(
    workload: Serving | BatchInference,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
) -> tuple[tuple[ServingDeployment, ...], tuple[Rejection, ...]]:
    """Deployments none of which is at least as good as another throughout, and why no others."""
    found, rejected = possible_deployments(workload, profile, node_type, accelerator)
    kept, beaten = _undominated(found, idle_w(accelerator) if found else 0.0)
    dominated = Shortfall("dominated")
    worse = (_rejection(workload, node_type, each.parallelism, dominated) for each in beaten)
    return kept, (*rejected, *worse)


def possible_deployments(
    workload: Serving | BatchInference,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
) -> tuple[tuple[ServingDeployment, ...], tuple[Rejection, ...]]:
    """Every deployment within the limits, smallest replicas first, and why no others."""
    found: list[ServingDeployment] = []
    rejected: list[Rejection] = []
    for parallelism in serving_degrees(node_type, accelerator, profile.layers):
        rates = serving_rates(workload, profile, node_type, accelerator, parallelism)
        misses = dict.fromkeys(rate for rate in rates if isinstance(rate, Shortfall))
        rejected += [_rejection(workload, node_type, parallelism, miss) for miss in misses]
        if any(isinstance(rate, ServingRate) for rate in rates):
            found.append(_deployment(workload, node_type, parallelism, rates))
    return tuple(found), tuple(_merged(rejected))


def serving_rates(
    workload: Serving | BatchInference,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
    parallelism: Parallelism,
) -> Rates:
    """What one replica does with each request class of the workload, or why it cannot."""
    if accelerator.tdp_w is None:
        return (Shortfall("power_unknown"),) * len(workload.classes)
    accelerator = under_cap(accelerator)
    replica = replica_of(workload, profile, node_type, accelerator, parallelism)
    if replica is None:
        return (Shortfall("precision"),) * len(workload.classes)
    if not is_linked(node_type, accelerator, parallelism.accelerators):
        return (Shortfall("network"),) * len(workload.classes)
    sizes = (
        RequestSize(each.input_tokens, each.output_tokens, each.images) for each in workload.classes
    )
    rates = (serving_rate(replica, size, _limits(workload)) for size in sizes)
    return tuple(_seen_by_users(rate, workload) for rate in rates)


def replica_of(
    workload: Serving | BatchInference,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
    parallelism: Parallelism,
) -> Replica | None:
    """A replica of the workload; None where the part has no arithmetic for its weights."""
    arithmetic = arithmetic_of(workload.weight_precision, accelerator)
    if arithmetic is None:
        return None
    return Replica(
        profile=profile,
        node_type=node_type,
        accelerator=accelerator,
        parallelism=parallelism,
        weight_precision=workload.weight_precision,
        kv_precision=workload.kv_precision,
        arithmetic=arithmetic,
    )


def _limits(workload: Serving | BatchInference) -> Limits:
    if isinstance(workload, BatchInference):
        return WORK_OFF
    left_ms = workload.ttft_ms - workload.network_ms
    return Limits(left_ms, workload.tpot_ms, workload.target_utilisation)


def _seen_by_users(
    rate: ServingRate | Shortfall, workload: Serving | BatchInference
) -> ServingRate | Shortfall:
    """The answer with the time under way in the time to the first token."""
    under_way = workload.network_ms if isinstance(workload, Serving) else 0.0
    if not under_way:
        return rate
    if isinstance(rate, ServingRate):
        return replace(rate, ttft_ms=rate.ttft_ms + under_way)
    if rate.reason != "ttft" or rate.needed is None or rate.available is None:
        return rate
    return replace(rate, needed=rate.needed + under_way, available=rate.available + under_way)


def _deployment(
    workload: Serving | BatchInference, node_type: NodeType, parallelism: Parallelism, rates: Rates
) -> ServingDeployment:
    return ServingDeployment(
        workload=workload.name,
        architecture=workload.architectures[0],
        node_type=node_type.name,
        parallelism=parallelism,
        weight_precision=workload.weight_precision,
        kv_precision=workload.kv_precision,
        rates=tuple(rate if isinstance(rate, ServingRate) else None for rate in rates),
    )


def _rejection(
    workload: Serving | BatchInference,
    node_type: NodeType,
    parallelism: Parallelism,
    miss: Shortfall,
) -> Rejection:
    return Rejection(
        workload=workload.name,
        node_type=node_type.name,
        parallelism=str(parallelism),
        reason=miss.reason,
        needed=miss.needed,
        available=miss.available,
        unit=miss.unit,
    )


def _merged(rejected: list[Rejection]) -> dict[Rejection, None]:
    """What holds for every parallelism (no numbers to it) is said once."""
    whole = ("power_unknown", "precision", "request", "context")
    return dict.fromkeys(
        each.model_copy(update={"parallelism": None}) if each.reason in whole else each
        for each in rejected
    )


def _undominated(
    found: tuple[ServingDeployment, ...], idle: float
) -> tuple[tuple[ServingDeployment, ...], list[ServingDeployment]]:
    """Of deployments that are equally good, the first is kept."""
    kept: list[ServingDeployment] = []
    beaten: list[ServingDeployment] = []
    for row, each in enumerate(found):
        is_beaten = any(
            _is_as_good(other, each, idle) and (place < row or not _is_as_good(each, other, idle))
            for place, other in enumerate(found)
            if place != row
        )
        (beaten if is_beaten else kept).append(each)
    return tuple(kept), beaten


def _is_as_good(one: ServingDeployment, other: ServingDeployment, idle: float) -> bool:
    """Whether replicas of `one` on the same accelerators replace those of `other` at no loss."""
    if other.accelerators % one.accelerators:
        return False
    pairs = list(zip(one.rates, other.rates, strict=True))
    return all(
        _accelerator_s(mine, one) <= _accelerator_s(its, other)
        and _joules(mine, one, idle) <= _joules(its, other, idle)
        for mine, its in pairs
    )


def _accelerator_s(rate: ServingRate | None, deployment: ServingDeployment) -> float:
    """Time of accelerators that a request takes."""
    return inf if rate is None else deployment.accelerators / rate.requests_per_s


def _joules(rate: ServingRate | None, deployment: ServingDeployment, idle: float) -> float:
    """Energy of a request above what idle accelerators draw."""
    if rate is None:
        return inf
    return _accelerator_s(rate, deployment) * (rate.accelerator_power_w - idle)
