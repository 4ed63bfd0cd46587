"""What a device that its user owns does with a workload's requests."""

from typing import Final

from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import Parallelism, RequestSize, ServingRate
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.rejection import Shortfall
from planner.domain.requests import Device
from planner.domain.workload import Serving
from planner.performance.replica import Replica
from planner.performance.roofline import arithmetic_of
from planner.performance.serving_rate import Limits, Paces, lone_rate

BUSY_SHARE: Final = 0.1
"""Of the day, that answering may keep a device busy: nobody is planned to wait for an answer to
another. A planning assumption: at a tenth, one request in ten meets another."""


def device_rates(
    workload: Serving,
    device: Device,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
) -> tuple[ServingRate | Shortfall, ...]:
    """One answer per request class, one request at a time, all of the device at work.

    `profile` is that of the device's architecture. Nobody else is waiting, so only the limits on
    latency count.
    """
    arithmetic = arithmetic_of(device.weight_precision, accelerator)
    if accelerator.tdp_w is None:
        return (Shortfall("power_unknown"),) * len(workload.classes)
    if arithmetic is None:
        return (Shortfall("precision"),) * len(workload.classes)
    replica = Replica(
        profile=profile,
        node_type=node_type,
        accelerator=accelerator,
        parallelism=Parallelism(tensor=node_type.accelerators_per_node),
        weight_precision=device.weight_precision,
        kv_precision=device.kv_precision,
        arithmetic=arithmetic,
    )
    limits = Limits(workload.ttft_ms, workload.tpot_ms, utilisation=0.0)
    sizes = (
        RequestSize(each.input_tokens, each.output_tokens, each.images) for each in workload.classes
    )
    return tuple(lone_rate(Paces(replica, size), limits) for size in sizes)


def joules_per_request(rate: ServingRate, node_type: NodeType) -> float:
    """Energy that a request draws from the device, all of it."""
    device_w = node_type.host_power_w + node_type.accelerators_per_node * rate.accelerator_power_w
    return device_w / rate.requests_per_s
