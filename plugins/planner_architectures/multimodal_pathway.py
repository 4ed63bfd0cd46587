"""Architectures that learn from another modality and forget how: the paths are merged."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile
from planner.domain.record import Record
from planner_architectures.bases import require_plain


class PathwayParameters(Record):
    """How much of the base another modality's weights accompany."""

    auxiliary_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of the weights in layers, that have an auxiliary twin while training."""


class MultimodalPathway:
    """Auxiliary weights of another modality in training, merged at inference (M2PT)."""

    name = "multimodal_pathway"
    parameters = PathwayParameters

    def derived(
        self, parameters: PathwayParameters, base: ArchitectureProfile
    ) -> ArchitectureProfile:
        """Serve what the base serves; train with twins of its linear layers.

        Source: Zhang et al. 2024, arXiv 2401.14405, section 3.3: W + lambda W' is one matrix when
        it multiplies, in training too, so that only memory and the exchange of gradients grow.
        """
        require_plain(base)
        twins = parameters.auxiliary_share * base.parameters_in_layers
        return replace(base, parameters_training_only=twins)
