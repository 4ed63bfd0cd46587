"""Jobs of several periods: one gang that is on without a break, begins that cost, and turns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from planner.catalog.periods import PeriodScenario
from planner.domain.period import Period
from planner.domain.plan import Violation
from planner.domain.workload import TrainingRun
from planner.verification.charges import PeriodItems
from planner.verification.demand import WHOLE, window_hours
from planner.verification.exact import exact, is_same, is_within, quotient, total
from planner.verification.facts import Facts, pool_key
from planner.verification.violations import broken
from planner.verification.work import Work

ONCE: Final = 1 + 1e-6
"""Periods that come no more often than this come once."""
NOTHING: Final = Fraction(0)

ByPeriod = Mapping[int, Sequence[Work]]
"""Work of one job by the number of its period."""


def pace_faults(
    parts: Sequence[PeriodItems], asked: Sequence[PeriodScenario], facts: Facts
) -> Iterator[Violation]:
    """What rules over several periods say of the jobs that have them."""
    periods = [each.period for each in asked]
    done: defaultdict[str, defaultdict[int, list[Work]]] = defaultdict(lambda: defaultdict(list))
    for number, part in enumerate(parts):
        for work in (each for item in part.items for each in item.holding.works):
            if work.is_paced:
                done[work.placed.workload.name][number].append(work)
    for name, mine in done.items():
        if isinstance(facts.workloads[name], TrainingRun):
            yield from _gang_faults(name, mine, parts, periods)
        for first in facts.after.get(name, ()):
            yield from _turn_faults(name, mine, first, done.get(first, {}), periods)


def _gang_faults(
    name: str, mine: ByPeriod, parts: Sequence[PeriodItems], periods: Sequence[Period]
) -> Iterator[Violation]:
    """A gang that changes, stops on its way, or has no time for its begins."""
    if len({_gang(work) for works in mine.values() for work in works}) > 1:
        yield broken(f"workload {name}", "must keep its gang from its begin to its end")
        return
    on = {
        number: quotient(work.hours, window_hours(work.placed.workload, parts[number].facts))
        for number, (work, *_) in mine.items()
    }
    for number, (work, *_) in mine.items():
        period, where = periods[number], f"workload {name} in {periods[number].name}"
        before = None if period.before is None else on.get(period.before)
        lost = _begun(number, period, on[number], before) * exact(_restart_hours(work))
        needed = work.needed_hours + lost * exact(period.runs)
        if not is_within(needed, work.hours):
            rule = "has too few hours for its work and for what its begin costs"
            yield broken(where, rule, work.hours, needed)
        goes_on = before is not None and period.before != number and period.runs <= ONCE
        if goes_on and before is not None and not is_within(WHOLE, before):
            yield broken(where, "goes on although it has stopped in the period before", before, 1)


def _restart_hours(work: Work) -> float:
    workload = work.placed.workload
    return workload.restart_hours if isinstance(workload, TrainingRun) else 0.0


def _begun(number: int, period: Period, on: Fraction, before: Fraction | None) -> Fraction:
    """In what part of the times that a period comes the gang begins."""
    if period.before == number:
        return NOTHING
    if period.runs <= ONCE:
        return NOTHING if before else WHOLE
    return max(on - (before or NOTHING), NOTHING)


def _gang(work: Work) -> tuple[object, ...]:
    stated = work.placed.stated
    how = (stated.parallelism, stated.micro_batch, stated.recomputation)
    return (pool_key(work.placed.pool), how)


def _turn_faults(
    job: str, mine: ByPeriod, first: str, before: ByPeriod, periods: Sequence[Period]
) -> Iterator[Violation]:
    """A job that begins in a stretch before which another is not done."""
    for number in sorted(mine):
        begin = periods[number].start_hours
        share = total(
            work.share
            for earlier, works in before.items()
            for work in works
            if periods[earlier].start_hours < begin
        )
        if not is_same(share, WHOLE):
            rule = f"begins in {periods[number].name} before {first} is done"
            yield broken(f"workload {job}", rule, share, WHOLE)
            return
