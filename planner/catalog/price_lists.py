"""Price lists that a scenario names, read into it."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from planner.catalog.document import shown
from planner.catalog.index import Catalog
from planner.catalog.input_file import read_text
from planner.catalog.named_file import below, told_at
from planner.catalog.record_faults import MOST_HINTS, choice_hint
from planner.catalog.tables import read_rows
from planner.domain.pricing import Price
from planner.domain.scenario import Scenario
from planner.errors import Fault, InputError

LARGEST_LIST_BYTES = 50_000_000
"""About 500,000 prices."""


def with_price_lists(
    scenario: Scenario, folder: Path, catalog: Catalog
) -> tuple[Scenario, tuple[Fault, ...]]:
    """The scenario with the prices of its lists, and what is wrong with any.

    Lists lie in `folder` or below. Two prices of one thing are a fault: which holds is unclear.
    """
    known = {*catalog.node_types, *(each.name for each in scenario.node_types)}
    prices = list(scenario.prices)
    faults: list[Fault] = []
    for row, name in enumerate(scenario.price_lists):
        field = f"price_lists.{row}"
        try:
            path = below(folder, name)
            read_text(path, LARGEST_LIST_BYTES)  # refuses what is no file, with a hint
            rows = read_rows(path, Price)
            prices += [price for _, price in rows]
            faults += _list_faults(str(path), rows, known)
        except InputError as error:
            faults += [told_at(fault, scenario, field) for fault in error.faults]
    faults += repeated_prices(scenario, prices)
    update = {"prices": tuple(prices), "price_lists": ()}
    return scenario.model_copy(update=update), tuple(faults)


def _list_faults(
    source: str, rows: Sequence[tuple[int, Price]], known: Collection[str]
) -> Iterator[Fault]:
    """A list that says nothing, and node types that nobody knows, each once."""
    if not rows:
        yield Fault(source, "has no prices: every line below the header is one", 1)
    lines: dict[str, int] = {}
    for line, price in rows:
        if price.node_type not in known:
            lines.setdefault(price.node_type, line)
    for number, (name, line) in enumerate(lines.items()):
        hint = choice_hint(name, known) if number < MOST_HINTS else ""
        yield Fault(source, "unknown node type", line, None, "node_type", shown(name), hint)


def repeated_prices(scenario: Scenario, prices: list[Price]) -> list[Fault]:
    """Prices that are stated twice."""
    seen: set[tuple[str, str, str]] = set()
    faults = []
    for price in prices:
        key = (price.site, price.node_type, price.purchase)
        if key in seen:
            rule = "two prices of the scenario are of the same thing"
            value = shown(" / ".join(key))
            field = "price_lists" if scenario.price_lists else "prices"
            faults.append(Fault(scenario.scenario, rule, field=field, value=value))
        seen.add(key)
    return faults
