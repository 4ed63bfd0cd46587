"""Workloads that share sites, or must not: what that costs, and that plans keep to it."""

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving

USD = {"cheap": 20.0, "fair": 25.0, "dear": 40.0}


def site(name):
    offer = Offer(node_type="hgx-h100-8", purchase="on_demand", usd_per_node_hour=USD[name])
    return ScenarioSite(name=name, pue=1.2, carbon_g_per_kwh=100.0, capacity=(offer,))


def chat(name, **changes):
    fields = {
        "kind": "serving",
        "name": name,
        "architecture": "llama-3.1-8b",
        "requests_per_s": 5.0,
        "input_tokens": 500,
        "output_tokens": 100,
    }
    return Serving(**{**fields, **changes})


@pytest.fixture
def sites_of(catalog):
    def plan(*workloads):
        scenario = Scenario(
            scenario="neighbours",
            horizon=Horizon(days=10.0),
            sites=tuple(map(site, USD)),
            workloads=workloads,
        )
        made = planner.plan(scenario, catalog=catalog)
        assert made.verified
        assert made.status == "optimal"
        places = {each.name: set() for each in workloads}
        for row in made.allocations:
            places[row.workload].add(row.site)
        return places, made.cost_usd

    return plan


def test_apart_they_pay_for_a_node_at_the_next_best_site(sites_of):
    """A node holds both: together one node of 20 USD an hour, apart one of 20 and one of 25."""
    places, cost = sites_of(chat("a"), chat("b"))
    assert places == {"a": {"cheap"}, "b": {"cheap"}}
    assert cost == pytest.approx(20 * 240)
    places, cost = sites_of(chat("a"), chat("b", apart_from=("a",)))
    assert places["a"].isdisjoint(places["b"])
    assert cost == pytest.approx((20 + 25) * 240)


def test_together_one_follows_the_other(sites_of):
    """Where `a` may only be at the dear site, `b` is there too, on the same node."""
    places, cost = sites_of(chat("a", sites=("dear",)), chat("b"))
    assert places == {"a": {"dear"}, "b": {"dear"}}  # there is room on a node that is paid
    assert cost == pytest.approx(40 * 240)
    heavy = chat("b", requests_per_s=4000.0)
    places, without = sites_of(chat("a", sites=("dear",)), heavy)
    assert "cheap" in places["b"]
    tied = heavy.model_copy(update={"together_with": ("a",)})
    places, cost = sites_of(chat("a", sites=("dear",)), tied)
    assert places == {"a": {"dear"}, "b": {"dear"}}
    assert cost > without


def test_three_apart_from_each_other_take_three_sites(sites_of):
    places, cost = sites_of(
        chat("a"), chat("b", apart_from=("a",)), chat("c", apart_from=("a", "b"))
    )
    assert {frozenset(each) for each in places.values()} == {frozenset({name}) for name in USD}
    assert cost == pytest.approx(sum(USD.values()) * 240)
