"""From what a scenario says of its sites to places and pools in which every fact is known."""

import json
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from planner.catalog.index import Catalog
from planner.domain.option import Place, Pool
from planner.domain.pricing import Offer, PurchaseTerms
from planner.domain.scenario import Scenario, ScenarioSite
from planner.errors import Fault, InputError


def resolve_places(scenario: Scenario, catalog: Catalog) -> tuple[Place, ...]:
    """The scenario's sites, in its order, with the catalog's facts where it states none.

    Raises:
        InputError: a fact that neither of them has; fields count from the scenario.
    """
    faults: list[Fault] = []
    places: list[Place] = []
    for row, site in enumerate(scenario.sites):
        listed = catalog.sites[site.catalog] if site.catalog else None
        facts: dict[str, float | None] = {}
        for name in ("pue", "carbon_g_per_kwh", "electricity_usd_per_kwh"):
            stated = getattr(site, name)
            facts[name] = getattr(listed, name, None) if stated is None else stated
        for name in ("pue", "carbon_g_per_kwh"):
            if facts[name] is None:
                rule = f"{name} is needed where no `catalog` site gives it"
                faults.append(Fault(scenario.scenario, rule, field=f"sites.{row}"))
        places.append(
            Place(
                name=site.name,
                pue=facts["pue"] or 1.0,
                carbon_g_per_kwh=facts["carbon_g_per_kwh"] or 0.0,
                electricity_usd_per_kwh=facts["electricity_usd_per_kwh"],
                it_power_limit_kw=site.it_power_limit_kw,
            )
        )
    if faults:
        raise InputError(tuple(faults))
    return tuple(places)


def resolve_pools(
    scenario: Scenario, places: tuple[Place, ...], catalog: Catalog
) -> tuple[Pool, ...]:
    """Every offer of every site with its hardware and terms, in the scenario's order.

    Raises:
        InputError: an offer without a price, with parameters its pricing rule refuses, or at a
            place that lacks the electricity price it has to pay; fields count from the scenario.
    """
    faults: list[Fault] = []
    pools: list[Pool] = []
    for site_row, (site, place) in enumerate(zip(scenario.sites, places, strict=True)):
        for row, offer in enumerate(site.capacity):
            field = f"sites.{site_row}.capacity.{row}"
            try:
                terms = _terms(site, offer, catalog)
                _check_electricity(terms, place)
            except ValidationError as error:
                faults += _parameter_faults(error, scenario.scenario, field)
            except ValueError as error:
                faults.append(Fault(scenario.scenario, str(error), field=field))
            else:
                node_type = catalog.node_types[offer.node_type]
                part = catalog.accelerators[node_type.accelerator]
                pools.append(Pool(place, node_type, part, offer.purchase, terms))
    if faults:
        raise InputError(tuple(faults))
    return tuple(pools)


def _terms(site: ScenarioSite, offer: Offer, catalog: Catalog) -> PurchaseTerms:
    rule = catalog.pricing_rules[offer.purchase]
    parameters = rule.parameters.model_validate_json(json.dumps(offer.parameters))
    region = site.price_region or site.catalog
    listed = catalog.prices.get((region, offer.node_type, offer.purchase)) if region else None
    try:
        return rule.terms(offer, parameters, listed)
    except ValueError as error:
        elsewhere = sorted(_regions(offer, catalog.prices))
        raise ValueError(f"{error}{_where_listed(offer, elsewhere)}") from error


def _regions(offer: Offer, keys: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    return (
        region
        for region, node, purchase in keys
        if (node, purchase) == (offer.node_type, offer.purchase)
    )


def _where_listed(offer: Offer, regions: list[str]) -> str:
    if offer.usd_per_node_hour is not None or not regions:
        return ""
    shown = ", ".join(regions[:5]) + (", ..." if len(regions) > 5 else "")
    return f" (the catalog lists {offer.purchase} prices of {offer.node_type} in {shown})"


def _check_electricity(terms: PurchaseTerms, place: Place) -> None:
    if terms.pays_electricity and place.electricity_usd_per_kwh is None:
        raise ValueError(
            f"this capacity pays for its electricity: state electricity_usd_per_kwh of site"
            f" {place.name}"
        )


def _parameter_faults(error: ValidationError, source: str, field: str) -> list[Fault]:
    return [
        Fault(
            source,
            each["msg"],
            field=".".join([field, "parameters", *map(str, each["loc"])]),
            value=None if each["type"] == "missing" else repr(each["input"]),
        )
        for each in error.errors()
    ]
