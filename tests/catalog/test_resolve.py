"""Places and pools: what the scenario says goes before what the catalog knows."""

import pytest

from planner.catalog.index import build_catalog, extended
from planner.catalog.resolve import resolve_places, resolve_pools, site_faults
from planner.domain.contribution import Contribution, Origin
from planner.domain.record import Record
from planner.errors import InputError, PluginError
from planner.extension.host import gather


@pytest.fixture
def resolved(read, catalog):
    def places_and_pools(text):
        scenario = read(text)
        known = extended(catalog, scenario)
        places = resolve_places(scenario, known)
        return places, resolve_pools(scenario, places, known)

    return places_and_pools


def test_places_have_stated_facts_and_the_rest_from_the_catalog(resolved, catalog, changed):
    places, _ = resolved(
        changed("    catalog: aws/eu-north-1", "    catalog: aws/eu-north-1\n    pue: 1.5")
    )
    hall, stockholm = places
    assert (hall.name, hall.pue, hall.carbon_g_per_kwh) == ("hall", 1.2, 300)
    assert hall.electricity_usd_per_kwh == 0.1
    assert hall.it_power_limit_kw is None
    listed = catalog.sites["aws/eu-north-1"]
    assert stockholm.pue == 1.5 != listed.pue
    assert stockholm.carbon_g_per_kwh == listed.carbon_g_per_kwh
    assert stockholm.electricity_usd_per_kwh == listed.electricity_usd_per_kwh


@pytest.mark.parametrize("field", ["carbon_g_per_kwh", "electricity_usd_per_kwh"])
def test_a_stated_zero_is_a_fact(resolved, changed, field):
    places, _ = resolved(
        changed("    catalog: aws/eu-north-1", f"    catalog: aws/eu-north-1\n    {field}: 0")
    )
    assert getattr(places[1], field) == 0


def test_pools_keep_the_order_of_the_offers_and_know_hardware_and_terms(resolved, valid, catalog):
    places, pools = resolved(valid)
    assert [pool.key for pool in pools] == [
        "hall / hgx-h100-8 / owned",
        "stockholm / aws/p5.48xlarge / on_demand",
        "stockholm / aws/p5en.48xlarge / spot",
    ]
    owned, regular, spot = pools
    assert owned.place is places[0]
    assert owned.accelerator == catalog.accelerators["H100-80GB-SXM"]
    assert (owned.terms.available_nodes, owned.terms.pays_electricity) == (4, True)
    assert owned.terms.usd_per_node_hour == 0
    price = catalog.prices["aws/eu-north-1", "aws/p5.48xlarge", "on_demand"]
    assert regular.terms.usd_per_node_hour == price.usd_per_node_hour
    assert regular.terms.price_as_of == price.as_of
    # twice a day half an hour is lost
    assert spot.terms.goodput == pytest.approx(1440 / (1440 + 2 * 30))


def test_a_stated_price_goes_before_the_listed_one(resolved, changed):
    text = changed("purchase: on_demand", "purchase: on_demand\n        usd_per_node_hour: 12.5")
    terms = resolved(text)[1][1].terms
    assert (terms.usd_per_node_hour, terms.price_as_of) == (12.5, None)


def test_a_price_region_goes_before_that_of_the_catalog_site(resolved, changed, catalog):
    text = changed(
        "    catalog: aws/eu-north-1",
        "    catalog: aws/eu-north-1\n    price_region: aws/us-east-1",
    )
    terms = resolved(text)[1][1].terms
    price = catalog.prices["aws/us-east-1", "aws/p5.48xlarge", "on_demand"]
    assert terms.usd_per_node_hour == price.usd_per_node_hour


def test_where_else_a_price_is_listed(fault_of, changed, catalog):
    rule = fault_of(changed("node_type: aws/p5.48xlarge", "node_type: gcp/a2-ultragpu-8g")).rule
    assert "no on_demand price of gcp/a2-ultragpu-8g" in rule
    listed = rule.partition("lists on_demand prices of gcp/a2-ultragpu-8g in ")[2].rstrip(")")
    regions = [each for each in listed.split(", ") if each != "..."]
    assert regions
    for region in regions:
        assert (region, "gcp/a2-ultragpu-8g", "on_demand") in catalog.prices


class Asked(Record):
    """What the rule below asks for."""

    years: int


class Lease:
    """A pricing rule that does as it is told."""

    name = "rent"
    parameters = Asked
    price_list = "rent"

    def invoice(self, *_):
        return ()

    def __init__(self, answer):
        self.answer = answer

    def terms(self, *_):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def leased(read, changed):
    """The scenario with a leased pool, and a catalog with a rule for it."""

    def build(answer):
        hooks = dict(gather().by_hook)
        rule = Contribution(Lease(answer), Origin("acme", "acme-planner", "1.2"))
        hooks["planner_pricing_rules"] = (*hooks["planner_pricing_rules"], rule)
        scenario = read(changed("purchase: owned", "purchase: owned\n        parameters: {}"))
        site = scenario.sites[0]
        offer = site.capacity[0].model_copy(update={"purchase": "rent", "parameters": {"years": 3}})
        sites = (site.model_copy(update={"capacity": (offer,)}), scenario.sites[1])
        own = scenario.model_copy(update={"sites": sites})
        return own, extended(build_catalog(hooks), own)

    return build


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ZeroDivisionError("years"), "pricing rule rent raised ZeroDivisionError: years"),
        (None, "pricing rule rent must answer with PurchaseTerms, got nothing"),
        (5.0, "pricing rule rent must answer with PurchaseTerms, got 5.0"),
    ],
)
def test_a_pricing_rule_that_fails_names_its_plugin(leased, answer, said):
    scenario, catalog = leased(answer)
    for ask in (
        lambda: resolve_pools(scenario, resolve_places(scenario, catalog), catalog),
        lambda: site_faults(scenario, catalog),
    ):
        with pytest.raises(PluginError) as caught:
            ask()
        assert str(caught.value) == f"plugin acme (acme-planner 1.2): {said}"


def test_what_a_pricing_rule_misses_is_told_at_the_offer(leased):
    scenario, catalog = leased(ValueError("a lease is for whole racks"))
    with pytest.raises(InputError) as caught:
        resolve_pools(scenario, resolve_places(scenario, catalog), catalog)
    (fault,) = caught.value.faults
    assert (fault.field, fault.rule) == ("sites.0.capacity.0", "a lease is for whole racks")
    assert site_faults(scenario, catalog) == (fault,)
