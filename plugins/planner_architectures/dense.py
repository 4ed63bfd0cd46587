"""Dense decoders: every token goes through every parameter."""

from dataclasses import replace

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile
from planner.domain.record import Count
from planner_architectures.decoder import (
    DecoderParameters,
    all_attention_parameters,
    decoder_profile,
    ffn_parameters,
    other_parameters,
)


class DenseParameters(DecoderParameters):
    """Structure of a dense decoder."""

    ffn_hidden: Count = Field(examples=[14336])
    """Width of the feed-forward network (`intermediate_size`)."""


class Dense:
    """Dense decoder-only transformers (GPT, Llama, Qwen, Gemma, ...)."""

    name = "dense"
    parameters = DenseParameters

    def profile(self, parameters: DenseParameters) -> ArchitectureProfile:
        """Count the weights of the layers (Vaswani et al. 2017, arXiv 1706.03762)."""
        ffn = parameters.layers * ffn_parameters(parameters, parameters.ffn_hidden)
        others = parameters.layers * other_parameters(parameters)
        in_layers = all_attention_parameters(parameters) + ffn + others
        return replace(decoder_profile(parameters, in_layers), parameters_ffn=ffn)
