"""`gpuplan plan` from end to end."""

import csv
import json
import os
from pathlib import Path

import pytest

import planner
from planner.domain.plan import Plan

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.yaml"


def test_report_of_a_real_plan(gpuplan, small):
    result = gpuplan("plan", small)
    assert result.exit_code == 0
    assert result.stdout.startswith("small: optimal, ")
    assert "checked by independent recomputation" in result.stdout
    assert "x H100-80GB-SXM" in result.stdout
    assert "hall, owned" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("columns", ["80", "120"])
def test_quickstart_fits_the_terminal_and_has_the_figures(gpuplan, monkeypatch, catalog, columns):
    monkeypatch.setenv("COLUMNS", columns)
    result = gpuplan("plan", QUICKSTART)
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= int(columns)
    assert "\x1b" not in result.stdout
    plan = planner.plan(planner.load_scenario(QUICKSTART, catalog), catalog=catalog)
    assert f"${plan.cost_usd:,.0f} over 91 days" in result.stdout
    for each in plan.allocations:
        assert f"{each.accelerators:,} x {each.accelerator}" in result.stdout
        assert f"{each.site}, {each.purchase}" in result.stdout
    for result_row in plan.workloads:
        assert result_row.workload in result.stdout


def test_json_is_one_document_and_the_whole_plan(gpuplan, small):
    result = gpuplan("plan", small, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.endswith("}\n")
    plan = Plan.model_validate_json(result.stdout)
    assert plan.scenario == "small"
    assert plan.status == "optimal"
    assert plan.verified


def test_same_scenario_same_bytes(gpuplan, small, tmp_path):
    for name in ("one", "two"):
        assert gpuplan("plan", small, "--out", tmp_path / name).exit_code == 0
    files = sorted(each.name for each in (tmp_path / "one").iterdir())
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert gpuplan("plan", small, "--json").stdout == (tmp_path / "one" / "plan.json").read_text()


def test_out_writes_plan_and_tables_and_says_so_on_stderr(gpuplan, small, tmp_path):
    result = gpuplan("plan", small, "--json", "--out", tmp_path / "out")
    plan = json.loads(result.stdout)
    assert result.stderr == f"written to {tmp_path / 'out'}\n"
    with (tmp_path / "out" / "allocations.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["cost_usd"]) for row in rows] == [
        each["cost_usd"] for each in plan["allocations"]
    ]


def test_infeasible_exits_1_and_says_what_is_short(gpuplan, impossible, tmp_path):
    result = gpuplan("plan", impossible, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stdout.startswith("impossible: infeasible, ")
    assert "chat: " in result.stdout
    assert "hall / hgx-h100-8 / owned" in result.stdout
    written = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert written["status"] == "infeasible"
    assert written["shortages"][0]["workload"] == "chat"


def test_infeasible_as_json_exits_1(gpuplan, impossible):
    result = gpuplan("plan", impossible, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["status"] == "infeasible"


def test_a_folder_that_cannot_be_written_exits_3_before_planning(gpuplan, small, tmp_path):
    (tmp_path / "taken").write_text("")
    result = gpuplan("plan", small, "--out", tmp_path / "taken")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr == f"error: {tmp_path / 'taken'}: is a file, not a folder\n"


BOMB = "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 11)
)
BAD_FILES = {
    "broken.yaml": "scenario: [unclosed\nhorizon: {days: 1}\n",
    "bomb.yaml": f"a0: &a0 [x, x, x]\n{BOMB}",
    "empty.yaml": "",
    "broken.json": '{"scenario": }',
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("command", ["plan", "check"])
def test_files_that_are_no_scenario_exit_2_in_one_line(gpuplan, tmp_path, command, name):
    path = tmp_path / name
    path.write_text(BAD_FILES[name])
    told = gpuplan(command, path)
    assert told.exit_code == 2
    assert told.stdout == ""
    (line,) = told.stderr.splitlines()
    assert line.startswith(f"error: {path}:")


def changed(fields, **changes):
    fields["workloads"][0].update(changes)
    return fields


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"requests_per_s": -5}, "workloads.0.requests_per_s: must be greater than 0, got -5"),
        ({"requests_per_s": float("nan")}, "workloads.0.requests_per_s"),
        ({"architecture": "llama-3.1-8bb"}, "did you mean llama-3.1-8b"),
        ({"requests_per_sec": 5}, "workloads.0.requests_per_sec"),
    ],
)
def test_bad_fields_exit_2_with_line_and_field(gpuplan, fields, write, change, told):
    path = write(changed(fields, **change))
    result = gpuplan("plan", path, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {path}:")
    assert told in line


def test_every_fault_has_its_line(gpuplan, fields, write):
    del fields["horizon"]
    fields["sites"][0]["capacity"][0] = {"node_type": "hgx-h100-9", "purchase": "owned"}
    path = write(changed(fields, requests_per_s=-5))
    lines = gpuplan("check", path).stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"error: {path}:") for line in lines)


