"""What the reader of a plan should know before signing it: all of it, and nothing else."""

from collections.abc import Iterator

from planner.domain.notices import notices
from planner.domain.plan import Plan, Violation
from planner.verification.facts import Facts, stated_key
from planner.verification.violations import broken


def notice_faults(plan: Plan, facts: Facts) -> Iterator[Violation]:
    """Notices that are left out or made up."""
    in_use = {stated_key(each) for each in plan.purchases}
    pools = [pool for key, pool in facts.pools.items() if key in in_use]
    due = notices(facts.scenario, pools)
    for notice in due:
        if notice not in plan.notices:
            yield broken("notices", f"must say: {notice}")
    for row, notice in enumerate(plan.notices):
        if notice not in due or notice in plan.notices[:row]:
            yield broken(f"notices.{row}", f"does not follow from the scenario: {notice}")
