"""How evenly pipeline stages share an architecture."""

from math import ceil

from planner.domain.architecture import ArchitectureProfile


def fullest_share(profile: ArchitectureProfile, pipeline: int) -> float:
    """Of the weights and the arithmetic, in the fullest stage.

    Layers are dealt out evenly and the last stage has the output layer too.
    """
    if pipeline == 1:
        return 1.0
    output = profile.vocabulary * profile.hidden / profile.parameters_multiplied
    return layer_share(profile, pipeline) * (1 - output) + output


def layer_share(profile: ArchitectureProfile, pipeline: int) -> float:
    """Of the layers, in the fullest stage."""
    return ceil(profile.layers / pipeline) / profile.layers
