"""A small scenario with every kind of workload and purchase, and the plan that we make of it."""

import hashlib

import pytest

import planner
from planner.domain.hardware import NodeType
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import RequestClass
from planner.domain.scenario import Objective, Scenario, ScenarioSite
from planner.domain.workload import BatchInference, Pretraining, Serving


def node(name, accelerator, host_power_w):
    return NodeType(
        name=name,
        accelerator=accelerator,
        accelerators_per_node=4,
        host_power_w=host_power_w,
        host_power_basis="estimate",
        network_gb_per_s=25.0,
        source="made up for a test",
    )


HALL = ScenarioSite(
    name="hall",
    pue=1.3,
    electricity_usd_per_kwh=0.11,
    carbon_g_per_kwh=370.0,
    it_power_limit_kw=7.5,
    capacity=(
        Offer(node_type="quad-h100", purchase="owned", available_nodes=2, usd_per_node_hour=1.5),
    ),
)
CLOUD = ScenarioSite(
    name="cloud",
    pue=1.15,
    carbon_g_per_kwh=90.0,
    capacity=(
        Offer(node_type="quad-l40s", purchase="on_demand", usd_per_node_hour=5.0),
        Offer(node_type="quad-l40s", purchase="spot", available_nodes=6, usd_per_node_hour=1.7),
    ),
)
CHAT = Serving(
    kind="serving",
    name="chat",
    architecture="llama-3.1-8b",
    requests_per_s=30.0,
    request_classes=(
        RequestClass(weight=2, input_tokens=300, output_tokens=150),
        RequestClass(weight=1, input_tokens=5000, output_tokens=400),
    ),
)
SEARCH = Serving(
    kind="serving",
    name="search",
    architecture="llama-3.2-1b",
    requests_per_s=60.0,
    input_tokens=1200,
    output_tokens=80,
    tpot_ms=40.0,
    ttft_ms=900.0,
)
EXTRA = Serving(
    kind="serving",
    name="extra",
    architecture="qwen2.5-7b",
    requests_per_s=20.0,
    request_classes=(
        RequestClass(weight=3, input_tokens=400, output_tokens=60),
        RequestClass(weight=1, input_tokens=9000, output_tokens=700),
    ),
    unmet_penalty_usd=1500.0,
)
SUMMARIES = BatchInference(
    kind="batch_inference",
    name="summaries",
    architecture="llama-3.1-8b",
    tokens_b=35.0,
    deadline_days=10.0,
    request_classes=(
        RequestClass(weight=5, input_tokens=1500, output_tokens=200),
        RequestClass(weight=2, input_tokens=6000, output_tokens=300),
    ),
)
PRETRAIN = Pretraining(
    kind="pretraining",
    name="pretrain",
    architecture="pythia-160m",
    tokens_b=30.0,
    deadline_days=12.0,
    sequence_tokens=2048,
    global_batch_tokens_m=0.524288,
    sites=("hall",),
)


def small_scenario(**changes):
    fields = {
        "scenario": "every-kind",
        "horizon": Horizon(days=14.0),
        "objective": Objective(energy_usd_per_mwh=20.0, carbon_usd_per_tonne=120.0),
        "sites": (HALL, CLOUD),
        "node_types": (
            node("quad-h100", "H100-80GB-SXM", 1100.0),
            node("quad-l40s", "L40S", 700.0),
        ),
        "workloads": (CHAT, SEARCH, EXTRA, SUMMARIES, PRETRAIN),
    }
    return Scenario(**{**fields, **changes})


@pytest.fixture(scope="session")
def scenario():
    return small_scenario()


@pytest.fixture(scope="session")
def plan(scenario, catalog):
    return planner.plan(scenario, catalog=catalog, parameters=planner.Parameters(gap=1e-4))


@pytest.fixture(scope="session")
def violations(catalog):
    """What the checker finds in a plan of a scenario."""

    def found(plan, scenario):
        return planner.verify(plan, scenario, catalog)

    return found


@pytest.fixture(scope="session")
def passed_off():
    """A plan that claims to have been made from a scenario."""

    def stamped(plan, scenario):
        digest = hashlib.sha256(scenario.model_dump_json().encode()).hexdigest()
        evidence = plan.evidence.model_copy(update={"scenario_digest": digest})
        return plan.model_copy(update={"evidence": evidence})

    return stamped
