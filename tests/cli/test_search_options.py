"""The options that say how a search is made, typed as a user types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.yaml"


def gpuplan(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("options", [("--engine", "exact"), ("--solver", "scip")])
def test_the_same_optimum_by_other_means(options):
    usual, other = (
        json.loads(gpuplan("plan", str(QUICKSTART), "--json", *extra).stdout)
        for extra in ((), options)
    )
    assert other["verified"]
    assert other["objective_usd"] == pytest.approx(usual["objective_usd"], rel=2e-3)
    assert other["bound_usd"] <= usual["objective_usd"]


def test_a_solver_that_was_asked_for_is_named_first():
    plan = json.loads(gpuplan("plan", str(QUICKSTART), "--json", "--solver", "scip").stdout)
    whole = [
        each["solver"] for each in plan["evidence"]["routes"] if "prices" not in each["solver"]
    ]
    assert whole[0] == "SCIP"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--engine", "magic"), "'auto', 'exact', 'decomposition'"),
        (("--solver", "gurobi"), "'highs', 'scip', 'cp_sat'"),
        (("--threads", "0"), "x>=1"),
        (("--gap", "nan"), "finite"),
    ],
)
def test_what_is_no_choice_is_refused(options, told):
    done = gpuplan("plan", str(QUICKSTART), *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
