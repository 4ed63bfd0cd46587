"""Read a plan back from where `--out` or `--json` put it."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from planner.catalog.input_file import read_text
from planner.catalog.json_document import parse_json
from planner.catalog.record_faults import record_faults
from planner.domain.plan import Plan
from planner.errors import Fault, InputError
from planner.report.plan_folder import PLAN_FILE

LARGEST_PLAN_BYTES: Final = 500_000_000
"""Some two million rejections."""


def read_plan(path: Path) -> Plan:
    """The plan in a file, or in the `plan.json` of a folder.

    Raises:
        InputError: it cannot be read or is no plan; every fault with line and field.
    """
    file = path / PLAN_FILE if path.is_dir() else path
    text = read_text(file, LARGEST_PLAN_BYTES)
    try:
        return Plan.model_validate_json(text)
    except ValidationError as error:
        document = parse_json(text, str(file))
        faults = [
            replace(fault, line=line, column=column)
            for fault in record_faults(error, Plan, str(file))
            for line, column in [document.position(fault.field)]
        ]
        raise InputError((*document.faults, *faults)) from error


def read_start(path: Path) -> Plan:
    """The plan that a search shall begin from.

    Raises:
        InputError: as `read_plan`, but one fault: what is wrong in detail matters to nobody who
            only gave the wrong file.
    """
    try:
        return read_plan(path)
    except InputError as error:
        first, *others = error.faults
        if not first.field and not others:
            raise
        more = f" and {len(others)} more faults" if others else ""
        rule = f"is no plan of this version of gpuplan: {first.field}: {first.rule}{more}"
        raise InputError(
            (Fault(first.source, rule, hint="write it with gpuplan plan --out"),)
        ) from error
