"""From what a scenario says of its sites to places and pools in which every fact is known."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from planner.catalog.blame import answered, blamed
from planner.catalog.calendar import calendar_of
from planner.catalog.index import Catalog
from planner.catalog.record_faults import record_faults
from planner.catalog.site_faults import supply_faults
from planner.catalog.site_series import mean_sites
from planner.domain.contribution import Origin
from planner.domain.hardware import Accelerator
from planner.domain.invoice import InvoiceLine, Usage
from planner.domain.option import Place, Pool
from planner.domain.period import Period
from planner.domain.pricing import Contract, Offer, Price, PricingRule, PurchaseTerms
from planner.domain.record import Record
from planner.domain.scenario import Scenario, ScenarioSite
from planner.domain.site_power import SitePower
from planner.domain.term import terms_of
from planner.errors import Fault, InputError
from planner.units import GRAMS_PER_TONNE, HOURS_PER_DAY


def resolve_places(scenario: Scenario, catalog: Catalog) -> tuple[Place, ...]:
    """The scenario's sites, in its order, with the catalog's facts where it states none.

    Raises:
        InputError: a fact that neither of them has; fields count from the scenario.
    """
    places, faults = _places(scenario, catalog)
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
        PluginError: a pricing rule fails.
    """
    faults: list[Fault] = []
    pools: list[Pool] = []
    for request in _requests(scenario, places):
        terms, broken = _checked_terms(request, catalog)
        faults += broken
        if terms is not None:
            node_type = catalog.node_types[request.offer.node_type]
            part = _held_part(request.offer, catalog)
            pools.append(Pool(request.place, node_type, part, request.offer.label, terms))
    if faults:
        raise InputError(tuple(faults))
    return tuple(pools)


def site_faults(scenario: Scenario, catalog: Catalog) -> tuple[Fault, ...]:
    """Every fact that a site or an offer lacks; unknown names are passed over.

    Raises:
        PluginError: a pricing rule fails.
    """
    places, faults = _places(scenario, catalog)
    paying: set[str] = set()
    for request in _requests(scenario, places):
        if request.offer.purchase in catalog.pricing_rules:
            terms, broken = _checked_terms(request, catalog)
            faults += broken
            if terms is None or terms.pays_electricity:
                paying.add(request.site.name)
            if terms is not None and terms.contract is not None:
                faults += _useless(request, terms.contract, calendar_of(scenario.horizon).periods)
        else:  # a rule that nobody knows is a fault of its own
            paying.add(request.site.name)
    return (*faults, *supply_faults(scenario, paying))


def _useless(
    request: "_Request", contract: Contract, periods: tuple[Period, ...]
) -> Iterator[Fault]:
    """That a contract brings nodes to no period."""
    if not terms_of(contract, periods):
        days = periods[0].hours / HOURS_PER_DAY
        yield request.fault(
            "its contracts bring nodes to no period: a term must hold a whole period (of"
            f" {days:.4g} days here), begin with one, and have its lead time within the horizon"
        )


def invoices(
    scenario: Scenario, places: tuple[Place, ...], usage: Sequence[Usage], catalog: Catalog
) -> tuple[tuple[InvoiceLine, ...], ...]:
    """What the seller of every offer of a checked scenario charges, in the scenario's order.

    Raises:
        PluginError: a pricing rule fails.
    """
    found = []
    for request, used in zip(_requests(scenario, places), usage, strict=True):
        rule = catalog.pricing_rules[request.offer.purchase]
        parameters, listed = _parameters(rule, request.offer), _listed(rule, request, catalog)
        origin, what = _blame(request.offer, catalog)
        with blamed(origin, what):
            lines = tuple(rule.invoice(request.offer, parameters, listed, used))
        found.append(tuple(answered(line, InvoiceLine, origin, what) for line in lines))
    return tuple(found)


def terms_in(region: str | None, offer: Offer, catalog: Catalog) -> PurchaseTerms:
    """The terms of an offer that no scenario makes, at the prices listed for a region.

    Raises:
        InputError: the offer does not say enough for its pricing rule.
        PluginError: the pricing rule fails.
    """
    site = ScenarioSite(name="anywhere", price_region=region, capacity=(offer,))
    place = Place(site.name, 1.0, 0.0, electricity_usd_per_kwh=None, it_power_limit_kw=None)
    terms, faults = _checked_terms(_Request("offer", offer.node_type, site, place, offer), catalog)
    if terms is None:
        raise InputError(faults)
    return terms


def _places(scenario: Scenario, catalog: Catalog) -> tuple[list[Place], list[Fault]]:
    faults: list[Fault] = []
    places: list[Place] = []
    for row, site in enumerate(mean_sites(scenario)):
        listed = catalog.sites.get(site.catalog or "")
        facts: dict[str, float | None] = {}
        for name in ("pue", "carbon_g_per_kwh", "electricity_usd_per_kwh"):
            stated = getattr(site, name)
            facts[name] = getattr(listed, name, None) if stated is None else stated
        for name in ("pue", "carbon_g_per_kwh"):
            if facts[name] is None:
                rule = f"{name} is needed where no `catalog` site gives it"
                faults.append(Fault(scenario.scenario, rule, field=f"sites.{row}"))
        carbon, pue = facts["carbon_g_per_kwh"] or 0.0, facts["pue"] or 1.0
        power = site.power or SitePower()
        limit = _it_limit_kw(site, power, pue)
        places.append(
            Place(
                name=site.name,
                pue=pue,
                carbon_g_per_kwh=carbon,
                electricity_usd_per_kwh=_with_carbon(
                    facts["electricity_usd_per_kwh"], power, carbon
                ),
                it_power_limit_kw=None if limit is None else limit * power.oversubscription,
                phases_kw=sum(map(site.full_power_kw, site.phases)),
                oversubscription=power.oversubscription,
                mean_limit_kw=limit if power.oversubscription > 1 else None,
                round_trip_ms=tuple(site.round_trip_ms.items()),
                country=site.country,
                site_class=site.site_class,
                wue_l_per_kwh=listed.wue_l_per_kwh
                if power.wue_l_per_kwh is None and listed is not None
                else power.wue_l_per_kwh,
            )
        )
    return places, faults


