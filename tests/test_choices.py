"""Architecture and precision as decisions: optima worked out by hand, on every engine."""

from io import StringIO
from itertools import pairwise

import pytest
from rich.console import Console

import planner
from planner.candidates.enumeration import enumerate_candidates
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.hardware import NodeType
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import ArchitectureChoice, RequestClass
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, Serving
from planner.report.plan_report import plan_report

EXACT = planner.Parameters(gap=1e-7)
USD_PER_NODE_HOUR = 8.0
TOKENS_B = 10.0
QUAD = NodeType(
    name="quad-h100",
    accelerator="H100-80GB-SXM",
    accelerators_per_node=4,
    host_power_w=1000.0,
    host_power_basis="estimate",
    network_gb_per_s=25.0,
    source="made up for a test",
)
SIZES = (
    RequestClass(weight=3, input_tokens=400, output_tokens=150),
    RequestClass(weight=1, input_tokens=3000, output_tokens=300),
)


def choice(architecture, **fields):
    return ArchitectureChoice(architecture=architecture, **fields)


SMALL, LARGE = choice("llama-3.1-8b", quality=0.6), choice("llama-3.1-70b", quality=0.9)


def heap(*choices, **fields):
    stated = {
        "input_tokens": 800,
        "output_tokens": 200,
        "tokens_b": TOKENS_B,
        "deadline_days": 20.0,
    }
    return BatchInference(
        kind="batch_inference", choices=choices, **{"name": "heap", **stated, **fields}
    )


def chat(*choices, name="chat", **fields):
    stated = {"requests_per_s": 40.0, "request_classes": SIZES}
    return Serving(kind="serving", name=name, choices=choices, **{**stated, **fields})


def question(*workloads, **offer):
    capacity = Offer(
        node_type="quad-h100", purchase="on_demand", usd_per_node_hour=USD_PER_NODE_HOUR, **offer
    )
    return Scenario(
        scenario="mix",
        horizon=Horizon(days=20.0),
        sites=(ScenarioSite(name="here", pue=1.2, carbon_g_per_kwh=100.0, capacity=(capacity,)),),
        node_types=(QUAD,),
        workloads=workloads,
    )


def shares(plan, workload):
    """Share of a workload by architecture and precision."""
    found = {}
    for each in plan.allocations:
        if each.workload == workload:
            how = (each.architecture, each.precision)
            found[how] = found.get(how, 0.0) + each.share
    return found


def usd_of_all(scenario, catalog, architecture):
    """Of the whole heap on the cheapest deployment of one architecture: paid by the node-hour."""
    known = check_scenario(scenario, catalog)
    candidates = enumerate_candidates(staged(scenario, known), known)
    requests = TOKENS_B * 1e9 / 1000
    return min(
        requests
        / each.deployment.rates[0].requests_per_s
        / 3600
        * each.deployment.accelerators
        / QUAD.accelerators_per_node
        * USD_PER_NODE_HOUR
        for each in candidates.options
        if each.deployment.architecture == architecture
    )


@pytest.mark.parametrize("engine", ["exact", "decomposition", "auto"])
def test_half_and_half_is_the_cheapest_mix_between_two_qualities(catalog, engine):
    """0.5 x 0.6 + 0.5 x 0.9 = 0.75, and more of the large one costs more."""
    scenario = question(heap(SMALL, LARGE, minimum_quality=0.75))
    plan = planner.plan(
        scenario, catalog=catalog, parameters=planner.Parameters(gap=1e-5, engine=engine)
    )
    assert plan.status == "optimal"
    assert plan.verified
    assert shares(plan, "heap") == {
        ("llama-3.1-8b", "bf16"): pytest.approx(0.5, abs=1e-5),
        ("llama-3.1-70b", "bf16"): pytest.approx(0.5, abs=1e-5),
    }
    small = usd_of_all(scenario, catalog, "llama-3.1-8b")
    large = usd_of_all(scenario, catalog, "llama-3.1-70b")
    assert large > small
    assert plan.objective_usd == pytest.approx((small + large) / 2, rel=1e-4)
    (result,) = plan.workloads
    assert result.quality == pytest.approx(0.75)
    assert result.architecture == "llama-3.1-8b + llama-3.1-70b"
    (binding,) = [each for each in plan.binding if each.resource == "quality of heap"]
    assert (binding.limit, binding.unit) == (0.75, "quality")
    # a point of quality moves 1 / (0.9 - 0.6) of the requests to the dearer one
    assert binding.worth_usd_per_unit == pytest.approx((large - small) / 0.3, rel=1e-3)


