"""The report of a plan of many periods: what to sign, what is paid when, and what finance reads."""

import re

import pytest
from rich.console import Console

import planner
from planner.domain.agreement import Agreement
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.revenue import Finance, Revenue
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Pretraining, Serving
from planner.report import plan_report

NODE = "hgx-h100-8"


@pytest.fixture(scope="module")
def scenario():
    site = ScenarioSite(
        name="here",
        pue=1.2,
        carbon_g_per_kwh=100.0,
        electricity_usd_per_kwh=0.1,
        capacity=(
            Offer(node_type=NODE, purchase="on_demand", usd_per_node_hour=20.0),
            Offer(
                node_type=NODE,
                purchase="reserved",
                usd_per_node_hour=20.0,
                parameters={"term_years": 1, "discount": 0.5, "payment": "partial"},
            ),
            Offer(
                node_type=NODE,
                purchase="new_build",
                available_nodes=2,
                parameters={"usd_per_node": 250_000.0, "cost_of_capital": 0.08},
            ),
        ),
    )
    chat = Serving(
        kind="serving",
        name="chat",
        architecture="llama-3.1-70b",
        requests_per_s=60.0,
        growth_per_month=0.05,
        input_tokens=1000,
        output_tokens=200,
        revenue=Revenue(usd_per_request=0.002, monthly_active_users=10_000.0),
    )
    run = Pretraining(
        kind="pretraining",
        name="run",
        architecture="llama-3.2-3b",
        tokens_b=300.0,
        start_days=40.0,
        deadline_days=100.0,
    )
    agreements = (
        Agreement(name="welcome", rule="credits", parameters={"balance_usd": 20_000.0}),
        Agreement(
            name="suite", rule="software_licence", parameters={"usd_per_accelerator_year": 4500.0}
        ),
    )
    return Scenario(
        scenario="over-time",
        horizon=Horizon(months=18, periods=18),
        sites=(site,),
        workloads=(chat, run),
        agreements=agreements,
        finance=Finance(target_gross_margin=0.99),
    )


@pytest.fixture(scope="module")
def plan(scenario, catalog):
    return planner.plan(scenario, catalog=catalog, parameters=planner.Parameters(gap=0.02))


@pytest.fixture(scope="module")
def shown(plan, scenario):
    def at(width):
        console = Console(width=width, record=True, file=None)
        with console.capture() as capture:
            console.print(plan_report(plan, scenario))
        return capture.get()

    return at


def test_what_runs_is_told_from_period_to_period(shown, plan):
    text = shown(100)
    assert "What runs where, from period to period" in text
    assert "p01-p18" in text
    assert text.count("llama-3.1-70b") < len(plan.allocations)  # not a row for every month


def test_what_to_sign_comes_with_its_time_and_its_price(shown, plan):
    text = shown(100)
    assert "What to sign, or order" in text
    for line in plan.contracts:
        assert f"{line.nodes:,} x {NODE}" in text
    late = [line for line in plan.contracts if line.beyond_usd > 0]
    assert bool(late) == ("after the horizon" in text)


def test_the_bill_adds_up_from_period_to_period(plan):
    total = sum(each.cost_usd for each in plan.periods) + plan.cost.beyond_horizon_usd
    assert plan.cost_usd == pytest.approx(total)
    parts = plan.cost.model_dump().values()
    assert plan.cost_usd == pytest.approx(sum(parts))
    assert plan.periods[-1].cumulative_cash_flow_usd == pytest.approx(
        sum(each.revenue_usd - each.opex_usd - each.capex_usd for each in plan.periods)
    )


def test_what_every_workload_costs_is_the_whole_bill(plan):
    """Direct cost and overhead of all workloads are the plan's cost, to the last part of it."""
    costs = [each.direct_usd + each.overhead_usd for each in plan.economics.workloads]
    assert sum(costs) == pytest.approx(plan.cost_usd)
    made = plan.economics
    assert made.cogs_usd + made.research_usd + made.capital_cost_usd == pytest.approx(plan.cost_usd)
    assert made.capital_cost_usd > 0
    assert made.research_usd > 0


def test_finance_reads_margin_cash_and_own_against_rent(shown):
    text = shown(100)
    for part in (
        "Statement for the horizon",
        "gross profit",
        "free cash flow",
        "software licences",
    ):
        assert part in text
    assert re.search(r"gross margin [\d.]+%, target 99.0% missed; prices [\d.]+ times", text)
    assert "welcome (credits): " in text
    assert re.search(r"new_build at \$[\d.]+ an\s+accelerator-hour", text)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_the_terminal(shown, width):
    assert max(map(len, shown(width).splitlines())) <= width
