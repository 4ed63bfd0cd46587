"""Sites that are built in phases, and work that moves: against plans by hand."""

from math import ceil

import pytest

import planner
from planner.domain.horizon import Horizon
from planner.domain.one_off import BuildPhase, Running
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving

NODE = "hgx-h100-8"
NODE_KW = 7.2
"""A node draws 7.112 at full power: each step is for one."""
EXACT = planner.Parameters(gap=1e-6)
YEAR = 365.25


def phase(name, **changes):
    fields = {"name": name, "it_power_kw": NODE_KW, "cost_usd": 1000.0, "life_years": 1.0}
    return BuildPhase(**{**fields, **changes})


def site(name="here", nodes=9, **changes):
    offer = Offer(node_type=NODE, purchase="owned", available_nodes=nodes)
    facts = {"pue": 1.0, "carbon_g_per_kwh": 100.0, "electricity_usd_per_kwh": 0.0}
    return ScenarioSite(name=name, **{"capacity": (offer,), **facts, **changes})


def cloud(usd=20.0, name="cloud"):
    offer = Offer(node_type=NODE, purchase="on_demand", usd_per_node_hour=usd)
    return site(name, capacity=(offer,))


def chat(**changes):
    fields = {
        "kind": "serving",
        "name": "chat",
        "architecture": "llama-3.1-8b",
        "requests_per_s": 10.0,
        "input_tokens": 1000,
        "output_tokens": 200,
    }
    return Serving(**{**fields, **changes})


def ask(sites, *workloads, days=40, periods=4):
    horizon = Horizon(days=days, periods=periods)
    return Scenario(scenario="question", horizon=horizon, sites=sites, workloads=workloads)


@pytest.fixture(scope="module")
def best(catalog):
    def plan(*args, **changes):
        made = planner.plan(ask(*args, **changes), catalog=catalog, parameters=EXACT)
        assert made.verified
        return made

    return plan


@pytest.fixture(scope="module")
def per_node(best):
    plan = best((cloud(),), chat(requests_per_s=2000.0), periods=1)
    (line,) = plan.purchases
    return 2000.0 * 0.8 / line.utilisation / line.nodes


def test_a_phase_is_there_after_its_lead_time_and_costs_its_time(best):
    """Ordered at once, there on day 10; till then a node is rented for ten days."""
    there = site(phases=(phase("one", cost_usd=3652.5, lead_days=10.0),))
    plan = best((there, cloud()), chat())
    assert [line.site for line in plan.purchases] == ["cloud", "here", "here", "here"]
    (row,) = plan.build_out
    assert (row.period, row.start_days, row.cost_usd) == ("p1", 10.0, 3652.5)
    assert row.accrued_usd == pytest.approx(3652.5 * 30 / YEAR)
    assert row.depreciation_usd == pytest.approx(row.accrued_usd)
    assert plan.cost_usd == pytest.approx(20.0 * 240 + row.accrued_usd)
    assert [each.capex_usd for each in plan.periods] == [3652.5, 0, 0, 0]
    assert [each.one_off_usd for each in plan.periods] == pytest.approx([0, 100, 100, 100])


@pytest.mark.parametrize(("usd", "is_built"), [(0.99, True), (1.01, False)])
def test_it_is_built_when_that_costs_less_than_renting(best, usd, is_built):
    """365.25 days at 20 USD an hour."""
    there = site(phases=(phase("one", cost_usd=usd * 20 * 24 * YEAR),))
    plan = best((there, cloud()), chat())
    assert bool(plan.build_out) == is_built


