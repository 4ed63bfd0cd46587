"""YAML: version 1.2, one document, no tricks, and messages that say where and what instead."""

import time

import pytest

from planner.catalog.yaml_document import parse_yaml
from planner.errors import InputError

HANG_CPU_S = 10.0
"""What is guarded against takes minutes; how fast reading is, no test says."""


def refusal(text):
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "s.yaml")
    assert time.process_time() - start < HANG_CPU_S
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


def only_fault(text):
    (fault,) = parse_yaml(text, "s.yaml").faults
    return fault


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "is empty"),
        ("# nothing but a comment\n", 1, 1, "is empty"),
        ("a: [1, 2\nb: 3", 2, 2, "while parsing a flow sequence that begins on line 1"),
        ("a: b: c", 1, 5, "mapping values are not allowed in this context"),
        ("é:\n\t- b", 2, 1, "indent with spaces, not with tabs"),
        ("a: 'b", 1, 6, "while scanning a quoted scalar that begins on line 1"),
        ("a: 1\n---\nb: 2", 2, 1, "here begins another"),
        ("a: @b", 1, 4, "is no valid YAML"),
        ("%YAML 99999999999.1\n---\na: 1", 1, 16, "is no valid YAML"),
        ("a: 1\nb: x\0y", 2, 5, r"must have no control characters, got '\x00'"),
        ("a: \x1b[31m", 1, 4, r"must have no control characters, got '\x1b'"),
        ("a: \ufffe", 1, 4, "must have no control characters"),
    ],
)
def test_text_that_is_no_yaml(text, line, column, said):
    fault = refusal(text)
    assert (fault.source, fault.line, fault.column) == ("s.yaml", line, column)
    assert said in str(fault)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[" * 5000, 1),
        ("{a: " * 5000, 1),
        ("- " * 5000 + "x", 1),
        ("".join(" " * depth + "a:\n" for depth in range(3000)), 65),
        ("a0: &a0 []\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100)), 64),
    ],
    ids=["flow list", "flow mapping", "block list", "block mapping", "aliases"],
)
def test_nesting_is_bounded(text, line):
    fault = refusal(text)
    assert fault.rule == "must not be nested deeper than 64 levels"
    assert fault.line == line


def bomb(levels):
    """Each level is nine times the one before."""
    lower = [", ".join([f"*a{level}"] * 9) for level in range(levels - 1)]
    return "\n".join(f"a{n}: &a{n} [{each}]" for n, each in enumerate(["x, " * 9, *lower]))


@pytest.mark.parametrize(
    "text",
    [
        bomb(10),
        f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 10_000)}]",
        f'a: &a {{"{"k" * 1000}": 1}}\nb: [{", ".join(["*a"] * 100_000)}]',
    ],
    ids=["values", "long text", "long keys"],
)
def test_aliases_cannot_multiply_a_small_file_into_a_large_one(text):
    assert refusal(text).rule == "aliases must not stand for more than 1,000,000 values"


def test_a_small_bomb_is_data():
    tree = parse_yaml(bomb(3), "x").tree
    assert tree["a2"] == [[["x"] * 9] * 9] * 9


def test_aliases_and_anchors():
    tree = parse_yaml("a: &one 1\nb: &list [*one, &in {c: *one}]\nd: *list\ne: *in\n", "x").tree
    assert tree == {"a": 1, "b": [1, {"c": 1}], "d": [1, {"c": 1}], "e": {"c": 1}}


