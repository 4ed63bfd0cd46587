"""What users' own devices answer: whether they may, can, and are stated to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planner.domain.deployment import ServingRate
from planner.domain.hardware import NodeType
from planner.domain.plan import Offloaded, Plan, ServedClass, Violation
from planner.domain.requests import Device, OnDevice
from planner.domain.workload import Serving
from planner.performance.device import BUSY_SHARE, device_rates
from planner.units import HOURS_PER_DAY, JOULES_PER_WH, SECONDS_PER_HOUR, WH_PER_MWH
from planner.verification.demand import class_requests, class_weights
from planner.verification.exact import exact, is_within, quotient, total
from planner.verification.facts import Facts
from planner.verification.served import served_differences
from planner.verification.violations import Expected, broken, differences


@dataclass(frozen=True)
class Answered:
    """A row whose workload offers its device, and what the physics says of it."""

    row: int
    stated: Offloaded
    workload: Serving
    asked: OnDevice
    device: Device
    node_type: NodeType
    rates: tuple[ServingRate | None, ...]
    weights: tuple[Fraction, ...]
    requests: tuple[Fraction, ...]

    @property
    def where(self) -> str:
        """How violations name it."""
        return f"offloaded.{self.row}"

    @property
    def parts(self) -> Iterator[tuple[ServedClass, ServingRate]]:
        """Rows of request classes that the device can answer."""
        for served in self.stated.served:
            known = 0 <= served.request_class < len(self.rates)
            rate = self.rates[served.request_class] if known else None
            if rate is not None:
                yield served, rate

    @property
    def share(self) -> Fraction:
        """Of the workload's requests."""
        return total(self.weights[each.request_class] * exact(each.share) for each, _ in self.parts)

    @property
    def tokens(self) -> Fraction:
        """Over the horizon."""
        return total(
            exact(each.share)
            * self.requests[each.request_class]
            * (each.input_tokens + each.output_tokens)
            for each, _ in self.parts
        )

    @property
    def user_wh(self) -> Fraction:
        """Over the horizon."""
        return total(
            exact(each.share)
            * self.requests[each.request_class]
            * quotient(self._device_w(rate), exact(rate.requests_per_s))
            / JOULES_PER_WH
            for each, rate in self.parts
        )

    @property
    def owners(self) -> Fraction:
        """Users who own such a device."""
        return self.asked.users * exact(self.device.owner_share)

    def _device_w(self, rate: ServingRate) -> Fraction:
        accelerators = self.node_type.accelerators_per_node * exact(rate.accelerator_power_w)
        return exact(self.node_type.host_power_w) + accelerators


def answered_of(plan: Plan, facts: Facts) -> tuple[tuple[Answered, ...], tuple[Violation, ...]]:
    """Rows that speak of a device that their workload offers, and what is wrong with any."""
    found: list[Answered] = []
    faults: list[Violation] = []
    for row, stated in enumerate(plan.offloaded):
        workload = facts.workloads.get(stated.workload)
        asked = workload.on_device if isinstance(workload, Serving) else None
        devices = [
            each for each in (asked.devices if asked else ()) if each.node_type == stated.node_type
        ]
        if not isinstance(workload, Serving) or asked is None or not devices:
            rule = f"{stated.workload} offers no {stated.node_type}"
            faults.append(broken(f"offloaded.{row}", rule))
        elif any(each.workload is workload and each.device == devices[0] for each in found):
            faults.append(broken(f"offloaded.{row}", "the same device has a row already"))
        else:
            found.append(_answered(row, stated, workload, asked, devices[0], facts))
    return tuple(found), tuple(faults)


def _answered(
    row: int, stated: Offloaded, workload: Serving, asked: OnDevice, device: Device, facts: Facts
) -> Answered:
    node_type = facts.catalog.node_types[device.node_type]
    accelerator = facts.catalog.accelerators[node_type.accelerator]
    profile = facts.catalog.profile(facts.catalog.architectures[device.architecture])
    rates = device_rates(workload, device, profile, node_type, accelerator)
    return Answered(
        row=row,
        stated=stated,
        workload=workload,
        asked=asked,
        device=device,
        node_type=node_type,
        rates=tuple(rate if isinstance(rate, ServingRate) else None for rate in rates),
        weights=class_weights(workload),
        requests=class_requests(workload, facts),
    )


def offload_faults(answered: Sequence[Answered], facts: Facts) -> Iterator[Violation]:
    """More than owners or batteries bear, and figures that are not theirs."""
    for each in answered:
        yield from _figures(each, facts)
        busy, most = _busy_share(each, facts), exact(BUSY_SHARE)
        if not is_within(busy, most):
            yield broken(each.where, "keeps the devices busy too much of the day", busy, most)
        used, allowed = _daily_share(each, facts), exact(each.device.daily_battery_share)
        if used is not None and not is_within(used, allowed):
            yield broken(each.where, "more than the batteries bear a day", used, allowed)


def _busy_share(each: Answered, facts: Facts) -> Fraction:
    """Of the time of an owner's device."""
    busy_s = total(
        exact(served.share) * each.requests[served.request_class] / exact(rate.requests_per_s)
        for served, rate in each.parts
    )
    return busy_s / (each.owners * facts.hours * SECONDS_PER_HOUR)


def _daily_share(each: Answered, facts: Facts) -> Fraction | None:
    """Of the battery of an owner."""
    if each.node_type.battery_wh is None:
        return None
    days = facts.hours / HOURS_PER_DAY
    return quotient(quotient(each.user_wh / days, each.owners), exact(each.node_type.battery_wh))


def _figures(each: Answered, facts: Facts) -> Iterator[Violation]:
    stated, parts = each.stated, list(each.parts)
    seen = [served.request_class for served in stated.served]
    if len(parts) < len(seen) or len(set(seen)) < len(seen) or not parts:
        yield broken(
            f"{each.where}.served", "must be classes that the device can answer, each once"
        )
        return
    expected: dict[str, Expected] = {
        "architecture": each.device.architecture,
        "accelerator": each.node_type.accelerator,
        "precision": each.device.weight_precision,
        "kv_precision": each.device.kv_precision,
        "share": each.share,
        "memory_gib_per_accelerator": exact(
            max(rate.memory_gib_per_accelerator for _, rate in parts)
        ),
        "daily_battery_share": _daily_share(each, facts),
        "user_energy_mwh": each.user_wh / WH_PER_MWH,
    }
    yield from differences(each.where, stated, expected)
    for row, (served, rate) in enumerate(parts):
        where = f"{each.where}.served.{row}"
        yield from served_differences(where, served, each.workload, rate)
        share = exact(served.share)
        owned = exact(each.asked.eligible_share) * exact(each.device.owner_share)
        if share <= 0 or not is_within(share, owned):
            rule = "must be above 0 and at most the owners' eligible requests"
            yield broken(f"{where}.share", rule, share, owned)
