"""Rules over several periods by their names, on right plans in which one thing is changed."""

from datetime import UTC, date, datetime

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import ArchitectureChoice
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.series import TimeSeries
from planner.domain.tariff import Tariff
from planner.domain.workload import BatchInference, FineTuning

RUN = FineTuning(
    kind="fine_tuning",
    name="run",
    architecture="llama-3.1-8b",
    tokens_b=0.8,
    deadline_days=9.0,
    accelerators=8,
    restart_hours=0.25,
    minimum_run_hours=1.5,
)
LAST = RUN.model_copy(
    update={"name": "last", "after": ("run",), "tokens_b": 0.2, "minimum_run_hours": 0.0}
)
LEFT = RUN.model_copy(
    update={"name": "left", "tokens_b": 1.0, "unmet_penalty_usd": 0.01, "deadline_days": 0.2}
)
HEAP = BatchInference(
    kind="batch_inference",
    name="heap",
    choices=(
        ArchitectureChoice(architecture="llama-3.2-1b", max_share=0.5),
        ArchitectureChoice(architecture="llama-3.1-8b"),
    ),
    tokens_b=1.5,
    deadline_days=9.0,
    input_tokens=1000,
    output_tokens=200,
)
USD = (0.1, 0.1, 0.9, 0.1, 0.1, 0.3, 0.3, 0.2)


@pytest.fixture(scope="module")
def scenario():
    series = TimeSeries(values=USD, start=datetime(2024, 1, 1, tzinfo=UTC))
    site = ScenarioSite(
        name="here",
        pue=1.0,
        carbon_g_per_kwh=100.0,
        tariff=Tariff(series=series),
        capacity=(Offer(node_type="hgx-h100-8", purchase="owned", available_nodes=2),),
    )
    return Scenario(
        scenario="paced",
        horizon=Horizon(days=8 / 24, periods=8, start=date(2024, 1, 1)),
        sites=(site,),
        workloads=(RUN, LAST, LEFT, HEAP),
    )


@pytest.fixture(scope="module")
def plan(scenario, catalog):
    return planner.plan(scenario, catalog=catalog, parameters=planner.Parameters(gap=1e-6))


def on(plan, workload):
    return [each.period for each in plan.allocations if each.workload == workload]


def changed(plan, workload, period, **changes):
    """The plan with the allocations of a job in a period changed."""
    rows = [
        each.model_copy(update=changes)
        if (each.workload, each.period) == (workload, period)
        else each
        for each in plan.allocations
    ]
    return plan.model_copy(update={"allocations": tuple(rows)})


def held(plan, workload, period, hours):
    """The plan with a job on for other hours in a period."""
    lines = [
        each.model_copy(update={"hours": hours})
        if (each.workload, each.period) == (workload, period)
        else each
        for each in plan.purchases
    ]
    moved = changed(plan, workload, period, hours=hours)
    return moved.model_copy(update={"purchases": tuple(lines)})


def without(plan, workload, period):
    """The plan without a job in a period."""
    return plan.model_copy(
        update={
            table: tuple(
                each
                for each in getattr(plan, table)
                if (each.workload, each.period) != (workload, period)
            )
            for table in ("allocations", "purchases")
        }
    )


def test_the_plan_is_what_the_others_are_made_of(plan, violations, scenario):
    assert violations(plan, scenario) == ()
    assert on(plan, "run") == ["p1", "p2", "p4", "p5"]
    assert on(plan, "last") == ["p8"]
    assert on(plan, "left") == []
    assert [(each.workload, each.period) for each in plan.unmet] == [("left", "p5")]


def other_gang(plan):
    row = next(each for each in plan.allocations if each.workload == "run")
    other = row.parallelism.model_copy(update={"tensor": 8, "data": 1})
    return changed(plan, "run", "p2", parallelism=other)


def first_begin(plan):
    """All of the first hour to work."""
    row = next(each for each in plan.allocations if each.workload == "run")
    return changed(plan, "run", "p1", share=row.share / 0.75)


def partial_hour(plan):
    row = next(each for each in plan.allocations if each.workload == "run")
    return held(changed(plan, "run", "p1", share=row.share / 2), "run", "p1", 0.6)


def told_early(plan):
    row = plan.unmet[0].model_copy(update={"period": "p4"})
    return plan.model_copy(update={"unmet": (row,)})


def told_twice(plan):
    row = plan.unmet[0].model_copy(update={"period": "p4"})
    return plan.model_copy(update={"unmet": (*plan.unmet, row)})


def too_much_of_one(plan):
    """What the large one does, as if the small one did it."""
    rows = [
        each.model_copy(update={"architecture": "llama-3.2-1b"})
        if each.workload == "heap"
        else each
        for each in plan.allocations
    ]
    return plan.model_copy(update={"allocations": tuple(rows)})


RULES = {
    "must keep its gang from its begin to its end": other_gang,
    "too few hours for its work and for what its begin costs": first_begin,
    "goes on although it has stopped in the period before": partial_hour,
    "is paused too soon after it has begun": lambda p: without(p, "run", "p2"),
    "begins in p8 before run is done": lambda p: without(p, "run", "p5"),
    "the run is done more than once": lambda p: changed(p, "run", "p5", share=0.9),
    "request class 0 must be done and is not": lambda p: without(p, "heap", on(p, "heap")[0]),
    "left is settled in p5": told_early,
    "what left goes without is not stated": lambda p: p.model_copy(update={"unmet": ()}),
    "is not what the allocations leave undone": lambda p: p.model_copy(
        update={"unmet": (p.unmet[0].model_copy(update={"share": 0.5}),)}
    ),
    "llama-3.2-1b": too_much_of_one,
    "does more than its gang can": lambda p: held(p, "run", "p4", 0.5),
}


@pytest.mark.parametrize("rule", RULES)
def test_what_is_broken_is_found(plan, scenario, violations, rule):
    found = violations(RULES[rule](plan), scenario)
    assert [each for each in found if rule in each.rule], [each.rule for each in found]


def test_what_is_told_twice_is_found(plan, scenario, violations):
    found = violations(told_twice(plan), scenario)
    assert any("left is settled in p5" in each.rule for each in found)


def test_a_job_that_begins_too_early_is_found(plan, scenario, violations):
    """The last job's row in the hour in which the one before it ends."""
    rows = [
        each.model_copy(update={"period": "p5", "start_hours": 4.0})
        if each.workload == "last"
        else each
        for each in plan.allocations
    ]
    lines = [
        each.model_copy(update={"period": "p5"}) if each.workload == "last" else each
        for each in plan.purchases
    ]
    early = plan.model_copy(update={"allocations": tuple(rows), "purchases": tuple(lines)})
    found = violations(early, scenario)
    assert any("begins in p5 before run is done" in each.rule for each in found)
