"""Which deployments could run in which pools, and why the others could not."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from types import MappingProxyType
from typing import Final

from planner.candidates.dataset import has_time, late_hours, unreached
from planner.candidates.demand import requests_by_class, window_hours
from planner.candidates.job import heap_use
from planner.candidates.offloading import offloads_of
from planner.candidates.order import latest_hours
from planner.catalog.agreements import licensed, resolve_agreements
from planner.catalog.index import Catalog
from planner.catalog.reach import at_place, under_way_ms
from planner.catalog.resolve import resolve_places, resolve_pools
from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.option import Candidates, Option, Place, Pool
from planner.domain.rejection import Reason, Rejection
from planner.domain.scenario import StagedScenario
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.performance.power import node_full_w
from planner.performance.serving import serving_deployments
from planner.performance.training import training_deployments
from planner.units import WATTS_PER_KW

Deployment = ServingDeployment | TrainingDeployment
Sized = tuple[tuple[Deployment, ...], tuple[Rejection, ...]]
Sizes = dict[tuple[object, ...], Sized]

PACES: Final = tuple(0.5**halvings for halvings in range(11))
"""Of its window, a job that is one of several in a row is sized to take this much, down to a
thousandth: the faster ones leave time for the others. A job without an order takes all of it."""
NO_HOURS: Final[Mapping[str, float]] = MappingProxyType({})
UNSIZED: Final[dict[str, object]] = {
    "name": "",
    "after": (),
    "priority": 0,
    "unmet_penalty_usd": None,
    "sites": None,
    "allow_interruptible": None,
    "deadline_days": 0.0,
    "requests_per_s": None,
    "growth_per_month": 0.0,
    "minimum_stable_share": 0.0,
    "revenue": None,
    "start_days": 0.0,
    "planned_requests_per_s": None,
    "residency": None,
    "together_with": (),
    "apart_from": (),
    "runs_today": None,
    "moving_usd_per_accelerator": 0.0,
    "protected_share": 0.0,
    "failover_utilisation": None,
    "max_site_share": 1.0,
    "users": None,
    "demand": None,
    "dataset_gb": None,
    "dataset_site": None,
}
"""What a workload states that its deployments do not depend on."""


def enumerate_candidates(
    scenario: StagedScenario,
    catalog: Catalog,
    sizes: Sizes | None = None,
    paced_hours: Mapping[str, float] = NO_HOURS,
) -> Candidates:
    """Every option of a checked scenario, and a rejection for everything that is none.

    `sizes` remember what has been sized, for other scenarios of the same architectures;
    `paced_hours` are those that jobs of several periods have in all of them.
    """
    places = resolve_places(scenario, catalog)
    agreed = resolve_agreements(scenario, catalog)
    pools = licensed(resolve_pools(scenario, places, catalog), agreed)
    options: list[Option] = []
    rejections: list[Rejection] = []
    latest = latest_hours(scenario)
    shared = {} if sizes is None else sizes
    for workload in scenario.workloads:
        hours = latest.get(workload.name, window_hours(workload, scenario))
        hours = paced_hours.get(workload.name, hours)
        demand = (
            requests_by_class(workload, scenario) if isinstance(workload, BatchInference) else ()
        )
        paces = PACES if workload.name in latest else PACES[:1]
        sizings = [
            _Sizing(each, profiles_of(each, catalog), hours, paces, demand, {}, shared)
            for each in _alone(workload)
        ]
        late: Late = {}
        for index, pool in enumerate(pools):
            barred = _barred(workload, pool) or unreached(workload, pool, scenario, hours)
            if barred is not None:
                rejections.append(barred)
                continue
            if not has_time(workload, pool, scenario):
                continue  # not in this period
            ways = _ways_at(pool, sizings, late_hours(workload, pool, scenario), late)
            for deployment in (each for way in ways for each in way.deployments(pool)):
                short = _too_large(deployment, pool)
                if short is None:
                    options.append(Option(deployment, index))
                else:
                    rejections.append(short)
        anywhere = dict.fromkeys(each for way in sizings for each in way.rejections())
        rejections += (*anywhere, *_late_rejections(late, anywhere))
    offloads, missed = offloads_of(scenario, catalog)
    return Candidates(places, pools, tuple(options), (*rejections, *missed), offloads)


def _ways_at(
    pool: Pool, sizings: Sequence["_Sizing"], late_hours: float, late: "Late"
) -> Sequence["_Sizing"]:
    """Sizings for a pool: those of its site where the workload's data comes later than it could.

    `late` are those of such sites that are known.
    """
    if not late_hours:
        return sizings
    if pool.place.name not in late:
        late[pool.place.name] = [
            replace(each, window_hours=each.window_hours - late_hours, known={}) for each in sizings
        ]
    return late[pool.place.name]


def _late_rejections(late: "Late", known: Container[Rejection]) -> Iterator[Rejection]:
    """What is missed by where data comes late, at that site only, but for what is known anyway."""
    for site, ways in late.items():
        for each in dict.fromkeys(found for way in ways for found in way.rejections()):
            if each not in known:
                yield each.model_copy(update={"site": site})


def _alone(workload: Workload) -> tuple[Workload, ...]:
    """The workload once for each variant of it."""
    if isinstance(workload, TrainingRun):
        return (workload,)
    return tuple(workload.running(each) for each in workload.variants)


def profiles_of(
    workload: Workload | TrainingRun, catalog: Catalog
) -> tuple[ArchitectureProfile, ...]:
    """Of all its architectures, its own first."""
    return tuple(catalog.profile(catalog.architectures[name]) for name in workload.architectures)


@dataclass(frozen=True)
class _Sizing:
    """Deployments of one workload, sized once for all pools that are alike to it."""

    workload: Workload
    profiles: tuple[ArchitectureProfile, ...]
    window_hours: float
    paces: tuple[float, ...]
    """Shares of the window within which the job should be done."""
    demand: tuple[float, ...]
    """Requests of a batch workload by class."""
    known: dict[tuple[object, ...], Sized]
    shared: Sizes
    """What workloads that differ in name and rank only have been sized to."""

    def deployments(self, pool: Pool) -> tuple[Deployment, ...]:
        key = self._key(pool)
        if key not in self.known:
            self.known[key] = self._size(pool)
        return self.known[key][0]

    def rejections(self) -> Iterator[Rejection]:
        """Each once, although several pools may have met it."""
        return iter(dict.fromkeys(each for _, found in self.known.values() for each in found))

    def _key(self, pool: Pool) -> tuple[object, ...]:
        if isinstance(self.workload, Serving):
            under_way = under_way_ms(self.workload, pool.place)
            return (pool.node_type.name, pool.accelerator.power_cap_w, under_way)
        return (pool.node_type.name, pool.accelerator.power_cap_w, pool.terms.goodput)

    def _size(self, pool: Pool) -> Sized:
        """What a workload like it has been sized to, under its own name."""
        asked = (self.window_hours, self.paces, self.demand)
        key = (self.workload.model_copy(update=UNSIZED), *asked, *self._key(pool))
        if key not in self.shared:
            self.shared[key] = self._sized(pool)
        found, rejected = self.shared[key]
        name = self.workload.name
        return (
            tuple(replace(each, workload=name) for each in found),
            tuple(each.model_copy(update={"workload": name}) for each in rejected),
        )

    def _sized(self, pool: Pool) -> Sized:
        hardware = (pool.node_type, pool.accelerator)
        if isinstance(self.workload, TrainingRun):
            return self._gangs(self.workload, pool)
        workload = at_place(self.workload, pool.place)
        found, rejected = serving_deployments(workload, self.profiles[0], *hardware)
        if self.paces == PACES[:1]:
            return found, rejected
        return tuple(heap for each in found for heap in self._heaps(each, pool)), rejected

    def _gangs(self, run: TrainingRun, pool: Pool) -> Sized:
        """Gangs for every pace, and what is missed by at the slowest."""
        found: dict[Deployment, None] = {}
        rejected: tuple[Rejection, ...] = ()
        for pace in self.paces:
            hours = self.window_hours * pool.terms.goodput * pace
            gangs, missed = training_deployments(
                run, self.profiles, pool.node_type, pool.accelerator, hours
            )
            if not gangs:
                rejected = rejected if found else missed
                break
            found.update(dict.fromkeys(gangs))
        return tuple(found), rejected

    def _heaps(self, deployment: ServingDeployment, pool: Pool) -> Iterator[ServingDeployment]:
        """Numbers of nodes on which all of a batch workload keeps each pace."""
        if None in deployment.rates:
            return
        bundle = nodes_of(deployment, pool.node_type.accelerators_per_node)
        node_hours = heap_use(deployment, self.demand, pool).node_hours
        bundles = (ceil(node_hours / (self.window_hours * pace) / bundle) for pace in self.paces)
        for count in dict.fromkeys(bundles):
            yield replace(deployment, nodes=count * bundle)


Late = dict[str, list[_Sizing]]
"""Sizings by site, of sites to which the workload's data is under way for a while."""


