"""A plan out of a solution."""

from collections.abc import Sequence
from math import fsum

from planner.candidates.layout import Compiled
from planner.domain.option import Candidates, Pool
from planner.domain.plan import (
    Allocation,
    CostParts,
    Evidence,
    Offloaded,
    Plan,
    Unmet,
    WorkloadResult,
)
from planner.domain.scenario import StagedScenario
from planner.interpretation.allocations import allocation_of, tokens_of
from planner.interpretation.bill import Bill, billed
from planner.interpretation.chosen import NOTHING, Chosen, chosen_options
from planner.interpretation.limits import binding_limits, quality_limits, shortages
from planner.interpretation.notices import notices
from planner.interpretation.offloaded import offloaded_rows, offloaded_tokens
from planner.interpretation.results import site_loads, workload_result
from planner.interpretation.schedule import starts_of
from planner.problem.solution import Solution


def interpret(
    scenario: StagedScenario,
    candidates: Candidates,
    compiled: Compiled,
    solution: Solution,
    evidence: Evidence,
) -> Plan:
    """The plan that a solution means; for an infeasible scenario, what cannot be met and why."""
    if solution.status == "infeasible":
        return _refusal(scenario, candidates, compiled, solution, evidence)
    chosen = chosen_options(scenario, candidates, compiled.layout, solution)
    layout = compiled.layout
    standing = layout.blocks_of(layout.standing_block, solution.choice.blocks).tolist()
    bill = billed(scenario, candidates.pools, chosen, standing)
    allocations = _allocations(scenario, candidates, chosen, bill)
    offloaded = offloaded_rows(scenario, candidates, layout, solution)
    unmet = _unmet(scenario, compiled, solution)
    cost = CostParts(
        capacity_usd=fsum(line.capacity_usd for line in bill.purchases),
        electricity_usd=fsum(line.electricity_usd for line in bill.purchases),
        unmet_penalty_usd=fsum(each.penalty_usd for each in unmet),
    )
    energy_mwh = fsum(line.energy_mwh for line in bill.purchases)
    carbon_tonnes = fsum(line.carbon_tonnes for line in bill.purchases)
    objective = _objective(scenario, cost, energy_mwh, carbon_tonnes)
    results = _results(scenario, chosen, allocations, offloaded)
    # nothing costs less than nothing, whatever a relaxation proves
    bound = None if solution.bound is None else max(0.0, min(solution.bound, objective))
    return Plan(
        scenario=scenario.scenario,
        status=solution.status,
        objective_usd=objective,
        bound_usd=bound,
        gap=None if bound is None else _gap(objective, bound),
        horizon_days=scenario.horizon.days,
        cost_usd=cost.capacity_usd + cost.electricity_usd + cost.unmet_penalty_usd,
        cost=cost,
        energy_mwh=energy_mwh,
        carbon_tonnes=carbon_tonnes,
        user_energy_mwh=fsum(each.user_energy_mwh for each in offloaded),
        verified=False,
        workloads=results,
        allocations=allocations,
        offloaded=offloaded,
        purchases=bill.purchases,
        unmet=unmet,
        sites=site_loads(scenario, candidates, chosen, standing, bill.purchases),
        binding=(
            *binding_limits(candidates, compiled, solution),
            *quality_limits(results, scenario, compiled, solution),
        ),
        notices=notices(scenario, _pools_in_use(candidates, bill)),
        rejections=candidates.rejections,
        evidence=evidence,
    )


def _allocations(
    scenario: StagedScenario, candidates: Candidates, chosen: Sequence[Chosen], bill: Bill
) -> tuple[Allocation, ...]:
    """A row for every option in use, jobs at the time when they begin."""
    begin = starts_of(scenario, chosen)
    return tuple(
        allocation_of(
            each, candidates.pools[each.pool], charge, scenario, begin.get(each.workload.name, 0.0)
        )
        for each, charge in zip(chosen, bill.charges, strict=True)
    )


def _results(
    scenario: StagedScenario,
    chosen: Sequence[Chosen],
    allocations: Sequence[Allocation],
    offloaded: tuple[Offloaded, ...],
) -> tuple[WorkloadResult, ...]:
    """A row for every workload."""
    names = [each.name for each in scenario.workloads]
    placed: dict[str, list[Allocation]] = {name: [] for name in names}
    answered: dict[str, list[Offloaded]] = {name: [] for name in names}
    tokens: dict[str, list[float]] = {name: [] for name in names}
    for option, allocation in zip(chosen, allocations, strict=True):
        placed[allocation.workload].append(allocation)
        tokens[allocation.workload].append(tokens_of(option))
    for row in offloaded:
        answered[row.workload].append(row)
    return tuple(
        workload_result(
            each,
            placed[each.name],
            answered[each.name],
            fsum(tokens[each.name]) + offloaded_tokens(answered[each.name], each, scenario),
        )
        for each in scenario.workloads
    )


def _refusal(
    scenario: StagedScenario,
    candidates: Candidates,
    compiled: Compiled,
    solution: Solution,
    evidence: Evidence,
) -> Plan:
    return Plan(
        scenario=scenario.scenario,
        status="infeasible",
        objective_usd=None,
        bound_usd=None,
        gap=None,
        horizon_days=scenario.horizon.days,
        cost_usd=0.0,
        cost=CostParts(capacity_usd=0.0, electricity_usd=0.0, unmet_penalty_usd=0.0),
        energy_mwh=0.0,
        carbon_tonnes=0.0,
        verified=False,
        shortages=shortages(scenario, candidates, compiled, solution),
        rejections=candidates.rejections,
        evidence=evidence,
    )


def _objective(
    scenario: StagedScenario, cost: CostParts, energy_mwh: float, carbon_tonnes: float
) -> float:
    weights = scenario.objective
    return (
        weights.cost_weight * (cost.capacity_usd + cost.electricity_usd)
        + cost.unmet_penalty_usd
        + weights.energy_usd_per_mwh * energy_mwh
        + weights.carbon_usd_per_tonne * carbon_tonnes
    )


def _gap(objective: float, bound: float) -> float:
    return 0.0 if objective == bound else (objective - bound) / abs(objective)


def _unmet(scenario: StagedScenario, compiled: Compiled, solution: Solution) -> tuple[Unmet, ...]:
    found = []
    for row, workload in enumerate(scenario.workloads):
        items = compiled.layout.items_of(row)
        share = fsum(compiled.problem.item_weight[i] * solution.unmet[i] for i in items)
        if workload.unmet_penalty_usd is not None and share > NOTHING:
            penalty = share * workload.unmet_penalty_usd
            found.append(Unmet(workload=workload.name, share=share, penalty_usd=penalty))
    return tuple(found)


def _pools_in_use(candidates: Candidates, bill: Bill) -> list[Pool]:
    used = {(line.site, line.node_type, line.purchase) for line in bill.purchases}
    return [
        pool
        for pool in candidates.pools
        if (pool.place.name, pool.node_type.name, pool.purchase) in used
    ]
