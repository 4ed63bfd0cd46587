"""Number formats of weights, caches and arithmetic."""

from typing import Final, Literal

Precision = Literal["fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4", "int4"]

BITS_PER_BYTE: Final = 8
GROUP_SCALES_OF_INT4: Final = (16 + 4) / 128
"""Bits an element for a 16-bit scale and a 4-bit zero point of every 128 (GPTQ and AWQ as they are
published; Frantar et al. 2022, arXiv 2210.17323; Lin et al. 2023, arXiv 2306.00978). NF4 with
doubly quantised scales takes 4.127 (Dettmers et al. 2023, arXiv 2305.14314)."""
BLOCK_SCALES_OF_FP4: Final = 8 / 16
"""Bits an element for an 8-bit scale of every 16 (NVFP4). MXFP4 has one of every 32: 4.25 bits
(OCP Microscaling Formats v1.0)."""

BITS_PER_ELEMENT: Final[dict[Precision, float]] = {
    "fp32": 32,
    "tf32": 32,
    "bf16": 16,
    "fp16": 16,
    "fp8": 8,  # scales of a channel or of a block of 128 x 128: under 0.01 bit
    "int8": 8,
    "fp4": 4 + BLOCK_SCALES_OF_FP4,
    "int4": 4 + GROUP_SCALES_OF_INT4,
}
"""As stored, scales and zero points included."""

BYTES_PER_ELEMENT: Final[dict[Precision, float]] = {
    name: bits / BITS_PER_BYTE for name, bits in BITS_PER_ELEMENT.items()
}
