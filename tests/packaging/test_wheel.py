"""The wheel, installed in a fresh environment far from the checkout, plans the quickstart."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (found,) = out.glob("*.whl")
    return found


def test_wheel_brings_the_packages_and_nothing_beside_them(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    packages = {each for each in tops if not each.endswith(".dist-info")}
    assert packages == {
        "planner",
        "planner_architectures",
        "planner_catalogs",
        "planner_grid",
        "planner_hardware",
        "planner_pricing",
        "planner_skypilot",
        "planner_training",
    }


def test_wheel_plans_the_quickstart_far_from_the_checkout(wheel, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    install = [python, "-m", "pip", "install", "--quiet", wheel]
    subprocess.run(install, check=True, capture_output=True)
    scenario = tmp_path / "mine.yaml"
    scenario.write_text((ROOT / "examples" / "quickstart.yaml").read_text())
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "gpuplan", "plan", scenario, "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["status"] == "optimal"
    assert plan["verified"]