def allows_interruptible(workload: Workload) -> bool:
    """Whether a workload may use capacity that can be taken away."""
    if workload.allow_interruptible is not None:
        return workload.allow_interruptible
    match workload:
        case BatchInference():
            return True
        case Serving() | TrainingRun():
            return False


def may_lie(workload: Workload, place: Place) -> bool:
    """Whether the data of a workload may lie at a place."""
    asked = workload.residency
    if asked is None:
        return True
    is_there = asked.countries is None or place.country in asked.countries
    return is_there and (asked.site_classes is None or place.site_class in asked.site_classes)


def nodes_of(deployment: Deployment, accelerators_per_node: int) -> int:
    """Whole nodes that one replica or gang touches."""
    return -(-deployment.accelerators // accelerators_per_node)


def _nodes_needed(deployment: Deployment, accelerators_per_node: int) -> int:
    if isinstance(deployment, ServingDeployment) and deployment.nodes is not None:
        return deployment.nodes
    return nodes_of(deployment, accelerators_per_node)


def _barred(workload: Workload, pool: Pool) -> Rejection | None:
    """Why the scenario's own rules keep a workload out of a pool."""
    reason: Reason | None = None
    if workload.sites is not None and pool.place.name not in workload.sites:
        reason = "site"
    elif not may_lie(workload, pool.place):
        reason = "residency"
    elif pool.terms.is_interruptible and not allows_interruptible(workload):
        reason = "interruptible"
    if reason is None:
        return None
    return Rejection(
        workload=workload.name,
        node_type=pool.node_type.name,
        site=pool.place.name,
        purchase=pool.purchase,
        reason=reason,
    )


def _too_large(deployment: Deployment, pool: Pool) -> Rejection | None:
    """Why a pool or its site is too small for a deployment, whatever else runs there."""
    for reason, needed, available, unit in _sizes(deployment, pool):
        if available is not None and needed > available:
            return Rejection(
                workload=deployment.workload,
                node_type=pool.node_type.name,
                site=pool.place.name,
                purchase=pool.purchase,
                parallelism=str(deployment.parallelism),
                reason=reason,
                needed=needed,
                available=available,
                unit=unit,
            )
    return None


def _sizes(deployment: Deployment, pool: Pool) -> Iterator[tuple[Reason, float, float | None, str]]:
    """What it needs of nodes and, when it is a job of so many nodes, of power."""
    nodes = _nodes_needed(deployment, pool.node_type.accelerators_per_node)
    yield "capacity", nodes, pool.terms.available_nodes, "nodes"
    if isinstance(deployment, TrainingDeployment) or deployment.nodes is not None:
        full_kw = nodes * node_full_w(pool.node_type, pool.accelerator) / WATTS_PER_KW
        yield "power_limit", full_kw, pool.place.most_power_kw, "kW"


def rejected_by(candidates: Candidates, workload: str) -> Iterable[Rejection]:
    """Rejections of one workload that are shortfalls, not merely worse choices."""
    return (
        each
        for each in candidates.rejections
        if each.workload == workload and each.reason != "dominated"
    )
