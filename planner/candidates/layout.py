"""Which column of the problem stands for what: the way back from a solution to the candidates."""

from dataclasses import dataclass

import numpy as np

from planner.problem.columns import AllocationProblem, Floats, Integers

NOT_A_CLASS = -1
"""Request class of an item that is a whole workload."""


@dataclass(frozen=True)
class Layout:
    """Meaning of the columns of a compiled problem; -1 where something does not apply."""

    item_workload: Integers
    """Index into the scenario's workloads."""
    item_class: Integers
    """Request class, or `NOT_A_CLASS`."""
    column_option: Integers
    """Per column of the problem's options: index into the candidates' options; -1: an offload."""
    column_offload: Integers
    """Per column of the problem's options: index into the candidates' offloads, or -1."""
    column_class: Integers
    """Per column of the problem's options: request class, or `NOT_A_CLASS`."""
    replica_block: Integers
    """Per option of the candidates: block that counts its replicas (of serving workloads)."""
    job_block: Integers
    """Per option of the candidates: block that counts its nodes (of batch workloads)."""
    standing_block: Integers
    """Per pool: block that counts the nodes its serving workloads share."""
    nodes_resource: Integers
    """Per pool: the row that limits its nodes."""
    power_resource: Integers
    """Per place: the row that limits its power."""
    held: tuple[tuple[int, Integers], ...]
    """Blocks that pipelines hold of a limit, and the rows that each has to cover."""
    quality_resource: Integers
    """Per workload: the row that holds its mean quality up."""

    def items_of(self, workload: int) -> list[int]:
        """Items of a workload, by its index."""
        return [int(item) for item in np.flatnonzero(self.item_workload == workload)]

    def blocks_of(self, blocks: Integers, numbers: Floats) -> Integers:
        """Whole numbers chosen for `blocks`; 0 where there is no such block."""
        whole: Integers = np.rint(np.append(numbers, 0.0)[blocks]).astype(np.int64)
        return whole


@dataclass(frozen=True)
class Compiled:
    """A problem and the meaning of its columns."""

    problem: AllocationProblem
    layout: Layout
