"""Replicas that are planned on like nodes together, put on the nodes of each purchase."""

from collections.abc import Sequence
from dataclasses import replace

from planner.candidates.layout import Layout
from planner.domain.option import Pool
from planner.interpretation.chosen import Chosen, Served


def spread(
    chosen: Sequence[Chosen], layout: Layout, standing: Sequence[int], pools: Sequence[Pool]
) -> tuple[Chosen, ...]:
    """Every option in use, once for each pool that its replicas stand in.

    The largest replicas come first and every pool is filled before the next: sizes that divide a
    node's accelerators leave no gaps.
    """
    family = layout.sibling_pool.tolist()
    free = [
        nodes * pool.node_type.accelerators_per_node
        for nodes, pool in zip(standing, pools, strict=True)
    ]
    for each in chosen:
        if isinstance(each, Served) and not _moves(each, pools, family):
            free[each.pool] -= each.accelerators
    found: dict[int, list[Chosen]] = {}
    order = sorted(enumerate(chosen), key=lambda pair: (-_size(pair[1]), pair[0]))
    for row, each in order:
        if isinstance(each, Served) and _moves(each, pools, family):
            found[row] = list(_placed(each, free, family))
        else:
            found[row] = [each]
    return tuple(part for row in sorted(found) for part in found[row])


def _moves(served: Served, pools: Sequence[Pool], family: Sequence[int]) -> bool:
    """Whether its replicas may stand in several pools."""
    fits = served.deployment.accelerators <= pools[served.pool].node_type.accelerators_per_node
    return fits and family.count(family[served.pool]) > 1


def _size(chosen: Chosen) -> int:
    return chosen.deployment.accelerators


def _placed(served: Served, free: list[int], family: Sequence[int]) -> list[Served]:
    """Parts of it, each in one pool, whose room is used up by them."""
    size, left = served.deployment.accelerators, served.replicas
    parts: list[Served] = []
    for pool in (row for row, of in enumerate(family) if of == family[served.pool]):
        count = min(left, free[pool] // size)
        if count > 0:
            parts.append(_part(served, pool, count))
            free[pool] -= count * size
            left -= count
    if left > 0:
        raise AssertionError(f"{served.workload.name}: {left} replicas have no room")
    return parts


def _part(served: Served, pool: int, replicas: int) -> Served:
    """So many of its replicas, with their share of the work."""
    if replicas == served.replicas:
        return replace(served, pool=pool)
    part = replicas / served.replicas
    shares = tuple(
        replace(each, share=each.share * part, requests=each.requests * part)
        for each in served.shares
    )
    return replace(served, pool=pool, replicas=replicas, shares=shares)
