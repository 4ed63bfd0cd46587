"""Node types by name, each with the price it can be had at: pools without a scenario."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from math import isnan, nan
from typing import Final

from pydantic import ValidationError

from planner.catalog.document import shown
from planner.catalog.index import Catalog
from planner.catalog.record_faults import choice_hint, record_faults
from planner.catalog.resolve import terms_in
from planner.domain.estimate import Quote
from planner.domain.option import Place, Pool
from planner.domain.pricing import Offer, PurchaseTerms
from planner.domain.term import accrued_usd_per_hour
from planner.errors import Fault, InputError

REGIONS_TOLD: Final = 5
UNKNOWN_PRICE: Final = PurchaseTerms(nan, available_nodes=None, pays_electricity=False)
"""Not a number: whatever is reckoned with it is not known either."""


def check_names(
    architectures: Iterable[str], node_types: Iterable[str], quote: Quote, catalog: Catalog
) -> None:
    """Whether everything that is named is known.

    Raises:
        InputError: it is not: every unknown name, with the nearest known ones.
    """
    faults = [
        *_unknown("architecture", architectures, catalog.architectures),
        *_unknown("node_type", (*node_types, *quote.usd_per_node_hour), catalog.node_types),
        *_unknown_prices(quote, catalog),
    ]
    if faults:
        raise InputError(tuple(faults))


def quoted_pools(node_types: Sequence[str], quote: Quote, catalog: Catalog) -> tuple[Pool, ...]:
    """A pool for every node type, once its names are checked.

    The price per hour of some may be not a number: nobody knows it.

    Raises:
        InputError: a stated price that is none.
        PluginError: a pricing rule fails.
    """
    return tuple(_pool(name, quote, catalog) for name in dict.fromkeys(node_types))


def price_notes(pool: Pool, quote: Quote, catalog: Catalog) -> Iterator[str]:
    """That its price is not known, and where it would be; or that electricity is paid beside it."""
    name, place = pool.node_type.name, pool.place
    if pool.terms.pays_electricity:
        yield (
            f"$ of {name} have the electricity of {quote.purchase} capacity in them, at"
            f" {place.electricity_usd_per_kwh} USD/kWh and the PUE of {place.name}, {place.pue}"
        )
    if not isnan(pool.terms.usd_per_node_hour):
        return
    where = f" in {quote.region}" if quote.region else ""
    offers = [each for each in quote.offers if each.node_type.name == name]
    listed = [key[0] for key in catalog.prices if key[1:] == (name, quote.purchase)]
    told = [f"no {quote.purchase} price of {name}{where} is known"]
    if offers:
        sites = ", ".join(f"{each.place.name} ({each.purchase})" for each in offers)
        told.append(f"the scenario offers it at {sites}")
    if listed:
        more = ", ..." if len(listed) > REGIONS_TOLD else ""
        told.append(f"price lists have it in {', '.join(listed[:REGIONS_TOLD])}{more}")
    yield "; ".join(told)


def _unknown(field: str, names: Iterable[str], known: Collection[str]) -> Iterator[Fault]:
    what = field.replace("_", " ")
    for name in dict.fromkeys(names):
        if name in known:
            continue
        hint = choice_hint(name, known)
        yield Fault("estimate", f"unknown {what}", field=field, value=shown(name), hint=hint)


def _unknown_prices(quote: Quote, catalog: Catalog) -> Iterator[Fault]:
    sites = {pool.place.name for pool in quote.offers}
    regions = {region for region, _, _ in catalog.prices} | sites
    purchases = {purchase for _, _, purchase in catalog.prices}
    if quote.region in sites:
        purchases |= {each.purchase for each in quote.offers if each.place.name == quote.region}
    if quote.region is not None:
        yield from _unknown("price_region", [quote.region], regions)
    if quote.region is None or quote.region in regions:
        yield from _unknown("purchase", [quote.purchase], purchases)


def _pool(name: str, quote: Quote, catalog: Catalog) -> Pool:
    stated = quote.usd_per_node_hour.get(name)
    offers = {(pool.place.name, pool.node_type.name, pool.purchase): pool for pool in quote.offers}
    offered = offers.get((quote.region or "", name, quote.purchase))
    if stated is None and offered is not None:
        return replace(offered, terms=_by_the_hour(offered.terms))
    is_listed = (quote.region, name, quote.purchase) in catalog.prices
    terms = UNKNOWN_PRICE
    if stated is not None or is_listed:
        terms = _by_the_hour(terms_in(quote.region, _offer(name, quote), catalog))
    node_type = catalog.node_types[name]
    part = catalog.accelerators[node_type.accelerator]
    return Pool(_place(quote), node_type, part, quote.purchase, terms)


def _by_the_hour(terms: PurchaseTerms) -> PurchaseTerms:
    """Terms with what contracts cost in the price of an hour: nothing is free for being signed."""
    if terms.contract is None:
        return terms
    hourly = terms.usd_per_node_hour + accrued_usd_per_hour(terms.contract)
    return replace(terms, usd_per_node_hour=hourly)


def _offer(node_type: str, quote: Quote) -> Offer:
    stated = quote.usd_per_node_hour.get(node_type)
    try:
        return Offer(node_type=node_type, purchase=quote.purchase, usd_per_node_hour=stated)
    except ValidationError as error:
        raise InputError(record_faults(error, Offer, "estimate")) from error


def _place(quote: Quote) -> Place:
    """Energy counts at the server (PUE 1); nobody asks for its carbon."""
    return Place(
        name=quote.region or "anywhere",
        pue=1.0,
        carbon_g_per_kwh=0.0,
        electricity_usd_per_kwh=None,
        it_power_limit_kw=None,
    )
