"""The checker's story: what a plan decides, what follows from it, what the plan states instead."""

from collections.abc import Iterator

from planner.catalog.index import Catalog
from planner.domain.plan import Plan, Violation
from planner.domain.scenario import StagedScenario
from planner.verification.allocations import allocation_faults
from planner.verification.bill import bill_faults, billed
from planner.verification.demand import demand_faults
from planner.verification.facts import Facts, facts_of
from planner.verification.holdings import capacity_faults, holdings_of
from planner.verification.identity import form_faults, identity_faults
from planner.verification.limits import limit_faults
from planner.verification.mix import mix_faults
from planner.verification.offloads import answered_of, offload_faults
from planner.verification.order import order_faults
from planner.verification.placement import placements
from planner.verification.refusal import refusal_faults
from planner.verification.rejections import rejection_faults
from planner.verification.schedule import schedule_faults
from planner.verification.sites import site_faults
from planner.verification.totals import total_faults
from planner.verification.work import works_of
from planner.verification.workloads import workload_faults


def verify(plan: Plan, scenario: StagedScenario, catalog: Catalog) -> tuple[Violation, ...]:
    """Recompute every number of a plan from its scenario; empty when all of them agree.

    `catalog` is one that `check_scenario` returned for the scenario. Real numbers agree within
    1e-6, relatively; whole numbers and names exactly. Violations are in the units of their field.

    Not recomputed, because it is the optimizer's word: the bound, what a limit is worth, that an
    infeasible scenario is infeasible, and the sizes in rejections and shortages.
    """
    malformed = form_faults(plan)
    if malformed:
        return malformed
    facts = facts_of(scenario, catalog)
    answer = refusal_faults if plan.status == "infeasible" else _answer_faults
    return (
        *identity_faults(plan, facts),
        *rejection_faults(plan, facts),
        *answer(plan, facts),
    )


def _answer_faults(plan: Plan, facts: Facts) -> Iterator[Violation]:
    placed, misplaced = placements(plan.allocations, facts)
    works, unsound = works_of(placed, facts)
    holdings, unmatched = holdings_of(plan.purchases, works, facts)
    items = billed(holdings)
    answered, unoffered = answered_of(plan, facts)
    yield from (*misplaced, *unsound, *unmatched, *unoffered)
    yield from offload_faults(answered, facts)
    yield from demand_faults(plan, placed, facts)
    yield from mix_faults(works, facts)
    yield from allocation_faults(works)
    yield from order_faults(works, facts)
    yield from capacity_faults(holdings, facts)
    yield from schedule_faults(holdings, facts)
    yield from bill_faults(items)
    yield from workload_faults(plan, works, answered, items, facts)
    yield from site_faults(plan, items, facts)
    yield from total_faults(plan, items, facts)
    yield from limit_faults(plan, holdings, works, facts)
