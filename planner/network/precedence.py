"""Jobs in order: which must be done before which, and what follows for time and for nodes.

chain    jobs one after the other: their hours add up
antichain    jobs none of which waits for another: they may run at the same time
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final, TypeVar

import networkx as nx

After = Mapping[str, Sequence[str]]
"""Jobs that must be done before a job begins."""

Amount = TypeVar("Amount", int, float, Fraction)

MOST: Final = 2_000
"""Chains, and antichains, of a pipeline: every one is a row of the program."""


class TangledError(ValueError):
    """An order with more chains or antichains than can be planned."""


@dataclass(frozen=True)
class Pipeline:
    """Jobs that hang together by their order."""

    jobs: tuple[str, ...]
    """In an order in which they can be done."""
    chains: tuple[tuple[str, ...], ...]
    """Each from a job that waits for nothing to one that nothing waits for."""
    antichains: tuple[tuple[str, ...], ...]
    """Each as large as can be."""


def circle(after: After) -> tuple[str, ...]:
    """Jobs that wait for each other in a circle, the first once more at the end; or nothing."""
    try:
        edges = nx.find_cycle(_graph(after))
    except nx.NetworkXNoCycle:
        return ()
    # an edge goes from what is done first
    names = [job for job, _ in reversed(edges)]
    return (*names, names[0])


def pipelines(after: After) -> tuple[Pipeline, ...]:
    """Every group of jobs that order ties together; jobs without any order are left out.

    Raises:
        TangledError: more than `MOST` chains or antichains.
    """
    graph = nx.transitive_reduction(_graph(after))
    groups = [each for each in nx.weakly_connected_components(graph) if len(each) > 1]
    rank = {job: row for row, job in enumerate(after)}
    ordered = sorted(groups, key=lambda group: min(rank[job] for job in group))
    return tuple(_pipeline(graph.subgraph(group), rank) for group in ordered)


def starts(
    after: After, hours: Mapping[str, float], earliest: Mapping[str, float]
) -> dict[str, float]:
    """When all that each job comes after is done, in hours from the first begin.

    It begins then, or when it may at the earliest.
    """
    done: dict[str, float] = {}
    for job in nx.topological_sort(_graph(after)):
        ends = (max(done[each], earliest[each]) + hours[each] for each in after[job])
        done[job] = max(ends, default=0.0)
    return done


def most_at_once(parts: Sequence[Pipeline], amounts: Mapping[str, Amount]) -> Amount | int:
    """The most that jobs which may run at the same time have together.

    `amounts` are by job; those of no pipeline always count.
    """
    ordered = {job for each in parts for job in each.jobs}
    free = sum(amount for job, amount in amounts.items() if job not in ordered)
    return free + sum(
        max(sum(amounts.get(job, 0) for job in antichain) for antichain in each.antichains)
        for each in parts
    )


def _graph(after: After) -> "nx.DiGraph[str]":
    """Edges go from what is done first to what waits for it."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(after)
    graph.add_edges_from((first, job) for job, before in after.items() for first in before)
    return graph


def _pipeline(graph: "nx.DiGraph[str]", rank: Mapping[str, int]) -> Pipeline:
    order = tuple(nx.lexicographical_topological_sort(graph, key=rank.__getitem__))
    place = {job: row for row, job in enumerate(order)}
    waiting = nx.transitive_closure_dag(graph).to_undirected()
    antichains = (
        tuple(sorted(antichain, key=place.__getitem__))
        for antichain in nx.find_cliques(nx.complement(waiting))
    )
    return Pipeline(
        jobs=order,
        chains=_sorted(_few(_chains(graph, order), "chains"), place),
        antichains=_sorted(_few(antichains, "antichains"), place),
    )


def _sorted(
    groups: Iterable[tuple[str, ...]], place: Mapping[str, int]
) -> tuple[tuple[str, ...], ...]:
    """By the places of their jobs: a graph keeps its edges in no order."""
    return tuple(sorted(groups, key=lambda group: [place[job] for job in group]))


def _chains(graph: "nx.DiGraph[str]", order: Sequence[str]) -> Iterator[tuple[str, ...]]:
    last = [job for job in order if not graph.out_degree(job)]
    for first in order:
        if not graph.in_degree(first):
            for chain in nx.all_simple_paths(graph, first, last):
                yield tuple(chain)


def _few(found: Iterator[tuple[str, ...]], what: str) -> tuple[tuple[str, ...], ...]:
    kept = tuple(islice(found, MOST + 1))
    if len(kept) > MOST:
        raise TangledError(f"the order of these jobs has more than {MOST:,} {what}")
    return kept
