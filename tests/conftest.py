"""What many tests need: the catalog that the installed plugins give."""

import pytest
from hypothesis import settings

import planner

# the same examples in every run: a change that passes here passes there
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def catalog():
    return planner.load_catalog()
