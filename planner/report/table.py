"""The one look that all tables have: no frame, text that folds, numbers that never do."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table.

    A column whose heading begins with `>` has numbers, set right and never cut; one that begins
    with `=` has names, which are searched for and never cut either.
    """
    made = Table(
        title=Text(title, style="bold") if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for heading in columns:
        made.add_column(
            Text(heading.removeprefix(">").removeprefix("=")),
            justify="right" if heading.startswith(">") else "left",
            no_wrap=heading.startswith((">", "=")),
            overflow="fold",
            vertical="top",
        )
    for row in rows:
        # as Text, for a string would be read as markup
        made.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return made


def stacked(first: str, second: str) -> Text:
    """A cell of two lines, the less important one below; of one where that says nothing."""
    if not second:
        return Text(first)
    return Text.assemble(first, "\n", (second, "dim"))


def bullets(title: str, lines: Iterable[str]) -> Table:
    """A heading and sentences under it, each with a dash; long ones wrap under themselves."""
    made = Table.grid(padding=(0, 1, 0, 0))
    made.title, made.title_justify = Text(title, style="bold"), "left"
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for line in lines:
        made.add_row("-", Text(line))
    return made
