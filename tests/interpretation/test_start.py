"""A plan read back as columns means what the plan says."""

import json
from pathlib import Path

import pytest

import planner
from planner.candidates.program import compile_scenario
from planner.catalog.references import check_scenario
from planner.catalog.staging import staged
from planner.domain.scenario import Scenario
from planner.interpretation import start_from
from planner.optimization.feasibility import holds

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.yaml"


@pytest.fixture(scope="module")
def scenario(catalog):
    return planner.load_scenario(QUICKSTART, catalog)


@pytest.fixture(scope="module")
def plan(scenario, catalog):
    return planner.plan(scenario, catalog=catalog)


def begun(scenario, catalog, plan):
    program = compile_scenario(scenario, check_scenario(scenario, catalog))
    return program.problem, start_from(plan, program).choice


def test_of_its_own_scenario_it_is_the_plan(scenario, catalog, plan):
    problem, choice = begun(scenario, catalog, plan)
    assert holds(problem, choice)
    assert problem.objective(choice) == pytest.approx(plan.objective_usd)


def test_a_workload_and_a_site_that_are_gone_are_dropped(scenario, catalog, plan):
    fewer = scenario.model_copy(
        update={
            "workloads": tuple(w for w in scenario.workloads if w.name != "next-small"),
            "sites": tuple(s for s in scenario.sites if s.name != "stockholm"),
        }
    )
    problem, choice = begun(fewer, catalog, plan)
    kept = {a.workload for a in plan.allocations if a.site != "stockholm"} - {"next-small"}
    written = problem.written(choice.option)
    assert {problem.item_name[item].split("[")[0] for item in written.item} == kept
    again = planner.plan(fewer, catalog=catalog, start=plan)
    assert again.verified or again.status == "infeasible"


def test_the_same_start_gives_the_same_plan_and_it_is_named(scenario, catalog, plan):
    busier = scenario.model_copy(
        update={
            "workloads": tuple(
                w.model_copy(update={"requests_per_s": w.requests_per_s * 1.1})
                if w.kind == "serving"
                else w
                for w in scenario.workloads
            )
        }
    )
    one, two = (planner.plan(busier, catalog=catalog, start=plan) for _ in range(2))
    assert one.model_dump_json() == two.model_dump_json()
    assert one.status == "optimal"
    assert len(one.evidence.started_from) == 64
    assert plan.evidence.started_from is None
    assert one.objective_usd == pytest.approx(
        planner.plan(busier, catalog=catalog).objective_usd, rel=2e-3
    )


def test_jobs_of_several_periods_begin_where_the_plan_has_them(catalog):
    """Runs one after the other, a heap, and billing units: there is nothing left to find."""
    tariff = {"series": {"by_hour": [0.1, 0.1, 0.9, 0.1, *[0.2] * 20]}}
    run = {"kind": "fine_tuning", "architecture": "llama-3.1-8b", "accelerators": 8}
    run["deadline_days"] = 9.0
    asked = Scenario.model_validate_json(
        json.dumps(
            {
                "scenario": "paced",
                "horizon": {"days": 6 / 24, "periods": 6, "start": "2024-01-01"},
                "sites": [
                    {
                        "name": "here",
                        "pue": 1.0,
                        "carbon_g_per_kwh": 100.0,
                        "tariff": tariff,
                        "capacity": [
                            {"node_type": "hgx-h100-8", "purchase": "owned", "available_nodes": 1},
                            {
                                "node_type": "hgx-h100-8",
                                "purchase": "on_demand",
                                "usd_per_node_hour": 3.0,
                                "parameters": {"billed_per": "hour"},
                            },
                        ],
                    }
                ],
                "workloads": [
                    {**run, "name": "first", "tokens_b": 0.8},
                    {
                        **run,
                        "name": "second",
                        "tokens_b": 0.4,
                        "restart_hours": 1.5,
                        "after": ["first"],
                    },
                    {
                        "kind": "batch_inference",
                        "name": "heap",
                        "architecture": "llama-3.1-8b",
                        "tokens_b": 0.2,
                        "deadline_days": 9.0,
                        "input_tokens": 1000,
                        "output_tokens": 200,
                    },
                ],
            }
        )
    )
    plan = planner.plan(asked, catalog=catalog)
    assert {each.workload for each in plan.allocations} == {"first", "second", "heap"}
    assert {each.purchase for each in plan.allocations} == {"owned", "on_demand"}
    known = check_scenario(asked, catalog)
    program = compile_scenario(staged(asked, known), known)
    choice = start_from(plan, program).choice
    assert holds(program.problem, choice)
    assert program.problem.objective(choice) == pytest.approx(plan.objective_usd, rel=1e-6)
    again = planner.plan(asked, catalog=catalog, start=plan)
    assert again.objective_usd == pytest.approx(plan.objective_usd, rel=2e-3)
