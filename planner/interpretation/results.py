"""What every workload gets, and what every site carries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import fsum

from planner.candidates.order import order_of
from planner.catalog.periods import PeriodScenario
from planner.domain.option import Candidates, Pool
from planner.domain.period import Period
from planner.domain.plan import Allocation, Offloaded, PurchaseLine, SiteLoad, WorkloadResult
from planner.domain.workload import Serving, TrainingRun, Workload
from planner.interpretation.chosen import Chosen, Served
from planner.network.precedence import Pipeline, most_at_once, pipelines
from planner.performance.power import full_w, idle_w, node_full_w, node_idle_w
from planner.units import HOURS_PER_DAY, TOKENS_PER_BILLION, TOKENS_PER_MILLION, WATTS_PER_KW


def workload_result(
    workload: Workload,
    allocations: Sequence[Allocation],
    offloaded: Sequence[Offloaded],
    tokens: float,
    period: Period,
) -> WorkloadResult:
    """Totals of one workload's allocations and offloads, which process `tokens` tokens."""
    cost = fsum(each.cost_usd for each in allocations)
    answers: list[Allocation | Offloaded] = [*allocations, *offloaded]
    served = [row for each in answers for row in each.served]
    is_waited_for = isinstance(workload, Serving) and served
    return WorkloadResult(
        workload=workload.name,
        kind=workload.kind,
        architecture=_architectures(workload, allocations),
        met_share=fsum(each.share for each in answers),
        accelerators=sum(each.accelerators for each in allocations),
        cost_usd=cost,
        energy_mwh=fsum(each.energy_mwh for each in allocations),
        carbon_tonnes=fsum(each.carbon_tonnes for each in allocations),
        tokens_b=tokens / TOKENS_PER_BILLION,
        usd_per_million_tokens=cost / (tokens / TOKENS_PER_MILLION) if tokens else None,
        ttft_ms=max(row.ttft_ms for row in served) if is_waited_for else None,
        tpot_ms=max(row.tpot_ms for row in served) if is_waited_for else None,
        days=_days(workload, allocations, period),
        quality=mean_quality(workload, allocations),
    )


def _architectures(workload: Workload, allocations: Sequence[Allocation]) -> str:
    """Those in use, in the order of the choices; all where nothing is."""
    if isinstance(workload, TrainingRun):
        return workload.architecture
    used = {each.architecture for each in allocations}
    names = dict.fromkeys(each.architecture for each in workload.variants)
    return " + ".join([each for each in names if each in used] or names)


def mean_quality(workload: Workload, allocations: Sequence[Allocation]) -> float | None:
    """Of the choices, over the requests that are served; None where it is not known."""
    if isinstance(workload, TrainingRun):
        return None
    quality: dict[tuple[str, ...], float | None] = {
        (each.architecture, each.weight_precision, each.kv_precision): each.quality
        for each in workload.variants
    }
    scored = [
        (each.share, score)
        for each in allocations
        if (score := quality[(each.architecture, each.precision, each.kv_precision or "")])
        is not None
    ]
    served = fsum(share for share, _ in scored)
    if None in quality.values() or not served:
        return None
    return fsum(share * score for share, score in scored) / served


def _days(workload: Workload, allocations: Sequence[Allocation], period: Period) -> float | None:
    """Until what is done in a period is done; slices of days go on until the last day."""
    if isinstance(workload, Serving) or not allocations:
        return None
    if not period.is_all:
        return period.end_hours / HOURS_PER_DAY
    return max(each.start_hours + each.hours for each in allocations) / HOURS_PER_DAY


def peak_it_w(
    order: Sequence[Pipeline],
    pools: Mapping[int, Pool],
    chosen: Sequence[Chosen],
    standing: Sequence[int],
) -> float:
    """Draw of some pools' servers when every replica runs its accelerators at full power.

    Jobs that wait for each other never run at the same time. `standing` are nodes by pool.
    """
    here = [each for each in chosen if each.pool in pools]
    draws: defaultdict[str, float] = defaultdict(float)
    for each in here:
        pool = pools[each.pool]
        if not isinstance(each, Served):
            full = node_full_w(pool.node_type, pool.accelerator)
            draws[each.workload.name] += each.nodes * full
    idle = (
        standing[row] * node_idle_w(pool.node_type, pool.accelerator)
        for row, pool in pools.items()
        if any(each.pool == row for each in here)
    )
    rise = (
        each.accelerators * (full_w(pool.accelerator) - idle_w(pool.accelerator))
        for each in here
        for pool in [pools[each.pool]]
        if isinstance(each, Served)
    )
    return fsum((*idle, *rise, most_at_once(order, draws)))


def site_loads(
    asked: PeriodScenario,
    candidates: Candidates,
    chosen: Sequence[Chosen],
    standing_nodes: Sequence[int],
    purchases: Sequence[PurchaseLine],
    more_kw: Mapping[int, float],
) -> tuple[SiteLoad, ...]:
    """One row per site at which a node is on in a period, in the scenario's order.

    `more_kw` is what each site, by its row, has been built out by.
    """
    loads, order = [], pipelines(order_of(asked.scenario))
    for site, before in enumerate(candidates.places):
        place = before.built_out(more_kw.get(site, 0.0))
        lines = [line for line in purchases if line.site == place.name]
        if not lines:
            continue
        pools = {row: pool for row, pool in enumerate(candidates.pools) if pool.place == before}
        peak_w = peak_it_w(order, pools, chosen, standing_nodes)
        loads.append(
            SiteLoad(
                site=place.name,
                period=asked.period.name,
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
