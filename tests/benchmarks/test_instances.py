"""Instances in the published formats, small enough that their optimum is known."""

from pathlib import Path

import pytest

from benchmarks.instances import (
    assignment,
    bin_packing,
    gpu_mix,
    location,
    single_source_location,
)
from planner.optimization.parameters import Parameters
from planner.optimization.solve import solve
from planner.problem.aggregation import aggregated

EXACT = Parameters(gap=1e-6)
MIX = Path(__file__).parents[1] / "optimization" / "data" / "false_optimum.json"


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> Path:
        (tmp_path / "instance.txt").write_text(text)
        return tmp_path / "instance.txt"

    return write


def test_assignment(written):
    """Both jobs want agent 0, which has room for one."""
    problem = assignment(written("2 2\n 1 2\n 5 9\n 3 3\n 1 1\n 4 4\n"))
    assert solve(problem, EXACT).objective == pytest.approx(7.0)


LOCATION = "2 2\n {} 10\n 6 1\n 3\n 2 8\n 3\n 4 8\n"


@pytest.mark.parametrize("room", ["6", "capacity"])
def test_location_costs_are_of_the_whole_demand(written, room):
    """One facility of 6 serves both: 10 + 2 + 4 against 1 + 8 + 8."""
    problem = location(written(LOCATION.format(room)), capacity=6.0)
    assert solve(problem, EXACT).objective == pytest.approx(16.0)


def test_divisible_customers_split_and_single_source_ones_do_not(written):
    """Facilities of 4 and 2 for demands of 3: the cheap one serves a third of the other."""
    split = location(written("2 2\n 4 0\n 6 0\n 3\n 0 9\n 3\n 0 9\n"))
    whole = single_source_location(written("2 2\n 4 0\n 6 0\n 3 3\n 0 0\n 9 9\n"))
    assert solve(split, EXACT).objective == pytest.approx(6.0)
    assert solve(whole, EXACT).objective == pytest.approx(9.0)


def test_bin_packing(written):
    """First-fit-decreasing needs three bins for 5 4 3 3 3 2, two hold them."""
    problem = bin_packing(written("1\n u_1\n 10 6 2\n5\n4\n3\n3\n3\n2\n"), 0)
    assert problem.blocks == 3
    assert solve(problem, EXACT).objective == pytest.approx(2.0)


def test_equal_sizes_are_found_to_be_alike(written):
    problem = bin_packing(written("1\n u_1\n 10 5 2\n5\n4\n5\n5\n5\n"), 0)
    assert problem.items == 5
    assert aggregated(problem).problem.item_parts.tolist() == [4, 1]


def test_gpu_mix_sliced_and_divisible():
    """The published optimum of the sliced program; dividing at will costs no more."""
    assert solve(gpu_mix(MIX), EXACT).objective == pytest.approx(11.789)
    assert solve(gpu_mix(MIX, slices=0), EXACT).objective <= 11.789 + 1e-9
