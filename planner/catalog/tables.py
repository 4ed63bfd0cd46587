"""Catalog tables: CSV files whose header is the field names of a record.

A dot in a column name is a field inside a field (`peak_dense_tflops.bf16`), an empty cell is an
omitted field. Lines that start with `#` are comments.
"""

import csv
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import ValidationError

from planner.domain.record import Record
from planner.errors import Fault, InputError

AnyRecord = TypeVar("AnyRecord", bound=Record)


def read_table(file: Traversable, record: type[AnyRecord]) -> tuple[AnyRecord, ...]:
    """Every row of a catalog table as a record.

    Raises:
        InputError: rows that break a rule of the record, each with file, line and field.
    """
    faults: list[Fault] = []
    records: list[AnyRecord] = []
    for line, row in _rows(file):
        try:
            records.append(record.model_validate_strings(_nested(row)))
        except ValidationError as error:
            faults += [
                Fault(
                    str(file),
                    each["msg"],
                    line=line,
                    field=".".join(str(part) for part in each["loc"]),
                    value=repr(each["input"]),
                )
                for each in error.errors()
            ]
    if faults:
        raise InputError(tuple(faults))
    return tuple(records)


def _rows(file: Traversable) -> Iterator[tuple[int, dict[str, str]]]:
    numbers: list[int] = []

    def records() -> Iterator[str]:
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not text.startswith("#"):
                numbers.append(number)
                yield text

    for row in csv.DictReader(records()):
        yield numbers[-1], row


def _nested(row: dict[str, str]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for column, cell in row.items():
        if cell == "":
            continue
        *parents, leaf = column.split(".")
        target = nested
        for parent in parents:
            target = target.setdefault(parent, {})
        target[leaf] = cell
    return nested
