"""The plan as a whole: its sums, what was minimised, and how good it claims to be."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.domain.plan import Plan, Violation
from planner.verification.bill import Charge, Item, added
from planner.verification.exact import exact, total
from planner.verification.facts import Facts
from planner.verification.violations import broken, differences


def total_faults(plan: Plan, items: Sequence[Item], facts: Facts) -> Iterator[Violation]:
    """Totals that are not the sum of the parts, and claims that contradict them."""
    charge = added([item.charge for item in items])
    penalty_usd = _penalty_usd(plan, facts)
    yield from differences(
        "cost",
        plan.cost,
        {
            "capacity_usd": charge.capacity_usd,
            "electricity_usd": charge.electricity_usd,
            "unmet_penalty_usd": penalty_usd,
        },
    )
    yield from differences(
        "plan",
        plan,
        {
            "cost_usd": charge.cost_usd + penalty_usd,
            "energy_mwh": charge.energy_mwh,
            "carbon_tonnes": charge.carbon_tonnes,
            "user_energy_mwh": total(exact(each.user_energy_mwh) for each in plan.offloaded),
            "objective_usd": _objective_usd(charge, penalty_usd, facts),
        },
    )
    yield from _claim_faults(plan)
    if plan.shortages:
        yield broken("shortages", "only an infeasible plan is short of anything")


def _penalty_usd(plan: Plan, facts: Facts) -> Fraction:
    """Of the shares that are stated as undone."""
    known = [(facts.workloads.get(each.workload), each) for each in plan.unmet]
    return total(
        exact(each.share) * exact(workload.unmet_penalty_usd or 0)
        for workload, each in known
        if workload is not None
    )


def _objective_usd(charge: Charge, penalty_usd: Fraction, facts: Facts) -> Fraction:
    goal = facts.scenario.objective
    return (
        exact(goal.cost_weight) * charge.cost_usd
        + penalty_usd
        + exact(goal.energy_usd_per_mwh) * charge.energy_mwh
        + exact(goal.carbon_usd_per_tonne) * charge.carbon_tonnes
    )


def _claim_faults(plan: Plan) -> Iterator[Violation]:
    """The bound itself is the optimizer's word; that it fits the rest can be checked."""
    if plan.bound_usd is None and plan.status == "optimal":
        yield broken("plan.bound_usd", "an optimal plan has a bound")
    if plan.objective_usd is None or plan.bound_usd is None:
        yield from differences("plan", plan, {"gap": None})
        return
    objective, bound = exact(plan.objective_usd), exact(plan.bound_usd)
    if bound > objective:
        yield broken("plan.bound_usd", "no plan can be better than the bound", bound, objective)
    yield from differences("plan", plan, {"gap": _gap(objective, bound)})


def _gap(objective: Fraction, bound: Fraction) -> Fraction | None:
    """None where there is nothing to relate it to."""
    if objective == bound:
        return Fraction(0)
    return (objective - bound) / abs(objective) if objective else None
