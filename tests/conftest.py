"""What many tests need: the catalog that the installed plugins give."""

import pytest

import planner


@pytest.fixture(scope="session")
def catalog():
    return planner.load_catalog()
