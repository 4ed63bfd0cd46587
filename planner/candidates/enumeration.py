"""Which deployments could run in which pools, and why the others could not."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from planner.candidates.dataset import has_time, late_hours, unreached
from planner.candidates.demand import requests_by_class, window_hours
from planner.candidates.offloading import offloads_of
from planner.candidates.order import latest_hours
from planner.candidates.sizing import (
    AT_ANY_PACE,
    PACES,
    Deployment,
    Sizes,
    Sizing,
    Window,
    nodes_of,
)
from planner.catalog.agreements import licensed, resolve_agreements
from planner.catalog.index import Catalog
from planner.catalog.resolve import resolve_places, resolve_pools
from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.option import Candidates, Option, Place, Pool
from planner.domain.rejection import Miss, Reason, Rejection
from planner.domain.scenario import StagedScenario
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.performance.power import node_full_w
from planner.units import WATTS_PER_KW

NO_HOURS: Final[Mapping[str, float]] = MappingProxyType({})
Late = dict[str, list[Sizing]]
"""Sizings by site, of sites to which the workload's data is under way for a while."""


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
    shared = Sizes() if sizes is None else sizes
    for workload in scenario.workloads:
        hours = latest.get(workload.name, window_hours(workload, scenario))
        hours = paced_hours.get(workload.name, hours)
        paces = PACES if workload.name in latest else AT_ANY_PACE
        window = Window(hours, paces, _heap(workload, scenario))
        sizings = [
            Sizing(each, profiles_of(each, catalog), window, shared) for each in _alone(workload)
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
        anywhere = dict.fromkeys(each for way in sizings for each in way.missed)
        rejections += (miss.of(workload.name, node_type) for node_type, miss in anywhere)
        rejections += _late_rejections(workload, late, anywhere)
    offloads, unserved = offloads_of(scenario, catalog)
    return Candidates(places, pools, tuple(options), (*rejections, *unserved), offloads)


def _heap(workload: Workload, scenario: StagedScenario) -> tuple[float, ...]:
    """Requests of a batch workload by class."""
    return requests_by_class(workload, scenario) if isinstance(workload, BatchInference) else ()


def _ways_at(
    pool: Pool, sizings: Sequence[Sizing], late_hours: float, late: Late
) -> Sequence[Sizing]:
    """Sizings for a pool: those of its site where the workload's data comes later than it could.

    `late` are those of such sites that are known.
    """
    if not late_hours:
        return sizings
    if pool.place.name not in late:
        late[pool.place.name] = [
            replace(each, window=replace(each.window, hours=each.window.hours - late_hours))
            for each in sizings
        ]
    return late[pool.place.name]


def _late_rejections(
    workload: Workload, late: Late, known: Container[tuple[str, Miss]]
) -> Iterator[Rejection]:
    """What is missed by where data comes late, at that site only, but for what is known anyway."""
    for site, ways in late.items():
        for each in dict.fromkeys(found for way in ways for found in way.missed):
            if each not in known:
                node_type, miss = each
                yield miss.of(workload.name, node_type).model_copy(update={"site": site})


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
