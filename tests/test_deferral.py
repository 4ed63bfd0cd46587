"""Jobs that choose their time, against the cheapest of all ways to run them, tried in turn."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import product
from math import ceil, fsum

import pytest

import planner
from planner.domain.horizon import Horizon, RepresentativeDays
from planner.domain.pricing import Offer
from planner.domain.requests import ArchitectureChoice
from planner.domain.scenario import Objective, Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff, TimeOfUse
from planner.domain.workload import BatchInference, FineTuning, Serving

NODE = "hgx-h100-8"
MONDAY = date(2024, 1, 1)
EXACT = planner.Parameters(gap=1e-6)
DAY_AND_NIGHT = Tariff(
    usd_per_kwh=0.4, times=(TimeOfUse(usd_per_kwh=0.1, from_hour=22, to_hour=6),)
)


def hourly(values):
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    return TimeSeries(values=tuple(values), start=begin)


def prices(*values):
    return {"tariff": Tariff(series=hourly(values))}


def owned(nodes=1):
    return Offer(node_type=NODE, purchase="owned", available_nodes=nodes)


def rented(purchase="on_demand", usd_per_node_hour=20.0, **parameters):
    return Offer(
        node_type=NODE,
        purchase=purchase,
        usd_per_node_hour=usd_per_node_hour,
        parameters=parameters,
    )


def job(**changes):
    fields = {
        "kind": "fine_tuning",
        "name": "run",
        "architecture": "llama-3.1-8b",
        "tokens_b": 1.0,
        "deadline_days": 99.0,
        "accelerators": 8,
        "restart_hours": 0.0,
    }
    return FineTuning(**{**fields, **changes})


def pile(**changes):
    fields = {
        "kind": "batch_inference",
        "name": "heap",
        "architecture": "llama-3.1-8b",
        "tokens_b": 0.1,
        "deadline_days": 99.0,
        "input_tokens": 1000,
        "output_tokens": 200,
    }
    return BatchInference(**{**fields, **changes})


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 10.0,
        "input_tokens": 1000,
        "output_tokens": 200,
    }
    return Serving(**{**fields, **changes})


def hours(count):
    return Horizon(days=count / 24, periods=count, start=MONDAY)


ONE_NODE = (owned(),)


def ask(horizon, *workloads, offers=ONE_NODE, objective=None, **site):
    facts = {"pue": 1.0, "carbon_g_per_kwh": 100.0, **site}
    return Scenario(
        scenario="question",
        horizon=horizon,
        objective=objective or Objective(),
        sites=(ScenarioSite(name="here", capacity=offers, **facts),),
        workloads=workloads,
    )


@pytest.fixture(scope="module")
def best(catalog):
    def plan(*args, **changes):
        made = planner.plan(ask(*args, **changes), catalog=catalog, parameters=EXACT)
        assert made.status == "infeasible" or made.verified
        return made

    return plan


@dataclass(frozen=True)
class Measure:
    """What a billion tokens take of one node."""

    hours: float
    kw: float
    """While they do."""

    def tokens_b(self, hours):
        return hours / self.hours

    def usd(self, plan):
        """USD of a plan for each kW."""
        return plan.objective_usd / self.kw


@pytest.fixture(scope="module")
def gang(best):
    plan = best(Horizon(days=1), job(), electricity_usd_per_kwh=1.0)
    (row,) = plan.allocations
    return Measure(row.hours, plan.energy_mwh * 1000 / row.hours)


@pytest.fixture(scope="module")
def heap(best):
    plan = best(Horizon(days=1), pile(tokens_b=1.0), electricity_usd_per_kwh=1.0)
    (row,) = plan.allocations
    return Measure(row.hours, plan.energy_mwh * 1000 / row.hours)


def on(plan, workload="run"):
    """Hours of each period in which a job is on."""
    return {each.period: each.hours for each in plan.allocations if each.workload == workload}


def share(plan, workload="run"):
    return fsum(each.share for each in plan.allocations if each.workload == workload)


def stretches(pattern):
    """Rows of hours in which a run is on without a break."""
    found = []
    for hour, is_on in enumerate(pattern):
        if is_on and hour and pattern[hour - 1]:
            found[-1].append(hour)
        elif is_on:
            found.append([hour])
    return found


def cheapest(work, usd, restart, minimum):
    """Of all ways to be on in some of the hours: hours of work, and USD per kWh of each hour.

    Every stretch is whole hours but for its last one, which can be cut.
    """
    ways = []
    for pattern in product((0, 1), repeat=len(usd)):
        runs = stretches(pattern)
        excess = sum(pattern) - work - restart * len(runs)
        until_end = {id(each): len(usd) - each[0] for each in runs}
        least = {
            id(each): max(min(minimum, work + restart, until_end[id(each)]), restart)
            for each in runs
        }
        if excess < -1e-9 or any(len(each) < least[id(each)] for each in runs):
            continue
        paid = fsum(usd[hour] for each in runs for hour in each)
        for each in sorted(runs, key=lambda each: -usd[each[-1]]):
            cut = min(excess, 1, len(each) - least[id(each)])
            excess, paid = excess - cut, paid - cut * usd[each[-1]]
        ways.append(paid)
    return min(ways, default=None)


WEEK = [0.31, 0.22, 0.58, 0.14, 0.16, 0.62, 0.12, 0.35, 0.11]


@pytest.mark.parametrize("minimum", [0.0, 2.0, 3.4])
@pytest.mark.parametrize("restart", [0.0, 0.25, 1.0, 1.6])
@pytest.mark.parametrize("work", [0.4, 2.3, 5.0])
def test_a_run_is_on_when_that_is_cheapest(best, gang, work, restart, minimum):
    run = job(tokens_b=gang.tokens_b(work), restart_hours=restart, minimum_run_hours=minimum)
    plan = best(hours(len(WEEK)), run, **prices(*WEEK))
    assert gang.usd(plan) == pytest.approx(cheapest(work, WEEK, restart, minimum), rel=1e-5)
    assert share(plan) == pytest.approx(1.0)


def test_a_run_of_a_week_takes_the_cheap_hours_of_every_night(best, gang):
    """8 cheap hours a night: 56 in a week of 168; 40 of them are enough, and none is dear."""
    plan = best(hours(168), job(tokens_b=gang.tokens_b(40)), tariff=DAY_AND_NIGHT)
    assert plan.cost_usd == pytest.approx(40 * gang.kw * 0.1, rel=1e-5)
    begins = {round(each.start_hours) % 24 for each in plan.allocations}
    assert begins <= {22, 23, 0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize(("dear", "is_paused"), [(0.14, False), (0.16, True)])
def test_a_run_pauses_when_a_dear_hour_costs_more_than_a_begin(best, gang, dear, is_paused):
    """3.5 hours of work and half an hour for each begin; hours cost 0.1, but the third.

    Without a pause: 4 hours, 0.3 + dear. With one: 4.5 hours, 0.45. They are the same at 0.15.
    """
    run = job(tokens_b=gang.tokens_b(3.5), restart_hours=0.5)
    plan = best(hours(6), run, **prices(0.1, 0.1, dear, 0.1, 0.1, 0.1))
    assert gang.usd(plan) == pytest.approx(min(0.3 + dear, 0.45), rel=1e-5)
    assert ("p3" in on(plan)) != is_paused
    assert sum(on(plan).values()) == pytest.approx(4.5 if is_paused else 4.0)


def test_a_begin_that_takes_longer_than_a_period_is_stated(best, gang):
    """1.5 hours to begin: nothing is done in the first of three hours, half in the second."""
    run = job(tokens_b=gang.tokens_b(1.5), restart_hours=1.5)
    plan = best(hours(5), run, **prices(9.0, 0.2, 0.2, 0.2, 9.0))
    assert [each.share for each in plan.allocations] == pytest.approx([0.0, 1 / 3, 2 / 3])
    assert on(plan) == pytest.approx({"p2": 1.0, "p3": 1.0, "p4": 1.0})


def test_a_run_keeps_to_its_window(best, gang):
    """From half past one to half past four; what begins in a period is on to the end of it."""
    run = job(tokens_b=gang.tokens_b(2.25), start_days=1.5 / 24, deadline_days=4.5 / 24)
    plan = best(hours(6), run, **prices(0.1, 0.4, 0.3, 0.2, 0.5, 0.1))
    assert gang.usd(plan) == pytest.approx(0.3 + 0.2 + 0.25 * 0.5, rel=1e-5)
    assert on(plan) == pytest.approx({"p3": 1.0, "p4": 1.0, "p5": 0.25})
    whole = job(tokens_b=gang.tokens_b(3), start_days=1.5 / 24, deadline_days=4.5 / 24)
    plan = best(hours(6), whole, **prices(0.1, 0.4, 0.3, 0.2, 0.5, 0.1))
    assert on(plan) == pytest.approx({"p2": 0.5, "p3": 1.0, "p4": 1.0, "p5": 0.5})
    assert plan.allocations[0].start_hours == pytest.approx(1.5)
    late = job(tokens_b=gang.tokens_b(3.25), start_days=1.5 / 24, deadline_days=4.5 / 24)
    assert best(hours(6), late, **prices(0.1, 0.4, 0.3, 0.2, 0.5, 0.1)).status == "infeasible"


def test_a_run_keeps_its_gang(best):
    """Two sizes would each be best at some hours; one is kept, in one place."""
    run = job(tokens_b=1.5, accelerators=None, deadline_days=8 / 24)
    plan = best(
        hours(8), run, offers=(owned(2), rented()), **prices(0.1, 3.0, 0.1, 3.0, 0.1, 3.0, 0.1, 3.0)
    )
    kept = {
        (each.purchase, each.parallelism, each.micro_batch, each.recomputation)
        for each in plan.allocations
    }
    assert len(kept) == 1
    assert len(plan.allocations) > 1


def test_two_runs_that_do_not_fit_at_once_take_turns(best, gang):
    """One node: two hours each of the four that are cheap, whichever first."""
    first = job(tokens_b=gang.tokens_b(2))
    second = job(name="other", tokens_b=gang.tokens_b(2))
    plan = best(hours(6), first, second, **prices(0.1, 0.9, 0.2, 0.3, 0.8, 0.4))
    assert gang.usd(plan) == pytest.approx(0.1 + 0.2 + 0.3 + 0.4, rel=1e-5)
    assert not set(on(plan)) & set(on(plan, "other"))


def test_a_job_waits_until_the_other_is_done(best, gang):
    """The first takes two hours: of 0.5 and 0.1, or the second would have none of 0.2 and 0.3."""
    first = job(tokens_b=gang.tokens_b(2))
    second = job(name="other", tokens_b=gang.tokens_b(2), after=("run",))
    plan = best(hours(6), second, first, **prices(0.5, 0.1, 0.2, 0.3, 0.9, 0.8))
    assert gang.usd(plan) == pytest.approx(0.5 + 0.1 + 0.2 + 0.3, rel=1e-5)
    assert set(on(plan)) == {"p1", "p2"}
    assert set(on(plan, "other")) == {"p3", "p4"}


def test_a_heap_waits_for_a_run_and_a_run_for_a_heap(best, gang, heap):
    """Hour by hour: all of one is done before any of the next."""
    first = pile(tokens_b=heap.tokens_b(0.5))
    second = job(tokens_b=gang.tokens_b(1), after=("heap",))
    third = pile(name="last", tokens_b=heap.tokens_b(0.5), after=("run",))
    plan = best(hours(5), third, first, second, **prices(0.1, 0.4, 0.2, 0.3, 0.1))
    assert set(on(plan, "heap")) == {"p1"}
    assert set(on(plan)) == {"p3"}
    assert set(on(plan, "last")) == {"p5"}


@pytest.mark.parametrize("first", [job(tokens_b=99.0, unmet_penalty_usd=5.0)])
def test_nothing_comes_after_what_is_left_undone(best, first):
    """The first does not fit in the time: then the second has to be left, too, or there is none."""
    second = job(name="other", tokens_b=0.2, after=("run",))
    assert best(hours(4), first, second, **prices(*[0.1] * 4)).status == "infeasible"
    waived = second.model_copy(update={"unmet_penalty_usd": 7.0})
    plan = best(hours(4), first, waived, **prices(*[0.1] * 4))
    assert plan.objective_usd == pytest.approx(12.0)
    assert not plan.allocations


@pytest.mark.parametrize(("penalty", "is_done"), [(0.29, False), (0.31, True)])
def test_what_is_left_undone_is_told_once(best, gang, penalty, is_done):
    """Two hours at 0.1 and 0.2 USD per kW: done when that is less than the penalty."""
    usd = penalty * gang.kw
    run = job(tokens_b=gang.tokens_b(2), unmet_penalty_usd=usd, deadline_days=3 / 24)
    plan = best(hours(5), run, **prices(0.1, 0.4, 0.2, 0.0, 0.0))
    assert share(plan) == pytest.approx(1.0 if is_done else 0.0)
    told = [(each.workload, each.period, each.share, each.penalty_usd) for each in plan.unmet]
    assert told == ([] if is_done else [("run", "p3", 1.0, pytest.approx(usd))])


def test_of_a_heap_a_part_may_be_left(best, heap):
    """Half an hour of three is worth it: at 0.1, not at 0.5; a penalty of 0.2 an hour."""
    left = pile(tokens_b=heap.tokens_b(2.5), unmet_penalty_usd=0.2 * 2.5 * heap.kw)
    plan = best(hours(3), left, **prices(0.5, 0.1, 0.6))
    assert heap.usd(plan) == pytest.approx(0.1 + 1.5 * 0.2, rel=1e-5)
    ((told),) = plan.unmet
    assert (told.period, told.share) == ("p3", pytest.approx(0.6))


def test_a_run_is_done_whole_or_not_at_all(best, gang):
    """A part of it would be worth it: an hour at 0.1 of two, for half of 0.5."""
    run = job(tokens_b=gang.tokens_b(2), unmet_penalty_usd=0.5 * gang.kw)
    plan = best(hours(2), run, **prices(0.1, 0.6))
    assert gang.usd(plan) == pytest.approx(0.5)
    assert not plan.allocations


def test_a_heap_takes_the_cheap_hours(best, heap):
    """3.4 hours of a node's work: three cheap hours and 0.4 of the next."""
    plan = best(hours(8), pile(tokens_b=heap.tokens_b(3.4)), **prices(*WEEK[:8]))
    assert heap.usd(plan) == pytest.approx(0.12 + 0.14 + 0.16 + 0.4 * 0.22, rel=1e-5)


