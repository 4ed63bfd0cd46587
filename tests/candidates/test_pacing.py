"""Rows and blocks of a run in three hours, by hand."""

from datetime import date

import numpy as np
import pytest

from planner.candidates.program import compile_scenario
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, FineTuning
from planner.optimization.feasibility import holds
from planner.problem.columns import Choice

POOL = "here / hgx-h100-8 / owned"
RUN = FineTuning(
    kind="fine_tuning",
    name="run",
    architecture="llama-3.1-8b",
    tokens_b=0.5,
    deadline_days=9.0,
    accelerators=8,
    restart_hours=0.5,
)
HEAP = BatchInference(
    kind="batch_inference",
    name="heap",
    architecture="llama-3.1-8b",
    tokens_b=0.01,
    deadline_days=9.0,
    input_tokens=1000,
    output_tokens=200,
)
THREE_HOURS = Horizon(days=3 / 24, periods=3, start=date(2024, 1, 1))


class Compiled:
    """A problem with its blocks by what they are for."""

    def __init__(self, program):
        self.program, self.problem = program, program.problem
        self.layouts = program.layouts
        (self.gang,) = {
            row
            for layout in self.layouts
            for row in np.flatnonzero(layout.part_block >= 0).tolist()
        }
        self.on = [int(layout.job_block[self.gang]) for layout in self.layouts]
        self.part = [int(layout.part_block[self.gang]) for layout in self.layouts]
        self.begin = [self._covers(f"run in {POOL} in {each} begins") for each in self.names]
        self.chosen = self._covers(f"run in {POOL} with its gang in {self.names[0]}")

    @property
    def names(self):
        return [part.asked.period.name for part in self.program.parts]

    def row(self, name):
        return self.problem.resource_name.index(name)

    def entries(self, name):
        """Amounts of blocks in a row."""
        use, row = self.problem.block_use, self.row(name)
        mine = use.resource == row
        return dict(zip(use.column[mine].tolist(), use.amount[mine].tolist(), strict=True))

    def holds(self, shares, on, part, begin, chosen=1.0):
        """Whether the rows allow it, by period."""
        blocks = np.zeros(self.problem.blocks)
        blocks[self.on], blocks[self.part], blocks[self.begin] = on, part, begin
        blocks[self.chosen] = chosen
        columns = [layout.first_column for layout in self.layouts]
        wanted = np.zeros(self.problem.option_count)
        wanted[columns] = shares
        return holds(self.problem, Choice.of(wanted, blocks))

    def _covers(self, name):
        row = self.row(name)
        (block,) = {block for block, rows in self.program.covering if row in rows.tolist()}
        return block


@pytest.fixture
def compiled(catalog):
    def build(*workloads, horizon=THREE_HOURS):
        offer = Offer(node_type="hgx-h100-8", purchase="owned", available_nodes=2)
        site = ScenarioSite(
            name="here",
            pue=1.0,
            carbon_g_per_kwh=1.0,
            electricity_usd_per_kwh=0.1,
            capacity=(offer,),
        )
        scenario = Scenario(
            scenario="question", horizon=horizon, sites=(site,), workloads=workloads
        )
        known = check_scenario(scenario, catalog)
        return Compiled(compile_scenario(staged(scenario, known), known))

    return build


@pytest.fixture
def run(compiled):
    return compiled(RUN)


@pytest.fixture
def hours(run):
    """That all of the run takes."""
    amounts = run.entries(f"time of run in {POOL} in p1")
    return -1.0 / amounts[run.part[0]]


def test_work_takes_time_and_so_does_a_begin(run, hours):
    assert 1.5 < hours < 2.0
    amounts = run.entries(f"time of run in {POOL} in p2")
    assert amounts == pytest.approx({run.part[1]: -1 / hours, run.begin[1]: 0.5 / hours})


