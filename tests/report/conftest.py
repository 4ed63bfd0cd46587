"""A scenario and its plan, written by hand so that every figure of a report is known."""

import pytest

from planner.domain.deployment import Parallelism
from planner.domain.horizon import Horizon
from planner.domain.plan import (
    Allocation,
    Binding,
    CostParts,
    Evidence,
    Plan,
    PurchaseLine,
    ServedClass,
    Shortage,
    SiteLoad,
    SolverRun,
    Unmet,
    WorkloadResult,
)
from planner.domain.pricing import Offer
from planner.domain.rejection import Rejection
from planner.domain.requests import RequestClass
from planner.domain.scenario import Objective, Scenario, ScenarioSite
from planner.domain.workload import Pretraining, Serving

DAYS = 91.3125
"""Three mean months."""


@pytest.fixture
def scenario():
    return Scenario(
        scenario="by-hand",
        horizon=Horizon(days=DAYS),
        objective=Objective(carbon_usd_per_tonne=100.0),
        sites=(
            ScenarioSite(
                name="stockholm",
                catalog="aws/eu-north-1",
                capacity=(
                    Offer(node_type="aws/p5.48xlarge", purchase="on_demand"),
                    Offer(node_type="aws/p5en.48xlarge", purchase="spot", available_nodes=64),
                ),
            ),
        ),
        workloads=(
            Serving(
                kind="serving",
                name="customer-support-chat",
                architecture="llama-3.1-70b",
                requests_per_s=25.0,
                request_classes=(
                    RequestClass(weight=3, input_tokens=200, output_tokens=200),
                    RequestClass(weight=1, input_tokens=8000, output_tokens=600),
                ),
                ttft_ms=2000.0,
                tpot_ms=60.0,
                unmet_penalty_usd=1e6,
            ),
            Pretraining(
                kind="pretraining",
                name="next-small",
                architecture="llama-3.2-3b",
                tokens_b=1000.0,
                deadline_days=45.0,
            ),
        ),
    )


def served(row, share, **sizes):
    return ServedClass(
        request_class=row,
        share=share,
        batch=32,
        requests_per_s_per_replica=7.5,
        ttft_ms=812.4,
        tpot_ms=41.7,
        **sizes,
    )


def chat(purchase, node_type, share, replicas, classes):
    return Allocation(
        workload="customer-support-chat",
        kind="serving",
        architecture="llama-3.1-70b",
        site="stockholm",
        node_type=node_type,
        accelerator="H100-80GB-SXM",
        purchase=purchase,
        period="horizon",
        share=share,
        replicas=replicas,
        accelerators=replicas * 4,
        parallelism=Parallelism(tensor=4),
        precision="bf16",
        kv_precision="bf16",
        busy_replicas=replicas * 0.7,
        tokens_per_s=21_000.0,
        hours=DAYS * 24,
        memory_gib_per_accelerator=70.5,
        accelerator_power_w=640.0,
        served=classes,
        cost_usd=300_000.0,
        energy_mwh=40.0,
        carbon_tonnes=1.5,
    )


