"""Layouts of a gang, and for each the smallest gang that is fast enough."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import gcd
from typing import Final

from planner.domain.deployment import Parallelism, Recomputation
from planner.domain.hardware import Accelerator, NodeType
from planner.performance.degrees import tensor_degrees
from planner.performance.gang import TrainingLayout

PIPELINE_DEGREES: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
"""Stages tried; published runs use these."""
MICRO_BATCHES: Final = (1, 2, 4, 8, 16)
RECOMPUTATIONS: Final[tuple[Recomputation, ...]] = ("selective", "full")
"""Attention scores are recomputed in any case, as fused attention does (Dao et al. 2022,
arXiv 2205.14135)."""


@dataclass(frozen=True)
class Shape:
    """Everything of a layout but its data parallelism."""

    tensor: int
    pipeline: int
    micro_batch: int
    recomputation: Recomputation

    def with_data(self, data: int) -> TrainingLayout:
        """The layout of `data` copies."""
        split = Parallelism(tensor=self.tensor, pipeline=self.pipeline, data=data)
        return TrainingLayout(split, self.micro_batch, self.recomputation)


def shapes(
    node_type: NodeType, accelerator: Accelerator, layers: int, global_batch: int
) -> Iterator[Shape]:
    """All that are tried, those that need the least communication first."""
    return (
        Shape(tensor, pipeline, micro_batch, recomputation)
        for tensor in tensor_degrees(node_type, accelerator)
        for pipeline in PIPELINE_DEGREES
        for micro_batch in MICRO_BATCHES
        for recomputation in RECOMPUTATIONS
        if pipeline <= layers and micro_batch <= global_batch
    )


def data_degrees(shape: Shape, node_type: NodeType, most_nodes: int, global_batch: int) -> range:
    """Data parallelism that fills whole nodes and leaves every rank a micro-batch."""
    copies, per_node = shape.tensor * shape.pipeline, node_type.accelerators_per_node
    step = per_node // gcd(copies, per_node)
    most = min(most_nodes * per_node // copies, global_batch // shape.micro_batch)
    return range(step, most + 1, step)


def smallest(degrees: range, is_enough: Callable[[int], bool]) -> int | None:
    """The smallest degree that is enough; None where none is.

    Above the first, what is enough stays enough; the first may be alone in it, since only it can
    lie within a node and need no network.
    """
    if not degrees:
        return None
    if is_enough(degrees[0]):
        return degrees[0]
    if not is_enough(degrees[-1]):
        return None
    low, high = 0, len(degrees) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if is_enough(degrees[middle]):
            high = middle
        else:
            low = middle
    return degrees[high]
