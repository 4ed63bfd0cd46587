"""`gpuplan catalog list`."""

import click
from rich.console import Group

from planner.cli.catalog_tables import TABLES
from planner.cli.terminal import show
from planner.domain.contribution import Origin
from planner.planning import load_catalog
from planner.report.numbers import quantity
from planner.report.table import table


@click.command
@click.argument("name", metavar="[TABLE]", required=False, type=click.Choice(list(TABLES)))
def list_table(name: str | None) -> None:
    """List the entries of a table.

    TABLE is accelerators, node-types, architectures, kinds, methods, sites, user-regions, links,
    prices, pricing-rules or agreement-rules; without it, all tables and how many entries each has.
    """
    catalog = load_catalog()
    if name is not None:
        show(TABLES[name].shown("", TABLES[name].entries(catalog)))
        return
    counts = ((each, quantity(len(TABLES[each].entries(catalog)))) for each in TABLES)
    origins = table("", ("Plugin", "Distribution"), (_plugin(each) for each in catalog.plugins))
    show(Group(table("", ("Table", ">Entries"), counts), "", origins))


def _plugin(origin: Origin) -> tuple[str, str]:
    return (origin.plugin, f"{origin.distribution} {origin.version}")
