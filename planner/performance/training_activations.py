"""What a layer computes and keeps for the way back."""

from typing import Final

from planner.domain.architecture import ArchitectureProfile

LAYER_BYTES: Final = 34
"""Activations of an ordinary layer per token and unit of width, scores of the attention not kept
(Korthikanti et al. 2022, arXiv 2205.05198, equation 1)."""
ORDINARY_LAYER: Final = 12
"""Weights of that layer over its width squared: 4 in attention, 8 in the feed-forward network."""


def layer_bytes_per_token(profile: ArchitectureProfile) -> float:
    """Layers that multiply with more weights than an ordinary one keep more, in proportion."""
    ordinary = ORDINARY_LAYER * profile.hidden**2 * profile.layers
    return LAYER_BYTES * profile.hidden * max(1.0, profile.parameters_multiplied / ordinary)
