"""`gpuplan catalog`: what is known of hardware, architectures, sites and prices."""

from typing import Final

import click

from planner.cli.lazy_group import LazyCommand, LazyGroup

COMMANDS: Final = {
    "list": LazyCommand("planner.cli.catalog_list", "list_table", "List the entries of a table."),
    "show": LazyCommand("planner.cli.catalog_show", "show_name", "Show everything of one name."),
    "search": LazyCommand(
        "planner.cli.catalog_search", "search", "Find entries in which words occur."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def catalog() -> None:
    """Look up hardware, architectures, sites and prices.

    Entries come from plugins; `show` says from which, and what their source is.
    """
