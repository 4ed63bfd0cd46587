"""How much work an allocation does, how long its replicas are busy with it, what they draw."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from planner.domain.plan import Violation
from planner.domain.workload import Serving, TrainingRun
from planner.verification.demand import late_hours, ready_hours, window_hours
from planner.verification.exact import TOLERANCE, exact, is_within, quotient, total
from planner.verification.facts import Facts
from planner.verification.parts import Part, parts_of
from planner.verification.placement import Placed
from planner.verification.violations import broken


@dataclass(frozen=True)
class Work:
    """An allocation and everything that follows from what it decides."""

    placed: Placed
    parts: tuple[Part, ...]
    horizon_hours: Fraction
    is_paced: bool
    """Whether it is a job that other periods do some of, too."""

    @property
    def is_standing(self) -> bool:
        """Whether it runs all the time, on nodes it may share."""
        return isinstance(self.placed.workload, Serving)

    @property
    def share(self) -> Fraction:
        """Of the workload."""
        return total(part.share for part in self.parts)

    @property
    def tokens(self) -> Fraction:
        """Over the horizon."""
        return total(part.tokens for part in self.parts)

    @property
    def busy_hours(self) -> Fraction:
        """Of replicas at full throughput."""
        return total(part.busy_hours for part in self.parts)

    @property
    def busy_accelerator_hours(self) -> Fraction:
        """Of their accelerators."""
        return self.busy_hours * self.placed.replica_accelerators

    @property
    def busy_wh(self) -> Fraction:
        """What the accelerators draw in their busy time."""
        draw = total(part.busy_hours * exact(part.rate.accelerator_power_w) for part in self.parts)
        return draw * self.placed.replica_accelerators

    @property
    def powered_wh(self) -> Fraction:
        """What the accelerators of a job draw, interruptions and restarts included."""
        if not self.holds_gang:
            return quotient(self.busy_wh, exact(self.placed.pool.terms.goodput))
        draw = total(exact(part.rate.accelerator_power_w) for part in self.parts)
        return draw * self.hours * self.placed.replica_accelerators

    @property
    def hours(self) -> Fraction:
        """How long it runs; a job pays for the time that interruptions cost, too."""
        if self.is_standing:
            return self.horizon_hours
        if self.holds_gang:
            return exact(self.placed.stated.hours)
        return self.needed_hours

    @property
    def needed_hours(self) -> Fraction:
        """Of a job, for its work alone."""
        goodput = exact(self.placed.pool.terms.goodput)
        return quotient(self.busy_hours, goodput * self.placed.stated.replicas)

    @property
    def holds_gang(self) -> bool:
        """Whether it is a training run that loses time where it begins and after pauses."""
        return self.is_paced and isinstance(self.placed.workload, TrainingRun)

    @property
    def end_hours(self) -> Fraction:
        """When it is done, after the beginning of the horizon."""
        return exact(self.placed.stated.start_hours) + self.hours

    @property
    def busy_replicas(self) -> Fraction:
        """Mean number of replicas at work; a job keeps all of them at it."""
        if self.is_standing:
            return quotient(self.busy_hours, self.horizon_hours)
        return Fraction(self.placed.stated.replicas)


def works_of(
    placed: Sequence[Placed], facts: Facts
) -> tuple[tuple[Work, ...], tuple[Violation, ...]]:
    """The work of every allocation, and what is wrong with how it is done."""
    works: list[Work] = []
    faults: list[Violation] = []
    for each in placed:
        parts, found = parts_of(each, facts)
        work = Work(each, parts, facts.hours, facts.is_paced(each.workload.name))
        works.append(work)
        faults += (*found, *_pace_faults(work, facts))
    return tuple(works), tuple(faults)


def works_by_workload(works: Sequence[Work]) -> Mapping[str, Sequence[Work]]:
    """The works of each workload that has any, by its name."""
    found: defaultdict[str, list[Work]] = defaultdict(list)
    for work in works:
        found[work.placed.workload.name].append(work)
    return dict(found)


def planned_over_mean(workload: Serving) -> Fraction:
    """What capacity must bear over what arrives on average."""
    if workload.planned_requests_per_s is None or not workload.requests_per_s:
        return Fraction(1)
    return exact(workload.planned_requests_per_s) / exact(workload.requests_per_s)


def _pace_faults(work: Work, facts: Facts) -> Iterator[Violation]:
    """Replicas that are too few for their work."""
    placed, workload = work.placed, work.placed.workload
    if isinstance(workload, Serving):
        planned = exact(workload.target_utilisation) * exact(placed.pool.terms.goodput)
        most = placed.stated.replicas * planned
        busy = work.busy_replicas * planned_over_mean(workload)
        if not is_within(busy, most):
            rule = "more work than the replicas bear at the target utilisation"
            yield broken(f"{placed.where}.replicas", rule, busy, most)
        return
    # hours are parts of the window, so that is what their tolerance is relative to
    slack = TOLERANCE * window_hours(workload, facts)
    if work.holds_gang and work.needed_hours > work.hours + slack:
        rule = "does more than its gang can in the hours that it is on"
        yield broken(f"{placed.where}.hours", rule, work.hours, work.needed_hours)
    site = placed.pool.place.name
    latest = ready_hours(workload, facts, site) + window_hours(workload, facts)
    latest -= late_hours(workload, facts, site)
    if not is_within(work.end_hours, latest):
        rule = "ends after its deadline or the horizon, in hours"
        yield broken(placed.where, rule, work.end_hours, latest)
