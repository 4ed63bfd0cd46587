"""Jobs that have time in several periods: how much of each is done when.

A heap of requests is done at any pace, with as many nodes as a period gives it. A training run
keeps its gang, which is chosen once: in a period that comes once it is on from its begin to its
end without a break, of one that comes every day it is on on a part of the days. Every begin, after
a pause too, costs time of the gang. Jobs that wait for each other take turns, stretch by stretch.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from planner.candidates.charges import Charges
from planner.candidates.items import DIVISIBLE, Items
from planner.candidates.job import JobUse
from planner.candidates.rows import Rows
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.workload import TrainingRun, Workload

ItemKey = tuple[str, int]
"""Job and request class, or `NOT_A_CLASS`."""
LEAST_PART: Final = 1e-3
"""Of a period: a gang that is on works so long at least, or holds nodes for nothing."""
ONCE: Final = 1 + 1e-6
"""Periods that come no more often than this come once."""


@dataclass(frozen=True)
class Run:
    """A gang in one period."""

    job: TrainingRun
    pool: Pool
    at: tuple[int, int]
    """Pool and period."""
    column: int
    """Option: the share of the job that it does."""
    use: JobUse
    """Of all of the job."""
    nodes: int
    window_hours: float
    """That the period has for it."""

    @property
    def hours(self) -> float:
        """That all of the job takes."""
        return self.use.node_hours / self.nodes

    @property
    def use_when_on(self) -> JobUse:
        """Of all of the time that the period has."""
        part = self.window_hours / self.hours
        return JobUse(self.use.node_hours * part, self.use.it_kwh * part)


@dataclass(frozen=True)
class _Blocks:
    """Of a run: whether it is on, in what part of its time, and in what part of it it begins."""

    on: int
    part: int
    begin: int

    def amount(self, period: Period) -> int:
        """What tells one period after the other whether the run goes on."""
        return self.on if period.runs <= ONCE else self.part


class Pacing:
    """Jobs of several periods while they are being collected."""

    def __init__(
        self, rows: Rows, items: Items, charges: Charges, periods: Sequence[Period]
    ) -> None:
        """Begin with none."""
        self.rows, self.items, self.charges, self.periods = rows, items, charges, periods
        self.item: dict[ItemKey, int] = {}
        self.columns: defaultdict[ItemKey, list[tuple[int, int]]] = defaultdict(list)
        """Period and column of every option."""
        self.chosen: dict[Hashable, int] = {}
        """Block: whether a gang is the one that does its job."""
        self.one_gang: dict[str, int] = {}
        self.runs: defaultdict[Hashable, list[tuple[Run, _Blocks]]] = defaultdict(list)

    def item_of(self, job: Workload, request_class: int) -> int:
        """The item of a job, or of a class of its requests: one for all periods."""
        key = (job.name, request_class)
        if key not in self.item:
            self.item[key] = self.items.add(job, request_class, "", DIVISIBLE)
        return self.item[key]

    def note(self, job: Workload, request_class: int, period: int, column: int) -> None:
        """An option that does some of a job in a period."""
        self.columns[job.name, request_class].append((period, column))

    def add(self, gang: Hashable, run: Run) -> tuple[int, int]:
        """A gang that could work in a period; the blocks of whether, and how long, it is on."""
        name = f"{run.job.name} in {run.pool.key}"
        on, begin = self.rows.block(0.0, 1.0), self.rows.amount(0.0, 1.0)
        part = self.rows.amount(self.charges.weight(run.pool, run.use_when_on), 1.0)
        self.charges.block(part, run.at, run.pool, run.use_when_on)
        self.charges.up_by_block(part, run.at, run.use_when_on.node_hours)
        self.charges.most[part] = 1.0
        work = self.rows.limit(f"time of {name}", 0.0)
        self.rows.option_use.add(work, run.column, 1.0)
        self.rows.block_use.add(work, part, -run.window_hours / run.hours)
        lost_hours = run.job.restart_hours * self.periods[run.at[1]].runs
        self.rows.block_use.add(work, begin, lost_hours / run.hours)
        self._at_most(f"{name} is on", part, on)
        self._at_most(f"{name} works while it is on", on, part, 1 / LEAST_PART)
        self._at_most(f"{name} with its gang", on, self._gang(gang, run.job))
        self.runs[gang].append((run, _Blocks(on, part, begin)))
        return on, part

    def finish(self, after: Mapping[str, Sequence[str]]) -> None:
        """Add what holds between periods; `after` is what each job waits for."""
        self.rows.suffix = ""
        for mine in self.runs.values():
            blocks = {run.at[1]: each for run, each in mine}
            for run, own in mine:
                before = self.periods[run.at[1]].before
                self._goes_on(run, own, None if before is None else blocks.get(before))
                self._keeps_on(run, own, blocks)
        names = {name for name, _ in self.item}
        for job, firsts in after.items():
            if job in names:
                self._waits(job, [first for first in firsts if first in names])

    def _gang(self, gang: Hashable, job: TrainingRun) -> int:
        """Block: the gang is the one of its job."""
        if gang not in self.chosen:
            suffix, self.rows.suffix = self.rows.suffix, ""
            if job.name not in self.one_gang:
                self.one_gang[job.name] = self.rows.limit(f"one gang for {job.name}", 1.0)
            self.rows.suffix = suffix
            self.chosen[gang] = self.rows.block(0.0, 1.0)
            self.rows.block_use.add(self.one_gang[job.name], self.chosen[gang], 1.0)
        return self.chosen[gang]

    def _at_most(self, name: str, block: int, other: int, times: float = 1.0) -> int:
        """Row: of one block no more than so many times another."""
        row = self.rows.limit(name, 0.0)
        self.rows.block_use.add(row, block, 1.0)
        self.rows.block_use.add(row, other, -times)
        return row

    def _goes_on(self, run: Run, own: _Blocks, before: _Blocks | None) -> None:
        """A run begins where it was not on before; one that goes on has not stopped meanwhile."""
        period = self.periods[run.at[1]]
        name = f"{run.job.name} in {run.pool.key} in {period.name}"
        if before == own:
            return
        row = self._at_most(f"{name} begins", own.amount(period), own.begin)
        if before is None:
            return
        self.rows.block_use.add(row, before.amount(period), -1.0)
        if period.runs <= ONCE:
            through = self.rows.limit(f"{name} goes on", 1.0)
            for block, amount in ((before.on, 1.0), (own.on, 1.0), (before.part, -1.0)):
                self.rows.block_use.add(through, block, amount)

    def _keeps_on(self, run: Run, own: _Blocks, blocks: Mapping[int, _Blocks]) -> None:
        """A run that has begun a short time ago is still on."""
        number = run.at[1]
        period = self.periods[number]
        own_hours = period.run_hours or period.hours
        name = f"{run.job.name} in {run.pool.key} in {period.name}"
        for _ in range(ceil(run.job.minimum_run_hours / own_hours - 1e-9) - 1):
            before = self.periods[number].before
            if before is None or before not in blocks or before == run.at[1]:
                return
            number = before
            self._at_most(f"{name} keeps on", blocks[number].begin, own.amount(period))

    def _waits(self, job: str, firsts: Sequence[str]) -> None:
        """A job begins with a stretch, when all that it comes after is done before."""
        if not firsts:
            return
        starts = [each.start_hours for each in self.periods]
        mine = {key: columns for key, columns in self.columns.items() if key[0] == job}
        for start in sorted({starts[period] for each in mine.values() for period, _ in each}):
            begun = self.rows.block(0.0, 1.0)
            for (_, request_class), columns in mine.items():
                name = f"{job}[{request_class}] from hour {start:g} on"
                row = self.rows.limit(f"{name} when it has begun", 0.0)
                self.rows.block_use.add(row, begun, -1.0)
                for period, column in columns:
                    if starts[period] == start:
                        self.rows.option_use.add(row, column, 1.0)
            for key in (each for each in self.columns if each[0] in firsts):
                row = self.rows.limit(f"{job} from hour {start:g} on only after {key[0]}", 0.0)
                self.rows.block_use.add(row, begun, 1.0)
                for period, column in self.columns[key]:
                    if starts[period] < start:
                        self.rows.option_use.add(row, column, -1.0)