def test_duplicate_keys_exit_2(gpuplan, small):
    small.write_text(small.read_text() + "scenario: again\n")
    result = gpuplan("plan", small)
    assert result.exit_code == 2
    assert "scenario: is stated twice, first on line 1" in result.stderr


def test_a_directory_and_a_missing_file_exit_2(gpuplan, small):
    result = gpuplan("plan", small.parent)
    assert result.exit_code == 2
    assert result.stderr == f"error: {small.parent}: is a directory, not a file\n"
    result = gpuplan("plan", small.with_name("smal.yaml"))
    assert result.exit_code == 2
    assert f"did you mean {small}?" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_exits_2(gpuplan, small):
    small.chmod(0)
    result = gpuplan("plan", small)
    assert result.exit_code == 2
    assert result.stderr == f"error: {small}: cannot be opened (Permission denied)\n"


def test_check_says_ok(gpuplan, small):
    result = gpuplan("check", small)
    assert result.exit_code == 0
    assert "ok: scenario small, 1 workloads, 1 sites, 1 offers of capacity" in " ".join(
        result.stdout.split()
    )


def test_schema_is_json(gpuplan):
    schema = json.loads(gpuplan("schema").stdout)
    assert {"scenario", "horizon", "sites", "workloads"} <= schema["properties"].keys()


def test_a_plan_from_an_earlier_one(gpuplan, small, fields, write, tmp_path):
    assert gpuplan("plan", small, "--out", tmp_path / "first").exit_code == 0
    more = write(changed(fields, requests_per_s=50), "more.yaml")
    said = [
        gpuplan("plan", more, "--json", "--from", path)
        for path in (tmp_path / "first", tmp_path / "first" / "plan.json")
    ]
    assert [each.exit_code for each in said] == [0, 0]
    assert said[0].stdout == said[1].stdout
    plan, usual = (json.loads(each.stdout) for each in (said[0], gpuplan("plan", more, "--json")))
    assert plan["verified"]
    assert plan["status"] == "optimal"
    assert plan["objective_usd"] == pytest.approx(usual["objective_usd"], rel=2e-3)
    assert plan["evidence"]["started_from"]
    assert usual["evidence"]["started_from"] is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scenario: small", "is no valid JSON"),
        ('{"scenario": "small"}', "is no plan of this version of gpuplan"),
        ('{"schema_version": 2}', "is no plan of this version of gpuplan"),
        (None, "there is no such file"),
    ],
)
def test_a_start_that_is_no_plan_exits_2_in_one_line(gpuplan, small, tmp_path, text, told):
    path = tmp_path / "earlier.json"
    if text is not None:
        path.write_text(text)
    result = gpuplan("plan", small, "--from", path)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {path}:")
    assert told in line


def test_a_plan_of_another_schema_is_no_start(gpuplan, small, tmp_path):
    gpuplan("plan", small, "--out", tmp_path / "out")
    path = tmp_path / "out" / "plan.json"
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    result = gpuplan("plan", small, "--from", path)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "schema_version: must be 1" in line
