"""What the workloads ask for, and whether the plan does all of it, once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.catalog.periods import PeriodScenario
from planner.domain.plan import Allocation, Offloaded, Plan, Unmet, Violation
from planner.domain.scenario import StagedScenario
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.units import HOURS_PER_DAY, SECONDS_PER_HOUR, TOKENS_PER_BILLION
from planner.verification.exact import TOLERANCE, exact, is_same, is_within, quotient, total
from planner.verification.facts import Facts
from planner.verification.placement import Placed
from planner.verification.violations import broken, differences

WHOLE = Fraction(1)


def class_weights(workload: Serving | BatchInference) -> tuple[Fraction, ...]:
    """Share of the requests that each class is; they sum to 1."""
    weights = [exact(each.weight) for each in workload.classes]
    everything = total(weights)
    return tuple(quotient(weight, everything) for weight in weights)


def class_requests(workload: Serving | BatchInference, facts: Facts) -> tuple[Fraction, ...]:
    """Requests of each class over the horizon."""
    weights = class_weights(workload)
    if isinstance(workload, Serving):
        everything = exact(workload.requests_per_s or 0) * facts.hours * SECONDS_PER_HOUR
    else:
        mean_tokens = total(
            weight * (each.input_tokens + each.output_tokens)
            for weight, each in zip(weights, workload.classes, strict=True)
        )
        everything = quotient(exact(workload.tokens_b) * TOKENS_PER_BILLION, mean_tokens)
    return tuple(weight * everything for weight in weights)


def window_hours(workload: Workload, facts: Facts) -> Fraction:
    """Hours in which it may run."""
    if isinstance(workload, Serving):
        return facts.hours
    return min(exact(workload.deadline_days) * HOURS_PER_DAY, facts.hours)


def ready_hours(workload: Workload, facts: Facts, site: str) -> Fraction:
    """When it may begin at a site, after the beginning of the horizon: its dataset is there."""
    ready = exact(facts.scenario.ready_hours(workload.name, site))
    return max(facts.begin_hours(workload.name), ready)


def late_hours(workload: Workload, facts: Facts, site: str) -> Fraction:
    """Hours of these in which its dataset is still under way to a site."""
    return exact(facts.scenario.hauled_hours(workload.name, site))


def demand_faults(plan: Plan, placed: Sequence[Placed], facts: Facts) -> Iterator[Violation]:
    """Demand that is done twice, or left undone without the penalty that allows it."""
    for row, unmet in enumerate(plan.unmet):
        if unmet.workload not in facts.workloads:
            yield broken(f"unmet.{row}.workload", f"there is no workload {unmet.workload}")
    rows: defaultdict[str, list[Allocation | Offloaded]] = defaultdict(list)
    for each in placed:
        rows[each.workload.name].append(each.stated)
    for device in plan.offloaded:
        rows[device.workload].append(device)
    for workload in facts.workloads.values():
        if facts.is_paced(workload.name):
            continue  # what it goes without shows when all periods are known
        done = _done(workload, rows[workload.name])
        yield from _done_faults(workload, done)
        yield from _unmet_faults(plan, workload, _left(workload, done))


def paced_faults(
    plan: Plan, asked: Sequence[PeriodScenario], scenario: StagedScenario
) -> Iterator[Violation]:
    """The same of jobs that several periods do some of; what is left is told in the last one."""
    for workload in scenario.workloads:
        periods = [each for each in asked if workload.name in each.paced_hours]
        if not periods:
            continue
        mine = [each for each in plan.allocations if each.workload == workload.name]
        done = _done(workload, mine)
        yield from _done_faults(workload, done)
        left, last = _left(workload, done), periods[-1].period.name
        rows = tuple(each for each in plan.unmet if each.period == last)
        yield from _unmet_faults(plan.model_copy(update={"unmet": rows}), workload, left)
        for row, unmet in enumerate(plan.unmet):
            if unmet.workload == workload.name and unmet.period != last:
                yield broken(f"unmet.{row}.period", f"{workload.name} is settled in {last}")


def _left(workload: Workload, done: Sequence[Fraction]) -> Fraction:
    """Share of a workload that is left undone, from that of its classes which is done."""
    return total(
        weight * max(WHOLE - share, Fraction(0))
        for weight, share in zip(_weights(workload), done, strict=True)
    )


def _weights(workload: Workload) -> tuple[Fraction, ...]:
    return (WHOLE,) if isinstance(workload, TrainingRun) else class_weights(workload)


def _done(workload: Workload, mine: Sequence[Allocation | Offloaded]) -> list[Fraction]:
    """Stated share of each class (or of the one run) that is done."""
    if isinstance(workload, TrainingRun):
        return [total(exact(each.share) for each in mine)]
    return [
        total(
            exact(part.share)
            for each in mine
            for part in each.served
            if part.request_class == request_class
        )
        for request_class in range(len(workload.classes))
    ]


def _done_faults(workload: Workload, done: Sequence[Fraction]) -> Iterator[Violation]:
    for row, share in enumerate(done):
        where = f"workload {workload.name}"
        what = "the run" if isinstance(workload, TrainingRun) else f"request class {row}"
        if not is_within(share, WHOLE):
            yield broken(where, f"{what} is done more than once", share, WHOLE)
        elif workload.unmet_penalty_usd is None and not is_same(share, WHOLE):
            yield broken(where, f"{what} must be done and is not", share, WHOLE)
        elif isinstance(workload, TrainingRun) and not (share == 0 or is_same(share, WHOLE)):
            yield broken(where, "a training run is done whole or not at all", share)


def _unmet_faults(plan: Plan, workload: Workload, left: Fraction) -> Iterator[Violation]:
    rows = [(i, each) for i, each in enumerate(plan.unmet) if each.workload == workload.name]
    if workload.unmet_penalty_usd is None:
        for row, _ in rows:
            yield broken(f"unmet.{row}", f"{workload.name} must be met: it has no penalty")
        return
    if not rows and left > TOLERANCE:
        yield broken("unmet", f"what {workload.name} goes without is not stated", 0, left)
    for row, _ in rows[1:]:
        yield broken(f"unmet.{row}", f"{workload.name} has a row already")
    for row, each in rows:
        yield from _row_faults(f"unmet.{row}", each, left, exact(workload.unmet_penalty_usd))


def _row_faults(
    where: str, unmet: Unmet, left: Fraction, penalty_usd: Fraction
) -> Iterator[Violation]:
    share = exact(unmet.share)
    if share <= 0:
        yield broken(f"{where}.share", "nothing is left undone", share)
    # shares are parts of 1, so that is what their tolerance is relative to
    if abs(share - left) > TOLERANCE:
        yield broken(f"{where}.share", "is not what the allocations leave undone", share, left)
    yield from differences(where, unmet, {"penalty_usd": share * penalty_usd})
