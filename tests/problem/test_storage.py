"""A saved problem is the same problem; a file that is none gives one clear error."""

import numpy as np
import pytest

from benchmarks.months import months_fleet
from planner.errors import InputError, OutputError
from planner.optimization.parameters import Parameters
from planner.optimization.solve import solve
from planner.problem.storage import load_problem, save_problem
from tests.optimization.shapes import commitment


def test_a_saved_problem_has_the_same_solution(tmp_path):
    problem, optimum = commitment()
    save_problem(problem, tmp_path / "problem.npz")
    again = solve(load_problem(tmp_path / "problem.npz"), Parameters(gap=1e-6))
    assert again.objective == pytest.approx(optimum)
    assert again.choice.blocks.tolist() == solve(problem).choice.blocks.tolist()


def test_every_column_survives(tmp_path):
    problem = months_fleet(5, types=2, sites=3)
    save_problem(problem, tmp_path / "problem.npz")
    again = load_problem(tmp_path / "problem.npz")
    assert again.item_name == problem.item_name
    assert again.resource_name == problem.resource_name
    assert np.array_equal(again.places.use.amount, problem.places.use.amount)
    assert np.array_equal(again.deployments.amount, problem.deployments.amount)
    assert np.array_equal(again.block_limit, problem.block_limit)
    assert again.block_whole.dtype == bool


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"plain text"])
def test_a_file_that_is_no_problem_is_named(tmp_path, content):
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"other\.npz: must hold the columns of a problem"):
        load_problem(path)


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "half.npz"
    np.savez(path, capacity=np.ones(1))
    with pytest.raises(InputError, match="is missing"):
        load_problem(path)


def test_no_file_and_no_folder(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_problem(tmp_path / "none.npz")
    with pytest.raises(OutputError, match="cannot be written"):
        save_problem(commitment()[0], tmp_path / "none" / "problem.npz")
