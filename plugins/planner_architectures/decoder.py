"""What all decoder-only transformers share: attention, embedding tables, norms.

Bias vectors, rotary tables and the norms of queries and keys are left out: together they are under
0.1% of the parameters of every catalog architecture.
"""

from typing import Self

from pydantic import Field, model_validator

from planner.domain.architecture import ArchitectureProfile, AttentionGroup
from planner.domain.record import Count, Record, Whole

NORMS_PER_LAYER = 2
"""One before attention, one before the feed-forward network (Touvron et al. 2023, 2302.13971)."""
FLOPS_PER_MULTIPLY_ADD = 2
"""A multiplication and an addition."""


class LatentAttention(Record):
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1 and appendix C).

    Keys and values are kept as one compressed vector of `kv_lora_rank` and one rotary key of
    `qk_rope_dim`, both shared by all heads.
    """

    q_lora_rank: Count | None = None
    """Width that queries are compressed to; omitted: queries are not compressed."""
    kv_lora_rank: Count
    qk_nope_dim: Count
    """Elements of a head's query and key without position."""
    qk_rope_dim: Count
    """Elements of a head's query and key that carry the rotary position."""
    v_dim: Count
    """Elements of a head's value."""


class DecoderParameters(Record):
    """Structure of a decoder-only transformer, in the numbers of its `config.json`."""

    layers: Count = Field(examples=[32])
    hidden: Count = Field(examples=[4096])
    """Width of the residual stream (`hidden_size`)."""
    heads: Count = Field(examples=[32])
    """Query heads (`num_attention_heads`)."""
    kv_heads: Count | None = Field(default=None, examples=[8])
    """Key and value heads (`num_key_value_heads`): 1 is multi-query, fewer than `heads` is
    grouped-query attention (Ainslie et al. 2023, arXiv 2305.13245); omitted: as many as `heads`."""
    head_dim: Count | None = Field(default=None, examples=[128])
    """Elements of a head; omitted: `hidden` / `heads`."""
    vocabulary: Count = Field(examples=[128256])
    """Rows of the embedding table, padding included (`vocab_size`)."""
    tied_embeddings: bool = False
    """Whether the output layer is the input table (`tie_word_embeddings`)."""
    gated_ffn: bool = True
    """Whether the feed-forward network has a gate, as SwiGLU and GeGLU do: three matrices rather
    than two (Shazeer 2020, arXiv 2002.05202)."""
    learned_positions: Whole = 0
    """Rows of a learned position table; 0 for rotary, ALiBi or no positions."""
    extra_parameters_per_layer: Whole = 0
    """Parameters of a layer that no other field describes; multiplied with every token."""
    window_tokens: Count | None = None
    """Sliding window: how far a local layer looks back (Beltagy et al. 2020, arXiv 2004.05150)."""
    global_layer_every: Count | None = None
    """With `window_tokens`, every so-many-th layer sees the whole context; omitted: none does."""
    latent_attention: LatentAttention | None = None
    """Omitted: multi-head, grouped-query or multi-query attention as `kv_heads` says."""

    def broken_rules(self) -> list[str]:
        """What contradicts itself, one sentence each."""
        kv_heads, latent = self.kv_heads or self.heads, self.latent_attention
        is_broken = {
            f"kv_heads ({kv_heads}) must divide heads ({self.heads})": self.heads % kv_heads,
            f"heads ({self.heads}) must divide hidden ({self.hidden}), or head_dim be stated": not (
                latent or self.head_dim or self.hidden % self.heads == 0
            ),
            "kv_heads and head_dim must be left out with latent_attention": latent
            and (self.kv_heads or self.head_dim),
            "global_layer_every needs window_tokens": self.global_layer_every
            and not self.window_tokens,
        }
        return [rule for rule, broken in is_broken.items() if broken]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        broken = self.broken_rules()
        if broken:
            raise ValueError("; ".join(broken))
        return self

    @property
    def head_elements(self) -> int:
        """Elements of a head, stated or derived."""
        return self.head_dim or self.hidden // self.heads

    @property
    def key_value_elements(self) -> int:
        """Width of a token's keys, and of its values."""
        return (self.kv_heads or self.heads) * self.head_elements


