"""Files of a plan: complete, equal for equal plans, and never half there."""

import csv
import json
import os
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest

from planner.domain.plan import Plan
from planner.errors import OutputError
from planner.report import check_folder, write_plan

FILES = {
    "plan.json",
    "allocations.csv",
    "offloaded.csv",
    "purchases.csv",
    "workloads.csv",
    "sites.csv",
    "survivals.csv",
    "contracts.csv",
    "commitments.csv",
    "agreements.csv",
    "build_out.csv",
    "moves.csv",
    "transfers.csv",
    "meters.csv",
    "on_site.csv",
    "curtailment.csv",
    "demand_charges.csv",
    "clean_energy.csv",
    "periods.csv",
    "rejections.csv",
}


def contents(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_plan_json_is_the_whole_plan(plan, tmp_path):
    write_plan(plan, tmp_path / "out")
    text = (tmp_path / "out" / "plan.json").read_text()
    assert text.endswith("}\n")
    assert Plan.model_validate_json(text) == plan


def test_tables_have_a_row_each_in_full_precision(plan, tmp_path):
    write_plan(plan, tmp_path / "out")
    folder = tmp_path / "out"
    assert {each.name for each in folder.iterdir()} == FILES
    (_, _, gang) = rows(folder / "allocations.csv")
    assert gang["workload"] == "next-small"
    assert gang["parallelism"] == "tp2 pp2 dp64"
    assert gang["kv_precision"] == ""
    assert float(gang["cost_usd"]) == 1_234_567.0
    assert [row["nodes"] for row in rows(folder / "purchases.csv")] == ["1", "1", "32"]
    assert rows(folder / "workloads.csv")[0]["usd_per_million_tokens"] == "1.8127"
    assert rows(folder / "sites.csv")[0]["pue"] == "1.12"
    assert len(rows(folder / "rejections.csv")) == 3


def test_an_infeasible_plan_has_tables_with_headings_only(infeasible_plan, tmp_path):
    write_plan(infeasible_plan, tmp_path / "out")
    text = (tmp_path / "out" / "allocations.csv").read_text()
    assert text.startswith("workload,kind,architecture,site,")
    assert text.count("\n") == 1


def test_same_plan_same_bytes(plan, tmp_path):
    write_plan(plan, tmp_path / "one")
    write_plan(plan, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_plan_is_replaced_and_other_files_stay(plan, infeasible_plan, tmp_path):
    folder = tmp_path / "deep" / "out"
    write_plan(infeasible_plan, folder)
    (folder / "notes.txt").write_text("mine")
    write_plan(plan, folder)
    assert {each.name for each in folder.iterdir()} == FILES | {"notes.txt"}
    assert json.loads((folder / "plan.json").read_text())["status"] == "optimal"
    assert (folder / "notes.txt").read_text() == "mine"


def test_an_empty_folder_is_filled(plan, tmp_path):
    write_plan(plan, tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == FILES


def test_a_folder_of_something_else_is_refused(plan, tmp_path):
    (tmp_path / "plan.json").write_text('{"plan": "of somebody else"}')
    before = contents(tmp_path)
    with pytest.raises(OutputError, match="holds files but no plan of ours"):
        write_plan(plan, tmp_path)
    assert contents(tmp_path) == before


def test_a_file_in_the_way_is_named(plan, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="out: is a file, not a folder"):
        write_plan(plan, tmp_path / "out")
    with pytest.raises(OutputError, match="out: is a file, not a folder"):
        check_folder(tmp_path / "out" / "below")
    assert (tmp_path / "out").read_text() == "a file"


def test_a_folder_in_the_way_of_a_table_is_named_before_anything_is_replaced(
    plan, infeasible_plan, tmp_path
):
    write_plan(infeasible_plan, tmp_path / "out")
    (tmp_path / "out" / "sites.csv").unlink()
    (tmp_path / "out" / "sites.csv").mkdir()
    with pytest.raises(OutputError, match=r"sites\.csv: is a folder"):
        write_plan(plan, tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert kept["status"] == "infeasible"


@contextmanager
def full_disk():
    """Files can hold no more than 512 bytes; the test run's own output too, so be brief."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_leaves_nothing_behind(plan, tmp_path):
    with pytest.raises(OutputError, match="out: cannot be written"), full_disk():
        write_plan(plan, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_old_plan(plan, infeasible_plan, tmp_path):
    write_plan(infeasible_plan, tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(OutputError, match="out: cannot be written"), full_disk():
        write_plan(plan, tmp_path / "out")
    assert contents(tmp_path / "out") == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="may not be written to"):
        check_folder(tmp_path / "out")


def test_a_file_system_that_takes_no_folder_is_named(plan):
    with pytest.raises(OutputError, match="/proc/out"):
        write_plan(plan, Path("/proc/out"))
