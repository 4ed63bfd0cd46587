"""A plan out of a solution."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from math import fsum, inf
from typing import Any, Final

from planner.candidates.layout import Program
from planner.domain.agreement import Cell, SpendLimit
from planner.domain.notices import notices
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.plan import CostParts, Evidence, Plan, Status
from planner.domain.rejection import Rejection
from planner.domain.scenario import StagedScenario
from planner.domain.statement import PeriodResult
from planner.interpretation.books import Added, period_results
from planner.interpretation.break_even import break_even_rows, mean_pools
from planner.interpretation.contracts import (
    SignedContract,
    contract_lines,
    contract_payments,
    signed_contracts,
)
from planner.interpretation.economics import economics
from planner.interpretation.footprint import embodied_tonnes, water_m3
from planner.interpretation.limits import NOTHING_RUNS_IT, shortages
from planner.interpretation.meters import Metering, held_nodes, metering
from planner.interpretation.one_off import built, moved, transferred
from planner.interpretation.period import PeriodRows, period_rows, pools_in_use, usage_charges
from planner.interpretation.refusal import whole_limits
from planner.interpretation.settlement import (
    Spend,
    agreement_lines,
    changes,
    settled,
    spend_lines,
)
from planner.problem.solution import Solution

SMALLEST_SPEND: Final = 1e-6
"""USD per hour: less is a solver's rounding."""


def interpret(
    scenario: StagedScenario, program: Program, solution: Solution, evidence: Evidence
) -> Plan:
    """The plan that a solution means; for an infeasible scenario, what cannot be met and why."""
    if solution.status == "infeasible":
        return _refusal(scenario, program, solution, evidence)
    asked = {each.name: each for each in scenario.workloads}
    signed = signed_contracts(program, solution)
    rows = tuple(
        period_rows(program, number, solution, signed, asked)
        for number in range(len(program.parts))
    )
    books = _books(scenario, program, solution, signed, rows)
    draft = _rows_of(scenario, program, solution, evidence, rows)
    objective = _objective(scenario, books)
    # nothing costs less than nothing, whatever a relaxation proves; credits, discounts and
    # power apart that pays who takes it, or who does not
    least = -inf if program.agreed or _earns(program) else 0.0
    bound = None if solution.bound is None else max(least, min(solution.bound, objective))
    return draft.model_copy(
        update={
            **books,
            "objective_usd": objective,
            "bound_usd": bound,
            "gap": None if bound is None else _gap(objective, bound),
        }
    )


def _earns(program: Program) -> bool:
    """Whether electricity, or doing without it, can bring money in."""
    places = [place for part in program.parts for place in part.candidates.places]
    return (
        any((place.electricity_usd_per_kwh or 0.0) < 0 for place in places)
        or any(supply.called_hours for supply in program.metered.supplies)
        or any(
            each.usd_per_kwh < 0
            for supply in program.metered.supplies
            for each in supply.power.on_site
        )
        or any(
            each.usd_per_kwh < 0
            for supply in program.metered.supplies
            for each in supply.power.clean_energy
        )
    )


def _books(
    scenario: StagedScenario,
    program: Program,
    solution: Solution,
    signed: Sequence[SignedContract],
    rows: Sequence[PeriodRows],
) -> dict[str, Any]:
    """Fields of the plan that are about money."""
    periods = [part.asked.period for part in program.parts]
    pools = program.parts[0].candidates.pools
    charged = _charged(rows, pools, signed, periods)
    spends = _spends(program, solution)
    done = settled(program.agreed, program.accounts, charged, spends, pools, periods)
    metered = metering(program, solution, rows, held_nodes(program, signed))
    agreed_usd = changes(done, program.agreed)
    moves, transfers = moved(program, rows), transferred(scenario, rows)
    once = replace(built(program, solution), moves=moves, transfers=transfers)
    results = period_results(rows, charged, signed, Added(agreed_usd, metered, once), periods)
    contracts = tuple(contract_lines(pools, signed, periods))
    commitments = tuple(spend_lines(spends, program.agreed, periods))
    beyond = fsum(e.beyond_usd for e in contracts) + fsum(e.beyond_usd for e in commitments)
    cost = _cost(results, beyond)
    lines = [line for each in rows for line in each.purchases]
    workloads = [result for each in rows for result in each.workloads]
    target = scenario.finance.target_gross_margin
    return {
        "cost": cost,
        "cost_usd": fsum(getattr(cost, name) for name in CostParts.model_fields),
        "energy_mwh": fsum(each.energy_mwh for each in results),
        "carbon_tonnes": fsum(each.carbon_tonnes for each in results),
        "contracts": contracts,
        "commitments": commitments,
        "agreements": tuple(agreement_lines(done, program.agreed, periods)),
        "build_out": once.build_out,
        "moves": once.moves,
        "transfers": once.transfers,
        **{each.name: getattr(metered, each.name) for each in fields(metered)},
        "market_carbon_tonnes": _market_tonnes(results, metered),
        "embodied_carbon_tonnes": embodied_tonnes(rows, scenario.finance.hardware_life_years),
        "water_m3": water_m3(rows, metered.meters),
        "periods": results,
        "break_even": tuple(break_even_rows(mean_pools(program), signed, lines, periods)),
        "economics": economics(workloads, results, transfers, beyond, target),
    }


def _charged(
    rows: Sequence[PeriodRows],
    pools: Sequence[Pool],
    signed: Sequence[SignedContract],
    periods: Sequence[Period],
) -> dict[Cell, float]:
    """Everything that is paid before agreements."""
    sums: defaultdict[Cell, list[float]] = defaultdict(list)
    for each in rows:
        for cell, values in usage_charges(each, pools).items():
            sums[cell] += values
    for cell, usd in contract_payments(signed, periods):
        sums[cell].append(usd)
    return {cell: fsum(values) for cell, values in sums.items()}


