"""What a training step does with an architecture: train it, train adapters, or only ask it."""

from dataclasses import dataclass
from typing import Final

from planner.domain.adapters import adapter_parameters
from planner.domain.architecture import ArchitectureProfile
from planner.domain.precision import BYTES_PER_ELEMENT
from planner.domain.workload import Adapters, FineTuning, TrainingRun

WEIGHT_BYTES: Final = 2
"""Weights are multiplied in 16 bits."""


@dataclass(frozen=True)
class Role:
    """What is trained of an architecture, and how its weights are kept."""

    trained_share: float
    """Of its parameters: 1 when all are, 0 when it is only asked."""
    added_parameters: float
    """Adapters beside it."""
    stored_bytes: float
    """Of one weight."""

    @property
    def is_trained(self) -> bool:
        """Whether a step goes back through it."""
        return self.backward_passes > 0

    @property
    def backward_passes(self) -> int:
        """In forward passes: one for the gradients of activations, one for those of weights.

        The second is left out where the weights stay as they are (Hu et al. 2021, arXiv
        2106.09685, section 4.2).
        """
        if self.trained_share:
            return 2
        return 1 if self.added_parameters else 0


WHOLE: Final = Role(trained_share=1.0, added_parameters=0.0, stored_bytes=WEIGHT_BYTES)
"""All weights are trained."""
FROZEN: Final = Role(trained_share=0.0, added_parameters=0.0, stored_bytes=WEIGHT_BYTES)
"""It is only asked."""


def roles(workload: TrainingRun, profile: ArchitectureProfile) -> tuple[Role, ...]:
    """One for each of the workload's architectures, of which `profile` is the first."""
    if not isinstance(workload, FineTuning):
        return (WHOLE,)
    companions = (WHOLE if each.is_trained else FROZEN for each in workload.companions)
    return (_of_first(workload.adapters, profile), *companions)


def _of_first(adapters: Adapters | None, profile: ArchitectureProfile) -> Role:
    if adapters is None:
        return WHOLE
    return Role(
        trained_share=0.0,
        added_parameters=adapter_parameters(adapters.rank, adapters.targets, profile),
        stored_bytes=BYTES_PER_ELEMENT[adapters.base_precision],
    )
