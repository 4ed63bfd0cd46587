"""Price lists against published prices, and the rules that turn offers into terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from planner.catalog.index import build_catalog
from planner.domain.contribution import Contribution, Origin
from planner.domain.pricing import Offer, Price, PricingRule
from planner.domain.record import SMALLEST
from planner_hardware.plugin import planner_node_types
from planner_pricing import plugin
from planner_pricing.spot import Spot, SpotParameters, goodput

PRICES = tuple(plugin.planner_prices())
BY_KEY = {(price.site, price.node_type, price.purchase): price for price in PRICES}
NODE_TYPES = {node.name: node for node in planner_node_types()}
RULES: dict[str, PricingRule] = {rule.name: rule for rule in plugin.planner_pricing_rules()}
LISTED = Price(
    site="aws/us-east-1",
    node_type="aws/p5.48xlarge",
    purchase="on_demand",
    usd_per_node_hour=55.04,
    as_of="2026-07-20",
    basis="listed",
    source="price list",
)


def offer(purchase: str, **fields: object) -> Offer:
    return Offer.model_validate({"node_type": "aws/p5.48xlarge", "purchase": purchase} | fields)


def test_how_many_prices_there_are() -> None:
    assert len(PRICES) == 1993
    assert len(BY_KEY) == len(PRICES)
    assert sum(price.purchase == "spot" for price in PRICES) == 460
    assert len({price.site for price in PRICES}) == 137


def test_every_price_is_of_a_known_node_type_and_rule() -> None:
    assert {price.node_type for price in PRICES} <= set(NODE_TYPES)
    assert {price.purchase for price in PRICES} <= set(RULES)


def test_every_cloud_node_type_has_a_price() -> None:
    cloud = {node.name for node in NODE_TYPES.values() if node.provider}
    assert cloud == {price.node_type for price in PRICES}


def test_prices_hold_at_regions_of_the_provider() -> None:
    for price in PRICES:
        provider, _, region = price.site.partition("/")
        assert price.node_type.startswith(f"{provider}/")
        assert region == region.lower()
        assert region.strip("*")


@pytest.mark.parametrize(
    ("site", "node_type", "purchase", "usd"),
    [
        ("aws/us-east-1", "aws/p5.48xlarge", "on_demand", 55.04),
        ("aws/us-east-1", "aws/p4d.24xlarge", "on_demand", 21.957642),
        ("aws/us-east-1", "aws/g6e.xlarge", "on_demand", 1.861),
        ("azure/eastus", "azure/Standard_ND96isr_H100_v5", "on_demand", 98.32),
        ("azure/eastus", "azure/Standard_NC24ads_A100_v4", "on_demand", 3.673),
        ("gcp/us-central1", "gcp/a3-highgpu-8g", "on_demand", 88.490000),
        ("oci/global", "oci/BM.GPU.H100.8", "on_demand", 80.0),
        ("hyperstack/canada-1", "hyperstack/n3-H100-SXM5x8", "on_demand", 19.2),
        # zones at 17.6289, 19.2531, 21.1543, 25.7522; two without a market; a Local Zone at 10.24
        ("aws/us-east-1", "aws/p5.48xlarge", "spot", 19.2531),
        ("aws/us-west-2", "aws/p5.48xlarge", "spot", 12.9727),
    ],
)
def test_published_prices(site: str, node_type: str, purchase: str, usd: float) -> None:
    assert BY_KEY[site, node_type, purchase].usd_per_node_hour == pytest.approx(usd, abs=0.005)


def test_where_there_is_no_market_there_is_no_price() -> None:
    assert ("aws/us-east-2", "aws/p5e.48xlarge", "on_demand") not in BY_KEY
    assert ("aws/us-east-2", "aws/p5e.48xlarge", "spot") in BY_KEY
    assert ("aws/ap-south-1", "aws/p4d.24xlarge", "on_demand") in BY_KEY
    assert ("aws/ap-south-1", "aws/p4d.24xlarge", "spot") not in BY_KEY


def test_spot_is_cheaper_than_on_demand() -> None:
    compared = 0
    for price in PRICES:
        regular = BY_KEY.get((price.site, price.node_type, "on_demand"))
        if price.purchase == "spot" and regular:
            assert price.usd_per_node_hour < 0.999 * regular.usd_per_node_hour
            compared += 1
    assert compared > 400


def test_an_accelerator_hour_costs_between_10_cents_and_60_dollars() -> None:
    """From spot L4 and T4 up to a GB200 in the dearest region (54.08)."""
    for price in PRICES:
        per_hour = price.usd_per_node_hour / NODE_TYPES[price.node_type].accelerators_per_node
        assert 0.1 < per_hour < 60, price


def test_the_catalog_takes_every_record() -> None:
    origin = Origin("pricing")
    catalog = build_catalog(
        {
            "planner_prices": tuple(Contribution(each, origin) for each in PRICES),
            "planner_pricing_rules": tuple(Contribution(each, origin) for each in RULES.values()),
        }
    )
    assert len(catalog.prices) == len(PRICES)
    assert set(catalog.pricing_rules) == set(RULES)


@pytest.mark.parametrize("purchase", ["on_demand", "spot"])
def test_ones_own_price_goes_before_the_listed_one(purchase: str) -> None:
    rule = RULES[purchase]
    listed = rule.terms(offer(purchase, available_nodes=3), rule.parameters(), LISTED)
    assert (listed.usd_per_node_hour, listed.price_as_of) == (55.04, "2026-07-20")
    assert listed.available_nodes == 3
    own = rule.terms(offer(purchase, usd_per_node_hour=20.0), rule.parameters(), LISTED)
    assert (own.usd_per_node_hour, own.price_as_of) == (20.0, None)
    assert own.available_nodes is None


@pytest.mark.parametrize("purchase", ["on_demand", "spot"])
def test_a_price_of_zero_is_a_price(purchase: str) -> None:
    rule = RULES[purchase]
    terms = rule.terms(offer(purchase, usd_per_node_hour=0.0), rule.parameters(), LISTED)
    assert terms.usd_per_node_hour == 0


@pytest.mark.parametrize("purchase", ["on_demand", "spot"])
def test_without_any_price_the_message_says_what_to_state(purchase: str) -> None:
    rule = RULES[purchase]
    with pytest.raises(ValueError, match=rf"no {purchase} price of aws/p5.48xlarge .*: state usd_"):
        rule.terms(offer(purchase), rule.parameters(), None)


def test_on_demand_is_whole_and_includes_electricity() -> None:
    rule = RULES["on_demand"]
    terms = rule.terms(offer("on_demand"), rule.parameters(), LISTED)
    assert terms.goodput == 1
    assert not terms.is_interruptible
    assert not terms.pays_electricity


def test_owned_pays_for_electricity_and_ignores_price_lists() -> None:
    rule = RULES["owned"]
    terms = rule.terms(offer("owned", available_nodes=16), rule.parameters(), LISTED)
    assert terms.usd_per_node_hour == 0
    assert terms.available_nodes == 16
    assert terms.pays_electricity
    assert terms.price_as_of is None
    operated = offer("owned", available_nodes=0, usd_per_node_hour=1.5)
    terms = rule.terms(operated, rule.parameters(), None)
    assert (terms.usd_per_node_hour, terms.available_nodes) == (1.5, 0)


def test_owned_must_say_how_many() -> None:
    rule = RULES["owned"]
    with pytest.raises(ValueError, match=r"owned capacity of aws/p5.48xlarge .*available_nodes"):
        rule.terms(offer("owned"), rule.parameters(), LISTED)


@pytest.mark.parametrize("purchase", ["on_demand", "owned", "spot"])
def test_unknown_parameters_are_refused(purchase: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        RULES[purchase].parameters.model_validate({"discount": 0.1})


def test_spot_is_interruptible_and_loses_time() -> None:
    terms = Spot().terms(offer("spot"), SpotParameters(), LISTED)
    assert terms.is_interruptible
    assert not terms.pays_electricity
    assert terms.goodput == pytest.approx(1440 / 1470)  # a day of work, half an hour lost


RATES = st.just(0.0) | st.floats(min_value=SMALLEST, max_value=1e15)


@given(interruptions=RATES, minutes=RATES, worse=st.floats(min_value=1, max_value=100))
def test_goodput_is_a_share_that_falls_with_every_loss(
    interruptions: float, minutes: float, worse: float
) -> None:
    def share(interruptions: float, minutes: float) -> float:
        parameters = SpotParameters.model_construct(
            interruptions_per_day=interruptions, minutes_lost_per_interruption=minutes
        )
        return goodput(parameters)

    base = share(interruptions, minutes)
    assert 0 < base <= 1
    assert share(worse * interruptions, minutes) <= base
    assert share(interruptions, worse * minutes) <= base


@given(interruptions=st.floats(min_value=0.01, max_value=1000), minutes=RATES)
def test_goodput_is_up_time_over_up_and_down_time(interruptions: float, minutes: float) -> None:
    up = 1440 / interruptions
    parameters = SpotParameters(
        interruptions_per_day=interruptions, minutes_lost_per_interruption=minutes
    )
    assert goodput(parameters) == pytest.approx(up / (up + minutes))


def test_uninterrupted_spot_loses_nothing() -> None:
    assert goodput(SpotParameters(interruptions_per_day=0.0)) == 1