@pytest.mark.parametrize("kind", ["run", "heap"])
def test_a_price_of_carbon_moves_work_to_clean_hours(best, gang, heap, kind):
    """Cheap hours are dirty: 0.1 + 0.6 kg against 0.3 + 0.1 kg, the same at 0.4 USD a kg."""
    site = {**prices(0.1, 0.3, 0.1, 0.3), "carbon_g_per_kwh": None}
    site["carbon_series"] = hourly([600.0, 100.0, 600.0, 100.0])
    measure = gang if kind == "run" else heap
    work = job(tokens_b=gang.tokens_b(1.5)) if kind == "run" else pile(tokens_b=heap.tokens_b(1.5))
    for usd_per_tonne, wanted in ((390.0, {"p1", "p3"}), (410.0, {"p2", "p4"})):
        goal = Objective(carbon_usd_per_tonne=usd_per_tonne)
        plan = best(hours(4), work, objective=goal, **site)
        assert set(on(plan, work.name)) == wanted
        at = (0.1, 0.6) if "p1" in wanted else (0.3, 0.1)
        expected = 1.5 * (at[0] + at[1] * usd_per_tonne / 1000)
        assert measure.usd(plan) == pytest.approx(expected, rel=1e-5)


def test_a_heap_works_in_the_valleys_of_serving(best):
    """Two nodes are owned. Serving needs both by day and one by night, when the heap has one."""
    by_hour = (10.0,) * 8 + (250.0,) * 16
    day = Horizon(days=1, periods=24, start=MONDAY)
    busy = chat(requests_per_s=None, demand={"series": {"by_hour": by_hour}})
    plain = best(day, busy, offers=(owned(2),), electricity_usd_per_kwh=0.1)
    needed = {line.period: line.nodes for line in plain.purchases}
    assert set(needed.values()) == {1, 2}
    plan = best(day, busy, pile(tokens_b=0.4), offers=(owned(2),), electricity_usd_per_kwh=0.1)
    assert {needed[period] for period in on(plan, "heap")} == {1}
    held = dict.fromkeys(needed, 0)
    for line in plan.purchases:
        held[line.period] += line.nodes
    assert max(held.values()) == 2


