"""Low-rank adapters: small matrices beside weights that stay as they are (LoRA)."""

from typing import Final, Literal

from planner.domain.architecture import ArchitectureProfile, AttentionGroup

Targets = Literal["query_value", "all_linear"]
"""Matrices that get adapters: those of queries and values (the paper's choice), or all."""

ATTENTION_MATRICES: Final = 4
"""Query, key, value, output."""
FFN_MATRICES: Final = 3
"""Of a gated feed-forward network (Touvron et al. 2023, arXiv 2302.13971), and of every expert."""


def adapter_parameters(rank: int, targets: Targets, profile: ArchitectureProfile) -> float:
    """Parameters of a set of adapters: rank x (rows + columns) of every matrix that has one.

    Source: Hu et al. 2021 (arXiv 2106.09685), section 4.1. One side of every matrix is the hidden
    width; the other sides of queries and of values follow from the attention, those of all matrices
    together from the parameters of the layers.
    """
    if targets == "query_value":
        sides = sum(
            group.layers * (2 * profile.hidden + _query_and_value(group, profile.hidden))
            for group in profile.attention
            if group.flops_per_token_pair  # others keep a workspace and attend to nothing
        )
    else:
        matrices = profile.layers * (ATTENTION_MATRICES + FFN_MATRICES * max(profile.experts, 1))
        sides = matrices * profile.hidden + profile.parameters_in_layers / profile.hidden
    return rank * sides


def _query_and_value(group: AttentionGroup, hidden: int) -> float:
    """Widths of a layer's queries and values.

    4 FLOPs for each element of a query and a pair, half of what is cached. What keeps a state, or
    caches nothing, does not tell them: both are taken to be as wide as the layer.
    """
    keeps_state = group.window_tokens == 1 or not group.kv_elements_per_token
    if keeps_state:
        return 2.0 * hidden
    return group.flops_per_token_pair / 4 + group.kv_elements_per_token / 2
