"""Which limits a choice uses up, and what stands in the way of what it cannot do."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import fsum
from types import MappingProxyType
from typing import Final

from planner.candidates.enumeration import rejected_by
from planner.candidates.layout import Compiled, Part
from planner.candidates.order import timed_chains
from planner.domain.option import Candidates
from planner.domain.plan import QUALITY, SPARE_QUALITY, Binding, Shortage, WorkloadResult
from planner.domain.rejection import Reason, Rejection
from planner.domain.scenario import StagedScenario
from planner.domain.workload import Job, TrainingRun
from planner.interpretation.chains import slow_chains
from planner.performance.power import node_full_w, node_idle_w
from planner.problem.solution import Solution
from planner.units import WATTS_PER_KW

NOTHING_BUILT: Final[Mapping[int, float]] = MappingProxyType({})
NOTHING_RUNS_IT: Final = "no capacity of the scenario may run it"
REASONS_SHOWN = 3
"""Reasons per workload in a diagnosis, the nearest misses first."""
OF_THE_SCENARIO: Final[frozenset[Reason]] = frozenset(
    {"site", "interruptible", "route", "transfer", "capacity", "power_limit"}
)
"""Reasons that stand beside a full limit: the scenario could lift them as it could the limit."""
ROUNDING = 1e-4
"""Less undone than this is a solver's gap in the diagnosis, not a demand that cannot be met."""
FULL = 1e-6
"""A limit whose unused part is smaller, relatively, is used up."""


def quality_limits(
    results: Sequence[WorkloadResult],
    scenario: StagedScenario,
    compiled: Compiled,
    solution: Solution,
) -> Iterator[Binding]:
    """Workloads that are served no better than they must be."""
    rows = compiled.layout.quality_resource.tolist()
    for result, workload, row in zip(results, scenario.workloads, rows, strict=True):
        if row < 0 or result.quality is None or isinstance(workload, TrainingRun):
            continue
        minimum = workload.minimum_quality
        if minimum is None or result.quality - minimum >= SPARE_QUALITY * minimum * (1 - FULL):
            continue
        price = solution.shadow_price
        yield Binding(
            resource=compiled.problem.resource_name[row],
            used=result.quality,
            limit=minimum,
            unit=QUALITY,
            worth_usd_per_unit=None if price is None else float(price[row]),
        )


def binding_limits(
    candidates: Candidates,
    compiled: Compiled,
    solution: Solution,
    more_kw: Mapping[int, float] = NOTHING_BUILT,
) -> tuple[Binding, ...]:
    """Pools without a free node and sites without power for one node more.

    `more_kw` is what each site, by its row, has been built out by.
    """
    used = compiled.problem.used(solution.choice)
    power = compiled.layout.power_resource.tolist()
    built = {power[site]: kw * WATTS_PER_KW for site, kw in more_kw.items()}
    bindings: list[Binding] = []
    for resource, unit, scale, smallest in _limits(candidates, compiled):
        more = built.get(resource, 0.0)
        limit = float(compiled.problem.capacity[resource]) + more
        amount = float(used[resource]) + more
        if amount <= 0 or limit - amount >= smallest * (1 - FULL):
            continue
        worth = None if solution.shadow_price is None else solution.shadow_price[resource] * scale
        bindings.append(
            Binding(
                resource=compiled.problem.resource_name[resource],
                used=amount / scale,
                limit=limit / scale,
                unit=unit,
                worth_usd_per_unit=worth,
            )
        )
    return tuple(bindings)


def shortages(part: Part, compiled: Compiled, solution: Solution) -> tuple[Shortage, ...]:
    """Every demand of a period that the nearest choice leaves undone although it must be done."""
    scenario, candidates, suffix = part.asked.scenario, part.candidates, part.asked.suffix
    full = {
        each.resource.removesuffix(suffix): each
        for each in binding_limits(candidates, compiled, solution)
    }
    items = {
        workload.name: compiled.layout.items_of(row)
        for row, workload in enumerate(scenario.workloads)
        if workload.unmet_penalty_usd is None
    }
    undone = {
        name: fsum(compiled.problem.item_weight[i] * solution.unmet[i] for i in rows)
        for name, rows in items.items()
    }
    has_option = set(compiled.problem.deployments.item.tolist())
    impossible = {
        name
        for name, rows in items.items()
        if any(solution.unmet[i] > 0 and i not in has_option for i in rows)
    }
    chains = tuple(timed_chains(scenario))
    is_large = impossible or max(undone.values(), default=0.0) > ROUNDING
    return tuple(
        Shortage(
            workload=name,
            unmet_share=min(share, 1.0),
            reasons=(
                *slow_chains(chains, scenario, candidates, name),
                *_reasons(candidates, name, {} if name in impossible else full),
                *_at_once(scenario, name, impossible),
            ),
        )
        for name, share in undone.items()
        if share > (ROUNDING if is_large else 0.0) or name in impossible
    )


