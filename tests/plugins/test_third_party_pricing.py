"""A pricing rule and an agreement that nobody here thought of, from one file of somebody else."""

import importlib.util
from pathlib import Path

import pytest

import planner
from planner.domain.agreement import Agreement
from planner.domain.horizon import Horizon
from planner.domain.invoice import InvoiceLine
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving
from planner.errors import PluginError
from planner.planning import load_catalog

FILE = Path(__file__).with_name("acme_pricing.py")
NODE = "hgx-h100-8"


@pytest.fixture
def acme():
    spec = importlib.util.spec_from_file_location("acme_pricing", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ask(*agreements):
    offers = (
        Offer(node_type=NODE, purchase="on_demand", usd_per_node_hour=20.0),
        Offer(
            node_type=NODE,
            purchase="season_ticket",
            parameters={"usd_per_node_season": 30_000.0},
        ),
    )
    workload = Serving(
        kind="serving",
        name="chat",
        architecture="llama-3.1-70b",
        requests_per_s=120.0,
        input_tokens=1000,
        output_tokens=200,
    )
    return Scenario(
        scenario="acme",
        horizon=Horizon(months=6, periods=6),
        sites=(ScenarioSite(name="here", pue=1.2, carbon_g_per_kwh=1.0, capacity=offers),),
        workloads=(workload,),
        agreements=agreements,
    )


def test_it_is_bought_because_it_is_cheaper(acme):
    """30,000 USD a quarter against 43,830 on demand (2,191.5 h x 20 USD), twice."""
    plan = planner.plan(ask(), catalog=load_catalog([("acme", acme)]))
    nodes = sum(line.nodes for line in plan.contracts if line.period == "p1")
    assert nodes > 2
    assert plan.cost_usd == pytest.approx(2 * nodes * 30_000)


def test_its_rebate_comes_off_the_bill(acme):
    """On demand every month has a bill of its own; a ticket is on two of six."""
    rebate = Agreement(
        name="thanks", rule="rebate", parameters={"usd_for_every_month": 1_000_000.0}
    )
    plan = planner.plan(ask(rebate), catalog=load_catalog([("acme", acme)]))
    assert plan.verified
    assert plan.cost_usd == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("rule", ["SeasonTicket", "Rebate"])
def test_a_bill_that_is_none_of_its_terms_blames_the_plugin(acme, rule, monkeypatch):
    monkeypatch.setattr(
        getattr(acme, rule), "invoice", lambda *_: [InvoiceLine(0, "contract", 123.45)]
    )
    rebate = Agreement(name="thanks", rule="rebate", parameters={"usd_for_every_month": 50.0})
    with pytest.raises(PluginError, match="writes another bill than its terms"):
        planner.plan(ask(rebate), catalog=load_catalog([("acme", acme)]))
