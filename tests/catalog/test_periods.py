"""Scenarios of one period each: their demand, jobs and penalties add up to the whole."""

from math import fsum

import pytest

from planner.catalog.periods import by_period
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, Pretraining, Serving
from planner.errors import InputError


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 10.0,
        "input_tokens": 100,
        "output_tokens": 100,
    }
    return Serving(**{**fields, **changes})


def run(name="run", **changes):
    fields = {
        "kind": "pretraining",
        "name": name,
        "architecture": "llama-3.2-3b",
        "tokens_b": 60.0,
        "deadline_days": 60.0,
    }
    return Pretraining(**{**fields, **changes})


@pytest.fixture
def asked(catalog):
    def build(*workloads, days=120.0, periods=4):
        offer = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0)
        site = ScenarioSite(name="here", pue=1.2, carbon_g_per_kwh=100.0, capacity=(offer,))
        horizon = Horizon(days=days, periods=periods)
        scenario = Scenario(scenario="s", horizon=horizon, sites=(site,), workloads=workloads)
        return staged(scenario, check_scenario(scenario, catalog))

    return build


def told(asked, *workloads, **changes):
    with pytest.raises(InputError) as caught:
        asked(*workloads, **changes)
    return [(fault.field, fault.rule) for fault in caught.value.faults]


def test_one_period_is_the_scenario_itself(asked):
    scenario = asked(chat(), run(), periods=1)
    (part,) = by_period(scenario)
    assert part.scenario is scenario
    assert part.suffix == ""


def test_demand_grows_from_month_to_month(asked):
    scenario = asked(chat(growth_per_month=0.1), days=4 * 30.4375)
    rates = [part.scenario.workloads[0].requests_per_s for part in by_period(scenario)]
    assert rates == pytest.approx([10, 11, 12.1, 13.31])


def test_a_penalty_is_shared_by_demand(asked):
    scenario = asked(chat(growth_per_month=0.5, unmet_penalty_usd=1000.0), days=4 * 30.4375)
    shares = [part.scenario.workloads[0].unmet_penalty_usd for part in by_period(scenario)]
    assert fsum(shares) == pytest.approx(1000)
    assert shares[1] / shares[0] == pytest.approx(1.5)


def test_a_job_is_asked_for_whole_in_each_period_that_its_time_touches(asked):
    """From day 15 to 75: 15 days in the first period of 30, 30 in the second, 15 in the third."""
    scenario = asked(chat(), run(start_days=15.0, deadline_days=75.0, unmet_penalty_usd=100.0))
    parts = by_period(scenario)
    jobs = [{w.name: w for w in part.scenario.workloads}.get("run") for part in parts]
    assert [each.tokens_b for each in jobs[:3]] == [60.0, 60.0, 60.0]
    assert [each.deadline_days for each in jobs[:3]] == pytest.approx([15, 30, 15])
    assert [each.unmet_penalty_usd for each in jobs[:3]] == [100.0, 100.0, 100.0]
    assert jobs[3] is None
    assert [part.paced_hours.get("run") for part in parts] == [60 * 24] * 3 + [None]
    assert [part.settled for part in parts] == [frozenset()] * 2 + [{"run"}, frozenset()]
    begins = [part.begin_hours.get("run") for part in parts]
    assert begins == [15 * 24, 30 * 24, 60 * 24, None]


def test_a_job_that_waits_until_later_begins_then_in_one_period_too(asked):
    (part,) = by_period(asked(run(start_days=40.0, deadline_days=100.0), periods=1))
    assert part.scenario.workloads[0].deadline_days == pytest.approx(60)
    assert part.begin_hours == {"run": 40 * 24}


def test_periods_have_names_that_sort(asked):
    names = [part.period.name for part in by_period(asked(chat(), periods=12))]
    assert names == sorted(names)
    assert names[0] == "p01"


def test_jobs_in_an_order_take_turns_over_periods_or_within_one(asked):
    first, then = run("first", deadline_days=20.0), run("then", after=("first",))
    over = by_period(asked(first, then))
    assert [sorted(part.paced_hours) for part in over] == [["first", "then"], ["then"], [], []]
    assert all(not each.after for part in over for each in part.scenario.workloads)
    late = {"start_days": 31.0, "deadline_days": 59.0}
    within = by_period(asked(chat(), run("first", **late), run("then", after=("first",), **late)))
    assert [len(part.scenario.workloads) for part in within] == [1, 3, 1, 1]
    assert not any(part.paced_hours for part in within)


def test_jobs_in_an_order_may_begin_at_one_time_only(asked):
    then = run("then", after=("first",), start_days=5.0)
    ((field, rule),) = told(asked, run("first"), then, periods=1)
    assert field.endswith("start_days")
    assert "must be the same" in rule


@pytest.mark.parametrize("start", [60.0, 61.0, 1e4])
def test_a_job_begins_before_its_end(asked, start):
    ((field, rule),) = told(asked, run(start_days=start))
    assert field == "workloads.0.start_days"
    assert "before its deadline" in rule


def test_batch_work_is_asked_for_whole_like_training(asked):
    heap = BatchInference(
        kind="batch_inference",
        name="heap",
        architecture="llama-3.1-8b",
        tokens_b=4.0,
        deadline_days=120.0,
        input_tokens=100,
        output_tokens=100,
    )
    parts = by_period(asked(heap))
    assert [part.scenario.workloads[0].tokens_b for part in parts] == [4.0] * 4
    assert {part.paced_hours["heap"] for part in parts} == {120 * 24.0}
