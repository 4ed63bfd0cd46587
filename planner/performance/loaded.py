"""Replicas of a node type filled with requests, before anybody says how long these may take."""

from dataclasses import dataclass
from functools import cached_property

from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import Parallelism, RequestSize
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.precision import Precision
from planner.domain.rejection import Shortfall
from planner.domain.workload import BatchInference, Serving
from planner.performance.communication import is_linked
from planner.performance.degrees import serving_degrees
from planner.performance.power_cap import under_cap
from planner.performance.replica import Replica
from planner.performance.roofline import arithmetic_of
from planner.performance.serving_rate import Paces


@dataclass(frozen=True)
class Load:
    """Requests of some sizes for an architecture in some formats."""

    architecture: str
    weight_precision: Precision
    kv_precision: Precision
    sizes: tuple[RequestSize, ...]
    """Of every request class."""


@dataclass(frozen=True)
class LoadedReplica:
    """A replica with the requests of a load, or why there is none."""

    parallelism: Parallelism
    classes: tuple[Paces | Shortfall, ...]

    @cached_property
    def label(self) -> str:
        """How messages name it."""
        return str(self.parallelism)

    @cached_property
    def accelerators(self) -> int:
        """Of one replica."""
        return self.parallelism.accelerators


@dataclass(frozen=True)
class Loaded:
    """A node type with a replica of every parallelism that is worth trying, smallest first."""

    node_type: NodeType
    accelerator: Accelerator
    replicas: tuple[LoadedReplica, ...]


def load_of(workload: Serving | BatchInference) -> Load:
    """What replicas of a workload are filled with."""
    return Load(
        architecture=workload.architectures[0],
        weight_precision=workload.weight_precision,
        kv_precision=workload.kv_precision,
        sizes=tuple(
            RequestSize(each.input_tokens, each.output_tokens, each.images)
            for each in workload.classes
        ),
    )


def loaded_with(
    load: Load, profile: ArchitectureProfile, node_type: NodeType, accelerator: Accelerator
) -> Loaded:
    """A node type with a load; `profile` is that of the load's architecture."""
    replicas = tuple(
        loaded_replica(load, profile, node_type, accelerator, parallelism)
        for parallelism in serving_degrees(node_type, accelerator, profile.layers)
    )
    return Loaded(node_type, accelerator, replicas)


def loaded_replica(
    load: Load,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
    parallelism: Parallelism,
) -> LoadedReplica:
    """The replica of a parallelism, held to the power cap of its accelerators."""
    count = len(load.sizes)
    if accelerator.tdp_w is None:
        return LoadedReplica(parallelism, (Shortfall("power_unknown"),) * count)
    accelerator = under_cap(accelerator)
    replica = replica_of(load, profile, node_type, accelerator, parallelism)
    if replica is None:
        return LoadedReplica(parallelism, (Shortfall("precision"),) * count)
    if not is_linked(node_type, accelerator, parallelism.accelerators):
        return LoadedReplica(parallelism, (Shortfall("network"),) * count)
    return LoadedReplica(parallelism, tuple(Paces(replica, size) for size in load.sizes))


def replica_of(
    load: Load,
    profile: ArchitectureProfile,
    node_type: NodeType,
    accelerator: Accelerator,
    parallelism: Parallelism,
) -> Replica | None:
    """A replica in the formats of a load; None where the part has no arithmetic for its weights."""
    arithmetic = arithmetic_of(load.weight_precision, accelerator)
    if arithmetic is None:
        return None
    return Replica(
        profile=profile,
        node_type=node_type,
        accelerator=accelerator,
        parallelism=parallelism,
        weight_precision=load.weight_precision,
        kv_precision=load.kv_precision,
        arithmetic=arithmetic,
    )
