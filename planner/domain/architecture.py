"""AI architectures: what a catalog says of one, and what the physics needs to know of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Generic, Protocol, Self, TypeVar, runtime_checkable

from pydantic import Field, model_validator

from planner.domain.record import Count, Name, OpenFields, Positive, Record, Sentence

Parameters = TypeVar("Parameters", bound=Record)

FLOPS_PER_PARAMETER: Final = 2
REPLACED_BY_CONFIG: Final = ("kind", "base", "parameters")
"""Fields that a `config` takes the place of."""


class Architecture(Record):
    """A named architecture: a kind and the numbers that the kind asks for."""

    name: Name
    kind: Name | None = None
    """Which architecture kind reads `parameters`, for instance `dense` or `moe`; left out with
    `config`."""
    config: str | None = None
    """In place of kind and parameters: the publisher's configuration file (`config.json`), a path
    relative to the scenario file."""
    base: Name | None = None
    """The architecture that a derived kind (`sliced`, ...) changes; left out for other kinds."""
    parameters: OpenFields = Field(default_factory=dict)
    """Checked by the kind's own record; `gpuplan catalog show` prints them."""
    published_parameters_b: Positive | None = None
    """Parameters its authors publish, in billions; the computed count is checked against it."""
    published_active_parameters_b: Positive | None = None
    max_context_tokens: Count | None = None
    source: Sentence
    notes: str | None = None

    @model_validator(mode="after")
    def _says_how(self) -> Self:
        if self.config is None and self.kind is None:
            raise ValueError("kind is needed, or a config that gives it")
        beside = [
            name
            for name in REPLACED_BY_CONFIG
            if name in self.model_fields_set and getattr(self, name)
        ]
        if self.config is not None and beside:
            raise ValueError(f"{', '.join(beside)} must be left out: config says it")
        return self


@dataclass(frozen=True)
class AttentionGroup:
    """Layers that attend alike.

    `kv_elements_per_token` and `flops_per_token_pair` are per layer; `flops_per_token_pair` is the
    forward cost of one query token looking at one earlier token (scores and weighted sum:
    4 x heads x head_dim, Korthikanti et al. 2022, arXiv 2205.05198, section 4).
    """

    layers: int
    kv_elements_per_token: float
    flops_per_token_pair: float
    window_tokens: int | None = None

    def visible(self, context_tokens: float) -> float:
        """Tokens of the context that a query sees."""
        if self.window_tokens is None:
            return context_tokens
        return min(context_tokens, self.window_tokens)


@dataclass(frozen=True)
class Vision:
    """What an architecture does with an image in a prompt."""

    parameters: float
    """Of the encoder and the projector: part of all, used for images only."""
    flops_per_image: float
    """Forward, through both."""
    tokens_per_image: int
    """That the image takes in the prompt."""


