"""Which deployments could run in which pools, and why the others could not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.candidates.demand import window_hours
from planner.catalog.index import Catalog
from planner.catalog.resolve import resolve_places, resolve_pools
from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.option import Candidates, Option, Pool
from planner.domain.rejection import Reason, Rejection
from planner.domain.scenario import Scenario
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.performance.serving import serving_deployments
from planner.performance.training import training_deployments

Deployment = ServingDeployment | TrainingDeployment
Sized = tuple[tuple[Deployment, ...], tuple[Rejection, ...]]


def enumerate_candidates(scenario: Scenario, catalog: Catalog) -> Candidates:
    """Every option of a checked scenario, and a rejection for everything that is none."""
    places = resolve_places(scenario, catalog)
    pools = resolve_pools(scenario, places, catalog)
    options: list[Option] = []
    rejections: list[Rejection] = []
    for workload in scenario.workloads:
        profiles = _profiles(workload, catalog)
        sizing = _Sizing(workload, profiles, window_hours(workload, scenario), {})
        for index, pool in enumerate(pools):
            barred = _barred(workload, pool)
            if barred is not None:
                rejections.append(barred)
                continue
            for deployment in sizing.deployments(pool):
                short = _too_few_nodes(deployment, pool)
                if short is None:
                    options.append(Option(deployment, index))
                else:
                    rejections.append(short)
        rejections += sizing.rejections()
    return Candidates(places, pools, tuple(options), tuple(rejections))


def _profiles(workload: Workload, catalog: Catalog) -> tuple[ArchitectureProfile, ...]:
    """Of all its architectures, its own first."""
    names = (
        workload.architectures if isinstance(workload, TrainingRun) else (workload.architecture,)
    )
    return tuple(catalog.profile(catalog.architectures[name]) for name in names)


@dataclass(frozen=True)
class _Sizing:
    """Deployments of one workload, sized once for all pools that are alike to it."""

    workload: Workload
    profiles: tuple[ArchitectureProfile, ...]
    window_hours: float
    known: dict[tuple[object, ...], Sized]

    def deployments(self, pool: Pool) -> tuple[Deployment, ...]:
        key = self._key(pool)
        if key not in self.known:
            self.known[key] = self._size(pool)
        return self.known[key][0]

    def rejections(self) -> Iterator[Rejection]:
        """Each once, although several pools may have met it."""
        return iter(dict.fromkeys(each for _, found in self.known.values() for each in found))

    def _key(self, pool: Pool) -> tuple[object, ...]:
        if isinstance(self.workload, TrainingRun):
            return (pool.node_type.name, pool.terms.goodput)
        return (pool.node_type.name,)

    def _size(self, pool: Pool) -> Sized:
        hardware = (pool.node_type, pool.accelerator)
        if isinstance(self.workload, TrainingRun):
            hours = self.window_hours * pool.terms.goodput
            return training_deployments(self.workload, self.profiles, *hardware, hours)
        return serving_deployments(self.workload, self.profiles[0], *hardware)


def allows_interruptible(workload: Workload) -> bool:
    """Whether a workload may use capacity that can be taken away."""
    if workload.allow_interruptible is not None:
        return workload.allow_interruptible
    match workload:
        case BatchInference():
            return True
        case Serving() | TrainingRun():
            return False


def nodes_of(deployment: Deployment, accelerators_per_node: int) -> int:
    """Whole nodes that one replica or gang touches."""
    return -(-deployment.accelerators // accelerators_per_node)


def _barred(workload: Workload, pool: Pool) -> Rejection | None:
    """Why the scenario's own rules keep a workload out of a pool."""
    reason: Reason | None = None
    if workload.sites is not None and pool.place.name not in workload.sites:
        reason = "site"
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


def _too_few_nodes(deployment: Deployment, pool: Pool) -> Rejection | None:
    needed = nodes_of(deployment, pool.node_type.accelerators_per_node)
    available = pool.terms.available_nodes
    if available is None or needed <= available:
        return None
    return Rejection(
        workload=deployment.workload,
        node_type=pool.node_type.name,
        site=pool.place.name,
        purchase=pool.purchase,
        parallelism=str(deployment.parallelism),
        reason="capacity",
        needed=needed,
        available=available,
        unit="nodes",
    )


def rejected_by(candidates: Candidates, workload: str) -> Iterable[Rejection]:
    """Rejections of one workload that are shortfalls, not merely worse choices."""
    return (
        each
        for each in candidates.rejections
        if each.workload == workload and each.reason != "dominated"
    )