def _spends(program: Program, solution: Solution) -> tuple[Spend, ...]:
    """Every commitment to spend that the solution signs."""
    amounts = [(each, float(solution.choice.blocks[each.block])) for each in program.spends]
    return tuple(
        Spend(each.agreement, each.period, usd) for each, usd in amounts if usd > SMALLEST_SPEND
    )


def _market_tonnes(results: Sequence[PeriodResult], metered: Metering) -> float | None:
    """Carbon with what contracted clean energy takes off; None where there is none."""
    if not metered.clean_energy:
        return None
    matched = fsum(each.carbon_tonnes for each in metered.clean_energy)
    return fsum(each.carbon_tonnes for each in results) - matched


def _cost(results: Sequence[PeriodResult], beyond_usd: float) -> CostParts:
    return CostParts(
        capacity_usd=fsum(usd for each in results for usd in (each.usage_usd, each.contract_usd)),
        licence_usd=fsum(each.licence_usd for each in results),
        electricity_usd=fsum(each.electricity_usd for each in results),
        site_usd=fsum(each.site_usd for each in results),
        one_off_usd=fsum(each.one_off_usd for each in results),
        transfer_usd=fsum(each.transfer_usd for each in results),
        agreements_usd=fsum(each.agreements_usd for each in results),
        beyond_horizon_usd=beyond_usd,
        unmet_penalty_usd=fsum(each.unmet_penalty_usd for each in results),
    )


def _rows_of(
    scenario: StagedScenario,
    program: Program,
    solution: Solution,
    evidence: Evidence,
    rows: Sequence[PeriodRows],
) -> Plan:
    """The plan with all its rows, before its bill is added up."""
    offloaded = tuple(row for each in rows for row in each.offloaded)
    purchases = tuple(row for each in rows for row in each.purchases)
    pools = pools_in_use(program.parts[0].candidates, purchases)
    return _empty(scenario, solution.status, evidence).model_copy(
        update={
            "user_energy_mwh": fsum(each.user_energy_mwh for each in offloaded),
            "workloads": tuple(row for each in rows for row in each.workloads),
            "allocations": tuple(row for each in rows for row in each.allocations),
            "offloaded": offloaded,
            "purchases": purchases,
            "survivals": tuple(row for each in rows for row in each.survivals),
            "unmet": tuple(row for each in rows for row in each.unmet),
            "sites": tuple(row for each in rows for row in each.sites),
            "binding": tuple(row for each in rows for row in each.binding),
            "notices": notices(scenario, pools),
            "rejections": _rejections(program),
        }
    )


def _rejections(program: Program) -> tuple[Rejection, ...]:
    """Each once, although every period may have met it."""
    return tuple(dict.fromkeys(e for part in program.parts for e in part.candidates.rejections))


def _refusal(
    scenario: StagedScenario, program: Program, solution: Solution, evidence: Evidence
) -> Plan:
    found = [
        each.model_copy(
            update={
                "period": part.asked.period.name,
                "reasons": _why(
                    (*_budgets(program, number), *whole_limits(scenario, each.workload)),
                    each.reasons,
                ),
            }
        )
        for number, part in enumerate(program.parts)
        for each in shortages(part, program.compiled(number), solution)
    ]
    draft = _empty(scenario, "infeasible", evidence)
    return draft.model_copy(update={"shortages": tuple(found), "rejections": _rejections(program)})


def _why(of_the_plan: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    """Reasons of a shortage; that nothing runs it is none where the whole plan has one."""
    return (*of_the_plan, *own) if not of_the_plan or own != (NOTHING_RUNS_IT,) else of_the_plan


def _budgets(program: Program, number: int) -> Iterator[str]:
    """Limits on what may be spent in a period."""
    periods = [part.asked.period for part in program.parts]
    for account in program.accounts:
        agreed = program.agreed[account.agreement]
        if isinstance(agreed.terms, SpendLimit) and number in account.periods:
            first, last = periods[account.periods[0]], periods[account.periods[-1]]
            span = first.name if first == last else f"{first.name} to {last.name}"
            kinds = ", ".join(sorted(agreed.charges))
            yield (
                f"{agreed.name} allows {agreed.terms.most_usd:,.6g} USD of {kinds} in {span}:"
                " what must be done may cost more"
            )


def _empty(scenario: StagedScenario, status: Status, evidence: Evidence) -> Plan:
    return Plan(
        scenario=scenario.scenario,
        status=status,
        objective_usd=None,
        bound_usd=None,
        gap=None,
        horizon_days=scenario.horizon.length_days,
        cost_usd=0.0,
        cost=CostParts(capacity_usd=0.0, electricity_usd=0.0, unmet_penalty_usd=0.0),
        energy_mwh=0.0,
        carbon_tonnes=0.0,
        verified=False,
        evidence=evidence,
    )


def _objective(scenario: StagedScenario, books: Mapping[str, Any]) -> float:
    weights, cost = scenario.objective, books["cost"]
    spent = books["cost_usd"] - cost.unmet_penalty_usd
    return float(
        weights.cost_weight * spent
        + cost.unmet_penalty_usd
        + weights.energy_usd_per_mwh * books["energy_mwh"]
        + weights.carbon_usd_per_tonne * books["carbon_tonnes"]
    )


def _gap(objective: float, bound: float) -> float | None:
    """None where there is nothing to relate it to."""
    if objective == bound:
        return 0.0
    return (objective - bound) / abs(objective) if objective else None
