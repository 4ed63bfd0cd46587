"""Jobs of several periods: one gang that is on without a break, begins that cost, and turns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planner.catalog.periods import PeriodScenario
from planner.domain.period import Period
from planner.domain.plan import Violation
from planner.domain.workload import BatchInference, TrainingRun
from planner.verification.charges import PeriodItems
from planner.verification.demand import WHOLE, late_hours, window_hours
from planner.verification.exact import TOLERANCE, exact, is_same, is_within, quotient, total
from planner.verification.facts import Facts, pool_key
from planner.verification.mix import portions
from planner.verification.violations import broken
from planner.verification.work import Work

NOTHING = Fraction(0)
INSTANT = Fraction(1, 10**9)
"""Hours; less is the rounding of a sum of hours."""

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
        workload = facts.workloads[name]
        if isinstance(workload, BatchInference):
            yield from _mix_faults(workload, mine)
        elif isinstance(workload, TrainingRun):
            yield from _gang_faults(workload, mine, _windows(name, mine, parts), periods)
        for first in facts.after.get(name, ()):
            yield from _turn_faults(name, mine, first, done.get(first, {}), periods)


def _windows(name: str, mine: ByPeriod, parts: Sequence[PeriodItems]) -> dict[int, Fraction]:
    """Hours that each period has for a run where its gang is, if it has any."""
    site = next(work.placed.pool.place.name for works in mine.values() for work in works)
    found: dict[int, Fraction] = {}
    for number, facts in enumerate(part.facts for part in parts):
        if name in facts.workloads:
            run = facts.workloads[name]
            found[number] = window_hours(run, facts) - late_hours(run, facts, site)
    return {number: hours for number, hours in found.items() if hours > INSTANT}


def _mix_faults(workload: BatchInference, mine: ByPeriod) -> Iterator[Violation]:
    """Choices that serve more in all periods together than they may."""
    for each in portions(workload, [work for works in mine.values() for work in works]):
        most = exact(each.variant.max_share)
        if not is_within(each.share, most):
            rule = f"{each.variant} serves too much of it"
            yield broken(f"workload {workload.name}", rule, each.share, most)


@dataclass(frozen=True)
class _Timetable:
    """When the gang of a run is on; arrays go by the number of the period."""

    run: TrainingRun
    works: Mapping[int, Work]
    windows: Mapping[int, Fraction]
    """Hours that each period has for it."""
    periods: Sequence[Period]

    def on(self, number: int | None) -> Fraction:
        """In what part of its time."""
        if number is None or number not in self.works:
            return NOTHING
        return quotient(self.works[number].hours, self.windows[number])

    def before(self, number: int) -> int | None:
        """The period of its own before a period."""
        before = self.periods[number].before
        return before if before in self.windows else None

    def begun(self, number: int) -> Fraction:
        """In what part of the times that a period comes it begins."""
        before = self.before(number)
        if before == number:
            return NOTHING
        if self.periods[number].comes_once:
            return WHOLE if self.on(number) and not self.on(before) else NOTHING
        return max(self.on(number) - self.on(before), NOTHING)

    def times(self, number: int) -> Fraction:
        """How often its time in a period comes."""
        period = self.periods[number]
        if period.comes_once:
            return WHOLE
        return quotient(self.windows[number], exact(period.run_hours or period.hours))

    def length(self, number: int) -> Fraction:
        """Hours of it each time."""
        return quotient(self.windows[number], self.times(number))

    def back(self, number: int) -> Iterator[tuple[int, Fraction]]:
        """A period and those before it, each with the hours from its begin to that of the first."""
        each: int | None = number
        elapsed = NOTHING
        while each is not None:
            yield each, elapsed
            each = self.before(each)
            if each == number:
                return
            elapsed += NOTHING if each is None else self.length(each)

    def lost_hours(self, number: int) -> Fraction:
        """Of a period, to begins in it and in those before it."""
        length, lost = self.length(number), NOTHING
        for each, elapsed in self.back(number):
            left = exact(self.run.restart_hours) - elapsed
            if left <= 0:
                break
            lost += self.begun(each) * min(left, length)
        return lost * self.times(number)


def _gang_faults(
    run: TrainingRun, mine: ByPeriod, windows: Mapping[int, Fraction], periods: Sequence[Period]
) -> Iterator[Violation]:
    """A gang that changes, stops on its way or too soon, or has no time for its begins."""
    name = run.name
    if len({_gang(work) for works in mine.values() for work in works}) > 1:
        yield broken(f"workload {name}", "must keep its gang from its begin to its end")
        return
    works = {number: work for number, (work, *_) in mine.items()}
    if missing := [periods[number].name for number in works if number not in windows]:
        yield broken(f"workload {name}", f"runs in {missing[0]}, before its data is there")
        return
    times = _Timetable(run, works, windows, periods)
    for number, work in works.items():
        where = f"workload {name} in {periods[number].name}"
        needed = work.needed_hours + times.lost_hours(number)
        if needed > work.hours + TOLERANCE * windows[number]:
            rule = "has too few hours for its work and for what its begin costs"
            yield broken(where, rule, work.hours, needed)
        before = times.before(number)
        goes_on = before in works and before != number and periods[number].comes_once
        if goes_on and not is_within(WHOLE, times.on(before)):
            rule = "goes on although it has stopped in the period before"
            yield broken(where, rule, times.on(before), 1)
    yield from _pause_faults(times)


def _pause_faults(times: _Timetable) -> Iterator[Violation]:
    """A run that is paused too soon after it has begun."""
    on_hours: defaultdict[int, list[Fraction]] = defaultdict(list)
    could: defaultdict[int, list[Fraction]] = defaultdict(list)
    least, run = _least_hours(times), times.run
    for number in times.windows:
        began = NOTHING
        for each, elapsed in times.back(number):
            if elapsed >= least * (1 - TOLERANCE):
                break
            began += times.begun(each) if each != number else NOTHING
            could[each].append(times.windows[number])
            on_hours[each].append(times.on(number) * times.windows[number])
        on = times.on(number)
        if times.periods[number].comes_once:
            on = WHOLE if on else NOTHING
        if began > on + TOLERANCE:  # parts of 1
            where = f"workload {run.name} in {times.periods[number].name}"
            yield broken(where, "is paused too soon after it has begun", on, began)
    for number in times.works:
        wanted = min(least, max(total(could[number]), exact(run.restart_hours)))
        is_short = not is_within(wanted, total(on_hours[number]))
        if times.periods[number].comes_once and times.begun(number) and is_short:
            where = f"workload {run.name} in {times.periods[number].name}"
            rule = "is paused too soon after it has begun"
            yield broken(where, rule, total(on_hours[number]), wanted)


def _least_hours(times: _Timetable) -> Fraction:
    """From a begin to a pause, if all of the run does not take less: at least a restart."""
    whole = next(
        (quotient(each.needed_hours, each.share) for each in times.works.values() if each.share),
        NOTHING,
    )
    restart = exact(times.run.restart_hours)
    return max(restart, min(exact(times.run.minimum_run_hours), whole + restart))


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
