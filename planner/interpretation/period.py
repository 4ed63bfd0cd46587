"""What a solution means in one period: rows of the plan that speak of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from planner.candidates.layout import Compiled, Part, Program
from planner.domain.agreement import Cell
from planner.domain.option import Candidates, Pool
from planner.domain.plan import (
    Allocation,
    Binding,
    Offloaded,
    PurchaseLine,
    SiteLoad,
    Survival,
    Unmet,
    WorkloadResult,
)
from planner.domain.workload import Workload
from planner.interpretation.allocations import allocation_of, tokens_of
from planner.interpretation.bill import Bill, billed
from planner.interpretation.chosen import NOTHING, Chosen, chosen_options
from planner.interpretation.contracts import SignedContract, priced_pools
from planner.interpretation.limits import binding_limits, quality_limits
from planner.interpretation.offloaded import offloaded_rows, offloaded_tokens
from planner.interpretation.resilience import survivals
from planner.interpretation.results import site_loads, workload_result
from planner.interpretation.revenue import earned
from planner.interpretation.schedule import starts_of
from planner.interpretation.spread import spread
from planner.problem.solution import Solution


@dataclass(frozen=True)
class PeriodRows:
    """Rows of the plan of one period."""

    part: Part
    workloads: tuple[WorkloadResult, ...]
    allocations: tuple[Allocation, ...]
    offloaded: tuple[Offloaded, ...]
    purchases: tuple[PurchaseLine, ...]
    survivals: tuple[Survival, ...]
    unmet: tuple[Unmet, ...]
    sites: tuple[SiteLoad, ...]
    binding: tuple[Binding, ...]


def period_rows(
    program: Program,
    number: int,
    solution: Solution,
    signed: Sequence[SignedContract],
    asked: Mapping[str, Workload],
) -> PeriodRows:
    """Of a period, by its number; `asked` are the workloads of the whole horizon."""
    more_kw = built_kw(program, number, solution)
    part, compiled = program.parts[number], program.compiled(number)
    scenario, layout = part.asked.scenario, compiled.layout
    period = part.asked.period
    pools = priced_pools(part.candidates.pools, signed, number, period)
    standing = layout.blocks_of(layout.standing_block, solution.choice.blocks).tolist()
    planned = chosen_options(scenario, part.candidates, layout, solution)
    chosen = spread(planned, layout, standing, pools)
    bill = billed(part.asked, pools, chosen, standing)
    allocations = _allocations(part, pools, chosen, bill)
    offloaded = offloaded_rows(part.asked, part.candidates, layout, solution)
    results = _results(part, asked, chosen, allocations, offloaded)
    return PeriodRows(
        part=part,
        workloads=results,
        allocations=allocations,
        offloaded=offloaded,
        purchases=bill.purchases,
        survivals=tuple(survivals(part, pools, chosen, allocations)),
        unmet=_unmet(part, compiled, solution),
        sites=site_loads(part.asked, part.candidates, chosen, standing, bill.purchases, more_kw),
        binding=tuple(
            each.model_copy(update={"period": period.name})
            for each in (
                *binding_limits(part.candidates, compiled, solution, more_kw),
                *quality_limits(results, scenario, compiled, solution),
            )
        ),
    )


def built_kw(program: Program, number: int, solution: Solution) -> dict[int, float]:
    """What every site, by its row, has been built out by in a period, at full power."""
    more: dict[int, float] = {}
    sites = program.parts[0].asked.scenario.sites
    for each in program.phases:
        if number in each.term.periods and solution.choice.blocks[each.block] > 1 / 2:
            kw = sites[each.site].full_power_kw(sites[each.site].phases[each.phase])
            more[each.site] = more.get(each.site, 0.0) + kw
    return more


def usage_charges(rows: PeriodRows, pools: Sequence[Pool]) -> dict[Cell, list[float]]:
    """What is paid for use in a period, contracts left out, by offer and kind of charge."""
    number = rows.part.asked.number
    row_of = {
        (pool.place.name, pool.node_type.name, pool.purchase): row for row, pool in enumerate(pools)
    }
    charged: dict[Cell, list[float]] = {}
    for line in rows.purchases:
        row = row_of[line.site, line.node_type, line.purchase]
        usage = line.billed_node_hours * pools[row].terms.usd_per_node_hour
        for cell, usd in (
            (Cell(row, "usage", number), usage),
            (Cell(row, "licence", number), line.licence_usd),
            (Cell(row, "electricity", number), line.electricity_usd),
        ):
            charged.setdefault(cell, []).append(usd)
    return charged


def _allocations(
    part: Part, pools: Sequence[Pool], chosen: Sequence[Chosen], bill: Bill
) -> tuple[Allocation, ...]:
    """A row for every option in use, jobs at the time when they begin."""
    begins = starts_of(part.asked, pools, chosen)
    return tuple(
        allocation_of(each, pools[each.pool], charge, part.asked, begin)
        for each, charge, begin in zip(chosen, bill.charges, begins, strict=True)
    )


def _results(
    part: Part,
    asked: Mapping[str, Workload],
    chosen: Sequence[Chosen],
    allocations: Sequence[Allocation],
    offloaded: tuple[Offloaded, ...],
) -> tuple[WorkloadResult, ...]:
    """A row for every workload."""
    scenario = part.asked.scenario
    names = [each.name for each in scenario.workloads]
    placed: dict[str, list[Allocation]] = {name: [] for name in names}
    answered: dict[str, list[Offloaded]] = {name: [] for name in names}
    tokens: dict[str, list[float]] = {name: [] for name in names}
    for option, allocation in zip(chosen, allocations, strict=True):
        placed[allocation.workload].append(allocation)
        tokens[allocation.workload].append(tokens_of(option))
    for row in offloaded:
        answered[row.workload].append(row)
    results = []
    for each in scenario.workloads:
        mine, devices = placed[each.name], answered[each.name]
        total = fsum(tokens[each.name]) + offloaded_tokens(devices, each, scenario)
        made = workload_result(each, mine, devices, total, part.asked.period)
        pays = earned(asked[each.name], each, [*mine, *devices], part.asked)
        update = {
            "period": part.asked.period.name,
            "requests": pays.requests,
            "revenue_usd": pays.revenue_usd,
            "users": pays.users,
        }
        results.append(made.model_copy(update=update))
    return tuple(results)


def _unmet(part: Part, compiled: Compiled, solution: Solution) -> tuple[Unmet, ...]:
    found = []
    for row, workload in enumerate(part.asked.scenario.workloads):
        items = compiled.layout.items_of(row)
        share = fsum(compiled.problem.item_weight[i] * solution.unmet[i] for i in items)
        if workload.unmet_penalty_usd is not None and share > NOTHING:
            found.append(
                Unmet(
                    workload=workload.name,
                    period=part.asked.period.name,
                    share=share,
                    penalty_usd=share * workload.unmet_penalty_usd,
                )
            )
    return tuple(found)


def pools_in_use(candidates: Candidates, lines: Sequence[PurchaseLine]) -> list[Pool]:
    """Pools that something was bought from."""
    used = {(line.site, line.node_type, line.purchase) for line in lines}
    return [
        pool
        for pool in candidates.pools
        if (pool.place.name, pool.node_type.name, pool.purchase) in used
    ]
