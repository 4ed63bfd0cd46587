"""Which column of the problem stands for what: the way back from a solution to the candidates."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner.catalog.periods import PeriodScenario
from planner.catalog.supplies import Metered
from planner.domain.agreement import Account, Agreed
from planner.domain.option import Candidates
from planner.domain.term import Term
from planner.problem.columns import AllocationProblem, Choice, Floats, Integers

NOT_A_CLASS = -1
"""Request class of an item that is a whole workload."""
NONE = -1
"""Where something does not apply."""


@dataclass(frozen=True)
class Layout:
    """Meaning of the columns of a period; -1 where something does not apply.

    Its columns are those of the problem from `first_column` on; items, blocks and resources are
    numbered as in the problem.
    """

    item: Integers
    """Items whose rest, if any, is left undone in this period."""
    item_workload: Integers
    """Of each of them: index into the workloads of the period's scenario."""
    first_column: int
    column_option: Integers
    """Per column of the problem's options: index into the candidates' options; -1: an offload."""
    column_offload: Integers
    """Per column of the problem's options: index into the candidates' offloads, or -1."""
    column_class: Integers
    """Per column of the problem's options: request class, or `NOT_A_CLASS`."""
    sibling_pool: Integers
    """Per pool: the first one whose nodes are like its own."""
    shared_option: Integers
    """Per option of the candidates: the one that has the columns of both, or itself."""
    replica_block: Integers
    """Per option of the candidates: block that counts its replicas (of serving workloads)."""
    job_block: Integers
    """Per option of the candidates: block that counts its nodes (of batch workloads), or tells
    whether it is on (of training runs of several periods)."""
    part_block: Integers
    """Per option of the candidates: block of the part of the time that it is on (of the same)."""
    standing_block: Integers
    """Per pool: block that counts the nodes its serving workloads share."""
    nodes_resource: Integers
    """Per pool: the row that limits its nodes."""
    power_resource: Integers
    """Per place: the row that limits its power."""
    held: tuple[tuple[int, Integers], ...]
    """Blocks that pipelines hold of a limit, and the rows that each has to cover."""
    billed: tuple[tuple[int, int], ...]
    """Blocks of billing units, and the row of hours that each has to cover."""
    quality_resource: Integers
    """Per workload: the row that holds its mean quality up."""

    def items_of(self, workload: int) -> list[int]:
        """Items of a workload, by its index."""
        return [int(item) for item in self.item[self.item_workload == workload]]

    def chosen(self, choice: Choice) -> tuple[tuple[int, float], ...]:
        """Columns of this period that are in use, and their shares."""
        ends = (self.first_column, self.first_column + len(self.column_option))
        first, last = np.searchsorted(choice.option, ends)
        return tuple(
            zip(choice.option[first:last].tolist(), choice.share[first:last].tolist(), strict=True)
        )

    def option_of(self, column: int) -> int:
        """Index into the candidates' options, or -1."""
        return self._of(self.column_option, column)

    def offload_of(self, column: int) -> int:
        """Index into the candidates' offloads, or -1."""
        return self._of(self.column_offload, column)

    def class_of(self, column: int) -> int:
        """Request class of a column of this period, or `NOT_A_CLASS`."""
        return self._of(self.column_class, column)

    def _of(self, meaning: Integers, column: int) -> int:
        own = column - self.first_column
        return int(meaning[own]) if 0 <= own < len(meaning) else NONE

    def amounts_of(self, blocks: Integers, numbers: Floats) -> Floats:
        """Amounts chosen for `blocks`; 0 where there is no such block."""
        amounts: Floats = np.append(numbers, 0.0)[blocks]
        return amounts

    def blocks_of(self, blocks: Integers, numbers: Floats) -> Integers:
        """Whole numbers chosen for `blocks`; 0 where there is no such block."""
        whole: Integers = np.rint(np.append(numbers, 0.0)[blocks]).astype(np.int64)
        return whole


@dataclass(frozen=True)
class Compiled:
    """A problem and the meaning of its columns in one period."""

    problem: AllocationProblem
    layout: Layout


@dataclass(frozen=True)
class Part:
    """What is asked for in a period, and what could be done about it."""

    asked: PeriodScenario
    candidates: Candidates


@dataclass(frozen=True)
class ContractBlock:
    """A block that counts contracts of one pool signed at the beginning of one period."""

    pool: int
    period: int
    block: int
    periods: tuple[int, ...]
    """In which its nodes are there."""


@dataclass(frozen=True)
class SpendBlock:
    """A block that is the spend per hour committed to at the beginning of a period, USD."""

    agreement: int
    period: int
    block: int


@dataclass(frozen=True)
class MeterBlock:
    """A block of what is decided about a site's power in a period."""

    kind: Literal["on_site", "curtailment"]
    row: int
    """Of the site in the scenario."""
    index: int
    """Of the source, or of the offer."""
    period: int
    block: int
    """kW of it."""


@dataclass(frozen=True)
class PhaseBlock:
    """A block that tells whether a phase of a site is ordered at the beginning of a period."""

    site: int
    phase: int
    term: Term
    block: int


@dataclass(frozen=True)
class MoveBlock:
    """A block that counts accelerators of a workload at a site that are new there."""

    workload: str
    site: int
    block: int


@dataclass(frozen=True)
class DatasetBlock:
    """A block that tells whether a job's dataset is moved to a site."""

    workload: str
    site: str
    block: int
    covered: Integers
    """Rows of the shares of its job that are done there."""


@dataclass(frozen=True)
class Program:
    """The problem of all periods and the meaning of its columns."""

    problem: AllocationProblem
    parts: tuple[Part, ...]
    layouts: tuple[Layout, ...]
    contracts: tuple[ContractBlock, ...]
    agreed: tuple[Agreed, ...]
    accounts: tuple[Account, ...]
    spends: tuple[SpendBlock, ...]
    phases: tuple[PhaseBlock, ...]
    moves: tuple[MoveBlock, ...]
    datasets: tuple[DatasetBlock, ...]
    metered: Metered
    meters: tuple[MeterBlock, ...]
    block_period: Integers
    """Number of the period that each block is for; -1: it is decided for several."""
    covering: tuple[tuple[int, Integers], ...] = ()
    """Blocks that follow from others, and the rows that each covers: of jobs of several periods,
    and of datasets."""

    @property
    def option_period(self) -> Integers:
        """Number of the period of each option of the problem."""
        counts = [len(each.column_option) for each in self.layouts]
        period: Integers = np.repeat(np.arange(len(counts)), counts)
        return period

    def compiled(self, period: int) -> Compiled:
        """The problem as one period sees it."""
        return Compiled(self.problem, self.layouts[period])
