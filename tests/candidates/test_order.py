"""Jobs in order, planned whole: what waits, what shares nodes, what must hurry."""

from itertools import product

import pytest

import planner
from planner.candidates.demand import training_tokens
from planner.candidates.enumeration import enumerate_candidates
from planner.candidates.job import training_hours
from planner.candidates.order import latest_hours, timed_chains
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import RequestClass
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, FineTuning, Serving

DAYS = 10.0
EXACT = planner.Parameters(gap=1e-7)


def offer(node_type, usd_per_node_hour, nodes=None):
    return Offer(
        node_type=node_type,
        purchase="on_demand",
        usd_per_node_hour=usd_per_node_hour,
        available_nodes=nodes,
    )


def tune(name, *after, **changes):
    fields = {
        "kind": "fine_tuning",
        "name": name,
        "architecture": "llama-2-7b",
        "tokens_b": 5.0,
        "deadline_days": DAYS,
        "accelerators": 8,
        "after": after,
    }
    return FineTuning(**{**fields, **changes})


def rephrase(name, *after, **changes):
    fields = {
        "kind": "batch_inference",
        "name": name,
        "architecture": "mistral-7b",
        "tokens_b": 40.0,
        "deadline_days": DAYS,
        "request_classes": (
            RequestClass(weight=3, input_tokens=300, output_tokens=300),
            RequestClass(weight=1, input_tokens=2000, output_tokens=500),
        ),
        "after": after,
    }
    return BatchInference(**{**fields, **changes})


H100 = (offer("hgx-h100-8", 20.0),)


def ask(*workloads, offers=H100, **site):
    return Scenario(
        scenario="order",
        horizon=Horizon(days=DAYS),
        sites=(
            ScenarioSite(name="hall", pue=1.2, carbon_g_per_kwh=100.0, capacity=offers, **site),
        ),
        workloads=workloads,
    )


@pytest.fixture
def planned(catalog):
    def build(*workloads, **ways):
        return planner.plan(ask(*workloads, **ways), catalog=catalog, parameters=EXACT)

    return build


def times(plan):
    """Beginning and end of every job, in hours."""
    return {
        each.workload: (each.start_hours, each.start_hours + each.hours)
        for each in plan.allocations
    }


def test_a_job_begins_when_all_that_it_comes_after_are_done(planned):
    plan = planned(tune("last", "long", "short"), rephrase("long"), tune("short", tokens_b=1.0))
    begin = times(plan)
    assert begin["long"][0] == begin["short"][0] == 0
    assert begin["long"][1] != begin["short"][1]
    assert begin["last"][0] == max(begin["long"][1], begin["short"][1])
    (last,) = (each for each in plan.workloads if each.workload == "last")
    assert last.days == pytest.approx(begin["last"][1] / 24)
    assert plan.verified


def test_jobs_in_a_row_take_turns_on_one_node(planned):
    one_node = (offer("hgx-h100-8", 20.0, nodes=1),)
    assert planned(tune("one"), tune("other"), offers=one_node).status == "infeasible"
    assert planned(tune("one"), tune("other", "one"), offers=one_node).status == "optimal"


def test_jobs_in_a_row_take_turns_with_the_power_of_a_site(planned):
    """A node of eight H100 draws 5.6 kW in its accelerators alone: two do not fit."""
    limit = {"it_power_limit_kw": 11.0}
    assert planned(tune("one"), tune("other"), **limit).status == "infeasible"
    plan = planned(tune("one"), tune("other", "one"), **limit)
    assert plan.status == "optimal"
    assert 5.6 < plan.sites[0].it_power_kw < 11


def test_a_gang_that_draws_more_than_its_site_has_says_so(planned):
    """Sixteen H100 alone draw 11.2 kW."""
    plan = planned(tune("one", accelerators=16), it_power_limit_kw=11.0)
    assert plan.status == "infeasible"
    assert any(
        reason.startswith("power_limit on hgx-h100-8") for reason in plan.shortages[0].reasons
    )


def test_a_deadline_of_the_last_hurries_the_cheapest_of_them(catalog):
    """Brute force over the pools of every job: the cheapest that ends in time."""
    offers = (offer("hgx-a100-80gb-8", 6.0), offer("hgx-h100-8", 30.0))
    jobs = (tune("a"), tune("b", "a", tokens_b=2.0), tune("c", "b", tokens_b=3.0))
    scenario = ask(*jobs, offers=offers)
    known = check_scenario(scenario, catalog)
    candidates = enumerate_candidates(staged(scenario, known), known)
    hours = {job.name: {} for job in jobs}
    for option in candidates.options:
        (job,) = (each for each in jobs if each.name == option.deployment.workload)
        pool = candidates.pools[option.pool]
        taken = training_hours(option.deployment, training_tokens(job), pool)
        known = hours[job.name].get(option.pool, taken)
        hours[job.name][option.pool] = min(known, taken)
    price = [6.0, 30.0]
    slow = sum(hours[name][0] for name in hours)
    fast = sum(hours[name][1] for name in hours)
    limit_hours = 0.4 * slow + 0.6 * fast
    ways = [
        sum(hours[name][pool] * price[pool] for name, pool in zip(hours, pools, strict=True))
        for pools in product([0, 1], repeat=3)
        if sum(hours[name][pool] for name, pool in zip(hours, pools, strict=True)) <= limit_hours
    ]
    hurried = scenario.model_copy(
        update={
            "workloads": tuple(
                job.model_copy(update={"deadline_days": limit_hours / 24}) for job in jobs
            )
        }
    )
    plan = planner.plan(hurried, catalog=catalog, parameters=EXACT)
    assert plan.cost_usd == pytest.approx(min(ways), rel=1e-6)
    assert len({each.node_type for each in plan.allocations}) == 2
    assert times(plan)["c"][1] <= limit_hours * (1 + 1e-6)


