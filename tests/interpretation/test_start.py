"""A plan read back as columns means what the plan says."""

from pathlib import Path

import pytest

import planner
from planner.candidates.program import compile_scenario
from planner.catalog.references import check_scenario
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