def daily(by_hour, slice_hours, days=30, **site):
    """A month of days that are alike, and a site with a price for each hour of the day."""
    horizon = Horizon(
        days=days,
        start=MONDAY,
        representative_days=RepresentativeDays(slice_hours=slice_hours),
    )
    return horizon, {"tariff": Tariff(series=TimeSeries(by_hour=tuple(by_hour))), **site}


def test_slices_of_a_day_count_as_often_as_they_come(best, gang):
    """The two cheapest hours of 30 days are 60 hours; 30 more are those of the next."""
    by_hour = [0.5] * 24
    by_hour[3], by_hour[4], by_hour[20] = 0.1, 0.2, 0.3
    horizon, site = daily(by_hour, 1)
    plan = best(horizon, job(tokens_b=gang.tokens_b(75)), **site)
    assert gang.usd(plan) == pytest.approx(30 * 0.1 + 30 * 0.2 + 15 * 0.3, rel=1e-5)
    assert on(plan) == pytest.approx({"h03": 30.0, "h04": 30.0, "h20": 15.0})


def cheapest_days(work, usd, slice_hours, days, restart, minimum):
    """Of all mixtures of two kinds of day, each on in some slices and the same every day."""
    least = ceil(max(restart, min(minimum, work + restart)) / slice_hours - 1e-9)
    kinds = [(0.0, 0.0)]
    for pattern in product((0, 1), repeat=len(usd)):
        around = [row for row in range(len(usd)) if pattern[row] and not pattern[row - 1]]
        lengths = [
            next((k for k in range(len(usd)) if not pattern[(row + k) % len(usd)]), len(usd))
            for row in around
        ]
        if any(pattern) and all(length >= least for length in lengths):
            done = sum(pattern) * slice_hours - restart * len(around)
            paid = fsum(price for price, on in zip(usd, pattern, strict=True) if on) * slice_hours
            kinds.append((done * days, paid * days))
    return min(
        low[1] + (high[1] - low[1]) * (work - low[0]) / (high[0] - low[0])
        for low in kinds
        for high in kinds
        if low[0] <= work < high[0]
    )


