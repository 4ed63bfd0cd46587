"""What every workload gets, and what every site carries."""

from collections.abc import Sequence
from math import fsum

from planner.domain.option import Candidates, Pool
from planner.domain.plan import Allocation, PurchaseLine, SiteLoad, WorkloadResult
from planner.domain.workload import Serving, Workload
from planner.interpretation.chosen import Chosen, Served
from planner.performance.power import full_w, idle_w, node_full_w, node_idle_w
from planner.units import HOURS_PER_DAY, TOKENS_PER_BILLION, TOKENS_PER_MILLION, WATTS_PER_KW


def workload_result(
    workload: Workload, allocations: Sequence[Allocation], tokens: float
) -> WorkloadResult:
    """Totals of the allocations of one workload, which process `tokens` tokens."""
    cost = fsum(each.cost_usd for each in allocations)
    served = [row for each in allocations for row in each.served]
    answers = isinstance(workload, Serving) and served
    return WorkloadResult(
        workload=workload.name,
        kind=workload.kind,
        architecture=workload.architecture,
        met_share=fsum(each.share for each in allocations),
        accelerators=sum(each.accelerators for each in allocations),
        cost_usd=cost,
        energy_mwh=fsum(each.energy_mwh for each in allocations),
        carbon_tonnes=fsum(each.carbon_tonnes for each in allocations),
        tokens_b=tokens / TOKENS_PER_BILLION,
        usd_per_million_tokens=cost / (tokens / TOKENS_PER_MILLION) if tokens else None,
        ttft_ms=max(row.ttft_ms for row in served) if answers else None,
        tpot_ms=max(row.tpot_ms for row in served) if answers else None,
        days=_days(workload, allocations),
    )


def _days(workload: Workload, allocations: Sequence[Allocation]) -> float | None:
    if isinstance(workload, Serving) or not allocations:
        return None
    return max(each.hours for each in allocations) / HOURS_PER_DAY


def peak_it_w(pool: Pool, chosen: Sequence[Chosen], standing_nodes: int) -> float:
    """Draw of a pool's servers when every replica runs its accelerators at full power."""
    rise = full_w(pool.accelerator) - idle_w(pool.accelerator)
    node_full = node_full_w(pool.node_type, pool.accelerator)
    standing = standing_nodes * node_idle_w(pool.node_type, pool.accelerator)
    return standing + fsum(
        each.accelerators * rise if isinstance(each, Served) else each.nodes * node_full
        for each in chosen
    )


def site_loads(
    candidates: Candidates,
    chosen: Sequence[Chosen],
    standing_nodes: Sequence[int],
    purchases: Sequence[PurchaseLine],
) -> tuple[SiteLoad, ...]:
    """One row per site at which a node is on, in the scenario's order."""
    loads = []
    in_use = {each.pool for each in chosen}
    for place in candidates.places:
        lines = [line for line in purchases if line.site == place.name]
        if not lines:
            continue
        peak_w = fsum(
            peak_it_w(pool, [each for each in chosen if each.pool == row], standing_nodes[row])
            for row, pool in enumerate(candidates.pools)
            if pool.place == place and row in in_use
        )
        loads.append(
            SiteLoad(
                site=place.name,
                it_power_kw=peak_w / WATTS_PER_KW,
                it_power_limit_kw=place.it_power_limit_kw,
                energy_mwh=fsum(line.energy_mwh for line in lines),
                carbon_tonnes=fsum(line.carbon_tonnes for line in lines),
                pue=place.pue,
                carbon_g_per_kwh=place.carbon_g_per_kwh,
                electricity_usd_per_kwh=place.electricity_usd_per_kwh,
            )
        )
    return tuple(loads)
