"""Agreements: what they cover, in which order, and what is refused."""

import pytest

from planner.catalog.agreements import accounts_of, resolve_agreements
from planner.catalog.calendar import calendar_of
from planner.catalog.references import check_scenario
from planner.domain.agreement import Agreement, Covers
from planner.domain.horizon import Horizon
from planner.domain.pricing import Offer
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.workload import Serving
from planner.errors import InputError


def agreement(name, rule, covers=None, **parameters):
    return Agreement(name=name, rule=rule, covers=covers or Covers(), parameters=parameters)


def ask(*agreements):
    def site(name, *purchases):
        offers = tuple(
            Offer(node_type="hgx-h100-8", purchase=each, usd_per_node_hour=20.0)
            for each in purchases
        )
        return ScenarioSite(name=name, pue=1.2, carbon_g_per_kwh=100.0, capacity=offers)

    workload = Serving(
        kind="serving",
        name="chat",
        architecture="llama-3.1-8b",
        requests_per_s=1.0,
        input_tokens=100,
        output_tokens=100,
    )
    return Scenario(
        scenario="question",
        horizon=Horizon(months=24, periods=24),
        sites=(site("one", "on_demand", "spot"), site("two", "on_demand")),
        workloads=(workload,),
        agreements=agreements,
    )


def told(catalog, *agreements):
    with pytest.raises(InputError) as caught:
        check_scenario(ask(*agreements), catalog)
    return [(fault.field, fault.rule) for fault in caught.value.faults]


TIERS = {"kind": "marginal", "tiers": [{"from_usd": 10.0, "discount": 0.1}]}


def test_offers_are_covered_by_site_node_type_and_purchase(catalog):
    scenario = ask(
        agreement("one", "budget", Covers(sites=("one",)), most_usd=1e9),
        agreement("spot", "budget", Covers(purchases=("spot",)), most_usd=1e9),
        agreement("none", "budget", Covers(sites=("two",), charges=("capital",)), most_usd=0.0),
        agreement("all", "credits", balance_usd=1.0),
    )
    found = resolve_agreements(scenario, check_scenario(scenario, catalog))
    assert [sorted(each.pools) for each in found] == [[0, 1], [1], [2], [0, 1, 2]]
    assert found[2].charges == {"capital"}


def test_later_accounts_take_up_what_earlier_ones_leave(catalog):
    scenario = ask(
        agreement("tiers", "volume_tiers", Covers(sites=("one",)), **TIERS),
        agreement("minimum", "minimum_spend", minimum_usd=5.0),
        agreement("credits", "credits", balance_usd=1.0, expires_days=365.25),
    )
    found = resolve_agreements(scenario, check_scenario(scenario, catalog))
    accounts = accounts_of(found, calendar_of(scenario.horizon).periods)
    by_agreement = [[a for a in accounts if a.agreement == row] for row in range(3)]
    assert [len(each) for each in by_agreement] == [24, 2, 1]
    minimum = by_agreement[1][1]
    assert minimum.periods == tuple(range(12, 24))
    assert minimum.accounts == tuple(range(12, 24))
    assert {cell.pool for cell in minimum.cells} == {2}  # the other site has no tiers
    assert by_agreement[2][0].periods == tuple(range(12))
    assert by_agreement[2][0].accounts == (24,)  # the first year of the minimum
    assert by_agreement[2][0].cells == ()


@pytest.mark.parametrize(
    ("agreements", "field", "rule"),
    [
        ([agreement("a", "discounts")], "agreements.0.rule", "unknown agreement rule"),
        (
            [agreement("a", "credits", Covers(sites=("three",)), balance_usd=1.0)],
            "agreements.0.covers.sites.0",
            "is offered nowhere",
        ),
        (
            [
                agreement(
                    "a", "credits", Covers(sites=("two",), purchases=("spot",)), balance_usd=1.0
                )
            ],
            "agreements.0",
            "covers no offer",
        ),
        ([agreement("a", "credits")], "agreements.0.parameters.balance_usd", "is needed"),
        (
            [agreement("a", "credits", balance=1.0, balance_usd=1.0)],
            "agreements.0.parameters.balance",
            "is no field",
        ),
        (
            [
                agreement("wide", "volume_tiers", **TIERS),
                agreement("narrow", "credits", Covers(sites=("one",)), balance_usd=1.0),
            ],
            "agreements.1",
            "cover all of it",
        ),
        (
            [
                agreement("long", "volume_tiers", **TIERS, window="year"),
                agreement("short", "minimum_spend", minimum_usd=1.0, window="period"),
            ],
            "agreements.1",
            "over a shorter time",
        ),
        (
            [
                agreement("first", "volume_tiers", **TIERS),
                agreement("plan", "savings_plan", term_years=1, discounts={"hgx-h100-8": 0.2}),
            ],
            "agreements.1",
            "must come before first",
        ),
        (
            [agreement("plan", "savings_plan", term_years=1, discounts={"hgx-a100-8": 0.2})],
            "agreements.0",
            "discounts a node type",
        ),
        (
            [
                agreement(
                    "plan",
                    "savings_plan",
                    Covers(charges=("usage", "contract")),
                    term_years=1,
                    discounts={"hgx-h100-8": 0.2},
                )
            ],
            "agreements.0.covers.charges",
            "covers `usage`",
        ),
    ],
)
def test_what_cannot_be_agreed_is_told_at_its_field(catalog, agreements, field, rule):
    ((found, said),) = told(catalog, *agreements)
    assert found == field
    assert rule in said


def test_two_agreements_have_two_names():
    with pytest.raises(ValueError, match="two agreements are called twin"):
        ask(agreement("twin", "budget", most_usd=1.0), agreement("twin", "budget", most_usd=2.0))


def test_hardware_can_have_a_budget_only(catalog):
    ((field, rule),) = told(
        catalog, agreement("rebate", "credits", Covers(charges=("capital",)), balance_usd=1.0)
    )
    assert field == "agreements.0.covers.charges"
    assert "state a rebate in its price" in rule
