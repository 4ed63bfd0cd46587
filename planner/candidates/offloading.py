"""Requests that users' own devices may answer: who may, how many, and for how much energy."""

from collections.abc import Iterator
from dataclasses import dataclass

from planner.candidates.demand import requests_by_class
from planner.catalog.index import Catalog
from planner.domain.deployment import ServingRate
from planner.domain.option import Offload
from planner.domain.rejection import Rejection, Shortfall
from planner.domain.requests import Device
from planner.domain.scenario import StagedScenario
from planner.domain.workload import Serving
from planner.performance.device import BUSY_SHARE, device_rates, joules_per_request
from planner.units import HOURS_PER_DAY, JOULES_PER_WH, SECONDS_PER_HOUR


def offloads_of(
    scenario: StagedScenario, catalog: Catalog
) -> tuple[tuple[Offload, ...], tuple[Rejection, ...]]:
    """Devices that can answer some requests within their limits, and why others cannot."""
    found: list[Offload] = []
    rejected: list[Rejection] = []
    for workload in scenario.workloads:
        if isinstance(workload, Serving) and workload.on_device is not None:
            for device in workload.on_device.devices:
                offload, misses = _sized(workload, device, catalog)
                rejected += misses
                if any(rate is not None for rate in offload.rates):
                    found.append(offload)
    return tuple(found), tuple(rejected)


def _sized(
    workload: Serving, device: Device, catalog: Catalog
) -> tuple[Offload, tuple[Rejection, ...]]:
    node_type = catalog.node_types[device.node_type]
    accelerator = catalog.accelerators[node_type.accelerator]
    profile = catalog.profile(catalog.architectures[device.architecture])
    rates = device_rates(workload, device, profile, node_type, accelerator)
    misses = dict.fromkeys(rate for rate in rates if isinstance(rate, Shortfall))
    kept = tuple(rate if isinstance(rate, ServingRate) else None for rate in rates)
    rejections = tuple(
        Rejection(
            workload=workload.name,
            node_type=node_type.name,
            reason=miss.reason,
            needed=miss.needed,
            available=miss.available,
            unit=miss.unit,
        )
        for miss in misses
    )
    return Offload(workload.name, device, node_type, accelerator, kept), rejections


@dataclass(frozen=True)
class Allowance:
    """What devices of one type may do for a workload."""

    share: float
    """Of the requests of each size."""
    joules_per_day: float | None
    """Of all their owners together; None: no limit."""
    busy_s_per_day: float
    """Of all their owners together."""


def allowance(workload: Serving, offload: Offload) -> Allowance:
    """Eligible requests of the owners, and the part of their batteries that these may take."""
    asked = workload.on_device
    if asked is None:
        raise ValueError(f"{workload.name} has nothing on devices")
    owners = asked.users * offload.device.owner_share
    battery_wh = offload.node_type.battery_wh
    joules = None
    if battery_wh is not None:
        joules = owners * offload.device.daily_battery_share * battery_wh * JOULES_PER_WH
    return Allowance(
        share=asked.eligible_share * offload.device.owner_share,
        joules_per_day=joules,
        busy_s_per_day=owners * BUSY_SHARE * HOURS_PER_DAY * SECONDS_PER_HOUR,
    )


@dataclass(frozen=True)
class DailyUse:
    """What a day takes of all devices if they answered all requests of a class."""

    request_class: int
    joules: float
    busy_s: float


def daily_uses(workload: Serving, offload: Offload, scenario: StagedScenario) -> Iterator[DailyUse]:
    """One for each class that the devices can answer."""
    days = scenario.hours / HOURS_PER_DAY
    demand = requests_by_class(workload, scenario)
    for row, (rate, requests) in enumerate(zip(offload.rates, demand, strict=True)):
        if rate is not None:
            a_day = requests / days
            joules = a_day * joules_per_request(rate, offload.node_type)
            yield DailyUse(row, joules, a_day / rate.requests_per_s)
