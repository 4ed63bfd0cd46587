"""A plan that says that there is none."""

from collections import Counter
from collections.abc import Iterator, Sequence

from planner.catalog.periods import PeriodScenario
from planner.domain.plan import Plan, Shortage, Violation
from planner.verification.exact import TOLERANCE, exact
from planner.verification.facts import Facts
from planner.verification.violations import Expected, broken, differences

EMPTY = (
    "workloads",
    "allocations",
    "purchases",
    "contracts",
    "commitments",
    "agreements",
    "build_out",
    "moves",
    "meters",
    "on_site",
    "curtailment",
    "demand_charges",
    "clean_energy",
    "periods",
    "break_even",
    "unmet",
    "sites",
    "binding",
    "notices",
)
"""Tables that only a plan has."""


def refusal_faults(
    plan: Plan, facts: Facts, asked: Sequence[PeriodScenario]
) -> Iterator[Violation]:
    """Whether an infeasible plan promises nothing, and says which demand is short.

    That nothing could be done is the optimizer's word: a checker cannot prove it.
    """
    zero = exact(0)
    totals: dict[str, Expected] = {"cost_usd": zero, "energy_mwh": zero, "carbon_tonnes": zero}
    claims: dict[str, Expected] = {"objective_usd": None, "bound_usd": None, "gap": None}
    yield from differences("plan", plan, totals | claims)
    parts: dict[str, Expected] = {
        "capacity_usd": zero,
        "electricity_usd": zero,
        "licence_usd": zero,
        "site_usd": zero,
        "one_off_usd": zero,
        "transfer_usd": zero,
        "agreements_usd": zero,
        "beyond_horizon_usd": zero,
        "unmet_penalty_usd": zero,
    }
    yield from differences("cost", plan.cost, parts)
    for table in EMPTY:
        if getattr(plan, table):
            yield broken(table, "an infeasible plan has none")
    if not plan.shortages:
        yield broken("shortages", "an infeasible plan says what is short")
    for each in asked:
        short = [row for row in plan.shortages if row.period == each.period.name]
        yield from _shortage_faults(short, facts)


def _shortage_faults(short: Sequence[Shortage], facts: Facts) -> Iterator[Violation]:
    seen: Counter[str] = Counter()
    for row, shortage in enumerate(short):
        where = f"shortages.{row}"
        workload = facts.workloads.get(shortage.workload)
        seen[shortage.workload] += 1
        if workload is None:
            yield broken(where, f"there is no workload {shortage.workload}")
        elif workload.unmet_penalty_usd is not None:
            yield broken(where, f"{workload.name} may go short: it has a penalty")
        elif seen[shortage.workload] > 1:
            yield broken(where, f"{workload.name} has a row already")
        if not 0 < exact(shortage.unmet_share) <= 1 + TOLERANCE:
            rule = "must be above 0 and at most 1"
            yield broken(f"{where}.unmet_share", rule, shortage.unmet_share)
        if not shortage.reasons:
            yield broken(f"{where}.reasons", "a shortage has a reason")
