"""Plans that say that there is none."""

import pytest

import planner
from planner.domain.pricing import Offer


@pytest.fixture(scope="module")
def impossible(scenario):
    """Too little of everything for services that must run."""
    offer = Offer(
        node_type="quad-l40s", purchase="on_demand", available_nodes=1, usd_per_node_hour=5.0
    )
    hall, cloud = scenario.sites
    narrow = cloud.model_copy(update={"capacity": (offer,)})
    return scenario.model_copy(update={"sites": (hall, narrow)})


@pytest.fixture(scope="module")
def refusal(impossible, catalog):
    return planner.plan(impossible, catalog=catalog)


def test_an_infeasible_plan_is_verified(refusal, impossible, violations):
    assert refusal.status == "infeasible"
    assert refusal.verified
    assert violations(refusal, impossible) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"workload": "nobody"}, "there is no workload nobody"),
        ({"workload": "extra"}, "extra may go short: it has a penalty"),
        ({"unmet_share": 0.0}, "must be above 0"),
        ({"unmet_share": 1.1}, "at most 1"),
        ({"reasons": ()}, "a shortage has a reason"),
    ],
)
def test_a_shortage_that_is_none(refusal, impossible, violations, change, told):
    first = refusal.shortages[0].model_copy(update=change)
    changed = refusal.model_copy(update={"shortages": (first, *refusal.shortages[1:])})
    assert any(told in each.rule for each in violations(changed, impossible))


@pytest.mark.parametrize("times", [0, 2])
def test_a_demand_is_short_once(refusal, impossible, violations, times):
    changed = refusal.model_copy(update={"shortages": refusal.shortages * times})
    assert violations(changed, impossible)


@pytest.mark.parametrize(
    "change",
    [
        {"objective_usd": 0.0},
        {"bound_usd": 0.0},
        {"gap": 0.0},
        {"cost_usd": 1.0},
        {"energy_mwh": 1e-9},
        {"carbon_tonnes": 1e-9},
        {"status": "optimal"},
        {"status": "feasible"},
        {"status": "stopped"},
    ],
)
def test_an_infeasible_plan_claims_nothing(refusal, impossible, violations, change):
    assert violations(refusal.model_copy(update=change), impossible)


@pytest.mark.parametrize(
    "field", ["workloads", "allocations", "purchases", "unmet", "sites", "binding", "cost"]
)
def test_an_infeasible_plan_holds_nothing(refusal, impossible, plan, violations, field):
    changed = refusal.model_copy(update={field: getattr(plan, field)})
    assert violations(changed, impossible)


def test_a_plan_is_not_called_infeasible(refusal, plan, scenario, violations):
    changes = {"status": "infeasible", "shortages": refusal.shortages}
    assert violations(plan.model_copy(update=changes), scenario)


def test_only_an_infeasible_plan_is_short(refusal, plan, scenario, violations):
    changed = plan.model_copy(update={"shortages": refusal.shortages})
    (found,) = violations(changed, scenario)
    assert found.rule == "only an infeasible plan is short of anything"
