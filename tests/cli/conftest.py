"""The real command line, called in this process; and a scenario that is planned in no time."""

import copy

import pytest
import yaml
from click.testing import CliRunner

from planner.cli.main import main

SCENARIO = {
    "scenario": "small",
    "horizon": {"days": 30},
    "sites": [
        {
            "name": "hall",
            "pue": 1.2,
            "carbon_g_per_kwh": 300,
            "electricity_usd_per_kwh": 0.1,
            "capacity": [
                {"node_type": "hgx-h100-8", "purchase": "owned", "available_nodes": 4},
            ],
        },
    ],
    "workloads": [
        {
            "name": "chat",
            "kind": "serving",
            "architecture": "llama-3.1-8b",
            "requests_per_s": 5,
            "input_tokens": 500,
            "output_tokens": 200,
        },
    ],
}


@pytest.fixture
def gpuplan():
    """Call `gpuplan` with these arguments; bugs raise."""

    def call(*arguments):
        runner = CliRunner(catch_exceptions=False)
        return runner.invoke(main, [str(each) for each in arguments])

    return call


@pytest.fixture
def fields():
    """The fields of the small scenario, to be changed."""
    return copy.deepcopy(SCENARIO)


@pytest.fixture
def write(tmp_path):
    """Write a scenario's fields to a file."""

    def to_file(fields, name="small.yaml"):
        path = tmp_path / name
        path.write_text(yaml.safe_dump(fields, sort_keys=False))
        return path

    return to_file


@pytest.fixture
def small(fields, write):
    return write(fields)


@pytest.fixture
def impossible(fields, write):
    fields["scenario"] = "impossible"
    fields["workloads"][0]["requests_per_s"] = 1_000_000
    return write(fields, "impossible.yaml")
