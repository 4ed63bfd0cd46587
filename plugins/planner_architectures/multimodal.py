"""Architectures that see images: a vision encoder and a projector before a decoder."""

from dataclasses import replace

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile, Vision
from planner.domain.record import Count, Record
from planner.units import FLOPS_PER_MULTIPLY_ADD
from planner_architectures.bases import require_transformer
from planner_architectures.encoder import ATTENTION_MATRICES, FFN_MATRICES

COLOURS = 3
"""Numbers of a pixel."""


class MultimodalParameters(Record):
    """Structure of the vision encoder and the projector; the decoder is the base."""

    vision_layers: Count = Field(examples=[24])
    """Layers of the vision transformer."""
    vision_hidden: Count = Field(examples=[1024])
    """Its width."""
    vision_ffn_hidden: Count = Field(examples=[4096])
    """Width of its feed-forward networks."""
    patches: Count = Field(examples=[576])
    """Patches of an image."""
    patch_pixels: Count = 14
    """Height and width of a patch."""
    tokens_per_image: Count | None = None
    """That the projector gives the decoder; omitted: one per patch."""
    projector_layers: Count = 2
    """Matrices from the encoder's width to the decoder's."""


class Multimodal:
    """Decoders that see images: a vision transformer, a projector, and the base (LLaVA, ...)."""

    name = "multimodal"
    parameters = MultimodalParameters

    def derived(
        self, parameters: MultimodalParameters, base: ArchitectureProfile
    ) -> ArchitectureProfile:
        """Images cost the encoder's work and take room in the prompt; text costs what it did.

        Sources: Dosovitskiy et al. 2020 (arXiv 2010.11929) for the encoder, Liu et al. 2023 (arXiv
        2310.03744) for the projector.
        """
        require_transformer(base)
        if base.vision:
            raise ValueError("sees images already")
        vision = _vision(parameters, base.hidden)
        return replace(
            base, parameters_total=base.parameters_total + vision.parameters, vision=vision
        )


def _vision(parameters: MultimodalParameters, decoder_hidden: int) -> Vision:
    hidden, patches = parameters.vision_hidden, parameters.patches
    tokens = parameters.tokens_per_image or patches
    layer = ATTENTION_MATRICES * hidden**2 + FFN_MATRICES * hidden * parameters.vision_ffn_hidden
    in_layers = parameters.vision_layers * layer
    patching = COLOURS * parameters.patch_pixels**2 * hidden
    projector = hidden * decoder_hidden + (parameters.projector_layers - 1) * decoder_hidden**2
    pairs = 2 * hidden * patches**2 * parameters.vision_layers  # a score and a weighted sum
    multiplied = (in_layers + patching) * patches + projector * tokens + pairs
    return Vision(
        parameters=in_layers + patching + patches * hidden + projector,
        flops_per_image=FLOPS_PER_MULTIPLY_ADD * multiplied,
        tokens_per_image=tokens,
    )
