"""Numbers as people read them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.report.numbers import per_month, percent, quantity, usd


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0"),
        (3, "3"),
        (60.0, "60"),
        (0.01234, "0.0123"),
        (1.2345, "1.23"),
        (12.345, "12.3"),
        (999.7, "1,000"),
        (1234.56, "1,235"),
        (1_234_567.8, "1,234,568"),
        (0.0000123456, "1.23e-05"),
        (-41.26, "-41.3"),
    ],
)
def test_quantity(value, text):
    assert quantity(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "$0"),
        (0.00361, "$0.00361"),
        (12.3, "$12.30"),
        (694_444.4, "$694,444"),
        (99_999_999, "$99,999,999"),
        (123_456_789, "$123.46 M"),
        (-5.0, "-$5.00"),
    ],
)
def test_usd(value, text):
    assert usd(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "-"),
        (0.0, "0%"),
        (1.0, "100%"),
        (1 - 1e-12, "100%"),
        (0.653, "65.3%"),
        (0.000564, "0.0564%"),
        (0.99995, "99.9950%"),
        (3e-9, "<0.0001%"),
    ],
)
def test_percent(share, text):
    assert percent(share) == text


@given(st.floats(min_value=1e-6, max_value=1e15))
def test_what_is_read_is_what_is_meant(value):
    digits = quantity(value)
    assert float(digits.replace(",", "")) == pytest.approx(value, rel=0.006)
    assert re.fullmatch(r"\d{1,3}(,\d{3})*(\.\d+)?|\d(\.\d+)?e-\d+", digits)


@given(st.floats(min_value=0, max_value=1))
def test_not_all_is_never_told_as_all(share):
    if share < 1 - 1e-6:
        assert percent(share) != "100%"
    if share > 0:
        assert percent(share) not in ("0%", "0.0%", "0.0000%")


def test_a_year_has_twelve_months():
    assert per_month(1200.0, 365.25) == pytest.approx(100.0)