def test_capital_costs_interest_also_before_it_works(best):
    """One payment a year later, and ten days' interest before."""
    there = site(
        phases=(phase("one", cost_usd=1000.0, lead_days=10.0, cost_of_capital_per_year=0.1),)
    )
    (row,) = best((there, cloud()), chat()).build_out
    assert row.accrued_usd == pytest.approx(1000 * 1.1 ** (10 / YEAR) * 1.1 * 30 / YEAR)
    assert row.depreciation_usd == pytest.approx(1000 * 30 / YEAR)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_phases_come_in_their_order(best, per_node, count):
    """The first is dear and the last is cheap: there is no way around the first."""
    steps = (
        phase("one", cost_usd=9000.0),
        phase("two", cost_usd=500.0),
        phase("three", cost_usd=1),
    )
    work = chat(requests_per_s=(count - 0.05) * per_node)
    plan = best((site(phases=steps), cloud()), work)
    assert [each.phase for each in plan.build_out] == ["one", "two", "three"][:count]
    paid = sum(each.cost_usd for each in steps[:count])
    assert plan.cost_usd == pytest.approx(paid * 40 / YEAR, rel=1e-5)


def test_a_phase_waits_for_the_one_before_it_and_for_its_need(best, per_node):
    """One node's worth, and two from the third period on: the second step comes then."""
    steps = (phase("one"), phase("two"))
    work = chat(requests_per_s=0.55 * per_node, growth_per_month=2.0)
    plan = best((site(phases=steps),), work)
    held = {line.period: line.nodes for line in plan.purchases}
    first_two = next(name for name in ("p1", "p2", "p3", "p4") if held[name] == 2)
    assert [(e.phase, e.period) for e in plan.build_out] == [("one", "p1"), ("two", first_two)]
    assert first_two > "p1"
    limits = {each.period: each.it_power_limit_kw for each in plan.sites}
    assert limits == {name: NODE_KW * nodes for name, nodes in held.items()}


def test_what_cannot_be_there_in_time_is_infeasible(catalog):
    there = site(phases=(phase("one", lead_days=10.0),))
    plan = planner.plan(ask((there,), chat()), catalog=catalog)
    assert plan.status == "infeasible"
    assert {each.period for each in plan.shortages} == {"p1"}


def test_the_power_that_is_there_is_used_first(best, per_node):
    there = site(it_power_limit_kw=NODE_KW, phases=(phase("one"),))
    assert not best((there, cloud()), chat()).build_out
    assert best((there, cloud()), chat(requests_per_s=1.9 * per_node)).build_out


def running(**accelerators):
    return tuple(Running(site=name, accelerators=count) for name, count in accelerators.items())


@pytest.mark.parametrize(("usd", "moves"), [(1.0, True), (10_000.0, False)])
def test_work_moves_when_that_is_worth_it(best, usd, moves):
    """One accelerator of it: 10 USD an hour less over a day, or 240 USD."""
    work = chat(runs_today=running(old=1), moving_usd_per_accelerator=usd)
    plan = best((cloud(30.0, "old"), cloud(20.0, "new")), work, days=1, periods=1)
    (line,) = plan.allocations
    assert line.site == ("new" if moves else "old")
    told = [(each.site, each.accelerators, each.cost_usd) for each in plan.moves]
    assert told == ([("new", 1, usd)] if moves else [])
    assert plan.cost_usd == pytest.approx(480 + usd if moves else 720)


def test_only_what_is_new_at_a_site_moves(best, per_node):
    """Two nodes' worth, of which some accelerators are there already; in the first period."""
    count = ceil(16 * 0.95)
    work = chat(
        requests_per_s=1.9 * per_node,
        growth_per_month=0.5,
        runs_today=running(here=5, away=99),
        moving_usd_per_accelerator=10.0,
    )
    plan = best((cloud(20.0, "here"), cloud(500.0, "away")), work)
    first = sum(e.accelerators for e in plan.allocations if e.period == "p1" and e.site == "here")
    (move,) = plan.moves
    assert (move.site, move.accelerators) == ("here", first - 5)
    assert first >= count
    assert plan.periods[0].one_off_usd == pytest.approx(10.0 * (first - 5))
    assert sum(each.one_off_usd for each in plan.periods[1:]) == 0
