"""Diffusion architectures: an image is denoised in steps, each a pass through all weights."""

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile, AttentionGroup
from planner.domain.record import Count, NonNegative, Positive, Record
from planner.units import BYTES_PER_GB, FLOPS_PER_GFLOP, PARAMETERS_PER_BILLION

BYTES_OF_16_BITS = 2
GUIDED = 2
"""Classifier-free guidance denoises with and without the text (Ho & Salimans 2022, 2207.12598)."""


class DiffusionParameters(Record):
    """Sizes of the parts; a request is one image."""

    denoiser_parameters_b: Positive = Field(examples=[0.86])
    """Of the U-Net or diffusion transformer, in billions."""
    gflop_per_step: Positive = Field(examples=[677])
    """Forward FLOPs of one step at the size of the images, in billions (twice the GMACs)."""
    steps: Count = Field(examples=[50])
    """Of denoising."""
    guidance: bool = True
    """Whether every step is done with and without the text."""
    layers: Count = Field(examples=[64])
    """Blocks that a step goes through, one after the other."""
    hidden: Count = Field(examples=[320])
    """Width of the denoiser at its full resolution."""
    text_encoder_parameters_b: NonNegative = 0.0
    """In billions."""
    image_decoder_parameters_b: NonNegative = 0.0
    """In billions."""
    gflop_once: NonNegative = 0.0
    """Of reading the text and drawing the image, in billions."""
    workspace_gb: NonNegative = 1.0
    """Activations of one image at full resolution, in 16 bits: what a larger batch takes more."""


class Diffusion:
    """Latent diffusion: a text encoder, a denoiser in steps, an image decoder."""

    name = "diffusion"
    parameters = DiffusionParameters

    def profile(self, parameters: DiffusionParameters) -> ArchitectureProfile:
        """A request is an image: `input_tokens: 1` and `output_tokens: 1`.

        Source: Rombach et al. 2022, arXiv 2112.10752. Encoder and decoder run once, so that their
        weights are read once where the denoiser's are read in every step.
        """
        denoiser = parameters.denoiser_parameters_b * PARAMETERS_PER_BILLION
        others_b = parameters.text_encoder_parameters_b + parameters.image_decoder_parameters_b
        others = others_b * PARAMETERS_PER_BILLION
        workspace = parameters.workspace_gb * BYTES_PER_GB / BYTES_OF_16_BITS
        together = GUIDED if parameters.guidance else 1
        return ArchitectureProfile(
            parameters_total=denoiser + others,
            parameters_active=denoiser,
            layers=parameters.layers,
            hidden=parameters.hidden,
            attention=(AttentionGroup(1, workspace, 0, window_tokens=1),),
            kv_heads=1,
            vocabulary=0,
            parameters_dormant=others,
            passes=parameters.steps,
            flops_per_pass=together * parameters.gflop_per_step * FLOPS_PER_GFLOP,
            flops_once=parameters.gflop_once * FLOPS_PER_GFLOP,
            most_input_tokens=1,
            most_output_tokens=1,
        )
