"""Jobs that have time in several periods: how much of each is done when.

A heap of requests is done at any pace, with as many nodes as a period gives it. A training run
keeps its gang, which is chosen once: in a period that comes once it is on from its begin to its
end without a break, of one that comes every day it is on on a part of the days. Every begin, after
a pause too, costs time of the gang. Jobs that wait for each other take turns, stretch by stretch.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from planner.candidates.charges import Charges
from planner.candidates.demand import INSTANT
from planner.candidates.items import DIVISIBLE, Items
from planner.candidates.job import JobUse
from planner.candidates.layout import NOT_A_CLASS
from planner.candidates.rows import NO_PERIOD, Rows, integers
from planner.domain.option import Pool
from planner.domain.period import Period
from planner.domain.workload import TrainingRun, Workload
from planner.problem.columns import Integers

ItemKey = tuple[str, int]
"""Job and request class, or `NOT_A_CLASS`."""
LEAST_PART: Final = 1e-3
"""Of a period: a gang that is on works so long at least, or holds nodes for nothing."""


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

    @property
    def name(self) -> str:
        """How rows name it, in their period."""
        return f"{self.job.name} in {self.pool.key}"

    @property
    def minimum_hours(self) -> float:
        """From a begin to a pause, if all of the job does not take less: at least a restart."""
        restart_hours = self.job.restart_hours
        return max(restart_hours, min(self.job.minimum_run_hours, self.hours + restart_hours))


@dataclass(frozen=True)
class Blocks:
    """Of a run: whether it is on, in what part of its time, and in what part of it it begins."""

    on: int
    part: int
    begin: int
    work: int
    """Row: no more work than there is time for."""
    billed: tuple[tuple[int, int], ...]
    """Block of the billing units that it pays, if it does, and the row of hours that it covers."""

    def amount(self, period: Period) -> int:
        """What tells one period after the other whether the run goes on."""
        return self.on if period.comes_once else self.part


Gang = Mapping[int, tuple[Run, Blocks]]
"""A gang by the number of the period."""


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
        self.mix: dict[tuple[str, str], int] = {}
        self.runs: defaultdict[Hashable, dict[int, tuple[Run, Blocks]]] = defaultdict(dict)
        """By gang and period."""
        self.covers: defaultdict[int, list[int]] = defaultdict(list)
        """Rows that a block has to cover: it follows from the others."""

    def item_of(self, job: Workload, request_class: int) -> int:
        """The item of a job, or of a class of its requests: one for all periods."""
        key = (job.name, request_class)
        if key not in self.item:
            self.item[key] = self.items.add(job, request_class, "", DIVISIBLE)
        return self.item[key]

    def mix_of(self, job: Workload, variant: str, name: str, most: float | None) -> int:
        """The row of a variant's share of a job: one for all periods."""
        key = (job.name, variant)
        if key not in self.mix:
            self.mix[key] = self._for_all(name, most)
        return self.mix[key]

    def note(self, job: Workload, request_class: int, period: int, column: int) -> None:
        """An option that does some of a job in a period."""
        self.columns[job.name, request_class].append((period, column))

    def add(self, gang: Hashable, run: Run) -> Blocks:
        """A gang that could work in a period."""
        on, begin = self.rows.block(0.0, 1.0), self.rows.amount(0.0, 1.0)
        part, billed = self._paid(run)
        work = self.rows.limit(f"time of {run.name}", 0.0)
        self.rows.option_use.add(work, run.column, 1.0)
        self.rows.block_use.add(work, part, -run.window_hours / run.hours)
        self._at_most(f"{run.name} is on", part, on)
        self._at_most(f"{run.name} works while it is on", on, part, 1 / LEAST_PART)
        chosen = self._gang(gang, run.job)
        self.covers[chosen].append(self._at_most(f"{run.name} with its gang", on, chosen))
        blocks = Blocks(on, part, begin, work, billed)
        self.runs[gang][run.at[1]] = (run, blocks)
        return blocks

    def finish(self, after: Mapping[str, Sequence[str]]) -> None:
        """Add what holds between periods; `after` is what each job waits for."""
        self.rows.suffix, self.rows.period = "", NO_PERIOD
        for mine in self.runs.values():
            for number in mine:
                self._goes_on(number, mine)
                self._loses(number, mine)
            self._keeps_on(mine)
            if any(self._weight(run) <= 0 for run, _ in mine.values()):
                self._is_at_work(mine)
        self._whole()
        names = {name for name, _ in self.item}
        for job, firsts in after.items():
            if job in names:
                self._waits(job, [first for first in firsts if first in names])

    def covering(self) -> tuple[tuple[int, Integers], ...]:
        """Blocks that follow from the others, each with the rows that it has to cover."""
        return tuple((block, integers(rows)) for block, rows in self.covers.items())

    def _weight(self, run: Run) -> float:
        """Of all of the time that a period has, in the objective."""
        return self.charges.weight(run.pool, run.use_when_on)

    def _paid(self, run: Run) -> tuple[int, tuple[tuple[int, int], ...]]:
        """Block of the part of its time that a run is on, and what it pays by the unit for it."""
        unit_hours, use = run.pool.terms.billing_hours, run.use_when_on
        by_time = use if unit_hours == 0 else JobUse(0.0, use.it_kwh)
        part = self.rows.amount(self.charges.weight(run.pool, by_time), 1.0)
        self.charges.block(part, run.at, run.pool, by_time)
        self.charges.up_by_block(part, run.at, use.node_hours)
        self.charges.most[part] = 1.0
        if unit_hours == 0:
            return part, ()
        by_unit = JobUse(run.nodes * unit_hours, 0.0)
        units = self.rows.block(self.charges.weight(run.pool, by_unit))
        self.charges.block(units, run.at, run.pool, by_unit)
        self.charges.most[units] = run.window_hours / unit_hours + 1
        row = self.rows.limit(f"paid hours of {run.name}", 0.0)
        self.rows.block_use.add(row, part, run.window_hours)
        self.rows.block_use.add(row, units, -unit_hours)
        return part, ((units, row),)

    def _for_all(self, name: str, capacity: float | None) -> int:
        """A row that is of no period."""
        suffix, self.rows.suffix = self.rows.suffix, ""
        row = self.rows.limit(name, capacity)
        self.rows.suffix = suffix
        return row

    def _gang(self, gang: Hashable, job: TrainingRun) -> int:
        """Block: the gang is the one of its job."""
        if gang not in self.chosen:
            if job.name not in self.one_gang:
                self.one_gang[job.name] = self._for_all(f"one gang for {job.name}", 1.0)
            period, self.rows.period = self.rows.period, NO_PERIOD
            self.chosen[gang] = self.rows.block(0.0, 1.0)
            self.rows.period = period
            self.rows.block_use.add(self.one_gang[job.name], self.chosen[gang], 1.0)
        return self.chosen[gang]

    def _at_most(self, name: str, block: int, other: int, times: float = 1.0) -> int:
        """Row: of one block no more than so many times another."""
        row = self.rows.limit(name, 0.0)
        self.rows.block_use.add(row, block, 1.0)
        self.rows.block_use.add(row, other, -times)
        return row

    def _name(self, run: Run) -> str:
        return f"{run.name} in {self.periods[run.at[1]].name}"

    def _times(self, run: Run) -> float:
        """How often its time in a period comes."""
        period = self.periods[run.at[1]]
        return 1.0 if period.comes_once else run.window_hours / (period.run_hours or period.hours)

    def _back(self, number: int, mine: Gang) -> Iterator[tuple[int, float]]:
        """A period and those before it, each with the hours from its begin to that of the first."""
        earlier, elapsed_hours = number, 0.0
        while True:
            yield earlier, elapsed_hours
            before = self.periods[earlier].before
            if before is None or before not in mine or before == number:
                return
            earlier, (run, _) = before, mine[before]
            elapsed_hours += run.window_hours / self._times(run)

    def _goes_on(self, number: int, mine: Gang) -> None:
        """A run begins where it was not on before; one that goes on has not stopped meanwhile."""
        run, own = mine[number]
        period = self.periods[number]
        if period.before == number:
            return
        row = self._at_most(f"{self._name(run)} begins", own.amount(period), own.begin)
        self.covers[own.begin].append(row)
        if period.before is None or period.before not in mine:
            return
        _, before = mine[period.before]
        self.rows.block_use.add(row, before.amount(period), -1.0)
        if period.comes_once:
            through = self.rows.limit(f"{self._name(run)} goes on", 1.0)
            for block, amount in ((before.on, 1.0), (own.on, 1.0), (before.part, -1.0)):
                self.rows.block_use.add(through, block, amount)

    def _lost(self, number: int, mine: Gang) -> Iterator[tuple[int, float]]:
        """Blocks of the begins that cost time of a period, and hours that one of each does."""
        run, _ = mine[number]
        times = self._times(run)
        for earlier, elapsed_hours in self._back(number, mine):
            left_hours = run.job.restart_hours - elapsed_hours
            if left_hours <= INSTANT:
                return
            yield mine[earlier][1].begin, min(left_hours, run.window_hours / times) * times

    def _loses(self, number: int, mine: Gang) -> None:
        """What a begin costs is lost in the period where it begins, and if need be in the next."""
        run, own = mine[number]
        for begin, hours in self._lost(number, mine):
            self.rows.block_use.add(own.work, begin, hours / run.hours)

    def _keeps_on(self, mine: Gang) -> None:
        """A run that has begun a short time ago is still on, and is long enough in the end."""
        after: defaultdict[int, list[int]] = defaultdict(list)
        for number, (run, own) in mine.items():
            least_hours = run.minimum_hours - INSTANT
            begun = [e for e, elapsed in self._back(number, mine) if elapsed < least_hours]
            for earlier in begun:
                after[earlier].append(number)
            if len(begun) > 1:
                row = self.rows.limit(f"{self._name(run)} keeps on", 0.0)
                self.rows.block_use.add(row, own.amount(self.periods[number]), -1.0)
                for earlier in begun[1:]:
                    self.rows.block_use.add(row, mine[earlier][1].begin, 1.0)
        for number, numbers in after.items():
            run, own = mine[number]
            if self.periods[number].comes_once:
                row = self.rows.limit(f"{self._name(run)} is on for long enough", 0.0)
                have_hours = {each: mine[each][0].window_hours for each in numbers}
                most_hours = max(sum(have_hours.values()), run.job.restart_hours)
                least_hours = min(run.minimum_hours, most_hours)
                self.rows.block_use.add(row, own.begin, least_hours)
                for each, hours in have_hours.items():
                    self.rows.block_use.add(row, mine[each][1].part, -hours)

    def _is_at_work(self, mine: Gang) -> None:
        """A run is on no longer than its work takes: where that costs nothing, or even earns."""
        for number, (run, own) in mine.items():
            period, name = self.periods[number], self._name(run)
            if not period.comes_once:  # else it takes time of the period, which is part of on
                self._at_most(f"{name} begins when it is on", own.begin, own.part)
            if period.before is not None and period.before in mine:
                row = self.rows.limit(f"{name} begins when it was off", 1.0)
                self.rows.block_use.add(row, own.begin, 1.0)
                self.rows.block_use.add(row, mine[period.before][1].amount(period), 1.0)
            row = self.rows.limit(f"{name} is at work", 0.0)
            self.rows.block_use.add(row, own.part, run.window_hours / run.hours)
            self.rows.option_use.add(row, run.column, -1.0)
            for begin, hours in self._lost(number, mine):
                self.rows.block_use.add(row, begin, -hours / run.hours)

    def _whole(self) -> None:
        """A gang that may leave its job undone does all of it or nothing."""
        jobs: defaultdict[str, list[Hashable]] = defaultdict(list)
        for gang, mine in self.runs.items():
            run, _ = next(iter(mine.values()))
            if run.job.unmet_penalty_usd is not None:
                jobs[run.job.name].append(gang)
        for job, gangs in jobs.items():
            row = self.rows.limit(f"all of {job} or nothing", 0.0)
            for gang in gangs:
                self.rows.block_use.add(row, self.chosen[gang], 1.0)
                for run, _ in self.runs[gang].values():
                    self.rows.option_use.add(row, run.column, -1.0)

    def _waits(self, job: str, firsts: Sequence[str]) -> None:
        """A job begins with a stretch, when all that it comes after is done before."""
        if not firsts:
            return
        starts = [each.start_hours for each in self.periods]
        mine = {key: columns for key, columns in self.columns.items() if key[0] == job}
        for start in sorted({starts[period] for each in mine.values() for period, _ in each}):
            begun = self._begun(job, start)
            for key in (each for each in self.item if each[0] in firsts):  # some have no option
                row = self.rows.limit(f"{job} from hour {start:g} on only after {key[0]}", 0.0)
                self.rows.block_use.add(row, begun, 1.0)
                for period, column in self.columns[key]:
                    if starts[period] < start:
                        self.rows.option_use.add(row, column, -1.0)

    def _begun(self, job: str, start: float) -> int:
        """Block: whether some of a job is done in the stretch that begins with an hour."""
        begun, named = self.rows.block(0.0, 1.0), f"from hour {start:g} on when it has begun"
        for (name, request_class), columns in self.columns.items():
            here = [col for period, col in columns if self.periods[period].start_hours == start]
            if name == job and here:
                some = job if request_class == NOT_A_CLASS else f"{job}[{request_class}]"
                row = self.rows.limit(f"{some} {named}", 0.0)
                self.rows.block_use.add(row, begun, -1.0)
                self.covers[begun].append(row)
                for column in here:
                    self.rows.option_use.add(row, column, 1.0)
        for mine in self.runs.values():
            for run, own in mine.values():
                if run.job.name == job and self.periods[run.at[1]].start_hours == start:
                    row = self._at_most(f"{self._name(run)} {named}", own.on, begun)
                    self.covers[begun].append(row)
        return begun
