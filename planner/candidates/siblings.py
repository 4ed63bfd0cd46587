"""Pools that differ in how they are paid for only: their nodes can take the same replicas.

A node that is owned and one beside it that is rented do the same work, so replicas are planned on
both together: which of them stand on whose nodes is settled afterwards, without a loss.
"""

from collections.abc import Hashable, Sequence

from planner.domain.agreement import Agreed
from planner.domain.deployment import ServingDeployment
from planner.domain.option import Option, Pool
from planner.domain.placement import ShareLimit
from planner.domain.workload import Serving, Workload


def sibling_pools(
    pools: Sequence[Pool], agreed: Sequence[Agreed], limits: Sequence[ShareLimit] = ()
) -> tuple[int, ...]:
    """For every pool the first one whose nodes are like its own.

    Where a share of all accelerator hours must be of some purchases, it matters whose are up.
    """
    if any(each.purchases is not None for each in limits):
        return tuple(range(len(pools)))
    first: dict[Hashable, int] = {}
    return tuple(first.setdefault(_kind(row, pool, agreed), row) for row, pool in enumerate(pools))


def shared_options(
    options: Sequence[Option],
    pools: Sequence[Pool],
    family: Sequence[int],
    workloads: Sequence[Workload],
) -> tuple[int, ...]:
    """For every option the first one that is the same on like nodes, or itself.

    Only replicas that serve stand on nodes of any purchase: jobs pay for nodes of their own.
    """
    alone = len(set(family)) == len(family)
    serving = {each.name for each in workloads if isinstance(each, Serving)}
    first: dict[Hashable, int] = {}
    found = []
    for row, option in enumerate(options):
        stands = option.deployment.workload in serving and fits_node(option, pools[option.pool])
        if alone or not stands:
            found.append(row)
        else:
            key = (family[option.pool], option.deployment)
            found.append(first.setdefault(key, row))
    return tuple(found)


def fits_node(option: Option, pool: Pool) -> bool:
    """Whether it is a replica of a service that one node holds."""
    deployment = option.deployment
    return (
        isinstance(deployment, ServingDeployment)
        and deployment.nodes is None
        and deployment.accelerators <= pool.node_type.accelerators_per_node
    )


def _kind(row: int, pool: Pool, agreed: Sequence[Agreed]) -> Hashable:
    """Everything of a pool that matters to replicas on its nodes."""
    return (
        pool.place.name,
        pool.node_type.name,
        pool.accelerator.power_cap_w,
        pool.terms.goodput,
        pool.terms.is_interruptible,
        pool.terms.pays_electricity,
        # the electricity of a replica is charged where it stands
        tuple(row in each.pools for each in agreed if "electricity" in each.charges),
    )
