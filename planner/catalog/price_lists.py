"""Price lists that a scenario names, read into it."""

from pathlib import Path

from planner.catalog.document import shown
from planner.catalog.input_file import read_text
from planner.catalog.named_file import below, told_at
from planner.catalog.tables import read_table
from planner.domain.pricing import Price
from planner.domain.scenario import Scenario
from planner.errors import Fault, InputError

LARGEST_LIST_BYTES = 50_000_000
"""About 500,000 prices."""


def with_price_lists(scenario: Scenario, folder: Path) -> tuple[Scenario, tuple[Fault, ...]]:
    """The scenario with the prices of its lists, and what is wrong with any.

    Lists lie in `folder` or below. Two prices of one thing are a fault: which holds is unclear.
    """
    prices = list(scenario.prices)
    faults: list[Fault] = []
    for row, name in enumerate(scenario.price_lists):
        field = f"price_lists.{row}"
        try:
            path = below(folder, name)
            read_text(path, LARGEST_LIST_BYTES)  # refuses what is no file, with a hint
            prices += read_table(path, Price)
        except InputError as error:
            faults += [told_at(fault, scenario, field) for fault in error.faults]
    faults += repeated_prices(scenario, prices)
    update = {"prices": tuple(prices), "price_lists": ()}
    return scenario.model_copy(update=update), tuple(faults)


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
