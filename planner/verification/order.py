"""Whether jobs wait for what they come after."""

from collections.abc import Iterator, Sequence

from planner.domain.plan import Violation
from planner.verification.demand import WHOLE, ready_hours
from planner.verification.exact import is_same, total
from planner.verification.facts import Facts
from planner.verification.violations import broken, differences
from planner.verification.work import Work, works_by_workload


def order_faults(works: Sequence[Work], facts: Facts) -> Iterator[Violation]:
    """Work that begins at another time than when its data is there and what it comes after done."""
    by_job = works_by_workload(works)
    for work in works:
        before = facts.after.get(work.placed.workload.name, ())
        for first in before:
            done = total(each.share for each in by_job.get(first, ()))
            if not is_same(done, WHOLE):
                rule = f"{first}, which comes before, is not done"
                yield broken(work.placed.where, rule, done, WHOLE)
        ends = [each.end_hours for first in before for each in by_job.get(first, ())]
        there = ready_hours(work.placed.workload, facts, work.placed.pool.place.name)
        expected = {"start_hours": max((there, *ends))}
        yield from differences(work.placed.where, work.placed.stated, expected)
