"""An earlier plan as the start of a search: the way from a plan back to columns."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Final

import numpy as np

from planner.candidates.demand import hours_at
from planner.candidates.layout import NOT_A_CLASS, Layout, Part, Program
from planner.candidates.sizing import nodes_of
from planner.domain.deployment import ServingDeployment
from planner.domain.option import Candidates, Option, Pool
from planner.domain.plan import Allocation, Plan, PurchaseLine
from planner.problem.columns import Choice, Floats
from planner.problem.start import Start

ROUNDING: Final = 1e-6
"""Of a share or a billing unit, in a plan: less is nothing."""


def start_from(plan: Plan, program: Program) -> Start:
    """What a plan says about a compiled problem, of its own scenario or of another.

    What the scenario no longer has is dropped. Prices are left out: a plan tells those of the
    limits that it uses up, and no others.
    """
    problem = program.problem
    shares, blocks = np.zeros(problem.option_count), np.zeros(problem.blocks)
    for part, layout in zip(program.parts, program.layouts, strict=True):
        _begin_period(plan, part, layout, shares, blocks)
    _begin_contracts(plan, program, blocks)
    choice = Choice.of(shares, blocks)
    used = problem.used(choice)
    for block, covered in program.covering:
        most = max(used[covered].max(), 0.0)
        choice.blocks[block] = np.ceil(most - ROUNDING) if problem.block_whole[block] else most
    for layout in program.layouts:
        for block, covered in layout.held:
            choice.blocks[block] = max(used[covered].max(), 0.0)
        for block, row in layout.billed:
            entry = (problem.block_use.column == block) & (problem.block_use.resource == row)
            unit_hours = -float(problem.block_use.amount[entry][0])
            choice.blocks[block] = np.ceil(max(used[row], 0.0) / unit_hours - ROUNDING)
    return Start(choice=choice)


def _begin_period(plan: Plan, part: Part, layout: Layout, shares: Floats, blocks: Floats) -> None:
    """Shares and numbers that the plan states for a period."""
    candidates, name = part.candidates, part.asked.period.name
    rows = {_option_key(each, candidates): row for row, each in enumerate(candidates.options)}
    columns = _columns(layout)
    for allocation in (each for each in plan.allocations if each.period == name):
        key = _allocation_key(allocation)
        row = rows.get((*key, allocation.accelerators), rows.get((*key, None)))
        if row is None:
            continue
        row = int(layout.shared_option[row])
        for request_class, share in _shares(allocation, columns[row]).items():
            if request_class in columns[row]:
                shares[columns[row][request_class]] += share
        if layout.replica_block[row] >= 0:
            blocks[layout.replica_block[row]] += allocation.replicas
        if layout.job_block[row] >= 0:
            blocks[layout.job_block[row]] = _bundles(allocation, candidates, row)
        if layout.part_block[row] >= 0:
            job = next(w for w in part.asked.scenario.workloads if w.name == allocation.workload)
            hours = hours_at(job, part.asked.scenario, allocation.site)
            blocks[layout.part_block[row]] = min(allocation.hours / hours, 1.0)
    lines = [each for each in plan.purchases if each.period == name]
    for pool, block in zip(candidates.pools, layout.standing_block.tolist(), strict=True):
        if block >= 0:
            blocks[block] = sum(line.nodes for line in lines if _stands(line, pool))


def _begin_contracts(plan: Plan, program: Program, blocks: Floats) -> None:
    """Contracts and commitments that the plan signs."""
    periods = [part.asked.period.name for part in program.parts]
    pools = program.parts[0].candidates.pools
    for each in program.contracts:
        pool = pools[each.pool]
        at = (pool.place.name, pool.node_type.name, pool.purchase, periods[each.period])
        blocks[each.block] = sum(
            line.nodes
            for line in plan.contracts
            if (line.site, line.node_type, line.purchase, line.period) == at
        )
    for spend in program.spends:
        named = (program.agreed[spend.agreement].name, periods[spend.period])
        blocks[spend.block] = sum(
            line.usd_per_hour for line in plan.commitments if (line.agreement, line.period) == named
        )


def _option_key(option: Option, candidates: Candidates) -> tuple[Hashable, ...]:
    """What tells an option from all others, in the words of a plan.

    The last of it are the accelerators of a batch workload whose nodes the option fixes.
    """
    deployment, pool = option.deployment, candidates.pools[option.pool]
    at = (
        deployment.workload,
        deployment.architecture,
        pool.place.name,
        pool.node_type.name,
        pool.purchase,
    )
    if isinstance(deployment, ServingDeployment):
        precisions = (deployment.weight_precision, deployment.kv_precision)
        held = None
        if deployment.nodes is not None:
            filled = deployment.nodes * pool.node_type.accelerators_per_node
            held = filled - filled % deployment.accelerators
        return (*at, deployment.parallelism, *precisions, None, None, held)
    how = (deployment.micro_batch, deployment.recomputation)
    return (*at, deployment.parallelism, deployment.precision, None, *how, None)


def _allocation_key(row: Allocation) -> tuple[Hashable, ...]:
    at = (row.workload, row.architecture, row.site, row.node_type, row.purchase)
    how = (row.kv_precision, row.micro_batch, row.recomputation)
    return (*at, row.parallelism, row.precision, *how)


def _columns(layout: Layout) -> dict[int, dict[int, int]]:
    """Column of every option of the candidates and request class."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    each = zip(layout.column_option.tolist(), layout.column_class.tolist(), strict=True)
    for column, (row, request_class) in enumerate(each, layout.first_column):
        if row >= 0:
            found[row][request_class] = column
    return found


def _shares(allocation: Allocation, columns: Mapping[int, int]) -> dict[int, float]:
    """Share of every request class, or of the whole workload where that is one column."""
    if NOT_A_CLASS not in columns:
        return {each.request_class: each.share for each in allocation.served}
    return {NOT_A_CLASS: allocation.share}


def _bundles(allocation: Allocation, candidates: Candidates, row: int) -> int:
    """Bundles of nodes that a job's replicas fill."""
    option = candidates.options[row]
    per_node = candidates.pools[option.pool].node_type.accelerators_per_node
    bundle = nodes_of(option.deployment, per_node)
    return -(-allocation.accelerators // (per_node * bundle))


def _stands(line: PurchaseLine, pool: Pool) -> bool:
    """Whether it is the nodes of a pool that serving workloads share."""
    at = (line.site, line.node_type, line.purchase)
    return line.workload is None and at == (pool.place.name, pool.node_type.name, pool.purchase)