def _at_once(scenario: StagedScenario, name: str, impossible: Collection[str]) -> Iterator[str]:
    """That jobs without an order count as if they ran at once, where an order could help."""
    jobs = [each.name for each in scenario.workloads if isinstance(each, Job)]
    if name in jobs and len(jobs) > 1 and name not in impossible:
        yield (
            "jobs that do not wait for each other count as if they ran at once: one `after` the"
            " other, they take turns"
        )


def _reasons(candidates: Candidates, workload: str, full: dict[str, Binding]) -> tuple[str, ...]:
    """The limits that are full, or what physics misses; an item without an option has no limit."""
    reasons = [*_full_limits(candidates, workload, full)]
    reasons = reasons or [*_small_limits(candidates, workload)]
    misses = rejected_by(candidates, workload)
    reasons += _nearest_misses(
        [each for each in misses if not reasons or each.reason in OF_THE_SCENARIO]
    )
    return tuple(reasons) or (NOTHING_RUNS_IT,)


def _limits(candidates: Candidates, compiled: Compiled) -> Iterator[tuple[int, str, float, float]]:
    """Row, unit, units of the row per shown unit, and the smallest thing that uses it."""
    layout = compiled.layout
    for resource in layout.nodes_resource.tolist():
        if resource >= 0:
            yield resource, "nodes", 1.0, 1.0
    for place, resource in zip(candidates.places, layout.power_resource.tolist(), strict=True):
        draws = [
            node_idle_w(pool.node_type, pool.accelerator)
            for pool in candidates.pools
            if pool.place == place and pool.accelerator.tdp_w is not None
        ]
        if resource >= 0 and draws:
            yield resource, "kW", float(WATTS_PER_KW), min(draws)


def _full_limits(candidates: Candidates, workload: str, full: dict[str, Binding]) -> Iterator[str]:
    pools = sorted(
        {each.pool for each in candidates.options if each.deployment.workload == workload}
    )
    names = dict.fromkeys(
        name
        for row in pools
        for pool in [candidates.pools[row]]
        for name in (f"nodes of {pool.key}", f"IT power at {pool.place.name}")
    )
    for name in names:
        if name in full:
            each = full[name]
            yield f"{each.resource}: {each.used:,.6g} of {each.limit:,.6g} {each.unit} are used"


def _small_limits(candidates: Candidates, workload: str) -> Iterator[str]:
    """Power limits below what one node of an option draws."""
    pools = dict.fromkeys(
        each.pool for each in candidates.options if each.deployment.workload == workload
    )
    for pool in (candidates.pools[row] for row in pools):
        limit_kw = pool.place.most_power_kw
        full_kw = node_full_w(pool.node_type, pool.accelerator) / WATTS_PER_KW
        if limit_kw is not None and limit_kw < full_kw:
            yield (
                f"IT power at {pool.place.name}: {limit_kw:,.6g} kW, one {pool.node_type.name}"
                f" draws up to {full_kw:,.4g} kW"
            )


def _nearest_misses(rejections: Sequence[Rejection]) -> list[str]:
    """The smallest shortfall of each reason, in words."""
    best: dict[str, Rejection] = {}
    for each in rejections:
        known = best.get(each.reason)
        if known is None or _miss(each) < _miss(known):
            best[each.reason] = each
    return [_words(each) for each in sorted(best.values(), key=_miss)[:REASONS_SHOWN]]


def _miss(rejection: Rejection) -> float:
    """How far the need is from what there is, as a factor; infinite where it has no number."""
    needed, available = rejection.needed, rejection.available
    if not needed or not available:
        return float("inf")
    return max(needed / available, available / needed)


def _words(rejection: Rejection) -> str:
    place = " at " + rejection.site if rejection.site else ""
    how = f" ({rejection.parallelism})" if rejection.parallelism else ""
    text = f"{rejection.reason} on {rejection.node_type}{how}{place}"
    if rejection.needed is None or rejection.available is None:
        return text
    return (
        f"{text}: needs {rejection.needed:,.4g} {rejection.unit}, {rejection.available:,.4g} there"
    )
