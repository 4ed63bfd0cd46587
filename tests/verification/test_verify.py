"""Honest plans pass; plans of another question do not, each for its own reason."""

from dataclasses import replace

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.plan import Plan
from planner.domain.scenario import Objective


def variant(record, **changes):
    """A record with other values, checked again."""
    return type(record).model_validate({**dict(record), **changes})


def with_site(scenario, name, **changes):
    sites = (variant(s, **changes) if s.name == name else s for s in scenario.sites)
    return variant(scenario, sites=tuple(sites))


def with_workload(scenario, name, **changes):
    workloads = (variant(w, **changes) if w.name == name else w for w in scenario.workloads)
    return variant(scenario, workloads=tuple(workloads))


def with_offer(scenario, name, purchase, **changes):
    (site,) = (site for site in scenario.sites if site.name == name)
    offers = (variant(o, **changes) if o.purchase == purchase else o for o in site.capacity)
    return with_site(scenario, name, capacity=tuple(offers))


def reweighted(classes):
    return (variant(classes[0], weight=4.0), *classes[1:])


def rules(found):
    return "\n".join(f"{each.where}: {each.rule}" for each in found)


def test_the_plan_has_everything_that_is_to_be_checked(plan):
    assert {each.kind for each in plan.allocations} == {"serving", "batch_inference", "pretraining"}
    assert {each.purchase for each in plan.purchases} == {"owned", "on_demand", "spot"}
    assert {each.workload is None for each in plan.purchases} == {True, False}
    assert 0 < plan.unmet[0].share < 1
    assert {each.unit for each in plan.binding} == {"nodes", "kW"}
    pools = {(e.site, e.purchase) for e in plan.allocations if e.workload == "chat"}
    assert len(pools) == 2
    shared = [each for each in plan.allocations if each.purchase == "on_demand"]
    assert len({each.workload for each in shared}) == 3


def test_an_honest_plan_has_no_violations(plan, scenario, violations):
    assert violations(plan, scenario) == ()
    assert plan.verified


def test_a_plan_read_back_from_its_file_has_none(plan, scenario, violations):
    again = Plan.model_validate_json(plan.model_dump_json())
    assert violations(again, scenario) == ()


