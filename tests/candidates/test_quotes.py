"""Prices of node types: stated ones first, then a scenario's, then the price lists'."""

import math

import pytest

from planner.candidates.quotes import check_names, price_notes, quoted_pools
from planner.domain.estimate import Quote
from planner.domain.option import Place, Pool
from planner.domain.pricing import PurchaseTerms
from planner.errors import InputError

NODE = "aws/p5.48xlarge"
REGION = "aws/us-east-1"


def offered(catalog, node_type, usd):
    node = catalog.node_types[node_type]
    place = Place("hall", 1.2, 300.0, electricity_usd_per_kwh=None, it_power_limit_kw=None)
    terms = PurchaseTerms(usd, available_nodes=4, pays_electricity=False)
    return Pool(place, node, catalog.accelerators[node.accelerator], "on_demand", terms)


def price(catalog, quote, node_type=NODE):
    (pool,) = quoted_pools([node_type], quote, catalog)
    return pool.terms.usd_per_node_hour


def test_a_listed_price_is_that_of_the_list(catalog):
    listed = catalog.prices[(REGION, NODE, "on_demand")]
    (pool,) = quoted_pools([NODE], Quote(REGION), catalog)
    assert pool.terms.usd_per_node_hour == listed.usd_per_node_hour
    assert pool.terms.price_as_of == listed.as_of


def test_a_stated_price_goes_before_all_others(catalog):
    offers = (offered(catalog, NODE, 7.0),)
    assert price(catalog, Quote(REGION, usd_per_node_hour={NODE: 5.0})) == 5
    assert price(catalog, Quote("hall", usd_per_node_hour={NODE: 5.0}, offers=offers)) == 5
    assert price(catalog, Quote("hall", offers=offers)) == 7


def test_a_stated_price_may_be_nothing(catalog):
    assert price(catalog, Quote(usd_per_node_hour={NODE: 0.0})) == 0


def test_spot_works_a_part_of_its_time_only(catalog):
    (spot,) = quoted_pools([NODE], Quote(purchase="spot", usd_per_node_hour={NODE: 5.0}), catalog)
    (other,) = quoted_pools([NODE], Quote(usd_per_node_hour={NODE: 5.0}), catalog)
    assert spot.terms.goodput < other.terms.goodput == 1


@pytest.mark.parametrize("quote", [Quote(), Quote("aws/us-east-1")], ids=["nowhere", "elsewhere"])
def test_a_price_that_nobody_knows_is_not_a_number_and_said(catalog, quote):
    (pool,) = quoted_pools(["hgx-h100-8"], quote, catalog)
    assert math.isnan(pool.terms.usd_per_node_hour)
    (note,) = price_notes(pool, quote, catalog)
    assert note.startswith("no on_demand price of hgx-h100-8")


def test_the_note_names_where_there_is_a_price(catalog):
    (pool,) = quoted_pools([NODE], Quote(), catalog)
    (note,) = price_notes(pool, Quote(), catalog)
    regions = note.rpartition(" in ")[2].removesuffix(", ...").split(", ")
    assert 1 <= len(regions) <= 5
    assert all((region, NODE, "on_demand") in catalog.prices for region in regions)
    quote = Quote(offers=(offered(catalog, NODE, 7.0),))
    assert "at hall (on_demand)" in next(price_notes(pool, quote, catalog))


def test_a_node_type_that_is_asked_for_twice_is_one(catalog):
    assert len(quoted_pools([NODE, NODE], Quote(), catalog)) == 1


def faults(catalog, node_types, architectures=(), **quote):
    with pytest.raises(InputError) as raised:
        check_names(architectures, node_types, Quote(**quote), catalog)
    return [(fault.field, fault.hint) for fault in raised.value.faults]


def test_unknown_names_are_told_at_once_with_the_nearest(catalog):
    found = faults(catalog, ["hgx-h10-8", NODE], ["lama-3.1-8b"], region="aws/us-est-1")
    assert [field for field, _ in found] == ["architecture", "node_type", "price_region"]
    for (_, hint), near in zip(found, ("llama-3.1-8b", "hgx-h100-8", REGION), strict=True):
        assert near in hint


def test_names_that_are_known_pass(catalog):
    check_names(["llama-3.1-8b"], [NODE], Quote(REGION), catalog)
    offers = (offered(catalog, NODE, 7.0),)
    check_names([], [NODE], Quote("hall", offers=offers), catalog)


def test_purchases_are_those_that_prices_are_listed_for(catalog):
    ((field, hint),) = faults(catalog, [NODE], purchase="owned")
    assert field == "purchase"
    assert hint == "there are on_demand, spot"


def test_a_price_for_a_node_type_that_nobody_knows_is_told(catalog):
    assert faults(catalog, [NODE], usd_per_node_hour={"p5": 3.0})[0][0] == "node_type"


@pytest.mark.parametrize("usd", [-1.0, math.nan, math.inf, 1e16])
def test_prices_that_are_none_are_told(catalog, usd):
    with pytest.raises(InputError, match="estimate: usd_per_node_hour: must be"):
        quoted_pools([NODE], Quote(usd_per_node_hour={NODE: usd}), catalog)
