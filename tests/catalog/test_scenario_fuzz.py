"""Damaged scenario files: whatever is changed, the answer is a scenario or an `InputError`."""

import copy
import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.catalog.references import check_scenario
from planner.catalog.scenario_file import read_scenario
from planner.catalog.schema import scenario_schema
from planner.domain.scenario import StagedScenario
from planner.errors import InputError

SIGNS = [
    *(
        "\0",
        "\t",
        "\n",
        "\r",
        " ",
        ":",
        "-",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "&a ",
        "*a",
        "!",
        "!!int ",
    ),
    *("%", "@", "`", "|", ">", "#", ",", "? ", "<<: *a", "---\n", "...\n", "~", ".nan", "-.inf"),
    *("1e999", "9" * 200, "0x1", "1:30", "no", "é", "\x85", "\u2028", "\ufeff", "\U0001f600"),
]
VALUES = [
    *(None, True, 0, -1, 1.5, -0.0, 1e16, 1e300, 10**50, "", "12", "nan", "a b", "x" * 200, "é"),
    *([], {}, [[]], [None], {"a": 1}, {"": {}}, {"a.b": [1]}, [{}], [1] * 300),
    *("llama-3.1-8b", "hgx-h100-8", "owned", "spot", "serving", "hall", "../x", "/", ".", "a\0b"),
]
NAMES = [
    "",
    " ",
    "1",
    "kind",
    "name",
    "sites",
    "parameters",
    "request_trace",
    "config",
    "a.b",
    "é",
    "nome",
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def outcome(path, catalog):
    """The scenario, if it is one; then its names and facts hold for the Python API too."""
    try:
        scenario = read_scenario(path, catalog)
    except InputError as error:
        return None, error
    check_scenario(scenario, catalog)
    return scenario, None


def is_clear(error):
    """Whether it has faults, each on one line, each with a place."""
    told = [str(fault) for fault in error.faults]
    has_places = all(fault.line and fault.column for fault in error.faults)
    return (
        has_places and told and told == str(error).split("\n") and all(map(str.isprintable, told))
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), suffix=st.sampled_from(["yaml", "json"]))
def test_damaged_bytes(folder, catalog, valid, data, suffix):
    text = valid if suffix == "yaml" else json.dumps(yaml.safe_load(valid), indent=1)
    content = text.encode()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        lost = data.draw(st.sampled_from([0, 0, 1, 5, 50]))
        piece = data.draw(
            st.sampled_from(SIGNS).map(str.encode)
            | st.binary(min_size=1, max_size=2)
            | st.integers(0, len(content)).map(lambda at: content[at : at + 40])  # noqa: B023
        )
        content = content[:start] + piece + content[start + lost :]
    path = folder / f"bytes.{suffix}"
    path.write_bytes(content)
    _, error = outcome(path, catalog)
    assert error is None or is_clear(error)


def places(node, path=()):
    """Where something can be changed."""
    if isinstance(node, dict | list):
        for key, each in list(node.items() if isinstance(node, dict) else enumerate(node)):
            yield (*path, key)
            yield from places(each, (*path, key))


def node_at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def damaged(tree, data):
    """The tree with one field lost, added, doubled, or holding another value."""
    *parents, last = data.draw(st.sampled_from(list(places(tree))))
    node = node_at(tree, parents)
    value = copy.deepcopy(data.draw(st.sampled_from(VALUES)))
    match data.draw(st.sampled_from(["lose", "replace", "replace", "add", "double", "move"])):
        case "lose":
            del node[last]
        case "replace":
            node[last] = value
        case "add" if isinstance(node, dict):
            node[data.draw(st.sampled_from(NAMES))] = value
        case "double" if isinstance(node, list):
            node.append(copy.deepcopy(node[last]))
        case _:
            node[last] = copy.deepcopy(
                node_at(tree, data.draw(st.sampled_from(list(places(tree)))))
            )
    return tree


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), as_json=st.booleans())
def test_damaged_structure(folder, catalog, valid, data, as_json):
    tree = yaml.safe_load(valid)
    for _ in range(data.draw(st.integers(1, 3))):
        if any(True for _ in places(tree)):
            tree = damaged(tree, data)
    path = folder / ("structure.json" if as_json else "structure.yaml")
    path.write_text(json.dumps(tree) if as_json else yaml.safe_dump(tree, allow_unicode=True))
    scenario, error = outcome(path, catalog)
    assert error is None or is_clear(error)
    if scenario is not None:
        # what is accepted comes back from its own JSON, unless a trace was read into it
        assert StagedScenario.model_validate_json(scenario.model_dump_json()) == scenario
        path.write_text(scenario.model_dump_json())
        assert read_scenario(path, catalog) == scenario
        assert set(json.loads(path.read_text())) <= set(scenario_schema()["properties"])
