"""Files that a scenario names: where they may lie, and where their faults are told."""

import os
from pathlib import Path

from planner.catalog.document import shown
from planner.domain.scenario import Scenario
from planner.errors import Fault, InputError


def below(folder: Path, name: str) -> Path:
    """The path of a file in `folder` or below; links that lead out of it are not followed.

    Raises:
        InputError: it leads out of the folder.
    """
    path = folder / name
    root = Path(os.path.realpath(folder))
    is_inside = "\0" not in name and Path(os.path.realpath(path)).is_relative_to(root)
    if not is_inside:
        rule = "must be a path below the folder of the scenario file"
        raise InputError((Fault("", rule, value=shown(name)),))
    return path


def told_at(fault: Fault, scenario: Scenario, field: str) -> Fault:
    """A fault of the file as it is, with its line; one of naming it, at the scenario's field."""
    if fault.line is not None:
        return fault
    value = fault.value or shown(fault.source)
    return Fault(scenario.scenario, fault.rule, field=field, value=value, hint=fault.hint)
