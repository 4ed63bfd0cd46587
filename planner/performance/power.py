"""Electrical power of accelerators and servers, from idle to full.

Between the two, a busy accelerator draws by what it waits for: time spent on arithmetic, on
memory, and on everything else (collectives, launches, the host) each has its own level.
"""

from dataclasses import dataclass
from typing import Final

from planner.domain.hardware import Accelerator, NodeType

IDLE_SHARE: Final = 0.2
"""Of TDP, with a process resident and no work: 20 % on A100 (POLCA, arXiv 2308.12908), 17 % on
H100 (122 of 700 W) and 29 % on L40S (102 of 350 W)."""
ARITHMETIC_SHARE: Final = 1.0
"""Of TDP while the matrix units are the limit: prompt phases reach TDP (Splitwise, arXiv
2311.18677, section 3); whole steps of large batches draw 84 to 98 % (ML.ENERGY leaderboard v3)."""
MEMORY_SHARE: Final = 0.75
"""Of TDP while memory is the limit: batches of 8 on one H100 draw 57 to 77 % (ML.ENERGY v3),
their collectives and launches included."""
OTHER_SHARE: Final = 0.4
"""Of TDP while neither is: batches of 8 of sparse architectures over 4 to 8 H100, which wait for
each other most of the time, draw 36 to 50 % (ML.ENERGY v3)."""


@dataclass(frozen=True, slots=True)
class TimeShares:
    """What a busy accelerator spends its time on; the two and all other time add up to 1."""

    arithmetic: float
    memory: float

    @property
    def other(self) -> float:
        """Collectives, launches, the host, and pipeline bubbles."""
        return max(0.0, 1.0 - self.arithmetic - self.memory)


def full_w(accelerator: Accelerator) -> float:
    """Largest sustained power of one accelerator: its cap where it has one.

    Raises:
        ValueError: the vendor publishes none.
    """
    return accelerator.power_cap_w or design_w(accelerator)


def idle_w(accelerator: Accelerator) -> float:
    """Power of one accelerator that is on and has nothing to do."""
    return IDLE_SHARE * design_w(accelerator)


def busy_w(accelerator: Accelerator, time: TimeShares) -> float:
    """Mean power of one accelerator at work; what would draw more than a cap draws the cap."""
    design, most = design_w(accelerator), full_w(accelerator)
    return (
        min(ARITHMETIC_SHARE * design, most) * time.arithmetic
        + min(MEMORY_SHARE * design, most) * time.memory
        + min(OTHER_SHARE * design, most) * time.other
    )


def design_w(accelerator: Accelerator) -> float:
    """Largest sustained power that the part is made for.

    Raises:
        ValueError: the vendor publishes none.
    """
    if accelerator.tdp_w is None:
        raise ValueError(f"{accelerator.name} has no tdp_w")
    return accelerator.tdp_w


def node_idle_w(node_type: NodeType, accelerator: Accelerator) -> float:
    """Power of a server that is on and has nothing to do."""
    return node_type.host_power_w + node_type.accelerators_per_node * idle_w(accelerator)


def node_full_w(node_type: NodeType, accelerator: Accelerator) -> float:
    """Power of a server with every accelerator at its full power."""
    return node_type.host_power_w + node_type.accelerators_per_node * full_w(accelerator)
