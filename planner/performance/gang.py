"""One architecture in a training gang, laid over accelerators that work in step."""

from dataclasses import dataclass
from math import ceil

from planner.domain.architecture import ArchitectureProfile
from planner.domain.deployment import Parallelism, Recomputation
from planner.domain.hardware import Accelerator, NodeType
from planner.domain.precision import Precision
from planner.performance.roles import WHOLE, Role
from planner.performance.stages import fullest_share


@dataclass(frozen=True)
class TrainingLayout:
    """How a gang divides its work."""

    parallelism: Parallelism
    micro_batch: int
    """Sequences that a pipeline handles at a time."""
    recomputation: Recomputation


@dataclass(frozen=True)
class Gang:
    """A layout on a node type, with the size of its steps."""

    profile: ArchitectureProfile
    node_type: NodeType
    accelerator: Accelerator
    layout: TrainingLayout
    precision: Precision
    sequence_tokens: int
    global_batch: int
    """Sequences of one optimizer step."""
    role: Role = WHOLE
    """What a step does with the architecture."""

    @property
    def stored_parameters(self) -> float:
        """With those that only training has."""
        extra = self.profile.parameters_training_only if self.role.is_trained else 0.0
        return self.profile.parameters_total + extra

    @property
    def trained_parameters(self) -> float:
        """That have gradients and a state of the optimizer."""
        return self.role.trained_share * self.stored_parameters + self.role.added_parameters

    @property
    def nodes(self) -> int:
        """Whole nodes that it touches."""
        return ceil(self.layout.parallelism.accelerators / self.node_type.accelerators_per_node)

    @property
    def stage_share(self) -> float:
        """Of the weights and the arithmetic, in the fullest pipeline stage."""
        return fullest_share(self.profile, self.layout.parallelism.pipeline)

    @property
    def micro_batches(self) -> int:
        """That each pipeline works through in a step; the last of them may be short."""
        return ceil(self.global_batch / (self.layout.parallelism.data * self.layout.micro_batch))
