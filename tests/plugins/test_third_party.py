"""An architecture and a method that nobody here thought of, from one file of somebody else."""

import importlib.util
from pathlib import Path

import pytest

import planner
from planner.domain.architecture import Architecture
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving, Training
from planner.planning import load_catalog

FILE = Path(__file__).with_name("acme_plugin.py")

MAMBA = Architecture(
    name="mamba-2.8b",
    kind="state_space",
    parameters={"layers": 64, "hidden": 2560, "vocabulary": 50280},
    source="state-spaces/mamba-2.8b",
)


@pytest.fixture(scope="module")
def extended():
    spec = importlib.util.spec_from_file_location("acme_plugin", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return load_catalog([("acme", module)])


def ask(*workloads):
    offer = Offer(node_type="hgx-a100-80gb-8", purchase="on_demand", usd_per_node_hour=16.0)
    site = ScenarioSite(name="cloud", pue=1.2, carbon_g_per_kwh=100.0, capacity=(offer,))
    return Scenario(
        scenario="acme",
        horizon=Horizon(days=10),
        sites=(site,),
        workloads=workloads,
        architectures=(MAMBA,),
    )


def test_its_architecture_has_the_published_size(extended):
    """2,768 M parameters in the checkpoint of state-spaces/mamba-2.8b."""
    assert extended.profile(MAMBA).parameters_total == pytest.approx(2.768e9, rel=0.01)


def test_its_state_does_not_grow_with_the_context(extended):
    profile = extended.profile(MAMBA)
    assert profile.kv_elements(10) == profile.kv_elements(100_000) > 0


def test_a_long_context_is_served_with_larger_batches_than_by_a_transformer(extended):
    def chat(name, architecture):
        return Serving(
            kind="serving",
            name=name,
            architecture=architecture,
            requests_per_s=2.0,
            input_tokens=1900,
            output_tokens=100,
        )

    plan = planner.plan(ask(chat("state", "mamba-2.8b"), chat("cache", "phi-2")), catalog=extended)
    assert plan.verified
    cost = {each.workload: each.cost_usd for each in plan.workloads}
    assert cost["state"] <= cost["cache"]


def test_its_method_is_planned_stage_by_stage(extended):
    request = Training(
        kind="training",
        name="align",
        method="best_of",
        architecture="mamba-2.8b",
        deadline_days=5.0,
        parameters={
            "prompts": 20_000,
            "prompt_tokens": 200,
            "response_tokens": 300,
            "judge": "llama-3.1-8b",
        },
    )
    plan = planner.plan(ask(request), catalog=extended)
    stages = [each.workload for each in plan.allocations]
    assert stages == ["align/answer", "align/judge", "align/tune"]
    starts = [each.start_hours for each in plan.allocations]
    assert starts == sorted(starts)
    assert plan.verified
    assert plan.evidence.plugins["acme"] == " "
