"""Configurations of mixtures of experts whose layers all attend in a known way."""

from collections.abc import Iterator
from typing import ClassVar, Final

from pydantic import JsonValue

from planner.domain.record import Count, Whole
from planner_architectures.hf_config import LayeredConfig, MixtureConfig, Rule, windowed
from planner_architectures.hf_dense import Gemma4Config, QwenConfig

GPT_OSS_PERIOD: Final = 2
"""Every second layer sees the whole context (gpt-oss model card, arXiv 2508.10925, section 2)."""
NO_POSITION_PERIOD: Final = 4
"""Every fourth layer of Llama 4 has no positions and sees the whole context
(`no_rope_layer_interval`)."""


class MixtralConfig(MixtureConfig):
    """Experts in every layer, each as wide as `intermediate_size`."""

    num_key_value_heads: Count
    num_local_experts: Count
    num_experts_per_tok: Count
    intermediate_size: Count
    sliding_window: Count | None = None

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        return super().parameters() | windowed(self.num_hidden_layers, 0, self.sliding_window)


class MiniMaxM2Config(MixtureConfig):
    """Experts in every layer, attention to the whole context."""

    shared_field: ClassVar[str] = "shared_intermediate_size"
    num_key_value_heads: Count
    num_local_experts: Count
    num_experts_per_tok: Count
    intermediate_size: Count
    shared_intermediate_size: Whole = 0


class GptOssConfig(LayeredConfig, MixtureConfig):
    """Layers that see a window alternate with layers that see the whole context."""

    num_key_value_heads: Count
    num_local_experts: Count
    num_experts_per_tok: Count
    intermediate_size: Count
    sliding_window: Count | None = 128

    @property
    def whole_layers_by_default(self) -> int:
        """Every second."""
        return self.num_hidden_layers // GPT_OSS_PERIOD

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        local = windowed(self.num_hidden_layers, self.whole_layers, self.sliding_window)
        return super().parameters() | local


class QwenExpertsConfig(MixtureConfig):
    """How all Qwen mixtures say which layers have experts, and how wide these are."""

    experts_field: ClassVar[str] = "num_experts"
    width_field: ClassVar[str] = "moe_intermediate_size"
    shared_field: ClassVar[str] = "shared_expert_intermediate_size"
    dense_field: ClassVar[str] = "decoder_sparse_step"
    num_key_value_heads: Count
    num_experts: Count
    num_experts_per_tok: Count
    moe_intermediate_size: Count
    shared_expert_intermediate_size: Whole = 0
    decoder_sparse_step: Count = 1
    mlp_only_layers: tuple[Whole, ...] = ()
    intermediate_size: Count | None = None

    @property
    def expert_layers(self) -> int:
        """Every `decoder_sparse_step`-th, unless it is one of `mlp_only_layers`."""
        step = self.decoder_sparse_step
        with_experts = range(step - 1, self.num_hidden_layers, step)
        return len(with_experts) - sum(each in with_experts for each in set(self.mlp_only_layers))

    @property
    def dense_width(self) -> int | None:
        """`intermediate_size`."""
        return self.intermediate_size

    def broken_rules(self) -> Iterator[Rule]:
        """What contradicts itself or is not supported."""
        yield from super().broken_rules()
        if self.expert_layers < self.num_hidden_layers and self.intermediate_size is None:
            yield "intermediate_size", "is needed: some layers have no experts"


