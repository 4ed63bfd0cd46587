"""`gpuplan verify` and the plan files it reads."""

import json

import pytest


@pytest.fixture
def folder(gpuplan, small, tmp_path):
    out = tmp_path / "out"
    assert gpuplan("plan", small, "--out", out).exit_code == 0
    return out


def change(folder, **values):
    path = folder / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}, indent=2))
    return path


@pytest.mark.parametrize("name", ["", "plan.json"])
def test_a_plan_of_ours_is_verified(gpuplan, small, folder, name):
    result = gpuplan("verify", folder / name, small)
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    assert "verified: what it decides, costs, draws and emits follows from" in told
    assert "not recomputed: bound" in told


def test_a_changed_cost_is_found(gpuplan, small, folder):
    path = change(folder, cost_usd=1.0)
    result = gpuplan("verify", path, small)
    assert result.exit_code == 1
    assert "Not verified: " in result.stdout
    assert "1.0" in result.stdout


def test_a_changed_table_is_found(gpuplan, small, folder):
    table = folder / "purchases.csv"
    table.write_text(table.read_text().replace("720", "99999"))
    result = gpuplan("verify", folder, small)
    assert result.exit_code == 1
    assert "purchases.csv" in result.stdout


def test_a_table_that_is_gone_is_found(gpuplan, small, folder):
    (folder / "purchases.csv").unlink()
    result = gpuplan("verify", folder, small)
    assert result.exit_code == 1
    assert "purchases.csv" in result.stdout
    assert "is gone" in result.stdout
    assert gpuplan("verify", folder / "plan.json", small).exit_code == 0


def test_changed_notices_are_found(gpuplan, small, folder):
    result = gpuplan("verify", change(folder, notices=["all is well"]), small)
    assert result.exit_code == 1
    assert "must say: throughput" in " ".join(result.stdout.split())


def test_violations_as_json(gpuplan, small, folder):
    assert json.loads(gpuplan("verify", folder, small, "--json").stdout) == {
        "verified": True,
        "violations": [],
    }
    result = gpuplan("verify", change(folder, energy_mwh=1e6), small, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert not document["verified"]
    assert {"where", "rule", "stated", "recomputed"} == document["violations"][0].keys()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"cost_usd": "much"}, "cost_usd: must be a number, got 'much'"),
        ({"extra": 1}, "extra: is no field of"),
        ({"status": "perfect"}, "status: must be 'optimal'"),
        ({"evidence": {}}, "evidence.termination: is needed"),
    ],
)
def test_a_file_that_is_no_plan_exits_2_with_line_and_field(gpuplan, small, folder, values, told):
    path = change(folder, **values)
    result = gpuplan("verify", path, small)
    assert result.exit_code == 2
    assert result.stdout == ""
    line = result.stderr.splitlines()[0]
    assert line.startswith(f"error: {path}:")
    assert told in line


@pytest.mark.parametrize("text", ["", "[]", '{"scenario": ', '{"cost_usd": NaN}'])
def test_text_that_is_no_plan_exits_2(gpuplan, small, tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text)
    result = gpuplan("verify", path, small)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {path}:")


def test_a_missing_plan_exits_2(gpuplan, small, tmp_path):
    result = gpuplan("verify", tmp_path, small)
    assert result.exit_code == 2
    assert "plan.json: there is no such file" in result.stderr
