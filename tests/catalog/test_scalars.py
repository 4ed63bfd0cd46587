"""Plain scalars against YAML 1.2.2: the table of section 10.3.2 and example 10.9."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.scalars import number, plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("true", True),
        ("False", False),
        ("FALSE", False),
        ("0", 0),
        ("0o7", 7),
        ("0o17", 15),
        ("0x3A", 58),
        ("-19", -19),
        ("+12", 12),
        ("010", 10),
        ("0.", 0.0),
        ("-0.0", -0.0),
        (".5", 0.5),
        ("+12e03", 12000.0),
        ("-2E+05", -200000.0),
        ("1e3", 1000.0),
    ],
)
def test_core_schema(text, value):
    meant = plain(text)
    assert (meant, type(meant)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    # what YAML 1.1 reads as booleans, sexagesimals and dates, and what only looks like a number
    [
        *("no", "yes", "on", "Off", "y", "N", "1:30", "190:20:30.15", "2027-01-31"),
        *("1_000", "1,000", "0b101", "0o8", "0xg", "0x", "-0x1", "1e", "e3", "-", "+", ".", "..5"),
        *("nan", "inf", "nUll", "tRue", "\u0661\u0662"),
    ],
)
def test_everything_else_is_text(text):
    assert plain(text) == text


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN", "1e999"])
def test_numbers_must_be_finite(text):
    with pytest.raises(ValueError, match="must be a finite number"):
        plain(text)


@pytest.mark.parametrize("text", ["9" * 5000, "-" + "9" * 101, "0." + "1" * 200, "0x" + "f" * 5000])
def test_numbers_have_at_most_100_characters(text):
    with pytest.raises(ValueError, match="at most 100 characters"):
        number(text)


def test_100_digits_are_kept():
    assert number("9" * 100) == 10**100 - 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_comes_back(value):
    assert plain(repr(value)) == value
    assert math.copysign(1, number(repr(value))) == math.copysign(1, value)


@given(st.integers(min_value=-(10**99) + 1, max_value=10**99))
def test_every_integer_comes_back(value):
    assert plain(str(value)) == value
    assert type(plain(str(value))) is int


@given(st.text())
def test_any_text_means_something_or_is_refused_with_a_rule(text):
    try:
        value = plain(text)
    except ValueError:
        assert text[0] in "+-.0123456789"
    else:
        assert value is None or isinstance(value, bool | int | float) or value == text
