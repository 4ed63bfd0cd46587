"""Deployments of a workload, sized once for all pools, periods and workloads that are alike."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from typing import Final

from planner.candidates.job import heap_use
from planner.candidates.loads import Loads, hardware_of
from planner.catalog.reach import at_place, under_way_ms
from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import ServingDeployment, TrainingDeployment
from planner.domain.option import Pool
from planner.domain.rejection import Miss
from planner.domain.workload import BatchInference, Serving, TrainingRun, Workload
from planner.performance.loaded import Load, load_of
from planner.performance.serving import serving_deployments
from planner.performance.training import training_deployments

Deployment = ServingDeployment | TrainingDeployment
Sized = tuple[tuple[Deployment, ...], tuple[Miss, ...]]

AT_ANY_PACE: Final = (1.0,)
"""A job without an order takes all of its window."""
PACES: Final = tuple(0.5**halvings for halvings in range(11))
"""Of its window, a job that is one of several in a row is sized to take this much, down to a
thousandth: the faster ones leave time for the others."""
UNSIZED: Final[dict[str, object]] = {
    "name": "",
    "after": (),
    "priority": 0,
    "unmet_penalty_usd": None,
    "sites": None,
    "allow_interruptible": None,
    "start_days": 0.0,
    "deadline_days": 0.0,
    "residency": None,
    "together_with": (),
    "apart_from": (),
    "restart_hours": 0.0,
    "minimum_run_hours": 0.0,
    "dataset_gb": None,
    "dataset_site": None,
}
"""What a training run states that its gangs do not depend on."""


@dataclass(frozen=True)
class Window:
    """The time for which jobs are sized."""

    hours: float
    paces: tuple[float, ...]
    """Shares of it within which a job should be done."""
    demand: tuple[float, ...]
    """Requests of a heap by class; of other work none."""

    @property
    def has_paces(self) -> bool:
        """Whether a heap has to be done within a part of it."""
        return self.paces != AT_ANY_PACE


@dataclass(frozen=True)
class Sizes:
    """What has been sized so far, with one catalog."""

    loads: Loads = field(default_factory=Loads)
    answers: dict[tuple[Hashable, ...], Sized] = field(default_factory=dict)
    """By all that they depend on; under the name of any workload that asked."""


@dataclass(frozen=True)
class Sizing:
    """Deployments of one workload in pools."""

    workload: Workload
    profiles: tuple[ArchitectureProfile, ...]
    """Of all its architectures, its own first."""
    window: Window
    sizes: Sizes
    known: dict[Hashable, tuple[Deployment, ...]] = field(default_factory=dict, init=False)
    """Its own, by what they depend on of a pool."""
    missed: dict[tuple[str, Miss], None] = field(default_factory=dict, init=False)
    """By its node types, each once although several pools may have met it."""

    def deployments(self, pool: Pool) -> tuple[Deployment, ...]:
        """All that are worth having there, limits of the pool left aside."""
        key = (hardware_of(pool), self._of_place(pool))
        if key not in self.known:
            found, misses = self._alike(key, pool)
            self.known[key] = tuple(replace(each, workload=self.workload.name) for each in found)
            self.missed.update(dict.fromkeys((pool.node_type.name, miss) for miss in misses))
        return self.known[key]

    def _alike(self, key: tuple[Hashable, ...], pool: Pool) -> Sized:
        """What a workload like it has been sized to."""
        answers, asked = self.sizes.answers, (self._asked, *key)
        if asked not in answers:
            answers[asked] = self._sized(pool)
        return answers[asked]

    def _of_place(self, pool: Pool) -> Hashable:
        """What counts of a pool besides its hardware."""
        if isinstance(self.workload, Serving):
            return under_way_ms(self.workload, pool.place)
        if isinstance(self.workload, BatchInference) and not self.window.has_paces:
            return None
        return pool.terms.goodput

    @cached_property
    def _asked(self) -> Hashable:
        """What counts of the workload."""
        match self.workload:
            case Serving() as asked:
                limits = (asked.ttft_ms, asked.tpot_ms, asked.target_utilisation)
                return (self._load, asked.network_ms, limits)
            case BatchInference():
                return (self._load, self.window if self.window.has_paces else None)
            case _:
                return (self.workload.model_copy(update=UNSIZED), self.window)

    @cached_property
    def _load(self) -> Load:
        if isinstance(self.workload, TrainingRun):
            raise TypeError(f"{self.workload.name} has no requests")
        return load_of(self.workload)

    def _sized(self, pool: Pool) -> Sized:
        if isinstance(self.workload, TrainingRun):
            return self._gangs(self.workload, pool)
        workload = at_place(self.workload, pool.place)
        loaded = self.sizes.loads.of(self._load, self.profiles[0], pool)
        found, misses = serving_deployments(workload, loaded)
        if isinstance(workload, Serving) or not self.window.has_paces:
            return found, misses
        return tuple(heap for each in found for heap in self._heaps(each, pool)), misses

    def _gangs(self, run: TrainingRun, pool: Pool) -> Sized:
        """Gangs for every pace, and what is missed by at the slowest."""
        found: dict[Deployment, None] = {}
        missed: tuple[Miss, ...] = ()
        for pace in self.window.paces:
            hours = self.window.hours * pool.terms.goodput * pace
            gangs, misses = training_deployments(
                run, self.profiles, pool.node_type, pool.accelerator, hours
            )
            if not gangs:
                missed = missed if found else misses
                break
            found.update(dict.fromkeys(gangs))
        return tuple(found), missed

    def _heaps(self, deployment: ServingDeployment, pool: Pool) -> Iterator[ServingDeployment]:
        """Numbers of nodes on which all of a batch workload keeps each pace."""
        if None in deployment.rates:
            return
        bundle = nodes_of(deployment, pool.node_type.accelerators_per_node)
        node_hours = heap_use(deployment, self.window.demand, pool).node_hours
        hours = (self.window.hours * pace for pace in self.window.paces)
        bundles = (ceil(node_hours / each / bundle) for each in hours)
        for count in dict.fromkeys(bundles):
            yield replace(deployment, nodes=count * bundle)


def nodes_of(deployment: Deployment, accelerators_per_node: int) -> int:
    """Whole nodes that one replica or gang touches."""
    return -(-deployment.accelerators // accelerators_per_node)