class QwenMoeConfig(QwenExpertsConfig, QwenConfig):
    """Qwen2 and Qwen3 mixtures."""

    kind: ClassVar[str] = "moe"
    intermediate_size: Count

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind: the width of dense layers only where there are any."""
        stated = super().parameters()
        if "dense_layers" not in stated:
            del stated["ffn_hidden"]
        return stated


class DeepseekConfig(MixtureConfig):
    """Multi-head latent attention and shared experts (DeepSeek-V2 and V3, Kimi K2)."""

    experts_field: ClassVar[str] = "n_routed_experts"
    width_field: ClassVar[str] = "moe_intermediate_size"
    dense_field: ClassVar[str] = "first_k_dense_replace"
    n_routed_experts: Count
    num_experts_per_tok: Count
    n_shared_experts: Whole | None = None
    moe_intermediate_size: Count
    intermediate_size: Count
    first_k_dense_replace: Whole = 0
    moe_layer_freq: Count = 1
    q_lora_rank: Count | None
    kv_lora_rank: Count
    qk_nope_head_dim: Count
    qk_rope_head_dim: Count
    v_head_dim: Count

    @property
    def expert_layers(self) -> int:
        """From `first_k_dense_replace` on, every `moe_layer_freq`-th."""
        every = range(0, self.num_hidden_layers, self.moe_layer_freq)
        return sum(layer >= self.first_k_dense_replace for layer in every)

    @property
    def dense_width(self) -> int | None:
        """`intermediate_size`."""
        return self.intermediate_size

    @property
    def shared_width(self) -> int:
        """Shared experts are as wide as the routed ones."""
        return (self.n_shared_experts or 0) * self.moe_intermediate_size

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        latent: dict[str, JsonValue] = {
            "q_lora_rank": self.q_lora_rank,
            "kv_lora_rank": self.kv_lora_rank,
            "qk_nope_dim": self.qk_nope_head_dim,
            "qk_rope_dim": self.qk_rope_head_dim,
            "v_dim": self.v_head_dim,
        }
        # published files repeat the number of heads here, which latent attention has no use for
        stated = super().parameters()
        kept = {name: stated[name] for name in stated if name not in ("kv_heads", "head_dim")}
        return kept | {"latent_attention": latent}


class Llama4Config(LayeredConfig, MixtureConfig):
    """Layers without positions see the whole context, the others a chunk; text part only.

    A chunk is planned as a sliding window of its length, which it is at most.
    """

    layer_kinds: ClassVar[tuple[str, ...]] = ("full_attention", "chunked_attention")
    shared_field: ClassVar[str] = "intermediate_size"
    dense_field: ClassVar[str] = "interleave_moe_layer_step"
    num_key_value_heads: Count
    num_local_experts: Count
    num_experts_per_tok: Count
    intermediate_size: Count
    """Width of an expert, and of the one that every token goes through."""
    intermediate_size_mlp: Count
    interleave_moe_layer_step: Count = 1
    moe_layers: tuple[Whole, ...] | None = None
    attention_chunk_size: Count | None = None
    no_rope_layers: tuple[Whole, ...] = ()

    @property
    def expert_layers(self) -> int:
        """`moe_layers`, or every `interleave_moe_layer_step`-th."""
        if self.moe_layers is None:
            return self.num_hidden_layers // self.interleave_moe_layer_step
        return sum(each < self.num_hidden_layers for each in set(self.moe_layers))

    @property
    def dense_width(self) -> int | None:
        """`intermediate_size_mlp`."""
        return self.intermediate_size_mlp

    @property
    def whole_layers_by_default(self) -> int:
        """Those that `no_rope_layers` marks with 0, or every fourth."""
        if self.no_rope_layers:
            return self.no_rope_layers.count(0)
        return self.num_hidden_layers // NO_POSITION_PERIOD

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        local = windowed(self.num_hidden_layers, self.whole_layers, self.attention_chunk_size)
        return super().parameters() | local


class Gemma4MoeConfig(Gemma4Config, MixtureConfig):
    """Gemma 4 mixture, text part: every layer has a dense network beside its experts."""

    kind: ClassVar[str] = "moe"
    experts_field: ClassVar[str] = "num_experts"
    top_k_field: ClassVar[str] = "top_k_experts"
    width_field: ClassVar[str] = "moe_intermediate_size"
    shared_field: ClassVar[str] = "intermediate_size"
    num_experts: Count
    top_k_experts: Count
    moe_intermediate_size: Count

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind: the dense network counts in experts of its width."""
        stated = super().parameters()
        return {name: stated[name] for name in stated if name != "ffn_hidden"}
