"""An earlier plan as the start of a search: the way from a plan back to columns."""

from collections import defaultdict
from collections.abc import Hashable, Mapping

import numpy as np

from planner.candidates.enumeration import nodes_of
from planner.candidates.layout import NOT_A_CLASS, Compiled
from planner.domain.deployment import ServingDeployment
from planner.domain.option import Candidates, Option, Pool
from planner.domain.plan import Allocation, Plan, PurchaseLine
from planner.problem.columns import Choice
from planner.problem.start import Start


def start_from(plan: Plan, candidates: Candidates, compiled: Compiled) -> Start:
    """What a plan says about a compiled problem, of its own scenario or of another.

    What the scenario no longer has is dropped. Prices are left out: a plan tells those of the
    limits that it uses up, and no others.
    """
    problem, layout = compiled.problem, compiled.layout
    shares, blocks = np.zeros(problem.option_count), np.zeros(problem.blocks)
    rows = {_option_key(each, candidates): row for row, each in enumerate(candidates.options)}
    columns = _columns(compiled)
    for allocation in plan.allocations:
        key = _allocation_key(allocation)
        row = rows.get((*key, allocation.accelerators), rows.get((*key, None)))
        if row is None:
            continue
        for request_class, share in _shares(allocation, columns[row]).items():
            if request_class in columns[row]:
                shares[columns[row][request_class]] = share
        if layout.replica_block[row] >= 0:
            blocks[layout.replica_block[row]] = allocation.replicas
        if layout.job_block[row] >= 0:
            blocks[layout.job_block[row]] = _bundles(allocation, candidates, row)
    for pool, block in zip(candidates.pools, layout.standing_block.tolist(), strict=True):
        if block >= 0:
            blocks[block] = sum(line.nodes for line in plan.purchases if _stands(line, pool))
    choice = Choice.of(shares, blocks)
    used = problem.used(choice)
    for block, covered in layout.held:
        choice.blocks[block] = max(used[covered].max(), 0.0)
    return Start(choice=choice)


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


def _columns(compiled: Compiled) -> dict[int, dict[int, int]]:
    """Column of every option of the candidates and request class."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    layout = compiled.layout
    each = zip(layout.column_option.tolist(), layout.column_class.tolist(), strict=True)
    for column, (row, request_class) in enumerate(each):
        if row < 0:
            continue
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
