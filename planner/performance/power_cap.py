"""An accelerator under a power cap: how much slower it multiplies, and what it still draws.

A cap below the thermal design power lowers the core clock until the draw fits. Power above idle
grows with clock times voltage squared, and voltage with the clock, so that a part which gives up
much power loses little clock:

    clock share = ((cap - idle) / (TDP - idle)) ** (1 / CLOCK_EXPONENT)

Arithmetic follows the clock; memory has a clock of its own, which a cap leaves alone. Under a cap
of half of 700 W tokens, which memory limits, take no longer (Splitwise, arXiv 2311.18677), and
prompts, which arithmetic limits, 1.3 times as long (table of its simulator).
"""

from typing import Final

from planner.domain.hardware import Accelerator, PeakRates
from planner.performance.power import design_w, idle_w

CLOCK_EXPONENT: Final = 3.7
"""Of the clock in the power above idle. Fitted to the capped rows of the Splitwise table
(Mutinifni/splitwise-sim, MIT): a slowdown of 1.304 for 1.300. These rows are the uncapped ones
times one factor, for every architecture, degree and length, so they are one point, not many; the
simulator states a server of 7,140 instead of 10,200 W, and were the cap 318 W rather than the 350
of the paper, the law would say 1.363 (5 % high).
Another point, not fitted: A100 reaches 253 TFLOP/s on the PCIe board (taken as that of 300 W; the
source does not say) and 271 on the SXM board of 400 W, a share of 0.933; the law says 0.904 (3 %
low). The textbook cube would give 1.387 and 0.882, 7 and 5 % off. Below half of TDP the law is
extrapolated."""


def clock_share(accelerator: Accelerator, cap_w: float) -> float:
    """Of the clock at full power, what is left under a cap of `cap_w` watts; 1 at TDP.

    Raises:
        ValueError: the cap is not between idle draw and TDP, or the vendor publishes no TDP.
    """
    idle, full = idle_w(accelerator), design_w(accelerator)
    if not idle < cap_w <= full:
        raise ValueError(
            f"a cap on {accelerator.name} must be more than the {idle:g} W it idles at"
            f" and at most its {full:g} W, not {cap_w:g} W"
        )
    share: float = ((cap_w - idle) / (full - idle)) ** (1 / CLOCK_EXPONENT)
    return share


def under_cap(accelerator: Accelerator) -> Accelerator:
    """The part with the arithmetic that its power cap leaves, and the same memory.

    Raises:
        ValueError: the cap is not between idle draw and TDP, or the vendor publishes no TDP.
    """
    cap_w = accelerator.power_cap_w
    if cap_w is None or cap_w == accelerator.tdp_w:
        return accelerator
    share = clock_share(accelerator, cap_w)
    return accelerator.model_copy(
        update={
            "peak_dense_tflops": _slower(accelerator.peak_dense_tflops, share),
            "achievable_bf16_tflops": _times(accelerator.achievable_bf16_tflops, share),
            "achievable_fp8_tflops": _times(accelerator.achievable_fp8_tflops, share),
        }
    )


def _slower(rates: PeakRates, share: float) -> PeakRates:
    return PeakRates(**{name: _times(rate, share) for name, rate in rates})


def _times(rate: float | None, share: float) -> float | None:
    return None if rate is None else share * rate
