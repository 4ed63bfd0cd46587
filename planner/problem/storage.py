"""Allocation problems in files, to be solved again without the scenario.

The format is numpy's .npz (a zip of .npy arrays): one array for each column, named as the field;
names are arrays of strings. Nothing in it is executed when it is read.
"""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from planner.errors import Fault, InputError, OutputError
from planner.problem.columns import AllocationProblem, Deployments, Places, PlaceUses, Uses

NAMES = ("item_name", "resource_name")


def save_problem(problem: AllocationProblem, path: Path) -> None:
    """Write a problem to a .npz file.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, **_columns(problem, ""))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def load_problem(path: Path) -> AllocationProblem:
    """Read a problem from a file that `save_problem` wrote.

    Raises:
        InputError: the file is no such file, or its columns make no problem.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            columns = dict(file.items())
        return _problem(columns)
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror or error})") from error
    except (BadZipFile, EOFError, ValueError, TypeError, IndexError) as error:
        raise _refused(path, f"must hold the columns of a problem: {error}") from error
    except KeyError as error:
        raise _refused(path, f"must hold the columns of a problem, {error} is missing") from error


def _refused(path: Path, rule: str) -> InputError:
    return InputError((Fault(str(path), rule),))


def _columns(record: Any, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if is_dataclass(value):
            found |= _columns(value, f"{prefix}{field.name}.")
        else:
            found[prefix + field.name] = np.asarray(value)
    return found


def _problem(columns: dict[str, Any]) -> AllocationProblem:
    def part(kind: type[Any], prefix: str) -> Any:
        return kind(**{each.name: columns[f"{prefix}.{each.name}"] for each in fields(kind)})

    use = part(PlaceUses, "places.use")
    columns |= {name: tuple(columns[name].tolist()) for name in NAMES}
    columns |= {
        "deployments": part(Deployments, "deployments"),
        "places": Places(columns["places.menu_start"], columns["places.cost"], use),
        "block_use": part(Uses, "block_use"),
    }
    return AllocationProblem(
        **{each.name: columns[each.name] for each in fields(AllocationProblem)}
    )
