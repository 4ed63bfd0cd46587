"""`gpuplan catalog search`."""

from typing import Any

import click
from rich.console import Group, RenderableType

from planner.catalog.nearest import suggestion
from planner.cli.catalog_tables import NAMED_TABLES, TABLES, summary
from planner.cli.ending import ExitCode
from planner.cli.terminal import show, warn
from planner.domain.record import Record
from planner.planning import load_catalog

NOT_SEARCHED = frozenset({"source", "notes", "doubt"})
"""Prose about the figures; a name that it mentions is not what the entry is."""


@click.command
@click.argument("words", metavar="WORD...", nargs=-1, required=True)
def search(words: tuple[str, ...]) -> ExitCode:
    """Find entries in which words occur.

    Every WORD must occur in the entry, whether in capitals or not. Links are not searched: `show`
    of a place has them. Exit code 1 means that nothing was found.
    """
    catalog = load_catalog()
    wanted = [word.casefold() for word in words]
    found: list[RenderableType] = []
    for name, each in TABLES.items():
        entries = [] if name == "links" else each.entries(catalog)
        entries = [entry for entry in entries if _has(entry, wanted)]
        if entries:
            found += [each.shown(name, entries), ""]
    if found:
        show(Group(*found[:-1]))
        return ExitCode.DONE
    names = {name for table in NAMED_TABLES for name in getattr(catalog, TABLES[table].field)}
    hint = suggestion(" ".join(words), names)
    warn(f"nothing has {' and '.join(words)} in it" + (f" ({hint})" if hint else ""))
    return ExitCode.NO


def _has(entry: Any, words: list[str]) -> bool:
    text = _text(entry).casefold()
    return all(word in text for word in words)


def _text(entry: Any) -> str:
    if not isinstance(entry, Record):
        return f"{entry.name} {summary(entry)}"
    values = (
        value
        for field, value in entry
        if isinstance(value, str) and field not in NOT_SEARCHED and not field.endswith("_basis")
    )
    return " ".join(values)
