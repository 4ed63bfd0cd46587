"""The README must not promise what is not so."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from planner.cli.main import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_first_command_sets_everything_up_and_plans_the_quickstart():
    assert blocks("sh")[0].strip() == (
        "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]'"
        " && .venv/bin/gpuplan plan examples/quickstart.yaml"
    )


def test_second_command_runs_the_tests():
    assert blocks("sh")[1].strip() == ".venv/bin/python -m pytest"


@pytest.mark.parametrize("line", re.findall(r"^gpuplan .*$", README, flags=re.MULTILINE))
def test_every_command_shown_is_understood(line):
    command = [part for part in shlex.split(line, comments=True)[1:] if not part.startswith("-")]
    name = command[0]
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_every_example_named_exists():
    named = set(re.findall(r"examples/[\w-]+\.yaml", README))
    assert named
    for path in named:
        assert yaml.safe_load((ROOT / path).read_text())["scenario"]
