"""`gpuplan batch`: one table for many scenarios, and the exit code of the worst."""

import json

import pytest


@pytest.fixture
def bad(fields, write):
    del fields["workloads"]
    return write(fields, "bad.yaml")


def test_a_row_per_scenario(gpuplan, small, impossible):
    result = gpuplan("batch", small, impossible)
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines()[2:]}
    assert rows["small"][1] == "optimal"
    assert rows["small"][2].startswith("$")
    assert rows["impossible"][1:8] == ["infeasible", *["-"] * 6]


def test_a_bad_scenario_does_not_stop_the_others(gpuplan, small, bad):
    result = gpuplan("batch", small.parent)
    assert result.exit_code == 2
    assert "bad input" in result.stdout
    assert "optimal" in result.stdout
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {bad}:")
    assert "workloads: is needed" in line


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["small"], 0),
        (["small", "impossible"], 1),
        (["small", "impossible", "bad"], 2),
        (["missing"], 2),
    ],
)
def test_the_exit_code_is_the_worst(gpuplan, small, impossible, bad, names, code):
    paths = {"small": small, "impossible": impossible, "bad": bad, "missing": small / "none"}
    assert gpuplan("batch", *(paths[name] for name in names)).exit_code == code


def test_json_is_one_document_with_whole_plans(gpuplan, small, impossible, bad):
    result = gpuplan("batch", "--json", small, impossible, bad)
    document = json.loads(result.stdout)
    assert document["schema_version"] == 1
    planned, refused, broken = document["results"]
    assert planned["path"] == str(small)
    assert planned["plan"] == json.loads(gpuplan("plan", small, "--json").stdout)
    assert planned["errors"] == []
    assert (refused["status"], refused["plan"]["status"]) == ("infeasible", "infeasible")
    assert (broken["status"], broken["plan"]) == ("bad input", None)
    assert str(bad) in broken["errors"][0]


def test_json_of_equal_runs_is_equal(gpuplan, small):
    assert gpuplan("batch", "--json", small).stdout == gpuplan("batch", "--json", small).stdout


def test_a_path_is_needed(gpuplan):
    assert gpuplan("batch").exit_code == 2