def test_what_each_period_hangs_on(run):
    first, second = f"run in {POOL} in p1", f"run in {POOL} in p2"
    assert run.entries(f"{first} begins") == {run.on[0]: 1.0, run.begin[0]: -1.0}
    assert run.entries(f"{second} begins") == {
        run.on[1]: 1.0,
        run.begin[1]: -1.0,
        run.on[0]: -1.0,
    }
    assert run.entries(f"{second} goes on") == {run.on[0]: 1.0, run.on[1]: 1.0, run.part[0]: -1.0}
    assert run.entries("one gang for run") == {run.chosen: 1.0}
    assert run.entries(f"nodes of {POOL} in p3") == {run.on[2]: 1.0}


def test_what_the_rows_allow(run, hours):
    """All of it in 0.5 + `hours` hours from the first or the second period on."""
    done = 0.5 / hours, 1 / hours, 1 - 1.5 / hours
    part = 1.0, 1.0, hours - 1.5
    assert run.holds(done, (1, 1, 1), part, (1, 0, 0))
    assert not run.holds(done, (1, 1, 1), part, (0, 0, 0))  # begins without a begin
    assert not run.holds(done, (1, 1, 1), part, (1, 0, 0), chosen=0.0)
    assert not run.holds(done, (1, 1, 1), (1.0, 0.99, 1.0), (1, 0, 0))  # a break on its way
    assert not run.holds(done, (1, 1, 1), (1.0, 1.0, hours - 1.6), (1, 0, 0))
    assert not run.holds((done[0], done[1], 0.0), (1, 1, 0), (1, 1, 0), (1, 0, 0))  # not done
    with_pause = 0.5 / hours, 0.0, 1 - 0.5 / hours
    assert not run.holds(with_pause, (1, 0, 1), (1, 0, 1), (1, 0, 1))


def test_a_short_stretch_is_none(compiled):
    run = compiled(RUN.model_copy(update={"minimum_run_hours": 1.5}))
    on_for = run.entries(f"run in {POOL} in p1 is on for long enough")
    assert on_for == {run.begin[0]: 1.5, run.part[0]: -1.0, run.part[1]: -1.0}
    assert run.entries(f"run in {POOL} in p2 keeps on") == {run.on[1]: -1.0, run.begin[0]: 1.0}
    last = run.entries(f"run in {POOL} in p3 is on for long enough")
    assert last == {run.begin[2]: 1.0, run.part[2]: -1.0}  # the window ends


def test_a_slice_that_comes_every_day_begins_every_day(compiled):
    """30 days of four slices, of which the job has ten: half an hour each time."""
    horizon = Horizon(
        days=30, start=date(2024, 1, 1), representative_days=RepresentativeDays(slice_hours=6)
    )
    run = compiled(RUN.model_copy(update={"deadline_days": 10.0}), horizon=horizon)
    amounts = run.entries(f"time of run in {POOL} in h06-11")
    assert amounts[run.begin[1]] / -amounts[run.part[1]] == pytest.approx(10 * 0.5 / 60)
    begins = run.entries(f"run in {POOL} in h00-05 begins")
    assert begins == {run.part[0]: 1.0, run.begin[0]: -1.0, run.part[3]: -1.0}


def test_a_job_waits_for_what_has_no_option(compiled):
    """A run that is too large for its deadline is never done, so nothing comes after it."""
    first = RUN.model_copy(
        update={"name": "first", "tokens_b": 99.0, "unmet_penalty_usd": 1.0, "deadline_days": 0.1}
    )
    run = compiled(first, RUN.model_copy(update={"after": ("first",)}))
    for hour in (0, 1, 2):
        name = f"run from hour {hour} on only after first"
        (begun,) = run.entries(name)
        assert run.problem.capacity[run.row(name)] == 0.0
        stretch = f"run in {POOL} in p{hour + 1} from hour {hour} on when it has begun"
        assert run.entries(stretch) == {run.on[hour]: 1.0, begun: -1.0}


def test_a_heap_is_one_item_in_all_periods(compiled):
    both = compiled(RUN, HEAP)
    assert both.problem.item_name == ("run", "heap[0]")
    assert both.problem.item_parts.tolist() == [0, 0]
    assert [layout.item.tolist() for layout in both.layouts] == [[], [], [0, 1]]
