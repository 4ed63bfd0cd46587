"""`gpuplan catalog show`."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Group
from rich.table import Table

from planner.catalog.index import Catalog
from planner.catalog.nearest import suggestion
from planner.cli.catalog_tables import NAMED_TABLES, TABLES, summary
from planner.cli.terminal import show
from planner.domain.architecture import DerivedArchitectureKind
from planner.domain.record import Record
from planner.errors import Fault, InputError
from planner.planning import load_catalog
from planner.report.numbers import NOT_KNOWN
from planner.report.table import table


@click.command("show")
@click.argument("name")
def show_name(name: str) -> None:
    """Show everything of one name.

    Every field of the entry, its source and the plugin it came from; for a site or node type,
    the listed prices too, for a site or user region the links.
    """
    catalog = load_catalog()
    found = [*_entries(catalog, name), *_links(catalog, name), *_prices(catalog, name)]
    if not found:
        raise InputError((_unknown(catalog, name),))
    spaced = [part for each in found for part in (each, "")]
    show(Group(*spaced[:-1]))


def _entries(catalog: Catalog, name: str) -> Iterator[Table]:
    for table_name in NAMED_TABLES:
        field = TABLES[table_name].field
        entry = getattr(catalog, field).get(name)
        if entry is not None:
            origin = str(catalog.origins[(field, name)])
            rows = [*_fields(entry), ("from", origin)]
            yield table(f"{name} ({table_name})", ("Field", "Value"), rows)


def _prices(catalog: Catalog, name: str) -> Iterator[Table]:
    prices = [each for each in catalog.prices.values() if name in (each.site, each.node_type)]
    if prices:
        yield TABLES["prices"].shown(f"Listed prices of {name}", prices)
        for source in dict.fromkeys(each.source for each in prices):
            yield table("", ("Source of prices",), [(source,)])


def _links(catalog: Catalog, name: str) -> Iterator[Table]:
    links = [each for key, each in catalog.links.items() if name in key]
    if links:
        yield TABLES["links"].shown(f"Links of {name}", links)
        sources = dict.fromkeys(each.source for each in links)
        yield table("", ("Sources of links",), [(source,) for source in sources])


def _fields(entry: Any) -> Iterator[tuple[str, str]]:
    if isinstance(entry, Record):
        yield from _flat(entry.model_dump(mode="json"))
        return
    yield "name", entry.name
    yield "what it is", summary(entry)
    if isinstance(entry, DerivedArchitectureKind):
        yield "base", "The architecture, of the catalog or the scenario, that is changed (needed)"
    for field, about in entry.parameters.model_fields.items():
        need = "needed" if about.is_required() else f"default {_text(about.default)}"
        yield f"parameters.{field}", f"{' '.join((about.description or '').split())} ({need})"


def _flat(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Fields of fields with dots, as catalog files write them."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _text(value)


def _text(value: object) -> str:
    """All digits, as an entry in a file would have them."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return NOT_KNOWN if value is None else str(value)


def _unknown(catalog: Catalog, name: str) -> Fault:
    names = {entry for each in NAMED_TABLES for entry in getattr(catalog, TABLES[each].field)}
    names |= {place for region, node_type, _ in catalog.prices for place in (region, node_type)}
    hint = suggestion(name, names) or "gpuplan catalog search WORD looks for a part of a name"
    return Fault("catalog", "has no entry of this name", value=name, hint=hint)
