"""Plans as documents: they come back as they were, and as a table."""

import pytest
from pydantic import ValidationError

from planner.domain.deployment import Parallelism
from planner.domain.plan import Allocation, CostParts, Evidence, Plan
from planner.domain.rejection import Rejection


def allocation(workload="chat", **fields):
    return Allocation(
        workload=workload,
        kind="serving",
        architecture="llama-3.1-8b",
        site="hall",
        node_type="hgx-h100-8",
        accelerator="H100-80GB-SXM",
        purchase="owned",
        period="all",
        share=1.0,
        replicas=2,
        accelerators=4,
        parallelism=Parallelism(tensor=2),
        precision="bf16",
        busy_replicas=1.5,
        tokens_per_s=1e4,
        hours=24.0,
        memory_gib_per_accelerator=40.0,
        accelerator_power_w=600.0,
        cost_usd=0.1 + 0.2,
        energy_mwh=1.0,
        carbon_tonnes=0.3,
        **fields,
    )


@pytest.fixture
def plan():
    evidence = Evidence(
        termination="optimal",
        routes=(),
        seed=1,
        options=3,
        versions={"planner": "0.1.0"},
        plugins={},
        scenario_digest="a",
        catalog_digest="b",
    )
    return Plan(
        scenario="small",
        status="optimal",
        objective_usd=1.0,
        bound_usd=1.0,
        gap=0.0,
        horizon_days=1.0,
        cost_usd=1.0,
        cost=CostParts(capacity_usd=1.0, electricity_usd=0.0, unmet_penalty_usd=0.0),
        energy_mwh=1.0,
        carbon_tonnes=0.3,
        verified=False,
        allocations=(allocation(), allocation("search", micro_batch=1)),
        rejections=(Rejection(workload="chat", node_type="n", reason="memory"),),
        evidence=evidence,
    )


def test_a_plan_comes_back_from_its_json_to_the_last_bit(plan):
    again = Plan.model_validate_json(plan.model_dump_json())
    assert again == plan
    assert again.model_dump_json() == plan.model_dump_json()
    assert again.allocations[0].cost_usd == 0.1 + 0.2 != 0.3


def test_allocations_as_a_table(plan):
    frame = plan.to_frame()
    assert list(frame["workload"]) == ["chat", "search"]
    assert list(frame["parallelism"]) == ["tp2", "tp2"]
    assert list(frame["accelerators"]) == [4, 4]
    assert "served" not in frame.columns
    assert set(frame.columns) == set(Allocation.model_fields) - {"served"}


def test_a_plan_of_nothing_is_an_empty_table(plan):
    assert len(plan.model_copy(update={"allocations": ()}).to_frame()) == 0


def test_a_status_or_a_reason_that_is_none():
    with pytest.raises(ValidationError, match="status"):
        Plan.model_validate({"status": "best"})
    with pytest.raises(ValidationError, match="reason"):
        Rejection.model_validate({"workload": "a", "node_type": "b", "reason": "mood"})
