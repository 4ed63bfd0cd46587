"""What holds for all commands."""

import importlib.metadata
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from planner.cli import catalog as catalog_commands
from planner.cli import main as main_commands

GROUPS = [main_commands.COMMANDS, catalog_commands.COMMANDS]
PROGRAM = [sys.executable, "-m", "planner"]


def test_help_lists_every_command_and_exit_code(gpuplan):
    result = gpuplan("--help")
    assert result.exit_code == 0
    for name in ("plan", "check", "estimate", "schema", "catalog", "verify", "batch"):
        assert f"\n  {name} " in result.stdout
    assert "2  bad input" in result.stdout


def test_help_imports_nothing_heavy():
    code = (
        "import sys, planner.cli.main as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'ortools', 'numpy', 'rich', 'yaml', 'pluggy', 'networkx'}\n"
        "sys.exit(str(sorted(heavy & sys.modules.keys()) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Commands:" in done.stdout
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("each", [each for group in GROUPS for each in group.values()])
def test_help_says_of_a_command_what_the_command_says_of_itself(each):
    command = each.load()
    assert isinstance(command, click.Command)
    assert command.help.split("\n\n")[0] == each.help


@pytest.mark.parametrize("name", main_commands.COMMANDS)
def test_every_command_has_help(gpuplan, name):
    result = gpuplan(name, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: main " + name)


def test_version(gpuplan):
    version = importlib.metadata.version("gpu-cluster-planner")
    assert gpuplan("--version").stdout == f"gpuplan, version {version}\n"


def test_unknown_command_suggests_the_nearest(gpuplan):
    result = gpuplan("verfy")
    assert result.exit_code == 2
    assert "no such command: verfy (did you mean verify?)" in result.stderr
    assert "did you mean list?" in gpuplan("catalog", "lst").stderr


@pytest.mark.parametrize(
    "option",
    [
        ["--gap", "-0.1"],
        ["--gap", "1"],
        ["--gap", "nan"],
        ["--gap", "tiny"],
        ["--time-limit", "0"],
        ["--time-limit", "-5"],
        ["--time-limit", "inf"],
        ["--time-limit", "nan"],
        ["--engine-of-doom"],
    ],
)
@pytest.mark.parametrize("command", ["plan", "batch"])
def test_bad_options_exit_2(gpuplan, small, command, option):
    result = gpuplan(command, small, *option)
    assert result.exit_code == 2
    assert option[0] in result.stderr
    assert result.stdout == ""


def test_module_is_the_same_program():
    done = subprocess.run([*PROGRAM, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: gpuplan ")


def test_a_reader_that_leaves_early_is_no_error():
    with subprocess.Popen(
        [*PROGRAM, "catalog", "list", "prices"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        writer.stdout.read(1)
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == 128 + signal.SIGPIPE


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="a Linux device")
@pytest.mark.parametrize("command", [["schema"], ["catalog", "list"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_exits_3(command, unbuffered):
    with FULL.open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    assert done.returncode == 3
    assert done.stderr == "error: standard output: No space left on device\n"


def test_an_interrupt_exits_130_quietly():
    program = subprocess.Popen(
        [*PROGRAM, "catalog", "list", "prices"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    program.stdout.read(1)  # it is writing more than the pipe holds
    program.send_signal(signal.SIGINT)
    _, err = program.communicate()
    assert (program.returncode, err) == (130, b"")


@pytest.mark.parametrize("command", ["schema", "plan"])
def test_output_that_is_closed_exits_3(command, small):
    arguments = [command, str(small)] if command == "plan" else [command]
    done = subprocess.run(
        [*PROGRAM, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        preexec_fn=lambda: os.close(1),
    )
    assert done.returncode == 3
    assert done.stderr == "error: standard output: is closed\n"
