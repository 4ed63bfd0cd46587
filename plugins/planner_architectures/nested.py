"""Nested decoders: smaller ones inside a large one, cut out of it without training (MatFormer)."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile
from planner.domain.record import Record
from planner_architectures.bases import require_plain


class NestedParameters(Record):
    """How much of the base is used."""

    ffn_share: Annotated[float, Field(gt=0, le=1, examples=[0.5])] = 1.0
    """Of the width of every feed-forward network."""
    layer_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of the layers."""


class Nested:
    """Sub-models of a decoder: a share of its feed-forward width, or of its layers (MatFormer)."""

    name = "nested"
    parameters = NestedParameters

    def derived(
        self, parameters: NestedParameters, base: ArchitectureProfile
    ) -> ArchitectureProfile:
        """Take the first neurons of every feed-forward network, and the first layers.

        Source: Devvrit et al. 2023, arXiv 2310.07707, section 3.1; with `layer_share`, the
        Mix'n'Match over depth that Gemma 3n publishes. A base whose kind does not say what is
        feed-forward keeps its width.
        """
        require_plain(base)
        layers = max(round(base.layers * parameters.layer_share), 1)
        kept = layers / base.layers
        outside, inside = base.parameters_in_tables, base.parameters_in_layers
        ffn = base.parameters_ffn * (1 - parameters.ffn_share)
        touched = (1 - parameters.ffn_share) * _ffn_of_a_token(base)
        return replace(
            base,
            parameters_total=outside + (inside - ffn) * kept,
            parameters_active=outside + (base.parameters_active - outside - touched) * kept,
            parameters_expert=base.parameters_expert * parameters.ffn_share * kept,
            parameters_ffn=(base.parameters_ffn - ffn) * kept,
            layers=layers,
            attention=tuple(
                replace(group, layers=max(round(group.layers * kept), 1))
                for group in base.attention
            ),
        )


def _ffn_of_a_token(base: ArchitectureProfile) -> float:
    """Feed-forward parameters that one token goes through: all, but a few experts' only."""
    if not base.experts:
        return base.parameters_ffn
    unused = 1 - base.experts_per_token / base.experts
    return base.parameters_ffn - base.parameters_expert * unused
