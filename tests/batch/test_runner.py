"""Many scenarios from Python."""

import shutil
from pathlib import Path

import pytest

from planner.batch.runner import plan_all, scenario_files
from planner.domain.plan import Plan
from planner.errors import InputError, SolverError
from planner.optimization.parameters import Parameters

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_folder_stands_for_its_scenario_files_by_name(tmp_path):
    for name in ("b.yml", "a.yaml", "c.json", "notes.txt", "d.YAML"):
        (tmp_path / name).write_text("")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "e.yaml").write_text("")
    names = [each.name for each in scenario_files(tmp_path)]
    assert names == ["a.yaml", "b.yml", "c.json", "d.YAML"]


def test_a_folder_without_scenarios_is_a_fault(tmp_path):
    with pytest.raises(InputError, match="must have a scenario file in it"):
        scenario_files(tmp_path)


def test_a_folder_of_scenarios_is_planned_and_verified(catalog, tmp_path):
    for name in ("quickstart", "credits", "n-plus-one"):
        shutil.copy(EXAMPLES / f"{name}.yaml", tmp_path)
    outcomes = list(plan_all([tmp_path], catalog, Parameters(), lambda _: None))
    assert [each.path for each in outcomes] == list(scenario_files(tmp_path))
    assert len(outcomes) == 3
    for each in outcomes:
        assert isinstance(each.result, Plan), each.result
        assert each.result.verified
        assert each.result.status == "optimal"


def test_errors_are_outcomes_and_the_rest_goes_on(catalog, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    paths = [tmp_path / "gone.yaml", empty, EXAMPLES / "llama1-65b-pretraining.yaml"]
    outcomes = list(plan_all(paths, catalog, Parameters(), lambda _: None))
    assert [each.path for each in outcomes] == paths
    assert [type(each.result) for each in outcomes] == [InputError, InputError, Plan]


def test_too_little_time_is_an_outcome(catalog):
    hasty = Parameters(time_limit_s=1e-9)
    (outcome,) = plan_all([EXAMPLES / "quickstart.yaml"], catalog, hasty, lambda _: None)
    result = outcome.result
    assert isinstance(result, SolverError) or (result.status == "stopped" and result.verified)


def test_progress_names_the_file(catalog):
    told = []
    list(plan_all([EXAMPLES / "llama1-65b-pretraining.yaml"], catalog, Parameters(), told.append))
    assert told
    assert all(each.step.startswith("llama1-65b-pretraining.yaml: ") for each in told)