@pytest.mark.parametrize("minimum", [0.0, 5.0])
@pytest.mark.parametrize("restart", [0.0, 1.0, 4.5])
@pytest.mark.parametrize("deadline", [30.0, 15.0])
def test_begins_cost_every_day_anew(best, gang, deadline, restart, minimum):
    """Of half a month, they cost half as much."""
    slices = [0.12, 0.45, 0.3, 0.7, 0.2, 0.33, 0.26, 0.5]
    horizon, site = daily([price for price in slices for _ in range(3)], 3)
    work = 9 * deadline
    run = job(
        tokens_b=gang.tokens_b(work),
        restart_hours=restart,
        minimum_run_hours=minimum,
        deadline_days=deadline,
    )
    plan = best(horizon, run, **site)
    expected = cheapest_days(work, slices, 3, deadline, restart, minimum)
    assert gang.usd(plan) == pytest.approx(expected, rel=1e-5)


def test_a_day_has_no_evening_before_its_morning(best, gang):
    """On at 18 and at 0 of the same day is two begins; of two days that follow, only one."""
    by_hour = [0.1] * 6 + [0.9] * 12 + [0.1] * 6
    run = job(tokens_b=gang.tokens_b(10), restart_hours=1.0)
    horizon, site = daily(by_hour, 6, days=1)
    plan = best(horizon, run, **site)
    assert gang.usd(plan) == pytest.approx(12 * 0.1, rel=1e-5)
    longer = job(tokens_b=gang.tokens_b(11), restart_hours=1.0)
    two = Horizon(
        days=2, periods=2, start=MONDAY, representative_days=RepresentativeDays(slice_hours=6)
    )
    plan = best(two, longer, **site)
    assert gang.usd(plan) == pytest.approx(12 * 0.1, rel=1e-5)
    assert set(on(plan)) == {"p1/h18-23", "p2/h00-05"}


