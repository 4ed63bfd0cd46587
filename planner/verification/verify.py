"""The checker's story: what a plan decides, what follows from it, what the plan states instead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from planner.catalog.index import Catalog
from planner.catalog.periods import PeriodScenario, by_period
from planner.domain.plan import Plan, Violation
from planner.domain.scenario import StagedScenario
from planner.verification.agreements import ledger_of
from planner.verification.allocations import allocation_faults
from planner.verification.bill import bill_faults, billed
from planner.verification.books import book_faults, books_of, with_changes
from planner.verification.charges import PeriodItems, charges_of, invoice_faults, licensed_hours
from planner.verification.contracts import contracts_of, pools_in
from planner.verification.demand import demand_faults, paced_faults
from planner.verification.economics import break_even_faults, economics_faults
from planner.verification.exact import total
from planner.verification.facts import Facts, facts_of
from planner.verification.footprint import footprint_faults
from planner.verification.holdings import capacity_faults, holdings_of
from planner.verification.identity import form_faults, identity_faults
from planner.verification.limits import limit_faults
from planner.verification.meters import meters_of
from planner.verification.mix import mix_faults
from planner.verification.neighbours import neighbour_faults
from planner.verification.notices import notice_faults
from planner.verification.offloads import answered_of, offload_faults
from planner.verification.one_off import one_off_of
from planner.verification.order import order_faults
from planner.verification.pacing import pace_faults
from planner.verification.placement import placements
from planner.verification.refusal import refusal_faults
from planner.verification.rejections import rejection_faults
from planner.verification.resilience import resilience_faults, share_faults, survival_faults
from planner.verification.schedule import schedule_faults
from planner.verification.sites import site_faults
from planner.verification.stability import stability_faults
from planner.verification.totals import total_faults, use_faults
from planner.verification.violations import broken
from planner.verification.work import works_of
from planner.verification.workloads import workload_faults

BY_PERIOD: Final = (
    "allocations",
    "offloaded",
    "purchases",
    "survivals",
    "unmet",
    "sites",
    "workloads",
    "binding",
    "shortages",
)
"""Tables of a plan whose rows are each of one period."""


def verify(plan: Plan, scenario: StagedScenario, catalog: Catalog) -> tuple[Violation, ...]:
    """Recompute every number of a plan from its scenario; empty when all of them agree.

    `catalog` is one that `check_scenario` returned for the scenario. Real numbers agree within
    1e-6, relatively, bills to the cent; whole numbers and names exactly. Violations are in the
    units of their field.

    Not recomputed, because it is the optimizer's word: the bound, what a limit is worth, that an
    infeasible scenario is infeasible, the sizes in rejections and shortages, and which deployments
    were rejected for what the physics says of them.

    Raises:
        PluginError: a rule of a plugin fails to write its invoice.
    """
    malformed = form_faults(plan)
    if malformed:
        return malformed
    asked = by_period(scenario)
    base = facts_of(scenario, catalog, asked[0])
    answer = refusal_faults if plan.status == "infeasible" else _answer_faults
    return (
        *identity_faults(plan, base),
        *rejection_faults(plan, base),
        *_unknown_periods(plan, asked),
        *answer(plan, base, asked),
    )


def _unknown_periods(plan: Plan, asked: Sequence[PeriodScenario]) -> Iterator[Violation]:
    names = {each.period.name for each in asked}
    for table in BY_PERIOD:
        for row, each in enumerate(getattr(plan, table)):
            if each.period not in names:
                yield broken(f"{table}.{row}.period", f"there is no period {each.period}")


def _answer_faults(plan: Plan, base: Facts, asked: Sequence[PeriodScenario]) -> Iterator[Violation]:
    periods = [each.period for each in asked]
    signed, unsound = contracts_of(plan, base, periods)
    yield from unsound
    once = one_off_of(plan, base, periods)
    yield from once.faults
    yield from paced_faults(plan, asked, base.scenario)
    parts: list[PeriodItems] = []
    rows = _by_period(plan, asked)
    for number, each in enumerate(asked):
        own = facts_of(each.scenario, base.catalog, each)
        facts = own.with_pools(pools_in(own, signed, number, each.period)).built_out(
            {name: float(once.built_kw(name, number)) for name in own.places}
        )
        checked = _period(plan.model_copy(update=rows[each.period.name]), facts, base)
        parts.append(checked.held)
        yield from (_in_period(fault, each) for fault in checked.faults)
    yield from pace_faults(parts, asked, base)
    charged = charges_of(parts, signed, base, periods)
    yield from invoice_faults(parts, signed, charged, base, periods)
    ledger = ledger_of(plan, charged, licensed_hours(parts, base), base, periods)
    yield from ledger.faults
    meters = meters_of(plan, parts, signed, base, periods)
    yield from meters.faults
    books = books_of(plan, parts, charged, signed, periods)
    books = with_changes(books, ledger, meters, once, periods)
    yield from book_faults(plan, books, meters, periods)
    beyond = total(each.beyond_usd(periods) for each in signed) + ledger.beyond_usd
    yield from total_faults(plan, books, meters, beyond, base)
    yield from use_faults(plan, books, meters, base)
    yield from footprint_faults(plan, parts, base)
    yield from share_faults(parts, base)
    yield from neighbour_faults(plan, base)
    yield from economics_faults(plan, books, beyond, base)
    yield from notice_faults(plan, base)
    yield from break_even_faults(plan, signed, parts, base, periods)


@dataclass(frozen=True)
class _Checked:
    held: PeriodItems
    faults: tuple[Violation, ...]


def _period(plan: Plan, facts: Facts, base: Facts) -> _Checked:
    """The rows of one period."""
    placed, misplaced = placements(plan.allocations, facts)
    works, unsound = works_of(placed, facts)
    holdings, unmatched = holdings_of(plan.purchases, works, facts)
    items = billed(holdings, facts)
    answered, unoffered = answered_of(plan, facts)
    faults = (
        *(*misplaced, *unsound, *unmatched, *unoffered),
        *offload_faults(answered, facts),
        *demand_faults(plan, placed, facts),
        *stability_faults(works, facts),
        *resilience_faults(works, facts),
        *survival_faults(plan, items, facts),
        *mix_faults(works, facts),
        *allocation_faults(works),
        *order_faults(works, facts),
        *capacity_faults(holdings, facts),
        *schedule_faults(holdings, facts),
        *bill_faults(items),
        *workload_faults(plan, works, answered, items, facts, base),
        *site_faults(plan, items, facts),
        *limit_faults(plan, holdings, works, facts),
    )
    return _Checked(PeriodItems(facts, items), faults)


def _by_period(plan: Plan, asked: Sequence[PeriodScenario]) -> dict[str, dict[str, object]]:
    """The rows of every period, by its name and by table."""
    found: dict[str, dict[str, list[object]]] = {
        each.period.name: {table: [] for table in BY_PERIOD} for each in asked
    }
    for table in BY_PERIOD:
        for each in getattr(plan, table):
            if each.period in found:
                found[each.period][table].append(each)
    return {
        name: {table: tuple(rows) for table, rows in tables.items()}
        for name, tables in found.items()
    }


def _in_period(fault: Violation, asked: PeriodScenario) -> Violation:
    """Rows count within their period."""
    if not asked.period.is_part:
        return fault
    return fault.model_copy(update={"where": f"{asked.period.name}: {fault.where}"})