def test_what_is_too_slow_in_a_row_says_so(planned):
    plan = planned(tune("one", deadline_days=1.0), tune("other", "one", deadline_days=1.0))
    assert plan.status == "infeasible"
    (reason, *_) = plan.shortages[0].reasons
    assert reason.startswith("one then other: ")
    assert reason.endswith("hours at the fastest, 24 there")


def test_heaps_in_a_row_get_nodes_enough_for_the_rest(planned):
    """Alone it may take all ten days, before a job that takes a day it may not."""
    plan = planned(rephrase("heap", tokens_b=400.0), tune("then", "heap"))
    begin = times(plan)
    assert begin["heap"][1] == begin["then"][0]
    assert begin["then"][1] <= 240 * (1 + 1e-6)
    (heap,) = (each for each in plan.allocations if each.workload == "heap")
    assert [each.share for each in heap.served] == [1.0, 1.0]
    (line,) = (each for each in plan.purchases if each.workload == "heap")
    assert line.nodes > 1


def test_what_comes_after_a_job_that_is_left_undone_is_not_done(planned):
    """The first costs far more than its penalty; the second is worth a fortune, but comes after."""
    first = tune("first", unmet_penalty_usd=1.0)
    second = tune("second", "first", unmet_penalty_usd=100.0)
    plan = planned(first, second)
    assert {each.workload for each in plan.unmet} == {"first", "second"}
    alone = planned(first, tune("second", unmet_penalty_usd=1e5))
    assert {each.workload for each in alone.unmet} == {"first"}


def test_a_chain_is_cut_where_a_deadline_comes_first(catalog):
    jobs = (tune("a", deadline_days=2.0), tune("b", "a", deadline_days=1.0), tune("c", "b"))
    scenario = staged(ask(*jobs), catalog)
    assert dict(timed_chains(scenario)) == {("a", "b", "c"): 240.0, ("a", "b"): 24.0}
    assert latest_hours(scenario) == {"a": 24.0, "b": 24.0, "c": 240.0}


@pytest.mark.parametrize(
    ("workloads", "told"),
    [
        ((tune("a", "b"), tune("b", "a")), "waits for itself"),
        ((tune("a", "a"),), "waits for itself (a after a)"),
        ((tune("a", "nobody"),), "unknown job of this scenario"),
        (
            (
                tune("a", "chat"),
                Serving(
                    kind="serving",
                    name="chat",
                    architecture="llama-3.1-8b",
                    requests_per_s=1.0,
                    input_tokens=10,
                    output_tokens=10,
                ),
            ),
            "unknown job of this scenario",
        ),
    ],
)
def test_an_order_that_cannot_be_is_refused(catalog, workloads, told):
    with pytest.raises(planner.InputError) as caught:
        planner.plan(ask(*workloads), catalog=catalog)
    (fault,) = caught.value.faults
    assert fault.rule.startswith(told)
    assert fault.field.partition(".after")[0] in {"workloads.0", "workloads.1"}


@pytest.mark.parametrize("start_hours", [0.0, -1.0, 200.0])
def test_the_checker_sees_a_job_out_of_its_turn(catalog, start_hours):
    scenario = ask(tune("one"), tune("other", "one"))
    plan = planner.plan(scenario, catalog=catalog)
    rows = tuple(
        each.model_copy(update={"start_hours": start_hours}) if each.start_hours else each
        for each in plan.allocations
    )
    forged = plan.model_copy(update={"allocations": rows})
    found = planner.verify(forged, scenario, catalog)
    assert any(each.where == "allocations.1.start_hours" for each in found)


def test_the_checker_looks_at_the_clock_too(catalog):
    """One node, two jobs in a row: at the same hour they are two nodes."""
    scenario = ask(tune("one"), tune("other", "one"), offers=(offer("hgx-h100-8", 20.0, nodes=1),))
    plan = planner.plan(scenario, catalog=catalog)
    rows = tuple(each.model_copy(update={"start_hours": 0.0}) for each in plan.allocations)
    forged = plan.model_copy(update={"allocations": rows})
    found = planner.verify(forged, scenario, catalog)
    assert any("than there are in hour 0" in each.rule for each in found)


def test_the_same_scenario_gives_the_same_plan_and_a_start_finds_it_again(catalog):
    scenario = ask(rephrase("heap"), tune("then", "heap"), tune("beside"))
    first, again = (planner.plan(scenario, catalog=catalog) for _ in range(2))
    assert first.model_dump_json() == again.model_dump_json()
    restarted = planner.plan(scenario, catalog=catalog, start=first)
    assert restarted.allocations == first.allocations