def test_jobs_wait_for_each_other_from_month_to_month(best, gang):
    """The second has the second month, although the first leaves room in the cheap slice."""
    by_hour = [0.1] * 12 + [0.4] * 12
    horizon = Horizon(
        days=20, periods=2, start=MONDAY, representative_days=RepresentativeDays(slice_hours=12)
    )
    _, site = daily(by_hour, 12)
    first = job(tokens_b=gang.tokens_b(60))
    second = job(name="other", tokens_b=gang.tokens_b(130), after=("run",))
    plan = best(horizon, first, second, **site)
    assert gang.usd(plan) == pytest.approx(60 * 0.1 + 120 * 0.1 + 10 * 0.4, rel=1e-5)
    assert set(on(plan)) == {"p1/h00-11"}


def test_who_is_paid_to_take_electricity_does_not_burn_it(best, gang):
    """2.5 hours of work at the lowest prices, and not an hour more of being on."""
    plan = best(
        hours(6), job(tokens_b=gang.tokens_b(2.5)), **prices(-0.1, -0.5, 0.2, -0.3, 0.1, -0.4)
    )
    assert gang.usd(plan) == pytest.approx(-0.5 - 0.4 - 0.5 * 0.3, rel=1e-5)
    assert sum(on(plan).values()) == pytest.approx(2.5)