@pytest.fixture
def plan():
    small = served(0, 1.0, input_tokens=200, output_tokens=200)
    large = served(1, 0.5, input_tokens=8000, output_tokens=600)
    gang = Allocation(
        workload="next-small",
        kind="pretraining",
        architecture="llama-3.2-3b",
        site="stockholm",
        node_type="aws/p5en.48xlarge",
        accelerator="H200-141GB-SXM",
        purchase="spot",
        period="horizon",
        share=1.0,
        replicas=1,
        accelerators=256,
        parallelism=Parallelism(tensor=2, pipeline=2, data=64),
        precision="bf16",
        micro_batch=1,
        recomputation="selective",
        busy_replicas=1.0,
        tokens_per_s=1_000_000.0,
        hours=277.8,
        memory_gib_per_accelerator=55.0,
        accelerator_power_w=680.0,
        mfu=0.41,
        cost_usd=1_234_567.0,
        energy_mwh=60.0,
        carbon_tonnes=2.25,
    )
    standing = {
        "site": "stockholm",
        "accelerator": "H100-80GB-SXM",
        "period": "horizon",
        "workload": None,
        "accelerators_used": 8,
        "hours": DAYS * 24,
        "billed_node_hours": DAYS * 24,
        "usd_per_node_hour": 55.04,
        "price_as_of": "2026-11-20",
        "electricity_usd": 0.0,
        "energy_mwh": 40.0,
        "carbon_tonnes": 1.5,
        "capacity_usd": 300_000.0,
    }
    job = {
        **standing,
        "workload": "next-small",
        "accelerator": "H200-141GB-SXM",
        "accelerators_used": 256,
        "hours": 277.8,
        "capacity_usd": 1_200_000.0,
        "electricity_usd": 34_567.0,
        "energy_mwh": 60.0,
        "carbon_tonnes": 2.25,
    }
    result = {"met_share": 1.0, "architecture": "llama-3.1-70b"}
    return Plan(
        scenario="by-hand",
        status="optimal",
        objective_usd=1_935_092.0,
        bound_usd=1_934_000.0,
        gap=0.000564,
        horizon_days=DAYS,
        cost_usd=1_934_567.0,
        cost=CostParts(
            capacity_usd=1_800_000.0, electricity_usd=34_567.0, unmet_penalty_usd=100_000.0
        ),
        energy_mwh=140.0,
        carbon_tonnes=5.25,
        verified=True,
        workloads=(
            WorkloadResult(
                workload="customer-support-chat",
                kind="serving",
                **{**result, "met_share": 0.9},
                accelerators=16,
                cost_usd=600_000.0,
                energy_mwh=80.0,
                carbon_tonnes=3.0,
                tokens_b=331.0,
                usd_per_million_tokens=1.8127,
                ttft_ms=812.4,
                tpot_ms=41.7,
            ),
            WorkloadResult(
                workload="next-small",
                kind="pretraining",
                **result,
                accelerators=256,
                cost_usd=1_234_567.0,
                energy_mwh=60.0,
                carbon_tonnes=2.25,
                tokens_b=1000.0,
                usd_per_million_tokens=1.2346,
                days=11.575,
            ),
        ),
        allocations=(
            chat("on_demand", "aws/p5.48xlarge", 0.75, 2, (small,)),
            chat("spot", "aws/p5en.48xlarge", 0.15, 2, (large,)),
            gang,
        ),
        purchases=(
            PurchaseLine(
                **standing,
                node_type="aws/p5.48xlarge",
                purchase="on_demand",
                nodes=1,
                accelerators=8,
                utilisation=0.7,
            ),
            PurchaseLine(
                **standing,
                node_type="aws/p5en.48xlarge",
                purchase="spot",
                nodes=1,
                accelerators=8,
                utilisation=0.653,
            ),
            PurchaseLine(
                **job,
                node_type="aws/p5en.48xlarge",
                purchase="spot",
                nodes=32,
                accelerators=256,
                utilisation=1.0,
            ),
        ),
        unmet=(Unmet(workload="customer-support-chat", share=0.1, penalty_usd=100_000.0),),
        sites=(
            SiteLoad(
                site="stockholm",
                it_power_kw=1234.5,
                it_power_limit_kw=None,
                energy_mwh=140.0,
                carbon_tonnes=5.25,
                pue=1.12,
                carbon_g_per_kwh=37.5,
                electricity_usd_per_kwh=None,
            ),
        ),
        binding=(
            Binding(
                resource="nodes of stockholm / aws/p5en.48xlarge / spot",
                used=64.0,
                limit=64.0,
                unit="nodes",
                worth_usd_per_unit=4321.0,
            ),
        ),
        notices=("list prices are of 2026-11-20; check them before buying",),
        rejections=(
            Rejection(
                workload="customer-support-chat",
                node_type="aws/p5.48xlarge",
                parallelism="tp1",
                reason="memory",
                needed=141.2,
                available=74.0,
                unit="GiB",
            ),
            Rejection(workload="next-small", node_type="aws/p5.48xlarge", reason="dominated"),
            Rejection(workload="next-small", node_type="aws/p5en.48xlarge", reason="dominated"),
        ),
        evidence=evidence(),
    )


def evidence():
    return Evidence(
        termination="two solvers agree within the asked gap",
        routes=(
            SolverRun(
                solver="HiGHS",
                termination="optimal",
                objective_usd=1_935_092.0,
                bound_usd=1_934_000.0,
            ),
        ),
        seed=1,
        options=1234,
        versions={"planner": "0.1.0"},
        plugins={"hardware": "gpu-cluster-planner 0.1.0"},
        scenario_digest="00",
        catalog_digest="11",
    )


@pytest.fixture
def infeasible_plan():
    return Plan(
        scenario="by-hand",
        status="infeasible",
        objective_usd=None,
        bound_usd=None,
        gap=None,
        horizon_days=DAYS,
        cost_usd=0.0,
        cost=CostParts(capacity_usd=0.0, electricity_usd=0.0, unmet_penalty_usd=0.0),
        energy_mwh=0.0,
        carbon_tonnes=0.0,
        verified=True,
        shortages=(
            Shortage(
                workload="next-small",
                unmet_share=1.0,
                reasons=(
                    "nodes of stockholm / aws/p5en.48xlarge / spot: 64 of 64 nodes are used",
                    "deadline on aws/p5.48xlarge: needs 61.2 days, 45 there",
                ),
            ),
        ),
        evidence=evidence().model_copy(
            update={
                "termination": "no plan can exist: proven by two solvers",
                "routes": (
                    SolverRun(
                        solver="HiGHS",
                        termination="infeasible",
                        objective_usd=None,
                        bound_usd=None,
                    ),
                ),
            }
        ),
    )