def _it_limit_kw(site: ScenarioSite, power: SitePower, pue: float) -> float | None:
    """What its servers may draw before it is built out: by its limit, or by that of the meter."""
    own = 0.0 if site.phases and site.it_power_limit_kw is None else site.it_power_limit_kw
    limits = [] if own is None else [own]
    if power.facility_limit_kw is not None:
        limits.append(max(power.facility_limit_kw - power.fixed_overhead_kw, 0.0) / pue)
    return min(limits, default=None)


def _with_carbon(usd_per_kwh: float | None, power: SitePower, g_per_kwh: float) -> float | None:
    """A price with what is paid for the carbon of a kWh."""
    if usd_per_kwh is None:
        return None
    return usd_per_kwh + power.carbon_price_usd_per_tonne * g_per_kwh / GRAMS_PER_TONNE


@dataclass(frozen=True)
class _Request:
    """An offer whose terms are asked for."""

    scenario: str
    field: str
    site: ScenarioSite
    place: Place
    offer: Offer

    def fault(self, rule: str) -> Fault:
        """What is wrong with the offer."""
        return Fault(self.scenario, rule, field=self.field)


def _requests(scenario: Scenario, places: Iterable[Place]) -> Iterator[_Request]:
    for site_row, (site, place) in enumerate(zip(scenario.sites, places, strict=True)):
        for row, offer in enumerate(site.capacity):
            field = f"sites.{site_row}.capacity.{row}"
            yield _Request(scenario.scenario, field, site, place, offer)


def _held_part(offer: Offer, catalog: Catalog) -> Accelerator:
    """The accelerator of an offer, held to its cap."""
    part = catalog.accelerators[catalog.node_types[offer.node_type].accelerator]
    if offer.power_cap_share == 1 or part.tdp_w is None:
        return part
    return part.model_copy(update={"power_cap_w": offer.power_cap_share * part.tdp_w})


def _checked_terms(
    request: _Request, catalog: Catalog
) -> tuple[PurchaseTerms | None, tuple[Fault, ...]]:
    """The terms of an offer, or why there are none."""
    rule = catalog.pricing_rules[request.offer.purchase]
    try:
        parameters = _parameters(rule, request.offer)
    except ValidationError as error:
        prefix = f"{request.field}.parameters"
        return None, record_faults(error, rule.parameters, request.scenario, prefix)
    try:
        terms = _terms(rule, parameters, request, catalog)
    except ValueError as error:
        return None, (request.fault(str(error)),)
    if terms.pays_electricity and request.place.electricity_usd_per_kwh is None:
        told = (
            "this capacity pays for its electricity: state electricity_usd_per_kwh of site"
            f" {request.place.name}"
        )
        return None, (request.fault(told),)
    return terms, ()


def _terms(
    rule: PricingRule, parameters: Record, request: _Request, catalog: Catalog
) -> PurchaseTerms:
    """What the rule says of the offer.

    Raises:
        ValueError: the offer does not say enough for the rule.
        PluginError: the rule fails in another way.
    """
    offer, listed = request.offer, _listed(rule, request, catalog)
    origin, what = _blame(offer, catalog)
    try:
        with blamed(origin, what, allowed=ValueError):
            terms = rule.terms(offer, parameters, listed)
    except ValueError as error:
        elsewhere = sorted(_regions(offer.node_type, rule.price_list, catalog.prices))
        raise ValueError(f"{error}{_where_listed(offer, elsewhere)}") from error
    return answered(terms, PurchaseTerms, origin, what)


def _blame(offer: Offer, catalog: Catalog) -> tuple[Origin, str]:
    """Whose the rule of an offer is, and what it is called."""
    return catalog.origins[("pricing_rules", offer.purchase)], f"pricing rule {offer.purchase}"


def _parameters(rule: PricingRule, offer: Offer) -> Record:
    parameters: Record = rule.parameters.model_validate_json(json.dumps(offer.parameters))
    return parameters


def _listed(rule: PricingRule, request: _Request, catalog: Catalog) -> Price | None:
    """The price that the rule begins from, in the site's region."""
    region = request.site.price_region or request.site.catalog
    key = (region or "", request.offer.node_type, rule.price_list)
    return catalog.prices.get(key)


def _regions(
    node_type: str, price_list: str, keys: Iterable[tuple[str, str, str]]
) -> Iterator[str]:
    return (region for region, node, listed in keys if (node, listed) == (node_type, price_list))


def _where_listed(offer: Offer, regions: list[str]) -> str:
    if offer.usd_per_node_hour is not None or not regions:
        return ""
    shown = ", ".join(regions[:5]) + (", ..." if len(regions) > 5 else "")
    return f" (the catalog lists {offer.purchase} prices of {offer.node_type} in {shown})"
