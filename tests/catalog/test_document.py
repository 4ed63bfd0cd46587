"""Trees that know where each field is, whichever format they come from."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.document import LONGEST_SHOWN_VALUE, shown, shown_key
from planner.catalog.json_document import parse_json
from planner.catalog.yaml_document import parse_yaml

# YAML 1.1, which libyaml follows here, breaks lines at NEL and the Unicode separators
TEXT = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"
    ),
    max_size=12,
).filter(lambda text: all(ord(each) & 0xFFFE != 0xFFFE for each in text))
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def typed(value):
    """A value in which 1, 1.0 and true differ."""
    if isinstance(value, dict):
        return {key: typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [typed(each) for each in value]
    return type(value).__name__, value


def leaves(value, path=()):
    """Path and value of everything that is no list or mapping."""
    inner = enumerate(value) if isinstance(value, list) else value.items()
    for key, each in inner:
        if isinstance(each, list | dict):
            yield from leaves(each, (*path, str(key)))
        else:
            yield (*path, str(key)), each


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
@pytest.mark.parametrize("indent", [None, 2])
@given(value=VALUES)
def test_every_json_document_says_the_same_in_both_formats(parse, indent, value):
    document = parse(json.dumps(value, ensure_ascii=False, indent=indent), "x")
    assert document.faults == ()
    assert typed(document.tree) == typed(value)


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
@given(value=st.lists(VALUES, max_size=3) | st.dictionaries(TEXT, VALUES, max_size=3))
def test_every_position_is_where_the_value_is_written(parse, value):
    text = json.dumps(value, ensure_ascii=False, indent=1)
    lines = text.split("\n")
    document = parse(text, "x")
    keys = {key for path, _ in leaves(value) for key in path}
    if any("." in key or not key.isprintable() for key in keys):
        return
    for path, leaf in leaves(value):
        line, column = document.position(".".join(path))
        written = json.dumps(leaf, ensure_ascii=False)
        assert lines[line - 1][column - 1 :].startswith(written), path


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
def test_a_missing_field_is_where_its_parent_is(parse):
    document = parse('{"a":\n {"b": [1,\n  2]}}', "x")
    assert document.position("a.b.1") == (3, 3)
    assert document.position("a.b.7") == document.position("a.b")
    assert document.position("a.b.x") == document.position("a.b")
    assert document.position("a.missing.field") == document.position("a")
    assert document.position("missing") == document.start == (1, 1)


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
def test_lists_and_mappings_are_where_their_key_is(parse):
    document = parse('{"a":\n   [{"b": 1}]}', "x")
    assert document.position("a") == (1, 2)
    assert document.position("a.0") == (2, 5)


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
def test_keys_with_dots_are_found(parse):
    document = parse('{"a.b":\n {"c": 1,\n "d.e": 2}}', "x")
    assert document.position("a.b.c") == (2, 8)
    assert document.position("a.b.d.e") == (3, 9)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "nothing"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        ("a", "'a'"),
        ({"a": 1, "b": 2}, "a mapping of 2 fields"),
        ([1, 2, 3], "a list of 3"),
        ("two\nlines\x1b[31m\u202e", r"'two\nlines\x1b[31m\u202e'"),
    ],
)
def test_values_in_messages(value, told):
    assert shown(value) == told


@given(st.text())
def test_values_and_keys_in_messages_are_short_and_printable(text):
    for told in (shown(text), shown_key(text)):
        assert told.isprintable()
        assert len(told) <= 10 * LONGEST_SHOWN_VALUE + 5