def attention_parameters(structure: DecoderParameters) -> int:
    """Weights of one layer's attention: projections of query, key, value and output.

    Source: Ainslie et al. 2023 (arXiv 2305.13245); latent attention: DeepSeek-V2 (arXiv 2405.04434)
    equations 9 to 19.
    """
    hidden, heads, latent = structure.hidden, structure.heads, structure.latent_attention
    if latent is None:
        query_width = heads * structure.head_elements
        return 2 * hidden * query_width + 2 * hidden * structure.key_value_elements
    query_width = heads * (latent.qk_nope_dim + latent.qk_rope_dim)
    compressed = latent.q_lora_rank
    query = compressed * (hidden + query_width) if compressed else hidden * query_width
    key_value = hidden * (latent.kv_lora_rank + latent.qk_rope_dim)
    expansion = latent.kv_lora_rank * heads * (latent.qk_nope_dim + latent.v_dim)
    return query + key_value + expansion + heads * latent.v_dim * hidden


def ffn_parameters(structure: DecoderParameters, width: int) -> int:
    """Weights of one feed-forward network (Shazeer 2020, arXiv 2002.05202, section 2)."""
    return (3 if structure.gated_ffn else 2) * structure.hidden * width


def other_parameters(structure: DecoderParameters) -> int:
    """A layer's norms and what `extra_parameters_per_layer` says."""
    return NORMS_PER_LAYER * structure.hidden + structure.extra_parameters_per_layer


def decoder_profile(
    structure: DecoderParameters,
    in_layers: float,
    routed: float = 0,
    experts: int = 0,
    experts_per_token: int = 0,
) -> ArchitectureProfile:
    """The profile of a decoder whose layers hold `in_layers` parameters, `routed` in experts.

    The active parameters count the embedding table, as most authors do. A tied table is multiplied
    with as output layer, so it is no mere look-up.
    """
    table = structure.vocabulary * structure.hidden
    positions = structure.learned_positions * structure.hidden
    tables = positions + table * (1 if structure.tied_embeddings else 2)
    total = in_layers + tables + structure.hidden  # the last norm
    unused = routed * (1 - experts_per_token / experts) if experts else 0
    return ArchitectureProfile(
        parameters_total=total,
        parameters_active=total - unused,
        layers=structure.layers,
        hidden=structure.hidden,
        attention=attention_groups(structure),
        # one latent vector serves all heads: splitting the heads does not split the cache
        kv_heads=1 if structure.latent_attention else structure.kv_heads or structure.heads,
        vocabulary=structure.vocabulary,
        parameters_embedding=positions + (0 if structure.tied_embeddings else table),
        parameters_expert=routed,
        experts=experts,
        experts_per_token=experts_per_token,
    )


def attention_groups(structure: DecoderParameters) -> tuple[AttentionGroup, ...]:
    """Layers that see the whole context, then those that see a window of it."""
    if structure.window_tokens is None:
        whole = structure.layers
    elif structure.global_layer_every is None:
        whole = 0
    else:
        whole = structure.layers // structure.global_layer_every
    groups = ((whole, None), (structure.layers - whole, structure.window_tokens))
    return tuple(
        AttentionGroup(layers, kv_elements(structure), pair_flops(structure), window)
        for layers, window in groups
        if layers
    )


def kv_elements(structure: DecoderParameters) -> int:
    """Cached elements of a token in one layer: a key and a value for each of `kv_heads`.

    Latent attention caches its compressed vector and one rotary key (DeepSeek-V2, arXiv 2405.04434,
    table 1).
    """
    latent = structure.latent_attention
    if latent is None:
        return 2 * structure.key_value_elements
    return latent.kv_lora_rank + latent.qk_rope_dim


def pair_flops(structure: DecoderParameters) -> int:
    """Forward FLOPs of a layer for one query token and one earlier token: score and weighted sum.

    4 x heads x head_dim (Korthikanti et al. 2022, arXiv 2205.05198, appendix A). For latent
    attention this is the expanded form that training and prefill use.
    """
    latent = structure.latent_attention
    if latent is None:
        per_head = 2 * structure.head_elements
    else:
        per_head = latent.qk_nope_dim + latent.qk_rope_dim + latent.v_dim
    return FLOPS_PER_MULTIPLY_ADD * structure.heads * per_head
