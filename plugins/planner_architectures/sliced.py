"""Sliced decoders: a part of the hidden width is rotated away and cut off."""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile
from planner.domain.record import Record
from planner_architectures.bases import require_plain

ROTATIONS_PER_LAYER: Final = 2
"""One on the residual around attention, one on that around the feed-forward network (SliceGPT,
Ashkboos et al. 2024, arXiv 2401.15024, section 3.3)."""


class SlicedParameters(Record):
    """How much is cut off."""

    sliced_share: Annotated[float, Field(gt=0, lt=1, examples=[0.25])]
    """Share of the hidden width that is cut off; heads and their cache stay as they are."""


class Sliced:
    """Slices of a decoder: less hidden width, with a rotation on every residual (SliceGPT)."""

    name = "sliced"
    parameters = SlicedParameters

    def derived(
        self, parameters: SlicedParameters, base: ArchitectureProfile
    ) -> ArchitectureProfile:
        """Every matrix and table loses rows or columns of its hidden side; rotations come on top.

        Source: SliceGPT (arXiv 2401.15024), equations 6 to 9. A latent attention's inner matrices
        have no hidden side; they are cut here too, which overstates what slicing saves there.
        """
        require_plain(base)
        hidden = max(round(base.hidden * (1 - parameters.sliced_share)), 1)
        left = hidden / base.hidden
        rotations = ROTATIONS_PER_LAYER * base.layers * hidden**2
        return replace(
            base,
            hidden=hidden,
            parameters_total=base.parameters_total * left + rotations,
            parameters_active=base.parameters_active * left + rotations,
            parameters_embedding=base.parameters_embedding * left,
            parameters_expert=base.parameters_expert * left,
            parameters_ffn=base.parameters_ffn * left,
            parameters_dormant=base.parameters_dormant * left,
        )
