"""Time of collectives: a latency per participant and a volume over the slowest link.

Ring volumes are those of Patarasuk and Yuan 2009 (J. Parallel Distrib. Comput. 69): an all-reduce
moves 2 (n - 1) / n of the message over every link, half of it for a reduce-scatter or all-gather.
Latencies and shares of the nominal bandwidth are fitted to published NCCL 2.27 measurements
(ai-dynamo/aiconfigurator, all_reduce on 2 to 8 A100, H100, H200, B200 and L40S).
"""

from typing import Final

from planner.domain.hardware import Accelerator, NodeType
from planner.units import BYTES_PER_GB

LATENCY_S_PER_PARTICIPANT: Final = 2.5e-6
"""8 KiB all-reduce: 7 to 11 us on 2, 10 to 16 on 4, 16 to 33 on 8."""
SCALEUP_SHARE: Final = 0.75
"""Of the nominal link that 256 MiB all-reduces reach: 63 to 74 % on 2, 70 to 76 % on 4, 73 to
98 % on 8."""
PCIE_SHARE: Final = 0.64
"""Of nominal PCIe on 2 L40S (20.1 of 31.5 GB/s). More of them share host bridges: 5.1 GB/s on 4
and 1.5 on 8, a fall with the square of the number."""
PCIE_PAIR: Final = 2
NETWORK_SHARE: Final = 0.8
"""Of the nominal scale-out network that large collectives reach; a planning assumption between the
73 % and 98 % that scale-up links reach."""


def can_talk(node_type: NodeType, accelerator: Accelerator, participants: int) -> bool:
    """Whether accelerators of one node have any link between them."""
    if participants > node_type.accelerators_per_node:
        return False
    return participants == 1 or inside_bytes_per_s(accelerator, participants) > 0


def is_linked(node_type: NodeType, accelerator: Accelerator, participants: int) -> bool:
    """Whether all can reach each other: inside a node by its links, beyond it by its network."""
    if participants > node_type.accelerators_per_node and node_type.network_gb_per_s == 0:
        return False
    inside = min(participants, node_type.accelerators_per_node)
    return can_talk(node_type, accelerator, inside)


def inside_bytes_per_s(accelerator: Accelerator, participants: int) -> float:
    """Bus bandwidth of a collective inside a node; 0 where there is no link at all."""
    if accelerator.scaleup_gb_per_s and participants <= accelerator.scaleup_domain_size:
        return SCALEUP_SHARE * accelerator.scaleup_gb_per_s * BYTES_PER_GB
    shared = (PCIE_PAIR / max(participants, PCIE_PAIR)) ** 2
    return PCIE_SHARE * shared * (accelerator.pcie_gb_per_s or 0.0) * BYTES_PER_GB


def node_network_bytes_per_s(node_type: NodeType) -> float:
    """What the scale-out network of a whole node carries, per direction; 0: none."""
    return NETWORK_SHARE * node_type.network_gb_per_s * BYTES_PER_GB


def all_reduce_s(message_bytes: float, participants: int, accelerator: Accelerator) -> float:
    """All-reduce of a message among accelerators of one node."""
    bytes_per_s = inside_bytes_per_s(accelerator, participants)
    return ring_all_reduce_s(message_bytes, participants, bytes_per_s)


def ring_all_reduce_s(message_bytes: float, participants: int, bytes_per_s: float) -> float:
    """All-reduce of a message over links of a known bus bandwidth."""
    if participants == 1:
        return 0.0
    moved = 2 * (participants - 1) / participants * message_bytes
    wire_s = moved / bytes_per_s
    return LATENCY_S_PER_PARTICIPANT * participants + wire_s