def test_time_that_interruptions_cost_is_paid(best, gang):
    """Spot at a goodput of 80 %: 2 hours of work are 2.5 on nodes, and a begin comes on top."""
    spot = rented("spot", 4.0, interruptions_per_day=6, minutes_lost_per_interruption=60)
    run = job(tokens_b=gang.tokens_b(2), allow_interruptible=True, restart_hours=0.25)
    plan = best(hours(4), run, offers=(spot,), electricity_usd_per_kwh=0.1)
    assert plan.cost_usd == pytest.approx(4.0 * 2.75, rel=1e-5)


@pytest.mark.parametrize("kind", ["run", "heap"])
@pytest.mark.parametrize(("unit", "paid"), [("second", 2.4), ("hour", 3.0)])
def test_every_period_pays_whole_units(best, gang, heap, unit, paid, kind):
    work = job(tokens_b=gang.tokens_b(2.4)) if kind == "run" else pile(tokens_b=heap.tokens_b(2.4))
    offers = (rented(billed_per=unit),)
    plan = best(hours(6), work, offers=offers, electricity_usd_per_kwh=0.1)
    assert plan.cost_usd == pytest.approx(20.0 * paid, rel=1e-5)
    assert plan.gap <= 1e-5


def test_owned_hours_go_before_rented_ones_where_they_are_cheaper(best, heap):
    """A node of one's own at 0.1 and 5 USD a kWh, or one at 20 USD an hour."""
    usd = [0.1, 5.0, 0.1, 5.0]
    plan = best(
        hours(4),
        pile(tokens_b=heap.tokens_b(3)),
        offers=(owned(), rented()),
        **prices(*usd),
    )
    assert plan.cost_usd == pytest.approx(2 * 0.1 * heap.kw + 20.0, rel=1e-5)


def test_of_choices_none_does_more_than_its_share_in_all_periods(best):
    """Half of it at most on the small one, not half of it in every period."""
    choices = (
        ArchitectureChoice(architecture="llama-3.2-1b", max_share=0.5),
        ArchitectureChoice(architecture="llama-3.1-8b"),
    )
    heap = pile(architecture=None, choices=choices, tokens_b=0.1)
    plan = best(hours(4), heap, **prices(0.1, 0.2, 0.3, 0.4))
    small = [each.share for each in plan.allocations if each.architecture == "llama-3.2-1b"]
    assert fsum(small) == pytest.approx(0.5)


def test_the_same_plan_byte_for_byte(catalog, gang):
    run = job(tokens_b=gang.tokens_b(4), restart_hours=0.25)
    asked = ask(hours(len(WEEK)), run, pile(), offers=(owned(2),), **prices(*WEEK))
    one, two = (planner.plan(asked, catalog=catalog) for _ in range(2))
    assert one.model_dump_json() == two.model_dump_json()