NUMBERS = "does not follow from the scenario"
ANOTHER = {
    "price": (
        lambda s: with_offer(s, "cloud", "on_demand", usd_per_node_hour=5.001),
        f"usd_per_node_hour: {NUMBERS}",
    ),
    "price of own nodes": (
        lambda s: with_offer(s, "hall", "owned", usd_per_node_hour=1.6),
        f"capacity_usd: {NUMBERS}",
    ),
    "interruptions": (
        lambda s: with_offer(s, "cloud", "spot", parameters={"interruptions_per_day": 2.0}),
        f"hours: {NUMBERS}",
    ),
    "offer": (
        lambda s: with_offer(s, "cloud", "spot", node_type="quad-h100"),
        "the scenario does not offer cloud / quad-l40s / spot",
    ),
    "fewer nodes": (
        lambda s: with_offer(s, "cloud", "spot", available_nodes=1),
        "more nodes of cloud / quad-l40s / spot than there are",
    ),
    "more nodes": (
        lambda s: with_offer(s, "hall", "owned", available_nodes=9),
        "nodes of hall / quad-h100 / owned is not used up",
    ),
    "pue": (lambda s: with_site(s, "cloud", pue=1.1501), f"energy_mwh: {NUMBERS}"),
    "carbon": (
        lambda s: with_site(s, "hall", carbon_g_per_kwh=371.0),
        f"carbon_tonnes: {NUMBERS}",
    ),
    "electricity": (
        lambda s: with_site(s, "hall", electricity_usd_per_kwh=0.12),
        f"electricity_usd: {NUMBERS}",
    ),
    "less power": (
        lambda s: with_site(s, "hall", it_power_limit_kw=5.0),
        "draws more IT power than its limit",
    ),
    "more power": (
        lambda s: with_site(s, "hall", it_power_limit_kw=50.0),
        "IT power at hall is not used up",
    ),
    "new power limit": (
        lambda s: with_site(s, "cloud", it_power_limit_kw=50.0),
        "it_power_limit_kw: must be 50.0, not left out",
    ),
    "demand": (
        lambda s: with_workload(s, "chat", requests_per_s=30.01),
        f"tokens_per_s: {NUMBERS}",
    ),
    "much more demand": (
        lambda s: with_workload(s, "chat", requests_per_s=60.0),
        "more work than the replicas bear",
    ),
    "sizes": (
        lambda s: with_workload(s, "search", input_tokens=1201),
        f"input_tokens: {NUMBERS}",
    ),
    "weights of sizes": (
        lambda s: with_workload(
            s, "extra", request_classes=reweighted(s.workloads[2].request_classes)
        ),
        f"share: {NUMBERS}",
    ),
    "ttft": (lambda s: with_workload(s, "search", ttft_ms=1.0), "cannot run: ttft"),
    "tpot": (lambda s: with_workload(s, "search", tpot_ms=1.0), "cannot run: tpot"),
    "utilisation": (
        lambda s: with_workload(s, "chat", target_utilisation=0.5),
        "more work than the replicas bear",
    ),
    "precision": (
        lambda s: with_workload(s, "summaries", weight_precision="fp8"),
        "precision: must be fp8, not bf16",
    ),
    "cache": (
        lambda s: with_workload(s, "summaries", kv_precision="fp8"),
        "kv_precision: must be fp8, not bf16",
    ),
    "architecture": (
        lambda s: with_workload(s, "search", architecture="llama-3.1-8b"),
        "architecture: must be llama-3.1-8b, not llama-3.2-1b",
    ),
    "penalty": (
        lambda s: with_workload(s, "extra", unmet_penalty_usd=1501.0),
        f"penalty_usd: {NUMBERS}",
    ),
    "no penalty": (
        lambda s: with_workload(s, "extra", unmet_penalty_usd=None),
        "must be done and is not",
    ),
    "heap": (
        lambda s: with_workload(s, "summaries", tokens_b=35.001),
        f"tokens_b: {NUMBERS}",
    ),
    "deadline": (
        lambda s: with_workload(s, "summaries", deadline_days=1.0),
        "ends after its deadline",
    ),
    "tokens to train on": (
        lambda s: with_workload(s, "pretrain", tokens_b=30.001),
        f"hours: {NUMBERS}",
    ),
    "sequence": (
        lambda s: with_workload(s, "pretrain", sequence_tokens=1024),
        f"mfu: {NUMBERS}",
    ),
    "deadline of training": (
        lambda s: with_workload(s, "pretrain", deadline_days=0.01),
        "ends after its deadline",
    ),
    "gang": (
        lambda s: with_workload(s, "pretrain", accelerators=8),
        "must be the gang that the workload asks for",
    ),
    "sites": (
        lambda s: with_workload(s, "extra", sites=("hall",)),
        "extra may not run at cloud",
    ),
    "interruptible": (
        lambda s: with_workload(s, "summaries", allow_interruptible=False),
        "summaries may not run where it can be interrupted",
    ),
    "name": (
        lambda s: variant(s, scenario="another"),
        "scenario: must be another, not every-kind",
    ),
    "horizon": (
        lambda s: variant(s, horizon=Horizon(days=14.001)),
        "is not the scenario's horizon",
    ),
    "weight of carbon": (
        lambda s: variant(s, objective=Objective(carbon_usd_per_tonne=121.0)),
        f"objective_usd: {NUMBERS}",
    ),
    "workloads": (
        lambda s: variant(s, workloads=s.workloads[:-1]),
        "there is no workload pretrain",
    ),
    "places": (
        lambda s: variant(with_workload(s, "pretrain", sites=None), sites=s.sites[1:]),
        "the scenario does not offer hall / quad-h100 / owned",
    ),
}


@pytest.mark.parametrize("change", ANOTHER)
def test_a_plan_of_another_scenario(plan, scenario, violations, passed_off, change):
    """The numbers tell, even when the plan claims to have been made from this scenario."""
    alter, told = ANOTHER[change]
    other = alter(scenario)
    assert "evidence.scenario_digest" in rules(violations(plan, other))
    assert told in rules(violations(passed_off(plan, other), other))


def test_a_plan_of_another_catalog(plan, scenario, catalog):
    first = next(iter(catalog.prices))
    dearer = catalog.prices[first].model_copy(update={"usd_per_node_hour": 1e6})
    changed = replace(catalog, prices={**catalog.prices, first: dearer})
    (found,) = planner.verify(plan, scenario, changed)
    assert found.where == "evidence.catalog_digest"
    assert "the catalog has changed since the plan was made" in found.rule


def test_a_violation_carries_both_numbers(plan, scenario, violations):
    dearer = plan.model_copy(update={"cost_usd": 2 * plan.cost_usd})
    (found,) = violations(dearer, scenario)
    assert found.where == "plan.cost_usd"
    assert (found.stated, found.recomputed) == (
        pytest.approx(2 * plan.cost_usd),
        pytest.approx(plan.cost_usd),
    )
