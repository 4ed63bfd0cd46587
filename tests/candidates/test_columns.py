"""What a compiled problem promises: every whole-number plan of it is one of the scenario."""

import math

import numpy as np
import pytest

from planner.candidates.program import compile_scenario
from planner.catalog.references import check_scenario
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.requests import RequestClass
from planner.domain.scenario import Scenario, ScenarioSite, StagedScenario
from planner.domain.workload import Pretraining, Serving
from planner.problem.columns import Choice

DAYS = 10.0
USD_PER_NODE_HOUR = 20.0


@pytest.fixture
def compiled(catalog):
    def build(*workloads, **site):
        offer = Offer(
            node_type="hgx-h100-8",
            purchase="on_demand",
            usd_per_node_hour=USD_PER_NODE_HOUR,
            available_nodes=12,
        )
        scenario = Scenario(
            scenario="question",
            horizon=Horizon(days=DAYS),
            sites=(
                ScenarioSite(
                    name="here", pue=1.2, carbon_g_per_kwh=100.0, capacity=(offer,), **site
                ),
            ),
            workloads=workloads,
        )
        staged = StagedScenario.model_validate(
            {name: getattr(scenario, name) for name in Scenario.model_fields}
        )
        program = compile_scenario(staged, check_scenario(scenario, catalog))
        return program.parts[0].candidates, program.compiled(0)

    return build


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 10.0,
        "request_classes": (
            RequestClass(weight=3, input_tokens=200, output_tokens=100),
            RequestClass(weight=1, input_tokens=2000, output_tokens=100),
        ),
    }
    return Serving(**{**fields, **changes})


def run(**changes):
    fields = {
        "kind": "pretraining",
        "name": "run",
        "architecture": "llama-3.2-1b",
        "tokens_b": 10.0,
        "deadline_days": 10.0,
    }
    return Pretraining(**{**fields, **changes})


def test_request_classes_divide_and_training_does_not(compiled):
    _, found = compiled(chat(), run())
    problem = found.problem
    assert problem.item_name == ("chat[0]", "chat[1]", "run")
    assert problem.item_parts.tolist() == [0, 0, 1]
    assert problem.item_weight.tolist() == [0.75, 0.25, 1.0]


def test_what_must_be_met_cannot_be_bought_off(compiled):
    _, found = compiled(chat(unmet_penalty_usd=400.0), run())
    assert found.problem.unmet_cost.tolist() == [300.0, 100.0, math.inf]


def test_a_standing_node_costs_its_whole_horizon(compiled):
    _, found = compiled(chat())
    (block,) = found.layout.standing_block.tolist()
    assert found.problem.block_cost[block] == pytest.approx(DAYS * 24 * USD_PER_NODE_HOUR)


def test_a_training_run_costs_its_gang_while_it_runs(compiled):
    candidates, found = compiled(run())
    for column, row in enumerate(found.layout.column_option.tolist()):
        gang = candidates.options[row].deployment
        hours = 10e9 / gang.rate.tokens_per_s / 3600
        assert found.problem.options.cost[column] == pytest.approx(
            gang.nodes * hours * USD_PER_NODE_HOUR
        )


def test_without_a_block_no_share_is_served(compiled):
    """Otherwise demand below a solver's tolerance would run on nothing."""
    _, found = compiled(chat(requests_per_s=1e-9))
    problem = found.problem
    shares = np.zeros(problem.option_count)
    shares[[np.flatnonzero(problem.options.item == item)[0] for item in (0, 1)]] = 1.0
    used = problem.used(Choice.of(shares, np.zeros(problem.blocks)))
    assert (used - problem.capacity).max() > 0.1


def test_only_stated_limits_are_rows(compiled):
    _, free = compiled(chat())
    _, limited = compiled(chat(), it_power_limit_kw=50.0)
    assert "IT power at here" not in free.problem.resource_name
    row = limited.problem.resource_name.index("IT power at here")
    assert limited.problem.capacity[row] == 50_000
