"""The plan as a whole: its sums, what was minimised, and how good it claims to be."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.domain.plan import Plan, Violation
from planner.verification.books import PeriodBook, near
from planner.verification.exact import exact, is_within, total
from planner.verification.facts import Facts
from planner.verification.meters import MeterBook
from planner.verification.violations import broken, differences


def total_faults(
    plan: Plan,
    books: Sequence[PeriodBook],
    meters: MeterBook,
    beyond_usd: Fraction,
    facts: Facts,
) -> Iterator[Violation]:
    """Totals that are not the sum of the parts, and claims that contradict them."""
    penalty = total(each.penalty_usd for each in books)
    agreements = total(each.agreements_usd for each in books)
    sites = total(each.site_usd for each in books)
    cost = total(each.cost_usd for each in books) + beyond_usd
    parts = {
        "capacity_usd": total(each.usage_usd + each.contract_usd for each in books),
        "licence_usd": total(each.licence_usd for each in books),
        "electricity_usd": total(each.electricity_usd for each in books),
        "transfer_usd": total(each.transfer_usd for each in books),
        "beyond_horizon_usd": beyond_usd,
        "unmet_penalty_usd": penalty,
    }
    yield from differences("cost", plan.cost, parts)
    # electricity may earn
    size = total(abs(usd) for usd in (*parts.values(), *meters.usd_size.values()))
    once = total(each.one_off_usd for each in books)
    size += abs(once)
    yield from near("cost.one_off_usd", plan.cost.one_off_usd, once, size)
    yield from near("cost.site_usd", plan.cost.site_usd, sites, size)
    yield from near("cost.agreements_usd", plan.cost.agreements_usd, agreements, size)
    yield from near("plan.cost_usd", plan.cost_usd, cost, size)
    energy = total(each.energy_mwh for each in books)
    carbon = total(each.carbon_tonnes for each in books)
    objective = _objective_usd(cost - penalty, penalty, energy, carbon, facts)
    yield from differences(
        "plan",
        plan,
        {
            "energy_mwh": energy,
            "user_energy_mwh": total(exact(each.user_energy_mwh) for each in plan.offloaded),
        },
    )
    emitted = total(abs(each.carbon_tonnes) for each in books) + total(meters.carbon_size.values())
    yield from near("plan.carbon_tonnes", plan.carbon_tonnes, carbon, emitted)
    if plan.objective_usd is None:
        yield broken("plan.objective_usd", "a plan has an objective", None, objective)
    else:
        weighed = size + abs(objective)
        yield from near("plan.objective_usd", plan.objective_usd, objective, weighed)
    yield from _claim_faults(plan)
    if plan.shortages:
        yield broken("shortages", "only an infeasible plan is short of anything")


def use_faults(
    plan: Plan, books: Sequence[PeriodBook], meters: MeterBook, facts: Facts
) -> Iterator[Violation]:
    """Limits of energy and carbon that the plan exceeds, and market-based carbon."""
    limits = facts.scenario.limits
    energy = total(each.energy_mwh for each in books)
    carbon = total(each.carbon_tonnes for each in books)
    for what, used, most in (
        ("MWh of energy", energy, limits.energy_mwh),
        ("t of carbon", carbon, limits.carbon_tonnes),
    ):
        if most is not None and not is_within(used, exact(most)):
            yield broken("plan", f"uses more {what} than its limit", used, most)
    market = carbon - meters.matched_tonnes if meters.has_contracts else None
    if market is None or plan.market_carbon_tonnes is None:
        yield from differences("plan", plan, {"market_carbon_tonnes": market})
        return
    size = carbon + meters.matched_tonnes + total(meters.carbon_size.values())
    stated = plan.market_carbon_tonnes
    yield from near("plan.market_carbon_tonnes", stated, market, size)


def _objective_usd(
    spent_usd: Fraction, penalty_usd: Fraction, energy: Fraction, carbon: Fraction, facts: Facts
) -> Fraction:
    goal = facts.scenario.objective
    return (
        exact(goal.cost_weight) * spent_usd
        + penalty_usd
        + exact(goal.energy_usd_per_mwh) * energy
        + exact(goal.carbon_usd_per_tonne) * carbon
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
