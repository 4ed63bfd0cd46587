"""What a plan says of its limits, on plans small enough to know the answer."""

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving


@pytest.fixture
def plan(catalog):
    def build(rate, nodes, **site):
        return planner.plan(
            Scenario(
                scenario="question",
                horizon=Horizon(days=30.0),
                sites=(
                    ScenarioSite(
                        name="here",
                        pue=1.2,
                        carbon_g_per_kwh=100.0,
                        capacity=(
                            Offer(
                                node_type="hgx-h100-8",
                                purchase="on_demand",
                                usd_per_node_hour=20.0,
                                available_nodes=nodes,
                            ),
                            Offer(
                                node_type="hgx-a100-80gb-8",
                                purchase="on_demand",
                                usd_per_node_hour=500.0,
                            ),
                        ),
                        **site,
                    ),
                ),
                workloads=(
                    Serving(
                        kind="serving",
                        name="chat",
                        architecture="llama-3.1-70b",
                        requests_per_s=rate,
                        input_tokens=1000,
                        output_tokens=300,
                        sites=("here",),
                    ),
                ),
            ),
            catalog=catalog,
        )

    return build


def test_a_pool_with_free_nodes_does_not_bind(plan):
    assert not plan(2.0, 5).binding


def test_a_full_pool_binds_and_is_worth_what_the_dearer_one_costs(plan):
    told = {each.resource: each for each in plan(60.0, 2).binding}
    full = told["nodes of here / hgx-h100-8 / on_demand"]
    assert (full.used, full.limit, full.unit) == (2, 2, "nodes")
    assert full.worth_usd_per_unit > 20.0 * 24 * 30


def test_power_that_stops_the_next_node_binds(plan):
    told = {each.resource: each for each in plan(10.0, 5, it_power_limit_kw=8.0).binding}
    assert told["IT power at here"].limit == 8.0


def test_nothing_that_fits_says_what_is_short_in_numbers(plan):
    refusal = plan(2.0, 1, it_power_limit_kw=1.0)
    assert refusal.status == "infeasible"
    (shortage,) = refusal.shortages
    assert shortage.workload == "chat"
    assert shortage.unmet_share == pytest.approx(1.0)
    assert shortage.reasons


def test_a_power_limit_below_one_node_is_named(plan):
    (shortage,) = plan(2.0, 1, it_power_limit_kw=1.0).shortages
    assert any("IT power at here: 1 kW, one hgx-h100-8 draws up to" in r for r in shortage.reasons)
