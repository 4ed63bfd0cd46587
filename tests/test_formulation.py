"""docs/formulation.md must not promise what is not so."""

import inspect
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from tests.golden.scenario import NAMES, Golden

PAGE = (Path(__file__).parents[1] / "docs" / "formulation.md").read_text()


@dataclass(frozen=True)
class Family:
    """A row of the table."""

    family: str
    formula: str
    row: str
    function: str
    unit: str
    golden: tuple[str, ...]

    def makes(self, name: str) -> bool:
        """Whether a row of the program with this name is one of the family."""
        words = (re.escape(each) for each in re.split(r"\{\w+\}", self.row))
        return re.fullmatch(f"{'.+'.join(words)}( in [^/]+)?", name) is not None

    @property
    def words(self) -> list[str]:
        """What is the same in the names of all of its rows: the longer words."""
        said = sorted(re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", "", self.row)), key=len)
        return [each for each in said if len(each) > 3] or said[-1:]

    @property
    def source(self) -> str:
        """Of the function that makes the rows."""
        module, path = self.function.split(":")
        found = import_module(f"planner.candidates.{module}")
        for name in path.split("."):
            found = getattr(found, name)
        return inspect.getsource(found)


def families() -> list[Family]:
    _, table = PAGE.split("| Family |")
    lines = [line for line in table.splitlines()[2:] if line.startswith("| ")]
    cells = [[each.strip() for each in line.strip("| ").split(" | ")] for line in lines]
    assert {len(each) for each in cells} == {6}
    return [
        Family(family, formula, row.strip("`"), function, unit, tuple(golden.split(", ")))
        for family, formula, row, function, unit, golden in cells
    ]


FAMILIES = families()
ITEMS = "item_{item}"
"""What the text calls rows of items, which have no name of their own."""


@pytest.fixture(scope="module")
def rows(catalog):
    """Names of the rows of every golden program."""
    programs = {name: Golden.read(name, catalog).program.problem for name in NAMES}
    return {
        name: [*each.resource_name, *(f"item_{item}" for item in each.item_name)]
        for name, each in programs.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_the_golden_programs_is_told(rows, name):
    untold = [row for row in rows[name] if not any(each.makes(row) for each in FAMILIES)]
    assert untold == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.family)
def test_every_family_is_what_is_said_of_it(rows, family):
    """Its function exists and names such rows, and its golden programs have them."""
    assert family.formula
    assert family.unit.startswith(("USD", "as that"))
    if family.row != ITEMS:
        assert [each for each in family.words if each not in family.source] == []
    for golden in family.golden:
        assert any(family.makes(row) for row in rows[golden])


def test_every_golden_program_is_shown():
    assert {golden for each in FAMILIES for golden in each.golden} == set(NAMES)
