"""Deployments: one workload on one node type. No site, no price."""

from dataclasses import dataclass
from typing import Literal

from planner.domain.precision import Precision
from planner.domain.record import Count, Record

Recomputation = Literal["selective", "full"]


class Parallelism(Record):
    """Degrees of parallelism; their product is the number of accelerators."""

    tensor: Count = 1
    pipeline: Count = 1
    data: Count = 1

    @property
    def accelerators(self) -> int:
        """Accelerators that work together."""
        return self.tensor * self.pipeline * self.data

    def __str__(self) -> str:
        """The degrees above 1, for instance `tp8 pp2`; `tp1` when there is none."""
        degrees = (("tp", self.tensor), ("pp", self.pipeline), ("dp", self.data))
        return " ".join(f"{label}{n}" for label, n in degrees if n > 1) or "tp1"


@dataclass(frozen=True)
class RequestSize:
    """Input and output tokens of a request, and its images."""

    input_tokens: int
    output_tokens: int
    images: int = 0
    """In the prompt."""


@dataclass(frozen=True)
class ServingRate:
    """What one replica does with requests of one size, at the largest batch within the limits."""

    requests_per_s: float
    batch: int
    ttft_ms: float
    """Mean, at the planned utilisation, queueing included."""
    tpot_ms: float
    """Mean, prefill of other requests included."""
    accelerator_power_w: float
    """Mean per accelerator while the replica is busy."""
    memory_gib_per_accelerator: float


@dataclass(frozen=True)
class TrainingRate:
    """What one gang does."""

    tokens_per_s: float
    mfu: float
    """Model FLOPs utilisation: 6 x active parameters plus attention, over dense peak."""
    accelerator_power_w: float
    memory_gib_per_accelerator: float


@dataclass(frozen=True)
class ServingDeployment:
    """A replica of a serving or batch workload on a node type.

    `rates[i]` belongs to request class i of the workload; None: not within its limits here.
    """

    workload: str
    architecture: str
    node_type: str
    parallelism: Parallelism
    weight_precision: Precision
    kv_precision: Precision
    rates: tuple[ServingRate | None, ...]
    nodes: int | None = None
    """That it fills with replicas; None: as many as the plan finds best."""

    @property
    def accelerators(self) -> int:
        """Accelerators of one replica."""
        return self.parallelism.accelerators


@dataclass(frozen=True)
class TrainingDeployment:
    """A gang of whole nodes that trains one workload."""

    workload: str
    architecture: str
    node_type: str
    parallelism: Parallelism
    precision: Precision
    micro_batch: int
    recomputation: Recomputation
    nodes: int
    rate: TrainingRate

    @property
    def accelerators(self) -> int:
        """Accelerators of the gang."""
        return self.parallelism.accelerators
