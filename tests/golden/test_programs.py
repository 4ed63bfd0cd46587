"""The programs of tiny scenarios as text: what is written there is what is solved."""

import pytest

from tests.golden.scenario import FOLDER, NAMES, Golden
from tests.golden.test_optima import CASES
from tests.optimization.lp_reader import solved


@pytest.mark.parametrize("name", NAMES)
def test_program_is_the_golden_one(catalog, name):
    """Where this is meant to change: `python -m tests.golden`, and read what `git diff` shows."""
    assert Golden.read(name, catalog).text == (FOLDER / f"{name}.lp").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_program_as_it_is_written_has_the_optimum_worked_out_by_hand(catalog, name):
    """Read and solved without OR-Tools; six digits are written."""
    by_hand = CASES[name][1](Golden.read(name, catalog))
    assert solved((FOLDER / f"{name}.lp").read_text()) == pytest.approx(by_hand, rel=1e-4)


def test_no_program_is_left_of_a_scenario_that_is_gone():
    assert sorted(each.stem for each in FOLDER.glob("*.lp")) == list(NAMES)
