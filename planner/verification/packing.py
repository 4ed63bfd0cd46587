"""Whether replicas fit into whole nodes."""

from collections.abc import Mapping


def nodes_filled(replicas: Mapping[int, int], per_node: int) -> int:
    """Nodes that take so many replicas of each number of accelerators.

    A replica that is larger than a node has its nodes alone. The others go first-fit, largest
    first, which wastes nothing where each size divides the next and the node.
    """
    spanning = sum(
        count * span(size, per_node) for size, count in replicas.items() if size > per_node
    )
    left = {size: count for size, count in replicas.items() if size <= per_node and count > 0}
    nodes = 0
    while left:
        pattern = _fullest(left, per_node)
        repeats = min(left[size] // count for size, count in pattern.items())
        nodes += repeats
        for size, count in pattern.items():
            left[size] -= repeats * count
        left = {size: count for size, count in left.items() if count}
    return spanning + nodes


def replicas_held(nodes: int, size: int, per_node: int) -> int:
    """Replicas of one size that fit into so many nodes."""
    return nodes * (per_node // size) if size <= per_node else nodes // span(size, per_node)


def span(size: int, per_node: int) -> int:
    """Nodes that one replica touches."""
    return -(-size // per_node)


def _fullest(left: Mapping[int, int], per_node: int) -> dict[int, int]:
    """What goes into the next node."""
    pattern: dict[int, int] = {}
    room = per_node
    for size in sorted(left, reverse=True):
        count = min(left[size], room // size)
        if count:
            pattern[size] = count
            room -= count * size
    return pattern
