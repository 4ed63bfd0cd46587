"""What the scenario says, looked up by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from planner.catalog.agreements import licensed, resolve_agreements
from planner.catalog.index import Catalog
from planner.catalog.periods import PeriodScenario
from planner.catalog.resolve import resolve_places, resolve_pools
from planner.domain.option import Place, Pool
from planner.domain.plan import Allocation, PurchaseLine
from planner.domain.scenario import StagedScenario
from planner.domain.workload import Job, Workload
from planner.network.precedence import Pipeline, pipelines
from planner.units import HOURS_PER_DAY
from planner.verification.exact import exact

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
    asked: PeriodScenario
    """The period that this is about; the first one where it is about all of them."""

    @property
    def suffix(self) -> str:
        """Of the names of the period's limits."""
        return self.asked.suffix

    def begin_hours(self, job: str) -> Fraction:
        """When work may begin that waits for nothing, after the beginning of the horizon."""
        return exact(self.asked.begin_hours.get(job, self.asked.period.start_hours))

    def is_paced(self, job: str) -> bool:
        """Whether other periods ask for it, too."""
        return job in self.asked.paced_hours

    def is_ordered(self, job: str) -> bool:
        """Whether it waits for another job, or another for it."""
        return any(job in pipeline.jobs for pipeline in self.pipelines)

    def built_out(self, more_kw: Mapping[str, float]) -> "Facts":
        """The same with more power at some sites."""
        if not any(more_kw.values()):
            return self
        places = {name: each.built_out(more_kw[name]) for name, each in self.places.items()}
        pools = {
            key: replace(pool, place=places[pool.place.name]) for key, pool in self.pools.items()
        }
        return replace(self, places=places, pools=pools)

    def with_pools(self, pools: Sequence[Pool]) -> "Facts":
        """The same with offers at what they cost in a period, in the scenario's order."""
        return replace(self, pools={pool_key(pool): pool for pool in pools})

    @property
    def hours(self) -> Fraction:
        """Length of the horizon."""
        return exact(self.scenario.horizon.length_days) * HOURS_PER_DAY


def facts_of(scenario: StagedScenario, catalog: Catalog, asked: PeriodScenario) -> Facts:
    """The facts of a checked scenario; `catalog` knows the scenario's own records."""
    places = resolve_places(scenario, catalog)
    agreed = resolve_agreements(scenario, catalog)
    pools = licensed(resolve_pools(scenario, places, catalog), agreed)
    after = {each.name: each.after for each in scenario.workloads if isinstance(each, Job)}
    return Facts(
        scenario=scenario,
        catalog=catalog,
        places={place.name: place for place in places},
        pools={pool_key(pool): pool for pool in pools},
        workloads={workload.name: workload for workload in scenario.workloads},
        after=after,
        pipelines=pipelines(after),
        asked=asked,
    )


def pool_key(pool: Pool) -> PoolKey:
    """What tells a pool from all others."""
    return (pool.place.name, pool.node_type.name, pool.purchase)


def stated_key(row: Allocation | PurchaseLine) -> PoolKey:
    """The pool that a row of the plan speaks of."""
    return (row.site, row.node_type, row.purchase)
