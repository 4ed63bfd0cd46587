"""Number formats of weights, caches and arithmetic."""

from typing import Final, Literal

Precision = Literal["fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4", "int4"]

BYTES_PER_ELEMENT: Final[dict[Precision, float]] = {
    "fp32": 4.0,
    "tf32": 4.0,
    "bf16": 2.0,
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "fp4": 0.5,
    "int4": 0.5,
}
"""Storage width. Group scales of 4-bit formats (about 0.25 bit a weight) are not counted."""
