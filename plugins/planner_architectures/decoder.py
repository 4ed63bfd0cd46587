"""What all decoder-only transformers share: attention, embedding tables, norms.

Bias vectors, rotary tables and the norms of queries and keys are left out: together they are under
0.1% of the parameters of every catalog architecture.
"""

from typing import Self

from pydantic import Field, model_validator

from planner.domain.architecture import ArchitectureProfile, AttentionGroup
from planner.domain.record import Count, Record, Whole
from planner.units import FLOPS_PER_MULTIPLY_ADD
from planner_architectures.compressed_attention import (
    CompressedAttention,
    compressed_groups,
    compressed_parameters,
)
from planner_architectures.linear_attention import (
    LinearAttention,
    linear_group,
    linear_parameters,
)

NORMS_PER_LAYER = 2
"""One before attention, one before the feed-forward network (Touvron et al. 2023, 2302.13971)."""


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


class GlobalAttention(Record):
    """Heads of the layers that see the whole context, where they differ from those of the others.

    Source: Gemma 4's configuration (`num_global_key_value_heads`, `global_head_dim`,
    `attention_k_eq_v`).
    """

    kv_heads: Count
    head_dim: Count
    keys_are_values: bool = False
    """Whether one projection gives keys and values; both are cached: only keys are rotated."""


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
    """With `window_tokens` or `linear_attention`, every so-many-th layer sees the whole context;
    omitted: as many as `global_layers` says, or none."""
    global_layers: Count | None = None
    """In its place: how many layers see the whole context, whatever their order."""
    global_attention: GlobalAttention | None = None
    """Heads of these layers; omitted: those of all layers."""
    gated_attention: bool = False
    """Whether a gate as wide as the queries multiplies what heads give (Qiu et al. 2025, arXiv
    2505.06708)."""
    linear_attention: LinearAttention | None = None
    """What the layers do that do not see the whole context, in place of looking at a window."""
    compressed_attention: CompressedAttention | None = None
    """In place of all the above but `heads` and `head_dim`."""
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
            **self._broken_layer_rules(),
        }
        return [rule for rule, broken in is_broken.items() if broken]

    def _broken_layer_rules(self) -> dict[str, object]:
        """Whether layers that differ contradict each other, by rule."""
        others, linear = self.window_tokens or self.linear_attention, self.linear_attention
        of_global = self.global_attention
        beside_compressed = (self.kv_heads, self.latent_attention, others, self.gated_attention)
        return {
            "global_layer_every needs window_tokens or linear_attention": (
                self.global_layer_every and not others
            ),
            "global_layers needs window_tokens or linear_attention": (
                self.global_layers and not others
            ),
            "global_layers and global_layer_every exclude each other": (
                self.global_layers and self.global_layer_every
            ),
            f"global_layers ({self.global_layers}) must be at most layers ({self.layers})": (
                (self.global_layers or 0) > self.layers
            ),
            "linear_attention and window_tokens exclude each other": linear and self.window_tokens,
            "global_attention needs global_layers or global_layer_every, no latent_attention": (
                of_global
                and (self.latent_attention or not (self.global_layers or self.global_layer_every))
            ),
            f"global_attention.kv_heads must divide heads ({self.heads})": (
                of_global and self.heads % of_global.kv_heads
            ),
            "compressed_attention goes with heads and head_dim, and nothing else of attention": (
                self.compressed_attention and (not self.head_dim or any(beside_compressed))
            ),
            f"layers of compressed_attention must be at most layers ({self.layers})": (
                self.compressed_attention
                and self.compressed_attention.compressed_layers > self.layers
            ),
        }

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

    @property
    def whole_layers(self) -> int:
        """Layers that see the whole context."""
        if self.window_tokens is None and self.linear_attention is None:
            return self.layers
        if self.global_layer_every is not None:
            return self.layers // self.global_layer_every
        return self.global_layers or 0

    @property
    def of_whole_layers(self) -> Self:
        """The structure with the heads of the layers that see the whole context."""
        if self.global_attention is None:
            return self
        heads = {"kv_heads", "head_dim"}
        return self.model_copy(update=self.global_attention.model_dump(include=heads))


def all_attention_parameters(structure: DecoderParameters) -> int:
    """Weights of the attention of all layers, which may be of two sorts."""
    compressed, linear = structure.compressed_attention, structure.linear_attention
    if compressed is not None:
        return compressed_parameters(
            compressed, structure.layers, structure.hidden, structure.heads, structure.head_elements
        )
    of_whole = structure.of_whole_layers
    whole = attention_parameters(of_whole)
    if structure.global_attention is not None and structure.global_attention.keys_are_values:
        whole -= structure.hidden * of_whole.key_value_elements
    if linear is not None:
        local = linear_parameters(linear, structure.hidden)
    else:
        local = attention_parameters(structure)
    whole_layers = structure.whole_layers
    return whole_layers * whole + (structure.layers - whole_layers) * local


def attention_parameters(structure: DecoderParameters) -> int:
    """Weights of one layer's attention: projections of query, key, value and output, and the gate.

    Source: Ainslie et al. 2023 (arXiv 2305.13245); latent attention: DeepSeek-V2 (arXiv 2405.04434)
    equations 9 to 19.
    """
    hidden, heads, latent = structure.hidden, structure.heads, structure.latent_attention
    if latent is None:
        query_width = heads * structure.head_elements
        as_wide_as_queries = 3 if structure.gated_attention else 2
        return as_wide_as_queries * hidden * query_width + 2 * hidden * structure.key_value_elements
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
        kv_heads=_cache_parts(structure),
        vocabulary=structure.vocabulary,
        parameters_embedding=positions + (0 if structure.tied_embeddings else table),
        parameters_expert=routed,
        experts=experts,
        experts_per_token=experts_per_token,
    )


def attention_groups(structure: DecoderParameters) -> tuple[AttentionGroup, ...]:
    """Layers that see the whole context, then those that see a window of it, or keep a state."""
    compressed, linear = structure.compressed_attention, structure.linear_attention
    if compressed is not None:
        return compressed_groups(
            compressed, structure.layers, structure.heads, structure.head_elements
        )
    of_whole, whole = structure.of_whole_layers, structure.whole_layers
    local = structure.layers - whole
    groups = (
        AttentionGroup(whole, kv_elements(of_whole), pair_flops(of_whole)),
        AttentionGroup(
            local, kv_elements(structure), pair_flops(structure), structure.window_tokens
        )
        if linear is None
        else linear_group(linear, local),
    )
    return tuple(group for group in groups if group.layers)


def _cache_parts(structure: DecoderParameters) -> int:
    """Into how many parts the cache can be split with the heads."""
    # one latent or compressed vector serves all heads: splitting them does not split the cache
    if structure.latent_attention or structure.compressed_attention:
        return 1
    kv_heads = structure.kv_heads or structure.heads
    return min(kv_heads, structure.of_whole_layers.kv_heads or kv_heads)


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
