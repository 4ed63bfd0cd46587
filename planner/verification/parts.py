"""The parts of an allocation's work: requests of each class, or the one training run."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from planner.domain.deployment import ServingRate, TrainingRate
from planner.domain.plan import ServedClass, Violation
from planner.domain.rejection import Shortfall
from planner.domain.workload import BatchInference, Serving, TrainingRun
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_BILLION
from planner.verification.demand import class_requests, class_weights
from planner.verification.exact import exact, is_within, quotient
from planner.verification.facts import Facts
from planner.verification.placement import Placed
from planner.verification.rates import gang_rate, request_rates, shortfall
from planner.verification.served import served_differences
from planner.verification.violations import broken, differences

Parts = tuple[tuple["Part", ...], tuple[Violation, ...]]
"""What could be sized, and what is wrong with what is stated."""


@dataclass(frozen=True)
class Part:
    """Work of one kind at one rate."""

    rate: ServingRate | TrainingRate
    share: Fraction
    """Of the workload."""
    tokens: Fraction
    busy_hours: Fraction
    """Of replicas at full throughput; what interruptions cost comes on top."""


def parts_of(placed: Placed, facts: Facts) -> Parts:
    """The work that an allocation states it does."""
    if isinstance(placed.workload, TrainingRun):
        return _run(placed, placed.workload, facts)
    return _requests(placed, placed.workload, facts)


def _run(placed: Placed, workload: TrainingRun, facts: Facts) -> Parts:
    faults: list[Violation] = []
    if placed.stated.served:
        faults.append(broken(f"{placed.where}.served", "a training run serves no requests"))
    wanted = workload.accelerators
    if wanted is not None and placed.accelerators != wanted:
        rule = "must be the gang that the workload asks for"
        faults.append(broken(f"{placed.where}.accelerators", rule, placed.accelerators, wanted))
    rate = gang_rate(placed, workload, facts)
    if isinstance(rate, Violation):
        return (), (*faults, rate)
    faults += differences(placed.where, placed.stated, {"mfu": exact(rate.mfu)})
    share = exact(placed.stated.share) if facts.is_paced(workload.name) else Fraction(1)
    if not 0 <= share <= 1:
        faults.append(broken(f"{placed.where}.share", "must be at least 0 and at most 1", share))
    tokens = exact(workload.tokens_b) * TOKENS_PER_BILLION * share
    busy_s = quotient(tokens, exact(rate.tokens_per_s))
    return (Part(rate, share, tokens, busy_s / SECONDS_PER_HOUR),), tuple(faults)


def _requests(placed: Placed, workload: Serving | BatchInference, facts: Facts) -> Parts:
    rates = request_rates(placed, workload, facts)
    if isinstance(rates, Violation):
        return (), (rates,)
    parts: list[Part] = []
    faults = [*_row_faults(placed, len(rates))]
    weights, requests = class_weights(workload), class_requests(workload, facts)
    for row, served in enumerate(placed.stated.served):
        index = served.request_class
        if not 0 <= index < len(rates):
            continue
        where, rate = f"{placed.where}.served.{row}", rates[index]
        if isinstance(rate, Shortfall):
            faults.append(shortfall(where, rate))
            continue
        size, share = workload.classes[index], exact(served.share)
        faults += _served_faults(where, served, workload, rate)
        part = Part(
            rate=rate,
            share=weights[index] * share,
            tokens=requests[index] * share * (size.input_tokens + size.output_tokens),
            busy_hours=quotient(requests[index] * share, exact(rate.requests_per_s))
            / SECONDS_PER_HOUR,
        )
        parts.append(part)
    return tuple(parts), tuple(faults)


def _row_faults(placed: Placed, classes: int) -> Iterator[Violation]:
    """Rows of no class, or of one that has a row already."""
    if not placed.stated.served:
        yield broken(f"{placed.where}.served", "nothing is served")
    seen: set[int] = set()
    for row, served in enumerate(placed.stated.served):
        where, index = f"{placed.where}.served.{row}", served.request_class
        if not 0 <= index < classes:
            yield broken(where, "there is no such request class", index)
        elif index in seen:
            yield broken(where, f"request class {index} has a row already")
        seen.add(index)


def _served_faults(
    where: str, served: ServedClass, workload: Serving | BatchInference, rate: ServingRate
) -> Iterator[Violation]:
    if not 0 < served.share <= 1:
        yield broken(f"{where}.share", "must be above 0 and at most 1", served.share)
    yield from served_differences(where, served, workload, rate)
    if isinstance(workload, Serving):
        for field, limit in (("ttft_ms", workload.ttft_ms), ("tpot_ms", workload.tpot_ms)):
            latency = exact(getattr(served, field))
            if not is_within(latency, exact(limit)):
                yield broken(f"{where}.{field}", "exceeds the workload's limit", latency, limit)
