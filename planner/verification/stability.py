"""Serving that capacity must answer which cannot be taken away."""

from collections.abc import Iterator, Sequence

from planner.domain.plan import Violation
from planner.domain.workload import Serving
from planner.verification.exact import exact, is_within, total
from planner.verification.facts import Facts
from planner.verification.violations import broken
from planner.verification.work import Work, works_by_workload


def stability_faults(works: Sequence[Work], facts: Facts) -> Iterator[Violation]:
    """Workloads of which interruptible capacity answers more than is not protected."""
    by_workload = works_by_workload(works)
    for workload in facts.workloads.values():
        if not isinstance(workload, Serving) or workload.minimum_stable_share == 0:
            continue
        unprotected = 1 - exact(workload.minimum_stable_share)
        for row in range(len(workload.classes)):
            share = total(
                exact(part.share)
                for work in by_workload.get(workload.name, ())
                if work.placed.pool.terms.is_interruptible
                for part in work.placed.stated.served
                if part.request_class == row
            )
            if not is_within(share, unprotected):
                rule = f"capacity that can be taken away answers too much of request class {row}"
                yield broken(f"workload {workload.name}", rule, share, unprotected)
