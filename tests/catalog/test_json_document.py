"""JSON: what is no JSON, and values and keys that JSON allows and planner does not."""

import pytest

from planner.catalog.json_document import parse_json
from planner.errors import InputError


def refusal(text):
    with pytest.raises(InputError) as caught:
        parse_json(text, "plan.json")
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ('{"a": 1,}', 1, 9),
        ('{\n"a": 1\n"b": 2}', 3, 1),
        ("{'a': 1}", 1, 2),
        ('{"a": 01}', 1, 8),
        ('{"a": .5}', 1, 7),
        ('{"a": 1} x', 1, 10),
        ('{"a": "tab\there"}', 1, 11),
        ('{"a": tru}', 1, 7),
        ("[1, 2", 1, 6),
    ],
)
def test_text_that_is_no_json(text, line, column):
    fault = refusal(text)
    assert fault.rule.startswith("is no valid JSON: ")
    assert (fault.source, fault.line, fault.column) == ("plan.json", line, column)


@pytest.mark.parametrize("text", ["[" * 5000, "[" * 100_000, '{"a":' * 5000, "[" * 65 + "]" * 65])
def test_nesting_is_bounded(text):
    fault = refusal(text)
    assert fault.rule == "must not be nested deeper than 64 levels"
    assert fault.line == 1


def test_64_levels_are_not_too_deep():
    tree = parse_json("[" * 64 + "]" * 64, "x").tree
    for _ in range(63):
        (tree,) = tree
    assert tree == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e400"])
def test_numbers_must_be_finite(number):
    document = parse_json(f'{{"a": [1,\n {number}]}}', "x")
    (fault,) = document.faults
    assert (fault.field, fault.rule, fault.line) == ("a.1", "must be a finite number", 2)
    assert document.is_blank("a.1")
    assert document.is_blank("a.1.b")
    assert not document.is_blank("a.0")
    assert not document.is_blank("a")


def test_a_number_of_5000_digits():
    (fault,) = parse_json(f'{{"a": {"9" * 5000}}}', "x").faults
    assert fault.rule == "must be a number of at most 100 characters"
    assert len(str(fault)) < 200


def test_duplicate_keys_name_both_lines_and_the_first_stays():
    document = parse_json('{"a": {"b": 1,\n"c": 3,\n"b": {"x": [2]}},\n"d": 4}', "x")
    (fault,) = document.faults
    assert (fault.field, fault.line) == ("a.b", 3)
    assert fault.rule == "is stated twice, first on line 1"
    assert document.tree == {"a": {"b": 1, "c": 3}, "d": 4}


def test_escapes():
    tree = parse_json(r'{"a\tb": "\"\\\/\u00e9\ud83d\ude00\u0000 {[,:"}', "x").tree
    assert tree == {"a\tb": '"\\/é\U0001f600\0 {[,:'}


def test_half_a_surrogate_pair_is_no_text():
    document = parse_json('{"a": "\\ud800", "b\\udc00": 1, "c": 2}', "x")
    assert [fault.rule for fault in document.faults] == [
        "must be Unicode text, without half a surrogate pair"
    ] * 2
    assert document.tree == {"a": {}, "c": 2}


def test_a_faulty_value_as_the_whole_document():
    document = parse_json("NaN", "x")
    assert len(document.faults) == 1
    assert document.is_blank("anything")
