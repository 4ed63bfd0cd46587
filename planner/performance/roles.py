"""What a training step does with an architecture: train it, train adapters, or only ask it."""

from dataclasses import dataclass
from typing import Final

from planner.domain.architecture import ArchitectureProfile
from planner.domain.precision import BYTES_PER_ELEMENT
from planner.domain.workload import Adapters, FineTuning, TrainingRun

WEIGHT_BYTES: Final = 2
"""Weights are multiplied in 16 bits."""
LINEAR_LAYERS: Final = 7
"""Matrices of a layer: query, key, value, output, and the three of a gated feed-forward network
(Touvron et al. 2023, arXiv 2302.13971)."""


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
        added_parameters=adapter_parameters(adapters, profile),
        stored_bytes=BYTES_PER_ELEMENT[adapters.base_precision],
    )


def adapter_parameters(adapters: Adapters, profile: ArchitectureProfile) -> float:
    """Parameters of the adapters: rank x (rows + columns) of every matrix that has one.

    Source: Hu et al. 2021 (arXiv 2106.09685), section 4.1. One side of every matrix is the hidden
    width; the other sides of queries and of values follow from the attention, those of all matrices
    together from the parameters of the layers.
    """
    if adapters.targets == "query_value":
        sides = sum(
            group.layers
            * (
                2 * profile.hidden
                + group.flops_per_token_pair / 4
                + group.kv_elements_per_token / 2
            )
            for group in profile.attention
        )
    else:
        in_layers = profile.parameters_total - profile.parameters_embedding - _output(profile)
        sides = LINEAR_LAYERS * profile.layers * profile.hidden + in_layers / profile.hidden
    return adapters.rank * sides


def _output(profile: ArchitectureProfile) -> float:
    return profile.vocabulary * profile.hidden
