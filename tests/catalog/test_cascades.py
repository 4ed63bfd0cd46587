"""A small architecture first, a large one for some: planned as two workloads."""

import pytest

import planner
from planner.catalog.staging import staged
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import Answerer, Cascade
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, FineTuning, Serving

SMALL = Answerer(architecture="llama-3.1-8b", weight_precision="fp8")
LARGE = Answerer(architecture="llama-3.1-70b")
CASCADE = Cascade(first=SMALL, then=LARGE, escalated_share=0.25)


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "cascade": CASCADE,
        "requests_per_s": 100.0,
        "input_tokens": 400,
        "output_tokens": 200,
    }
    return Serving(**{**fields, **changes})


def heap(**changes):
    fields = {
        "kind": "batch_inference",
        "name": "heap",
        "cascade": CASCADE,
        "tokens_b": 8.0,
        "deadline_days": 10.0,
        "input_tokens": 400,
        "output_tokens": 200,
    }
    return BatchInference(**{**fields, **changes})


def ask(*workloads):
    offer = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0)
    site = ScenarioSite(name="cloud", pue=1.2, carbon_g_per_kwh=100.0, capacity=(offer,))
    return Scenario(
        scenario="cascade", horizon=Horizon(days=10), sites=(site,), workloads=workloads
    )


def test_all_requests_go_to_the_first_and_a_share_to_the_other(catalog):
    first, then = staged(ask(chat()), catalog).workloads
    assert (first.name, first.architecture, first.weight_precision) == (
        *("chat", "llama-3.1-8b", "fp8"),
    )
    assert (then.name, then.architecture, then.weight_precision) == (
        *("chat/escalated", "llama-3.1-70b", "bf16"),
    )
    assert (first.requests_per_s, then.requests_per_s) == (100.0, 25.0)


def test_it_costs_what_its_two_parts_cost_by_themselves(catalog):
    plain = {"cascade": None}
    parts = ask(
        chat(architecture="llama-3.1-8b", weight_precision="fp8", **plain),
        chat(name="large", architecture="llama-3.1-70b", requests_per_s=25.0, **plain),
    )
    one, two = (planner.plan(each, catalog=catalog) for each in (ask(chat()), parts))
    assert one.verified
    assert one.cost_usd == pytest.approx(two.cost_usd, rel=1e-3)


@pytest.mark.parametrize("share", [0.25, 1.0])
@pytest.mark.parametrize("workload", [chat, heap])
def test_to_leave_everything_undone_costs_the_penalty_once(catalog, workload, share):
    cascade = Cascade(first=SMALL, then=LARGE, escalated_share=share)
    asked = ask(workload(cascade=cascade, unmet_penalty_usd=10.0))
    first, then = staged(asked, catalog).workloads
    assert then.unmet_penalty_usd == pytest.approx(share * first.unmet_penalty_usd)
    plan = planner.plan(asked, catalog=catalog)
    assert [each.share for each in plan.unmet] == [1.0, 1.0]
    assert plan.cost_usd == plan.cost.unmet_penalty_usd == 10.0


def test_a_heap_goes_to_the_second_when_the_first_is_done(catalog):
    tune = FineTuning(
        kind="fine_tuning",
        name="tune",
        architecture="llama-3.1-8b",
        tokens_b=0.1,
        deadline_days=10.0,
        after=("heap",),
    )
    first, then, last = staged(ask(heap(), tune), catalog).workloads
    assert then.after == ("heap",)
    assert then.tokens_b == 2.0
    assert last.after == ("heap/escalated",)
    plan = planner.plan(ask(heap(), tune), catalog=catalog)
    ends = {each.workload: each.start_hours + each.hours for each in plan.allocations}
    starts = {each.workload: each.start_hours for each in plan.allocations}
    assert starts["heap/escalated"] == ends["heap"]
    assert starts["tune"] == ends["heap/escalated"]
    assert first.name == "heap"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"architecture": "llama-3.1-8b"}, "in exactly one way"),
        ({"minimum_quality": 0.5}, "minimum_quality needs choices"),
    ],
)
def test_a_cascade_is_all_that_serves_it(changes, told):
    with pytest.raises(ValueError, match=told):
        chat(**changes)


def test_unknown_architectures_of_a_cascade_are_refused(catalog):
    wrong = Cascade(first=SMALL, then=Answerer(architecture="llama-3.1-7b"), escalated_share=0.5)
    with pytest.raises(planner.InputError) as caught:
        planner.plan(ask(chat(cascade=wrong)), catalog=catalog)
    (fault,) = caught.value.faults
    assert fault.field == "workloads.0.cascade.then.architecture"


def test_the_name_of_its_second_part_is_taken(catalog):
    twin = chat(name="chat/escalated", cascade=None, architecture="llama-3.1-8b")
    with pytest.raises(planner.InputError, match="the name of a part"):
        planner.plan(ask(chat(), twin), catalog=catalog)
