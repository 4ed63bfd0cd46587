"""Degrees of parallelism that are worth trying on a node type."""

from collections.abc import Iterator
from typing import Final

from planner.domain.deployment import Parallelism
from planner.domain.hardware import Accelerator, NodeType
from planner.performance.communication import can_talk

SPANNED_NODES: Final = (2, 3, 4, 6, 8, 12, 16)
"""Nodes that one serving replica may span, a pipeline stage on each."""


def tensor_degrees(node_type: NodeType, accelerator: Accelerator) -> Iterator[int]:
    """Powers of two that divide the node, and the node itself.

    Each divides the next, so that replicas of different degrees always fill a node.
    """
    count = node_type.accelerators_per_node
    degree = 1
    while degree < count and count % degree == 0:
        if can_talk(node_type, accelerator, degree):
            yield degree
        degree *= 2
    if can_talk(node_type, accelerator, count):
        yield count


def serving_degrees(
    node_type: NodeType, accelerator: Accelerator, layers: int
) -> Iterator[Parallelism]:
    """Tensor and pipeline degrees of a replica, smallest replicas first.

    Inside a node the two share its accelerators; beyond it, every node is a stage.
    """
    count = node_type.accelerators_per_node
    degrees = tuple(tensor_degrees(node_type, accelerator))
    inside = [
        Parallelism(tensor=tensor, pipeline=whole // tensor)
        for whole in degrees
        for tensor in degrees
        if whole % tensor == 0
    ]
    across = [
        Parallelism(tensor=count, pipeline=nodes)
        for nodes in SPANNED_NODES
        if node_type.network_gb_per_s > 0 and count in degrees
    ]
    return (each for each in (*inside, *across) if each.pipeline <= layers)
