"""Mixture-of-experts decoders: a router sends each token through a few of many experts."""

from dataclasses import replace

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile
from planner.domain.record import Count, Whole
from planner_architectures.decoder import (
    DecoderParameters,
    all_attention_parameters,
    decoder_profile,
    ffn_parameters,
    other_parameters,
)


class MixtureParameters(DecoderParameters):
    """Structure of a mixture-of-experts decoder."""

    experts: Count = Field(examples=[128])
    """Routed experts of a layer (`num_experts`, `n_routed_experts`)."""
    experts_per_token: Count = Field(examples=[8])
    """Routed experts that each token goes through (top-k)."""
    expert_ffn_hidden: Count = Field(examples=[768])
    """Width of one expert (`moe_intermediate_size`)."""
    shared_experts: Whole = 0
    """Experts of the same width that every token goes through besides the routed ones."""
    dense_layers: Whole = 0
    """First layers without experts (`first_k_dense_replace`)."""
    moe_layer_every: Count = 1
    """After them, every so-many-th layer has experts; the others are dense."""
    ffn_hidden: Count | None = None
    """Width of the feed-forward network of the dense layers; needed where there are any."""
    attention_experts: bool = False
    """Whether the router chooses query and output projections too, each expert having `heads` /
    `experts_per_token` query heads, with keys and values shared (JetMoE, arXiv 2404.07413)."""

    @property
    def moe_layers(self) -> int:
        """Layers that have experts."""
        return (self.layers - self.dense_layers) // self.moe_layer_every

    @property
    def _has_layers_that_differ(self) -> bool:
        others = (self.global_attention, self.linear_attention, self.compressed_attention)
        return self.gated_attention or any(others)

    def broken_rules(self) -> list[str]:
        """What contradicts itself, one sentence each."""
        top_k, attention_experts = self.experts_per_token, self.attention_experts
        has_dense_layers = self.moe_layers < self.layers
        is_broken = {
            f"experts_per_token ({top_k}) must be at most experts ({self.experts})": (
                top_k > self.experts
            ),
            "dense_layers and moe_layer_every leave no layer with experts": self.moe_layers < 1,
            "ffn_hidden, the width of the dense layers, is needed": (
                has_dense_layers and not self.ffn_hidden
            ),
            "ffn_hidden must be left out where every layer has experts": (
                self.ffn_hidden and not has_dense_layers
            ),
            f"experts_per_token ({top_k}) must divide heads ({self.heads}) of attention_experts": (
                attention_experts and self.heads % top_k
            ),
            "attention_experts and latent_attention exclude each other": (
                attention_experts and self.latent_attention
            ),
            "attention_experts go with heads that are alike in all layers": (
                attention_experts and self._has_layers_that_differ
            ),
        }
        return super().broken_rules() + [rule for rule, broken in is_broken.items() if broken]


class MixtureOfExperts:
    """Sparse decoders with routed experts (Shazeer et al. 2017, arXiv 1701.06538)."""

    name = "moe"
    parameters = MixtureParameters

    def profile(self, parameters: MixtureParameters) -> ArchitectureProfile:
        """Count the weights: every layer's attention, then experts or a dense network.

        Shared experts and first dense layers: DeepSeekMoE (Dai et al. 2024, arXiv 2401.06066).
        """
        dense = ffn_parameters(parameters, parameters.ffn_hidden or 0)
        routed = parameters.moe_layers * parameters.experts * _expert(parameters)
        ffn = (
            (parameters.layers - parameters.moe_layers) * dense
            + parameters.moe_layers * _shared(parameters)
            + routed
        )
        in_layers = (
            all_attention_parameters(parameters)
            + parameters.layers * other_parameters(parameters)
            + parameters.moe_layers * _router(parameters)
            + ffn
        )
        profile = decoder_profile(
            parameters, in_layers, routed, parameters.experts, parameters.experts_per_token
        )
        return replace(profile, parameters_ffn=ffn)


def _shared(parameters: MixtureParameters) -> int:
    """Weights of the experts of a layer that every token goes through."""
    return ffn_parameters(parameters, parameters.shared_experts * parameters.expert_ffn_hidden)


def _router(parameters: MixtureParameters) -> int:
    """Weights of a layer's router, less the projections that experts have in their place."""
    return parameters.experts * parameters.hidden - _routed_projections(parameters)


def _expert(parameters: MixtureParameters) -> int:
    """Weights of one routed expert of one layer."""
    share = _routed_projections(parameters) // parameters.experts_per_token
    return ffn_parameters(parameters, parameters.expert_ffn_hidden) + share


def _routed_projections(parameters: MixtureParameters) -> int:
    """Query and output projections that one token uses, where the router chooses them."""
    if not parameters.attention_experts:
        return 0
    return 2 * parameters.hidden * parameters.heads * parameters.head_elements
