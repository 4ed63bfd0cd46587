"""What the configurations of all decoders have in common, in the fields of `config.json`.

Names and defaults are those of the classes in the transformers library (version 5) that read these
files; a field whose default differs from one published architecture to the next is needed.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from pydantic import ConfigDict, JsonValue

from planner.domain.record import Count, Record, Whole

Rule = tuple[str, str]
"""A field, and what would be right for it."""

FULL: Final = "full_attention"
"""How `layer_types` calls a layer that sees the whole context."""


class PublishedConfig(Record):
    """Fields of every decoder; what plays no part in sizes and counts is passed over.

    Biases, norms of queries and keys, layers for multi-token prediction, and quantisation are
    passed over too: a workload states its precision.
    """

    model_config = ConfigDict(extra="ignore")

    kind: ClassVar[str]
    """Architecture kind that describes it."""

    num_hidden_layers: Count
    hidden_size: Count
    num_attention_heads: Count
    num_key_value_heads: Count | None = None
    head_dim: Count | None = None
    vocab_size: Count
    tie_word_embeddings: bool = False
    max_position_embeddings: Count | None = None

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        stated: dict[str, JsonValue] = {
            "layers": self.num_hidden_layers,
            "hidden": self.hidden_size,
            "heads": self.num_attention_heads,
            "kv_heads": self.num_key_value_heads,
            "head_dim": self.head_dim,
            "vocabulary": self.vocab_size,
            "tied_embeddings": self.tie_word_embeddings,
        }
        return {name: value for name, value in stated.items() if value is not None}

    def broken_rules(self) -> Iterator[Rule]:
        """What contradicts itself or is not supported."""
        heads, kv_heads = self.num_attention_heads, self.num_key_value_heads
        if kv_heads is not None and heads % kv_heads:
            yield "num_key_value_heads", f"must divide num_attention_heads ({heads})"
        if self.head_dim is None and self.hidden_size % heads:
            rule = f"must divide hidden_size ({self.hidden_size}), or head_dim be stated"
            yield "num_attention_heads", rule


class LayeredConfig(PublishedConfig):
    """Fields of decoders some of whose layers see the whole context, and some do not."""

    layer_kinds: ClassVar[tuple[str, ...]] = (FULL, "sliding_attention")
    layer_types: tuple[str, ...] | None = None

    @property
    def whole_layers(self) -> int:
        """Layers that see the whole context."""
        if self.layer_types is None:
            return self.whole_layers_by_default
        return self.layer_types.count(FULL)

    @property
    def whole_layers_by_default(self) -> int:
        """The same where `layer_types` does not list them."""
        raise NotImplementedError

    def broken_rules(self) -> Iterator[Rule]:
        """What contradicts itself or is not supported."""
        yield from super().broken_rules()
        if self.layer_types is None:
            return
        if len(self.layer_types) != self.num_hidden_layers:
            rule = f"must have an entry for each of num_hidden_layers ({self.num_hidden_layers})"
            yield "layer_types", rule
        for other in sorted(set(self.layer_types) - set(self.layer_kinds)):
            rule = f"{other!r} is not supported: must be {' or '.join(self.layer_kinds)}"
            yield "layer_types", rule


class MixtureConfig(PublishedConfig):
    """What configurations of mixtures of experts have in common, whatever they call it."""

    kind: ClassVar[str] = "moe"
    experts_field: ClassVar[str] = "num_local_experts"
    width_field: ClassVar[str] = "intermediate_size"
    shared_field: ClassVar[str] = ""
    """Width of the shared part; empty: there is none, or it is counted in experts."""
    top_k_field: ClassVar[str] = "num_experts_per_tok"
    dense_field: ClassVar[str] = ""
    """Which field to blame where no layer has experts."""

    @property
    def expert_layers(self) -> int:
        """Layers that have experts."""
        return self.num_hidden_layers

    @property
    def dense_width(self) -> int | None:
        """Width of the feed-forward network of the other layers."""
        return None

    @property
    def shared_width(self) -> int:
        """Width of what every token goes through beside the routed experts."""
        return self._number(self.shared_field) if self.shared_field else 0

    def parameters(self) -> dict[str, JsonValue]:
        """Parameters of the kind."""
        width = self._number(self.width_field)
        mixture: dict[str, JsonValue] = {
            "experts": self._number(self.experts_field),
            "experts_per_token": self._number(self.top_k_field),
            "expert_ffn_hidden": width,
            "shared_experts": self.shared_width // width,
        }
        if self.expert_layers < self.num_hidden_layers:
            mixture["dense_layers"] = self.num_hidden_layers - self.expert_layers
            mixture["ffn_hidden"] = self.dense_width
        return super().parameters() | mixture

    def broken_rules(self) -> Iterator[Rule]:
        """What contradicts itself or is not supported."""
        yield from super().broken_rules()
        experts, width = self._number(self.experts_field), self._number(self.width_field)
        if self._number(self.top_k_field) > experts:
            yield self.top_k_field, f"must be at most {self.experts_field} ({experts})"
        if self.shared_field and self.shared_width % width:
            rule = f"is not supported: must be a multiple of {self.width_field} ({width})"
            yield self.shared_field, rule
        if self.expert_layers < 1:
            yield self.dense_field, "leaves no layer with experts"

    def _number(self, field: str) -> int:
        number: Whole | None = getattr(self, field)
        return number or 0


def windowed(layers: int, whole: int, window: int | None) -> dict[str, JsonValue]:
    """Parameters of a decoder in which `whole` of the layers see more than a window."""
    if window is None or whole >= layers:
        return {}
    return {"window_tokens": window, **({"global_layers": whole} if whole else {})}