@dataclass(frozen=True)
class ArchitectureProfile:
    """Everything the performance room knows of an architecture.

    Parameters are plain counts. `parameters_active` are those that one token uses, with the whole
    input embedding table, as publishers count them; `parameters_expert` those that live in routed
    experts, of which a token uses `experts_per_token` of `experts`; both 0 for a dense one.
    """

    parameters_total: float
    parameters_active: float
    layers: int
    hidden: int
    attention: tuple[AttentionGroup, ...]
    kv_heads: int
    vocabulary: int
    parameters_embedding: float = 0
    """Input embedding table: stored, looked up, never multiplied with."""
    parameters_expert: float = 0
    experts: int = 0
    experts_per_token: int = 0
    parameters_ffn: float = 0
    """In feed-forward networks, of experts too; 0 where nobody has said."""
    parameters_dormant: float = 0
    """Stored for other tasks: never read for this one."""
    parameters_training_only: float = 0
    """Beside all others while training, merged into them or dropped after it."""
    is_causal: bool = True
    """Whether a prompt's token sees only what comes before it."""
    passes: int = 1
    """Times that a token goes through the weights: steps of denoising."""
    flops_per_pass: float | None = None
    """Forward, of a token; None: two for every parameter that it is multiplied with."""
    flops_once: float = 0
    """Forward, of a request besides its passes: reading the text, drawing the image."""
    vision: Vision | None = None
    """Omitted: it takes text only."""
    most_input_tokens: int | None = None
    """Of a request: 1 where a request is an image or a query; None: only the context limits it."""
    most_output_tokens: int | None = None
    """1 where it answers at once, with a vector or an image, rather than token by token."""
    max_context_tokens: int | None = None

    def kv_elements(self, context_tokens: float) -> float:
        """Cached elements of one sequence of `context_tokens`."""
        return sum(
            group.layers * group.kv_elements_per_token * group.visible(context_tokens)
            for group in self.attention
        )

    def attention_flops(self, context_tokens: float) -> float:
        """Forward FLOPs of one token attending to `context_tokens` earlier ones."""
        return sum(
            group.layers * group.flops_per_token_pair * group.visible(context_tokens)
            for group in self.attention
        )

    def parameters_touched(self, tokens: float) -> float:
        """Expected parameters read from memory in a step that processes `tokens` tokens.

        A routed expert is read when any token picks it: with even routing the expected share is
        1 - (1 - k/E)^tokens.
        """
        if not self.experts:
            return self._always_touched
        missed: float = (1 - self.experts_per_token / self.experts) ** tokens
        return self._always_touched + self.parameters_expert * (1 - missed)

    @cached_property
    def _always_touched(self) -> float:
        """Parameters that every token reads from memory."""
        seldom = self.parameters_expert + self.parameters_embedding + self.parameters_dormant
        return self.parameters_total - seldom - (self.vision.parameters if self.vision else 0)

    @property
    def parameters_in_tables(self) -> float:
        """Of the input embedding and of the output layer, which may be one."""
        return self.parameters_embedding + self.vocabulary * self.hidden

    @property
    def parameters_in_layers(self) -> float:
        """All but the tables and what sees images."""
        vision = self.vision.parameters if self.vision else 0
        return self.parameters_total - self.parameters_in_tables - vision

    @property
    def parameters_multiplied(self) -> float:
        """Parameters each token is multiplied with: the active ones less the looked-up table."""
        return self.parameters_active - self.parameters_embedding

    @property
    def dense_flops(self) -> float:
        """Forward FLOPs of one pass of a token, attention to others left out.

        A multiplication and an addition for every parameter (Kaplan et al. 2020, arXiv 2001.08361,
        section 2.1), or what the kind says.
        """
        if self.flops_per_pass is not None:
            return self.flops_per_pass
        return FLOPS_PER_PARAMETER * self.parameters_multiplied

    def mean_context(self, tokens: float) -> float:
        """Tokens of its own prompt that a token sees on average."""
        return tokens / 2 if self.is_causal else tokens


class ArchitectureKind(Protocol, Generic[Parameters]):
    """A family of architectures that a scenario can name with parameters (plugin protocol)."""

    @property
    def name(self) -> str:
        """What a scenario writes after `kind:`."""
        ...

    @property
    def parameters(self) -> type[Parameters]:
        """The record that checks and documents the kind's parameters."""
        ...

    def profile(self, parameters: Parameters) -> ArchitectureProfile:
        """Derive what the physics needs from the structure.

        Raises ValueError with one sentence where the parameters cannot be.
        """
        ...


@runtime_checkable
class DerivedArchitectureKind(Protocol[Parameters]):
    """A way to change any architecture, its base, into another one (plugin protocol)."""

    @property
    def name(self) -> str:
        """What a scenario writes after `kind:`."""
        ...

    @property
    def parameters(self) -> type[Parameters]:
        """The record that checks and documents the kind's parameters."""
        ...

    def derived(self, parameters: Parameters, base: ArchitectureProfile) -> ArchitectureProfile:
        """Derive what the physics needs from that of the base.

        Raises ValueError with one sentence where the base cannot be changed so.
        """
        ...