@pytest.mark.parametrize(
    ("text", "field", "line", "rule", "value"),
    [
        ("a: 1\nb: *c", "b", 2, "there is no such anchor before", "'*c'"),
        ("a: &a\n  b: [*a]", "a.b.0", 2, "must not contain itself", "'*a'"),
        ("- &a [*a]", "0.0", 1, "must not contain itself", "'*a'"),
        ("a: .nan", "a", 1, "must be a finite number", "'.nan'"),
        ("a: 1\nb: -.INF", "b", 2, "must be a finite number", "'-.INF'"),
        ("a:\n  b: 1\n  b: 2", "a.b", 3, "is stated twice, first on line 2", None),
        ('a: 1\n"a": 2', "a", 2, "is stated twice, first on line 1", None),
        ("a: !x y", "a", 1, "unknown tag '!x': a file holds plain data", "'y'"),
        ("a: !!python/name:os.system x", "a", 1, "unknown tag", "'x'"),
        ("a: !!binary x", "a", 1, "unknown tag", "'x'"),
        ("a: !x {b: 1}", "a", 1, "unknown tag: a file holds plain data", "'!x'"),
        ("a: !!int x", "a", 1, "must be what its tag !!int says", "'x'"),
        ("a: !!bool 1", "a", 1, "must be what its tag !!bool says", "'1'"),
        ("a: 1\n5: 2", "", 2, "a field's name must be text", "5"),
        ("null: 2", "", 1, "a field's name must be text", "nothing"),
        ("a:\n  true: 2", "a", 2, "a field's name must be text", "true"),
        (".nan: 2", "", 1, "must be a finite number", "'.nan'"),
        ("!x a: 2", "", 1, "unknown tag '!x': a file holds plain data", "'a'"),
        ("[a, b]: 2", "", 1, "a field's name must be text", None),
        ("? {a: b}\n: [c]", "", 1, "a field's name must be text", None),
        ("? !x [a]\n: [c]", "", 1, "a field's name must be text", None),
        ("a: &k x\n*k : 2", "", 2, "a field's name must be text, not an alias", None),
        ("a: &a {x: 1}\nb:\n  <<: *a", "b", 3, "merge keys are no part of YAML 1.2", None),
    ],
)
def test_values_and_keys_that_are_refused(text, field, line, rule, value):
    fault = only_fault(text)
    assert (fault.field, fault.line, fault.value) == (field, line, value)
    assert fault.rule.startswith(rule)


def test_what_is_beside_a_refused_value_or_key_is_read():
    text = "a: .nan\nb: 1\n[x, y]: {z: 1}\nc: [1, !x 2, 3]\nb: {q: 5}\n5: [6]\nd: 2\n"
    document = parse_yaml(text, "x")
    assert document.tree == {"a": {}, "b": 1, "c": [1, {}, 3], "d": 2}
    assert [fault.line for fault in document.faults] == [1, 3, 4, 5, 6]
    assert document.is_blank("c.1")
    assert not document.is_blank("c.2")


def test_a_blank_that_an_alias_repeats_is_told_once():
    document = parse_yaml("a: &a .inf\nb: *a\n", "x")
    assert [fault.field for fault in document.faults] == ["a"]
    assert document.is_blank("b")


def test_standard_tags():
    text = "a: !!str 5\nb: !!int 5\nc: !!float 5\nd: !!bool true\ne: !!null ~\nf: ! 5\n"
    tree = parse_yaml(text + "g: !!seq [1]\nh: !!map {i: 1}", "x").tree
    assert tree.pop("h") == {"i": 1}
    assert tree.pop("g") == [1]
    assert tree == {"a": "5", "b": 5, "c": 5.0, "d": True, "e": None, "f": "5"}
    assert type(tree["c"]) is float


def test_quoted_scalars_are_text():
    assert parse_yaml("""[ "1", 'no', "true", '', "~" ]""", "x").tree == [
        "1",
        "no",
        "true",
        "",
        "~",
    ]


def test_block_scalars():
    tree = parse_yaml("a: |\n  one\n  two\nb: >-\n  one\n  two\n", "x").tree
    assert tree == {"a": "one\ntwo\n", "b": "one two"}


def test_merge_key_bomb_is_refused_at_once():
    text = "a: &a {b: 1}\nc:\n  <<: [" + ", ".join(["*a"] * 50_000) + "]\n"
    start = time.process_time()
    document = parse_yaml(text, "x")
    assert time.process_time() - start < HANG_CPU_S
    assert [fault.line for fault in document.faults] == [3]
    assert document.tree["c"] == {}


def test_directives_are_passed_over():
    assert parse_yaml("%YAML 1.2\n---\na: no\n...\n", "x").tree == {"a": "no"}
