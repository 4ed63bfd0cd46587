"""Encoders: every token sees the whole text, and nothing is cached or written."""

from typing import Self

from pydantic import Field, model_validator

from planner.domain.architecture import ArchitectureProfile, AttentionGroup
from planner.domain.record import Count, Record, Whole
from planner.units import FLOPS_PER_MULTIPLY_ADD
from planner_architectures.decoder import NORMS_PER_LAYER

ATTENTION_MATRICES = 4
"""Query, key, value, output (Vaswani et al. 2017, arXiv 1706.03762)."""
FFN_MATRICES = 2
GATED_FFN_MATRICES = 3
PARAMETERS_PER_NORM = 2
"""Scale and shift."""


class EncoderParameters(Record):
    """Structure of a transformer encoder, in the numbers of its `config.json`."""

    layers: Count = Field(examples=[12])
    hidden: Count = Field(examples=[768])
    """Width of the residual stream (`hidden_size`)."""
    heads: Count = Field(examples=[12])
    """Attention heads (`num_attention_heads`)."""
    ffn_hidden: Count = Field(examples=[3072])
    """Width of the feed-forward network (`intermediate_size`)."""
    vocabulary: Count = Field(examples=[30522])
    """Rows of the embedding table (`vocab_size`)."""
    learned_positions: Whole = 512
    """Rows of the position table (`max_position_embeddings`); 0 for rotary positions."""
    token_types: Whole = 2
    """Rows of the segment table (`type_vocab_size`)."""
    gated_ffn: bool = False
    """Whether the feed-forward network has a gate: three matrices rather than two."""
    pooler: bool = True
    """Whether a last square matrix makes one vector of the text, as in BERT."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.hidden % self.heads:
            raise ValueError(f"heads ({self.heads}) must divide hidden ({self.hidden})")
        return self


class Encoder:
    """Encoders and embedding architectures (BERT, RoBERTa, E5, BGE, ...)."""

    name = "encoder"
    parameters = EncoderParameters

    def profile(self, parameters: EncoderParameters) -> ArchitectureProfile:
        """Count the weights (Devlin et al. 2018, arXiv 1810.04805, section 3).

        A request is a text: `output_tokens: 1` stands for its vector.
        """
        hidden = parameters.hidden
        tables = parameters.vocabulary + parameters.learned_positions + parameters.token_types
        matrices = GATED_FFN_MATRICES if parameters.gated_ffn else FFN_MATRICES
        ffn = matrices * hidden * parameters.ffn_hidden
        norms = NORMS_PER_LAYER * PARAMETERS_PER_NORM * hidden
        layer = ATTENTION_MATRICES * hidden**2 + ffn + norms
        pooler = hidden**2 if parameters.pooler else 0
        total = tables * hidden + parameters.layers * layer + PARAMETERS_PER_NORM * hidden + pooler
        pair_flops = 2 * FLOPS_PER_MULTIPLY_ADD * hidden  # a score and a weighted sum
        return ArchitectureProfile(
            parameters_total=total,
            parameters_active=total,
            layers=parameters.layers,
            hidden=hidden,
            attention=(AttentionGroup(parameters.layers, 0, pair_flops),),
            kv_heads=parameters.heads,
            vocabulary=0,  # there is no output layer
            parameters_embedding=tables * hidden,
            parameters_ffn=parameters.layers * ffn,
            is_causal=False,
            most_output_tokens=1,
            max_context_tokens=parameters.learned_positions or None,
        )
