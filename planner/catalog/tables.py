"""Catalog tables: CSV files whose header is the field names of a record.

A dot in a column name is a field inside a field (`peak_dense_tflops.bf16`), an empty cell is an
omitted field. Lines that start with `#` are comments. Numbers are written without underscores.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import ValidationError

from planner.catalog.document import shown
from planner.catalog.record_faults import record_faults
from planner.domain.record import Record
from planner.errors import Fault, InputError

AnyRecord = TypeVar("AnyRecord", bound=Record)


def read_table(file: Traversable, record: type[AnyRecord]) -> tuple[AnyRecord, ...]:
    """Every row of a catalog table as a record.

    Raises:
        InputError: as `read_rows`.
    """
    return tuple(row for _, row in read_rows(file, record))


def read_rows(file: Traversable, record: type[AnyRecord]) -> tuple[tuple[int, AnyRecord], ...]:
    """Every row of a catalog table as a record, with the line that it ends on.

    Raises:
        InputError: a file that cannot be read or has no header, or rows that break a rule of the
            record, each with file, line and field.
    """
    source = str(file)
    rows = _rows(file)
    _, header = next(rows, (1, []))
    _check_header(header, source)
    paths = [column.split(".") for column in header]
    faults: list[Fault] = []
    records: list[tuple[int, AnyRecord]] = []
    for line, row in rows:
        if len(row) != len(header):
            rule = f"must have {len(header)} cells, as the header has"
            faults.append(Fault(source, rule, line, value=str(len(row))))
            continue
        try:
            made = record.model_validate_strings(_nested(paths, row))
        except ValidationError as error:
            broken = record_faults(error, record, source)
        else:
            broken = tuple(_underscores(header, row, made, source))
            records.append((line, made))
        faults += [replace(fault, line=line) for fault in broken]
    if faults:
        raise InputError(tuple(faults))
    return tuple(records)


def _rows(file: Traversable) -> Iterator[tuple[int, list[str]]]:
    """Rows that are no comments, with the line that each ends on.

    Raises:
        InputError: the file cannot be read, or is no CSV.
    """
    numbers = [1]

    def lines() -> Iterator[str]:
        for number, text in enumerate(_text(file).split("\n"), 1):
            if not text.startswith("#"):
                numbers.append(number)
                yield f"{text}\n"

    try:
        for row in csv.reader(lines(), strict=True):
            if row:
                yield numbers[-1], row
    except csv.Error as error:
        raise InputError((Fault(str(file), f"is no valid CSV: {error}", numbers[-1]),)) from error


def _text(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8-sig").removesuffix("\n")
    except OSError as error:
        rule = f"cannot be read ({error.strerror})"
        raise InputError((Fault(str(file), rule),)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError((Fault(str(file), "must be UTF-8 text", line),)) from error


def _check_header(header: list[str], source: str) -> None:
    """Every column has a name of its own, and none holds what others hold parts of."""
    faults: list[Fault] = []
    for index, column in enumerate(header):
        if column in header[:index]:
            faults.append(Fault(source, "two columns have this name", 1, value=shown(column)))
        inner = next((each for each in header if each.startswith(f"{column}.")), None)
        if inner is not None:
            rule = f"cannot stand beside a column {inner}"
            faults.append(Fault(source, rule, 1, value=shown(column)))
    if not header:
        faults.append(Fault(source, "has no header", 1))
    if faults:
        raise InputError(tuple(faults))


def _underscores(header: list[str], row: list[str], made: Record, source: str) -> Iterator[Fault]:
    """Numbers with underscores, which pydantic passes over."""
    for column, cell in zip(header, row, strict=True):
        if "_" not in cell:
            continue
        value: object = made
        for name in column.split("."):
            value = getattr(value, name, None)
        if isinstance(value, int | float):
            hint = f"write {cell.replace('_', '')}"
            yield Fault(source, "must be a number", field=column, value=shown(cell), hint=hint)


def _nested(paths: list[list[str]], row: list[str]) -> dict[str, Any]:
    """The cells that are not empty; `paths` are the names of the columns, parted at their dots."""
    nested: dict[str, Any] = {}
    for (*parents, leaf), cell in zip(paths, row, strict=True):
        if cell == "":
            continue
        target = nested
        for parent in parents:
            target = target.setdefault(parent, {})
        target[leaf] = cell
    return nested
