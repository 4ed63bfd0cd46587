"""How fast one accelerator multiplies and reads, at best and in practice (Williams et al. 2009).

Peaks are the vendor's, dense. What is reached of them is measured per part where somebody
published a best large GEMM, and taken from the median of those parts elsewhere.
"""

from typing import Final

from planner.domain.hardware import Accelerator
from planner.domain.precision import Precision
from planner.units import BYTES_PER_GB, FLOPS_PER_TFLOP

ACHIEVABLE_SHARE_16_BIT: Final = 0.78
"""Of the dense bf16 peak in the best large GEMM: median of the 13 parts with a published figure
(S. Bekman, ml-engineering, "maximum achievable matmul FLOPS")."""
ACHIEVABLE_SHARE_8_BIT: Final = 0.74
"""Of the dense fp8 peak, same source: median of 7 parts."""
ACHIEVABLE_SHARE_4_BIT: Final = 0.4
"""Of the dense fp4 peak: 33 to 44 % at m = n = k = 8,192 on B200 (aiconfigurator GEMM tables)."""
MEMORY_SHARE: Final = 0.8
"""Of peak memory bandwidth that streaming kernels reach; STREAM-like copies reach 80 to 92 % on
A100 and H100 (BabelStream)."""

ARITHMETIC: Final[dict[Precision, tuple[Precision, ...]]] = {
    "fp32": ("fp32",),
    "tf32": ("tf32",),
    "bf16": ("bf16",),
    "fp16": ("fp16", "bf16"),
    "fp8": ("fp8", "bf16", "fp16"),
    "int8": ("int8", "bf16", "fp16"),
    "fp4": ("fp4", "bf16", "fp16"),
    "int4": ("bf16", "fp16"),
}
"""Number formats that can multiply weights kept in a format, best first: weights of 8 bits and
fewer are widened to 16 where the part has no narrower arithmetic (weight-only quantisation)."""


def arithmetic_of(weights: Precision, accelerator: Accelerator) -> Precision | None:
    """The format in which the part multiplies `weights`; None where it cannot."""
    rates = accelerator.peak_dense_tflops
    return next((each for each in ARITHMETIC[weights] if rates.of(each) is not None), None)


def peak_flops_per_s(accelerator: Accelerator, arithmetic: Precision) -> float:
    """Dense peak.

    Raises:
        ValueError: the part has no such mode; ask `arithmetic_of` first.
    """
    peak = accelerator.peak_dense_tflops.of(arithmetic)
    if peak is None:
        raise ValueError(f"{accelerator.name} has no {arithmetic} arithmetic")
    return peak * FLOPS_PER_TFLOP


def gemm_flops_per_s(accelerator: Accelerator, arithmetic: Precision) -> float:
    """What the best large GEMM reaches."""
    peak = peak_flops_per_s(accelerator, arithmetic)
    match arithmetic:
        case "bf16" | "fp16":
            measured, share = accelerator.achievable_bf16_tflops, ACHIEVABLE_SHARE_16_BIT
        case "fp8" | "int8":
            measured, share = accelerator.achievable_fp8_tflops, ACHIEVABLE_SHARE_8_BIT
        case "fp4":
            measured, share = None, ACHIEVABLE_SHARE_4_BIT
        case _:
            measured, share = None, ACHIEVABLE_SHARE_16_BIT
    return share * peak if measured is None else min(measured * FLOPS_PER_TFLOP, peak)


def memory_bytes_per_s(accelerator: Accelerator) -> float:
    """Bandwidth that streaming kernels reach."""
    return MEMORY_SHARE * accelerator.memory_bandwidth_gb_per_s * BYTES_PER_GB
