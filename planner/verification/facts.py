"""What the scenario says, looked up by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from planner.catalog.index import Catalog
from planner.catalog.resolve import resolve_places, resolve_pools
from planner.domain.option import Place, Pool
from planner.domain.plan import Allocation, PurchaseLine
from planner.domain.scenario import StagedScenario
from planner.domain.workload import Job, Workload
from planner.network.precedence import Pipeline, pipelines
from planner.units import HOURS_PER_DAY
from planner.verification.exact import exact

PERIOD = "horizon"
"""The only period that plans have so far."""

PoolKey = tuple[str, str, str]
"""Site, node type, purchase."""


@dataclass(frozen=True)
class Facts:
    """A scenario with its places, offers and workloads by name."""

    scenario: StagedScenario
    catalog: Catalog
    places: Mapping[str, Place]
    pools: Mapping[PoolKey, Pool]
    workloads: Mapping[str, Workload]
    after: Mapping[str, tuple[str, ...]]
    """What each job waits for."""
    pipelines: tuple[Pipeline, ...]

    @property
    def hours(self) -> Fraction:
        """Length of the horizon."""
        return exact(self.scenario.horizon.days) * HOURS_PER_DAY


def facts_of(scenario: StagedScenario, catalog: Catalog) -> Facts:
    """The facts of a checked scenario; `catalog` knows the scenario's own records."""
    places = resolve_places(scenario, catalog)
    pools = resolve_pools(scenario, places, catalog)
    after = {each.name: each.after for each in scenario.workloads if isinstance(each, Job)}
    return Facts(
        scenario=scenario,
        catalog=catalog,
        places={place.name: place for place in places},
        pools={pool_key(pool): pool for pool in pools},
        workloads={workload.name: workload for workload in scenario.workloads},
        after=after,
        pipelines=pipelines(after),
    )


def pool_key(pool: Pool) -> PoolKey:
    """What tells a pool from all others."""
    return (pool.place.name, pool.node_type.name, pool.purchase)


def stated_key(row: Allocation | PurchaseLine) -> PoolKey:
    """The pool that a row of the plan speaks of."""
    return (row.site, row.node_type, row.purchase)
