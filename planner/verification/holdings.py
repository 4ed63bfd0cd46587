"""Purchase lines and the work that stands behind each of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from planner.domain.option import Pool
from planner.domain.plan import PurchaseLine, Violation
from planner.domain.workload import TrainingRun
from planner.network.precedence import most_at_once
from planner.verification.facts import Facts, PoolKey, pool_key, stated_key
from planner.verification.packing import nodes_filled, replicas_held, span
from planner.verification.violations import broken
from planner.verification.work import Work

STANDING: Final = ""
"""Holder of the nodes that serving workloads share."""

HolderKey = tuple[PoolKey, str | None]
"""Pool, and the job that holds the nodes; None: what serving workloads share."""


@dataclass(frozen=True)
class Holding:
    """A purchase line with the work that its nodes do."""

    row: int
    stated: PurchaseLine
    pool: Pool
    works: tuple[Work, ...]
    """Every serving allocation of the pool, or one job."""

    @property
    def where(self) -> str:
        """How violations name it."""
        return f"purchases.{self.row}"

    @property
    def is_standing(self) -> bool:
        """Whether serving workloads share it."""
        return self.stated.workload is None

    @property
    def accelerators_used(self) -> int:
        """Accelerators in replicas."""
        return sum(work.placed.accelerators for work in self.works)


def holdings_of(
    lines: Sequence[PurchaseLine], works: Sequence[Work], facts: Facts
) -> tuple[tuple[Holding, ...], tuple[Violation, ...]]:
    """Lines matched with the work that needs them, and what has no match.

    A job with two allocations in a pool has two lines, in the order of the allocations.
    """
    waiting: defaultdict[HolderKey, list[tuple[Work, ...]]] = defaultdict(list)
    for work in works:
        key = _holder(work)
        if work.is_standing and waiting[key]:
            waiting[key] = [(*waiting[key][0], work)]
        else:
            waiting[key].append((work,))
    found: list[Holding] = []
    faults: list[Violation] = []
    for row, line in enumerate(lines):
        group = waiting[(stated_key(line), line.workload)]
        if group:
            found.append(Holding(row, line, facts.pools[stated_key(line)], group.pop(0)))
        else:
            faults.append(broken(f"purchases.{row}", "no allocation needs these nodes"))
    unheld = [work for left in waiting.values() for group in left for work in group]
    faults += [broken(work.placed.where, "no nodes are held for it") for work in unheld]
    return tuple(found), tuple(faults)


def capacity_faults(holdings: Sequence[Holding], facts: Facts) -> Iterator[Violation]:
    """Nodes that do not hold their replicas, or that are not there."""
    for each in holdings:
        yield from _standing_faults(each) if each.is_standing else _job_faults(each)
    for key, nodes in nodes_by_pool(holdings, facts).items():
        available = facts.pools[key].terms.available_nodes
        if available is not None and nodes > available:
            rule = f"more nodes of {' / '.join(key)} than there are"
            yield broken("purchases", rule, nodes, available)


def nodes_by_pool(holdings: Sequence[Holding], facts: Facts) -> dict[PoolKey, int]:
    """Nodes in use at most, standing and for jobs; those that wait for each other take turns."""
    nodes: defaultdict[PoolKey, Counter[str]] = defaultdict(Counter)
    for each in holdings:
        nodes[pool_key(each.pool)][each.stated.workload or STANDING] += each.stated.nodes
    return {key: most_at_once(facts.pipelines, held) for key, held in nodes.items()}


def _holder(work: Work) -> HolderKey:
    placed = work.placed
    return pool_key(placed.pool), None if work.is_standing else placed.workload.name


def _standing_faults(holding: Holding) -> Iterator[Violation]:
    replicas: Counter[int] = Counter()
    for work in holding.works:
        replicas[work.placed.replica_accelerators] += max(work.placed.stated.replicas, 0)
    needed = nodes_filled(replicas, holding.pool.node_type.accelerators_per_node)
    if holding.stated.nodes < needed:
        rule = "too few nodes for the replicas that stand on them"
        yield broken(f"{holding.where}.nodes", rule, holding.stated.nodes, needed)


def _job_faults(holding: Holding) -> Iterator[Violation]:
    nodes, per_node = holding.stated.nodes, holding.pool.node_type.accelerators_per_node
    (work,) = holding.works
    size, stated = work.placed.replica_accelerators, work.placed.stated.replicas
    if isinstance(work.placed.workload, TrainingRun):
        if nodes != span(size, per_node):
            rule = "must be the nodes that the gang touches"
            yield broken(f"{holding.where}.nodes", rule, nodes, span(size, per_node))
        return
    if nodes < 1 or nodes % span(size, per_node):
        rule = "must be whole replicas' worth of nodes"
        yield broken(f"{holding.where}.nodes", rule, nodes, span(size, per_node))
    fitting = replicas_held(nodes, size, per_node)
    if stated != fitting:
        rule = "a job fills the nodes that are held for it"
        yield broken(f"{work.placed.where}.replicas", rule, stated, fitting)
