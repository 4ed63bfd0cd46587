"""Configurations of decoders whose layers attend in ways of their own: linear, compressed."""

from collections.abc import Iterator
from typing import ClassVar, Final

from pydantic import JsonValue

from planner.domain.record import Count, Whole
from planner_architectures.hf_config import (
    FULL,
    LayeredConfig,
    MixtureConfig,
    Rule,
)
from planner_architectures.hf_dense import LlamaConfig
from planner_architectures.hf_mixture import QwenExpertsConfig

SPARSE_RATIO: Final = 4
"""Tokens of an entry in the layers of DeepSeek-V4 that have an indexer; layers of any other ratio
look at all their entries (`compress_ratios`)."""
USUAL_HEAVY_RATIO: Final = 128


class LinearLayersConfig(LayeredConfig):
    """Gated delta rule in most layers, gated attention to the whole context in the others."""

    layer_kinds: ClassVar[tuple[str, ...]] = (FULL, "linear_attention")
    full_attention_interval: Count = 4
    attn_output_gate: bool = True
    linear_num_key_heads: Count
    linear_num_value_heads: Count
    linear_key_head_dim: Count
    linear_value_head_dim: Count
    linear_conv_kernel_dim: Count
    mamba_ssm_dtype: str | None = None

    @property
    def whole_layers_by_default(self) -> int:
        """Every `full_attention_interval`-th."""
        return self.num_hidden_layers // self.full_attention_interval

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        linear: dict[str, JsonValue] = {
            "key_heads": self.linear_num_key_heads,
            "value_heads": self.linear_num_value_heads,
            "key_dim": self.linear_key_head_dim,
            "value_dim": self.linear_value_head_dim,
            "convolution_tokens": self.linear_conv_kernel_dim,
            "state_in_float32": self.mamba_ssm_dtype == "float32",
        }
        gate: dict[str, JsonValue] = {"gated_attention": self.attn_output_gate}
        return super().parameters() | gate | linear_layers(self, linear)


class Qwen35Config(LinearLayersConfig, LlamaConfig):
    """Dense Qwen3.5, text part."""


class QwenNextConfig(LinearLayersConfig, QwenExpertsConfig):
    """Qwen3-Next, and the mixtures of Qwen3.5, text part."""


class MiniMaxConfig(LayeredConfig, MixtureConfig):
    """Lightning attention in most layers (MiniMax-01, arXiv 2501.08313)."""

    layer_kinds: ClassVar[tuple[str, ...]] = (FULL, "linear_attention")
    shared_field: ClassVar[str] = "shared_intermediate_size"
    num_key_value_heads: Count
    num_local_experts: Count
    num_experts_per_tok: Count
    intermediate_size: Count
    shared_intermediate_size: Whole = 0
    head_dim: Count
    attn_type_list: tuple[Whole, ...] | None = None

    @property
    def whole_layers_by_default(self) -> int:
        """Those that `attn_type_list` marks with 1."""
        return (self.attn_type_list or ()).count(1)

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        heads, head_dim = self.num_attention_heads, self.head_dim
        linear: dict[str, JsonValue] = {
            "key_heads": heads,
            "value_heads": heads,
            "key_dim": head_dim,
            "value_dim": head_dim,
            "gates_per_value_head": 0,
        }
        return super().parameters() | linear_layers(self, linear)

    def broken_rules(self) -> Iterator[Rule]:
        """What contradicts itself or is not supported."""
        yield from super().broken_rules()
        if self.layer_types is None and len(self.attn_type_list or ()) != self.num_hidden_layers:
            rule = f"must have an entry for each of num_hidden_layers ({self.num_hidden_layers})"
            yield "attn_type_list", rule


class DeepseekV4Config(MixtureConfig):
    """Compressed attention in which several tokens share an entry; the first layers route by hash.

    Hyper-connections (0.01% of the parameters) are passed over; hash routing is planned as a router
    of the usual size.
    """

    experts_field: ClassVar[str] = "n_routed_experts"
    width_field: ClassVar[str] = "moe_intermediate_size"
    n_routed_experts: Count
    n_shared_experts: Whole = 0
    num_experts_per_tok: Count
    moe_intermediate_size: Count
    head_dim: Count
    num_key_value_heads: Count
    q_lora_rank: Count
    o_groups: Count
    o_lora_rank: Count
    sliding_window: Count
    index_topk: Count
    index_n_heads: Count
    index_head_dim: Count
    compress_ratios: tuple[Whole, ...]
    """By layer; entries beyond the layers belong to multi-token prediction."""

    @property
    def shared_width(self) -> int:
        """Shared experts are as wide as the routed ones."""
        return self.n_shared_experts * self.moe_intermediate_size

    @property
    def _ratios(self) -> tuple[int, ...]:
        return self.compress_ratios[: self.num_hidden_layers]

    @property
    def _heavy_ratios(self) -> list[int]:
        return sorted({each for each in self._ratios if each > 1 and each != SPARSE_RATIO})

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        heavy_ratio = next(iter(self._heavy_ratios), USUAL_HEAVY_RATIO)
        compressed: dict[str, JsonValue] = {
            "query_rank": self.q_lora_rank,
            "output_groups": self.o_groups,
            "output_rank": self.o_lora_rank,
            "window_tokens": self.sliding_window,
            "sparse_layers": self._ratios.count(SPARSE_RATIO),
            "sparse_ratio": SPARSE_RATIO,
            "selected_entries": self.index_topk,
            "index_heads": self.index_n_heads,
            "index_dim": self.index_head_dim,
            "heavy_layers": self._ratios.count(heavy_ratio),
            "heavy_ratio": heavy_ratio,
        }
        stated = super().parameters() | {"compressed_attention": compressed}
        return {name: stated[name] for name in stated if name != "kv_heads"}

    def broken_rules(self) -> Iterator[Rule]:
        """What contradicts itself or is not supported."""
        yield from super().broken_rules()
        if self.num_key_value_heads != 1:
            yield "num_key_value_heads", "is not supported: must be 1, as entries serve all heads"
        if len(self.compress_ratios) < self.num_hidden_layers:
            rule = f"must have an entry for each of num_hidden_layers ({self.num_hidden_layers})"
            yield "compress_ratios", rule
        if len(self._heavy_ratios) > 1:
            found = " and ".join(map(str, self._heavy_ratios))
            yield "compress_ratios", f"{found} together are not supported: must be one of them"


def linear_layers(config: LayeredConfig, linear: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Parameters of a decoder in which all but the whole layers keep a state."""
    whole = config.whole_layers
    if whole >= config.num_hidden_layers:
        return {}
    return {"linear_attention": linear, **({"global_layers": whole} if whole else {})}
