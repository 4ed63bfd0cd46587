"""Configurations of dense decoders."""

from collections.abc import Iterator
from typing import ClassVar, Final

from pydantic import JsonValue

from planner.domain.record import Count, Whole
from planner_architectures.hf_config import LayeredConfig, PublishedConfig, Rule, windowed

GEMMA_2_PERIOD: Final = 2
"""Every second layer sees the whole context (Gemma 2, arXiv 2408.00118, section 2)."""
GEMMA_3_PERIOD: Final = 6
"""Every sixth layer sees the whole context (Gemma 3, arXiv 2503.19786, section 2)."""


class LlamaConfig(PublishedConfig):
    """Grouped-query attention to the whole context in every layer."""

    kind: ClassVar[str] = "dense"
    intermediate_size: Count

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        return super().parameters() | {"ffn_hidden": self.intermediate_size}


class MistralConfig(LlamaConfig):
    """Every layer looks back as far as `sliding_window`, where that is stated."""

    num_key_value_heads: Count
    sliding_window: Count | None = None

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        return super().parameters() | windowed(self.num_hidden_layers, 0, self.sliding_window)


class QwenConfig(LlamaConfig, LayeredConfig):
    """With `use_sliding_window`, layers from `max_window_layers` on look at a window."""

    num_key_value_heads: Count
    use_sliding_window: bool = False
    sliding_window: Count | None = None
    max_window_layers: Whole = 28

    @property
    def whole_layers_by_default(self) -> int:
        """The first `max_window_layers`."""
        return min(self.max_window_layers, self.num_hidden_layers)

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        window = self.sliding_window if self.use_sliding_window else None
        local = windowed(self.num_hidden_layers, self.whole_layers, window)
        return super().parameters() | local


class GemmaConfig(LlamaConfig):
    """The first Gemma: every layer sees the whole context."""

    num_key_value_heads: Count
    head_dim: Count | None = 256
    tie_word_embeddings: bool = True


class Gemma2Config(GemmaConfig, LayeredConfig):
    """Layers that see a window alternate with layers that see the whole context."""

    sliding_window: Count | None = 4096

    @property
    def whole_layers_by_default(self) -> int:
        """Every second."""
        return self.num_hidden_layers // GEMMA_2_PERIOD

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        local = windowed(self.num_hidden_layers, self.whole_layers, self.sliding_window)
        return super().parameters() | local


class Gemma3Config(Gemma2Config):
    """Five layers that see a window, then one that sees the whole context; text part only.

    Published files leave out what is as in the smallest sizes: these are the defaults.
    """

    num_attention_heads: Count = 8
    num_key_value_heads: Count = 4
    vocab_size: Count = 262_208
    max_position_embeddings: Count | None = 131_072
    sliding_window_pattern: Count = GEMMA_3_PERIOD

    @property
    def whole_layers_by_default(self) -> int:
        """Every `sliding_window_pattern`-th."""
        return self.num_hidden_layers // self.sliding_window_pattern


class Gemma4Config(GemmaConfig, LayeredConfig):
    """Dense Gemma 4, text part: layers that see all have heads of their own.

    Sizes with embeddings in every layer or layers that share a cache are not supported.
    """

    layer_types: tuple[str, ...]
    sliding_window: Count
    global_head_dim: Count
    num_global_key_value_heads: Count | None = None
    attention_k_eq_v: bool = False
    hidden_size_per_layer_input: Whole
    num_kv_shared_layers: Whole = 0
    use_double_wide_mlp: bool = False

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        local = windowed(self.num_hidden_layers, self.whole_layers, self.sliding_window)
        if "global_layers" in local:
            local["global_attention"] = {
                "kv_heads": self._global_kv_heads,
                "head_dim": self.global_head_dim,
                "keys_are_values": self.attention_k_eq_v,
            }
        elif not local:
            local = {"head_dim": self.global_head_dim, "kv_heads": self._global_kv_heads}
        return super().parameters() | local

    def broken_rules(self) -> Iterator[Rule]:
        """What contradicts itself or is not supported."""
        yield from super().broken_rules()
        if self.num_attention_heads % self._global_kv_heads:
            rule = f"must divide num_attention_heads ({self.num_attention_heads})"
            yield "num_global_key_value_heads", rule
        for field, what in (
            ("hidden_size_per_layer_input", "embeddings in every layer are"),
            ("num_kv_shared_layers", "layers that share a cache are"),
            ("use_double_wide_mlp", "feed-forward networks of two widths are"),
        ):
            if getattr(self, field):
                right = "false" if getattr(self, field) is True else "0"
                yield field, f"{what} not supported: must be {right}"

    @property
    def _global_kv_heads(self) -> int:
        own = self.num_global_key_value_heads if self.attention_k_eq_v else None
        return own or self.num_key_value_heads
