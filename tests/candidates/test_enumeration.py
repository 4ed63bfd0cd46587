"""Which options there are, and the reason for every other."""

import pytest

from planner.candidates.enumeration import enumerate_candidates
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import BatchInference, Serving


def serving(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 10.0,
        "input_tokens": 1000,
        "output_tokens": 100,
    }
    return Serving(**{**fields, **changes})


def batch(**changes):
    fields = {
        "kind": "batch_inference",
        "name": "heap",
        "architecture": "llama-3.1-8b",
        "tokens_b": 1.0,
        "deadline_days": 7.0,
        "input_tokens": 1000,
        "output_tokens": 100,
    }
    return BatchInference(**{**fields, **changes})


@pytest.fixture
def candidates(catalog):
    def build(*workloads, **limits):
        offers = (
            Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=20.0, **limits),
            Offer(node_type="hgx-h100-8", purchase="spot", usd_per_node_hour=8.0, **limits),
        )
        places = ("here", "there")
        scenario = Scenario(
            scenario="question",
            horizon=Horizon(days=7.0),
            sites=tuple(
                ScenarioSite(name=name, pue=1.2, carbon_g_per_kwh=100.0, capacity=offers)
                for name in places
            ),
            workloads=workloads,
        )
        known = check_scenario(scenario, catalog)
        return enumerate_candidates(staged(scenario, known), known)

    return build


def pools_of(candidates, workload):
    return {
        (pool.place.name, pool.purchase)
        for option in candidates.options
        for pool in [candidates.pools[option.pool]]
        if option.deployment.workload == workload
    }


def test_batch_may_be_interrupted_and_serving_may_not(candidates):
    found = candidates(serving(), batch())
    assert pools_of(found, "chat") == {("here", "on_demand"), ("there", "on_demand")}
    assert ("here", "spot") in pools_of(found, "heap")
    reasons = {
        (each.workload, each.site, each.purchase)
        for each in found.rejections
        if each.reason == "interruptible"
    }
    assert reasons == {("chat", "here", "spot"), ("chat", "there", "spot")}


def test_the_scenario_may_say_otherwise(candidates):
    found = candidates(serving(allow_interruptible=True), batch(allow_interruptible=False))
    assert ("here", "spot") in pools_of(found, "chat")
    assert ("here", "spot") not in pools_of(found, "heap")


def test_work_stays_at_its_sites(candidates):
    found = candidates(serving(sites=("there",)))
    assert {site for site, _ in pools_of(found, "chat")} == {"there"}
    assert any(each.reason == "site" and each.site == "here" for each in found.rejections)


def test_replicas_that_need_more_nodes_than_there_are_say_how_many(candidates):
    found = candidates(serving(architecture="llama-3.1-405b", tpot_ms=200.0), available_nodes=1)
    misses = [each for each in found.rejections if each.reason == "capacity"]
    assert misses
    assert all(each.needed > each.available == 1 for each in misses)
    assert all(each.unit == "nodes" for each in misses)


def test_nothing_is_told_twice(candidates):
    found = candidates(serving(), batch())
    assert len(set(found.rejections)) == len(found.rejections)