def test_without_a_minimum_the_cheapest_choice_serves_all(catalog):
    plan = planner.plan(question(heap(LARGE, SMALL)), catalog=catalog, parameters=EXACT)
    assert set(shares(plan, "heap")) == {("llama-3.1-8b", "bf16")}
    assert plan.workloads[0].architecture == "llama-3.1-8b"
    assert plan.workloads[0].quality == pytest.approx(0.6)


def test_a_largest_share_holds_and_moves_the_rest_to_the_next_choice(catalog):
    eight_bit = choice("llama-3.1-70b", weight_precision="fp8")
    wish = heap(choice("llama-3.1-8b", max_share=0.3), choice("llama-3.1-70b"), eight_bit)
    plan = planner.plan(question(wish), catalog=catalog, parameters=EXACT)
    # eight bits take half the time of sixteen, so nothing is left for those
    assert shares(plan, "heap") == {
        ("llama-3.1-8b", "bf16"): pytest.approx(0.3, abs=1e-6),
        ("llama-3.1-70b", "fp8"): pytest.approx(0.7, abs=1e-6),
    }
    assert plan.workloads[0].quality is None


def test_better_answers_never_cost_less(catalog):
    found = [
        planner.plan(
            question(chat(SMALL, LARGE, minimum_quality=least)), catalog=catalog, parameters=EXACT
        )
        for least in (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
    ]
    assert all(each.status == "optimal" for each in found)
    for worse, better in pairwise(found):
        assert better.objective_usd >= worse.objective_usd * (1 - 1e-6)
    assert found[-1].objective_usd > found[0].objective_usd
    assert set(shares(found[-1], "chat")) == {("llama-3.1-70b", "bf16")}


def test_the_mean_is_over_what_is_served(catalog):
    """One node cannot serve all; what it serves is good enough, what it leaves does not count."""
    wish = chat(
        SMALL, LARGE, minimum_quality=0.85, requests_per_s=4000.0, unmet_penalty_usd=1_000_000.0
    )
    plan = planner.plan(question(wish, available_nodes=1), catalog=catalog, parameters=EXACT)
    (result,) = plan.workloads
    assert 0 < result.met_share < 1
    assert result.quality >= 0.85 * (1 - 1e-6)
    assert plan.verified


def test_a_minimum_that_no_capacity_bears_is_infeasible(catalog):
    """70 B parameters need two H100: a node of four serves no 4000 requests a second."""
    wish = chat(SMALL, LARGE, minimum_quality=0.9, requests_per_s=4000.0)
    plan = planner.plan(question(wish, available_nodes=1), catalog=catalog, parameters=EXACT)
    assert plan.status == "infeasible"
    assert [each.workload for each in plan.shortages] == ["chat"]


@pytest.mark.parametrize("engine", ["exact", "decomposition", "auto"])
def test_equal_workloads_have_a_minimum_each(catalog, engine):
    twins = [chat(SMALL, LARGE, name=name, minimum_quality=0.8) for name in ("one", "two", "three")]
    plan = planner.plan(
        question(*twins),
        catalog=catalog,
        parameters=planner.Parameters(engine=engine, time_limit_s=20),
    )
    assert plan.verified
    assert all(each.quality >= 0.8 * (1 - 1e-6) for each in plan.workloads)


def test_a_plan_begins_from_an_earlier_one_with_choices(catalog):
    scenario = question(chat(SMALL, LARGE, minimum_quality=0.75))
    first = planner.plan(scenario, catalog=catalog, parameters=EXACT)
    again = planner.plan(scenario, catalog=catalog, parameters=EXACT, start=first)
    assert again.objective_usd == pytest.approx(first.objective_usd)


def test_the_report_says_which_choice_serves_what(catalog):
    scenario = question(heap(SMALL, LARGE, minimum_quality=0.75))
    plan = planner.plan(scenario, catalog=catalog, parameters=EXACT)
    console = Console(width=200, record=True, file=StringIO())
    console.print(plan_report(plan, scenario))
    told = " ".join(console.export_text().split())
    assert (
        "heap: 50.0% llama-3.1-8b bf16 (kv bf16), 50.0% llama-3.1-70b bf16 (kv bf16);"
        " mean quality 0.750 (at least 0.750)"
    ) in told
    assert "quality of heap: 0.750, at least 0.750; $" in told


def test_a_heap_in_an_order_goes_to_one_choice_that_is_good_enough(catalog):
    """Jobs that wait for each other are done whole, so no mix could make up for the small one."""
    first = heap(SMALL, LARGE, name="first", tokens_b=1.0)
    second = heap(SMALL, LARGE, name="second", tokens_b=1.0, minimum_quality=0.7, after=("first",))
    plan = planner.plan(question(first, second), catalog=catalog, parameters=EXACT)
    assert plan.verified
    assert set(shares(plan, "first")) == {("llama-3.1-8b", "bf16")}
    assert set(shares(plan, "second")) == {("llama-3.1-70b", "bf16")}
