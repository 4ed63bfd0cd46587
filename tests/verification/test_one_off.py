"""Phases and moves on a right plan in which one thing is changed."""

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.one_off import BuildPhase, Running
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving

PHASES = tuple(
    BuildPhase(
        name=name,
        it_power_kw=7.2,
        cost_usd=usd,
        lead_days=10.0,
        life_years=1.0,
        cost_of_capital_per_year=0.08,
    )
    for name, usd in (("one", 900.0), ("two", 500.0), ("three", 400.0))
)


def site(name, purchase, **changes):
    offer = Offer(node_type="hgx-h100-8", purchase=purchase, **changes.pop("offer"))
    facts = {"pue": 1.0, "carbon_g_per_kwh": 100.0, "electricity_usd_per_kwh": 0.01}
    return ScenarioSite(name=name, capacity=(offer,), **facts, **changes)


@pytest.fixture(scope="module")
def scenario():
    own = site("own", "owned", offer={"available_nodes": 9}, phases=PHASES)
    cloud = site("cloud", "on_demand", offer={"usd_per_node_hour": 20.0})
    chat = Serving(
        kind="serving",
        name="chat",
        architecture="llama-3.1-8b",
        requests_per_s=250.0,
        input_tokens=1000,
        output_tokens=200,
        runs_today=(Running(site="own", accelerators=3),),
        moving_usd_per_accelerator=7.0,
    )
    return Scenario(
        scenario="built",
        horizon=Horizon(days=40, periods=4),
        sites=(own, cloud),
        workloads=(chat,),
    )


@pytest.fixture(scope="module")
def plan(scenario, catalog):
    return planner.plan(scenario, catalog=catalog, parameters=planner.Parameters(gap=1e-6))


def test_the_plan_is_what_the_others_are_made_of(plan, scenario, violations):
    assert violations(plan, scenario) == ()
    assert [(each.phase, each.period) for each in plan.build_out] == [("one", "p1"), ("two", "p1")]
    assert [each.site for each in plan.moves] == ["cloud"]


@pytest.mark.parametrize("table", ["build_out", "moves"])
def test_every_value_of_every_row(plan, scenario, violations, table):
    for number, row in enumerate(getattr(plan, table)):
        for field, value in row.model_dump().items():
            for other in (
                ("p3", "own", "chat", "three", "nothing-has-this-name")
                if isinstance(value, str)
                else (value + 1, value * 0.999)
            ):
                if other == value or (isinstance(value, int) and other != int(other)):
                    continue
                rows = list(getattr(plan, table))
                rows[number] = row.model_copy(update={field: other})
                changed = plan.model_copy(update={table: tuple(rows)})
                assert violations(changed, scenario), (number, field, other)


@pytest.mark.parametrize("table", ["build_out", "moves"])
def test_rows_dropped_doubled_and_swapped(plan, scenario, violations, table):
    rows = getattr(plan, table)
    for number in range(len(rows)):
        for changed in (rows[:number] + rows[number + 1 :], (*rows, rows[number])):
            assert violations(plan.model_copy(update={table: changed}), scenario)


def test_a_phase_out_of_turn_is_found(plan, scenario, violations):
    _, second = plan.build_out
    alone = plan.model_copy(update={"build_out": (second,)})
    assert any("out of turn" in each.rule for each in violations(alone, scenario))


def test_what_is_built_for_nothing_is_paid_for(plan, scenario, violations):
    """A third phase that nothing needs, right by itself: its cost is in no sum."""
    _, second = plan.build_out
    third = second.model_copy(
        update={
            "phase": "three",
            "cost_usd": 400.0,
            "accrued_usd": second.accrued_usd * 0.8,
            "depreciation_usd": second.depreciation_usd * 0.8,
        }
    )
    changed = plan.model_copy(update={"build_out": (*plan.build_out, third)})
    found = violations(changed, scenario)
    assert not [each for each in found if each.where.startswith("build_out")]
    assert any("one_off_usd" in each.where for each in found)
