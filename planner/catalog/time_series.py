"""Series of values (CSV or Parquet) that a scenario names, read into it.

A row is a time and values that hold from then on, until the next row; times are evenly spaced.
Times with an offset count as they are; others are times of the series' zone, where an hour that
clocks show twice stands in the file twice.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from planner.catalog.document import shown
from planner.catalog.input_file import open_regular, read_text
from planner.catalog.named_file import below, told_at
from planner.catalog.nearest import suggestion
from planner.domain.record import LARGEST, Record
from planner.domain.scenario import Scenario
from planner.domain.series import MOST_VALUES, TimeSeries
from planner.errors import Fault, InputError

LARGEST_SERIES_BYTES: Final = 200_000_000
MOST_FAULTS: Final = 20
"""Faulty rows that are told before reading stops."""
SECONDS_PER_MINUTE: Final = 60
SHOWN_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
SAME_STEP_S: Final = 1e-3
"""Times are stated to the millisecond at best."""

AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass(frozen=True)
class _Table:
    """A file with a header, as text; `line[i]` is where row i ends."""

    source: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: tuple[int | None, ...]


def with_series(scenario: Scenario, folder: Path) -> tuple[Scenario, tuple[Fault, ...]]:
    """The scenario with the values of every series that is in a file.

    Files lie in `folder` or below. A series that cannot be read stays as it is.
    """
    faults: list[Fault] = []
    tables = cache(partial(_table, folder))

    def read(series: TimeSeries, field: str) -> TimeSeries:
        try:
            return _read(series, tables(series.file or ""))
        except InputError as error:
            faults.extend(told_at(fault, scenario, f"{field}.file") for fault in error.faults)
            return series

    made = scenario.model_copy(
        update={
            "sites": tuple(
                _each(site, f"sites.{row}", read) for row, site in enumerate(scenario.sites)
            ),
            "workloads": tuple(
                _each(work, f"workloads.{row}", read) for row, work in enumerate(scenario.workloads)
            ),
        }
    )
    return made, tuple(dict.fromkeys(faults))


def unread_series(scenario: Scenario) -> Iterator[Fault]:
    """Series of a scenario that was not read from a file."""
    found: list[str] = []

    def note(series: TimeSeries, field: str) -> TimeSeries:
        found.append(f"{field}.file")
        return series

    for table in ("sites", "workloads"):
        for row, record in enumerate(getattr(scenario, table)):
            _each(record, f"{table}.{row}", note)
    for field in found:
        rule = "is read with the scenario's file only: state the values instead"
        yield Fault(scenario.scenario, rule, field=field)


def _each(
    record: AnyRecord, field: str, read: Callable[[TimeSeries, str], TimeSeries]
) -> AnyRecord:
    """A record with every series of a file in it replaced by what `read` makes of it."""
    update: dict[str, object] = {}
    for name in type(record).model_fields:
        value, at = getattr(record, name), f"{field}.{name}"
        if isinstance(value, TimeSeries):
            update[name] = read(value, at) if value.file is not None else value
        elif isinstance(value, Record):
            update[name] = _each(value, at, read)
        elif isinstance(value, tuple) and value and isinstance(value[0], Record):
            update[name] = tuple(_each(each, f"{at}.{row}", read) for row, each in enumerate(value))
    changed = {name: value for name, value in update.items() if value != getattr(record, name)}
    return record.model_copy(update=changed) if changed else record


def _table(folder: Path, name: str) -> _Table:
    path = below(folder, name)
    return _parquet(path) if path.suffix == ".parquet" else _csv(path)


def _csv(path: Path) -> _Table:
    text = read_text(path, LARGEST_SERIES_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int | None] = []
    try:
        for row in reader:
            if row and not row[0].startswith("#"):
                rows.append(tuple(row))
                lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(
            (Fault(str(path), f"is no valid CSV: {error}", reader.line_num),)
        ) from error
    if len(rows) < 2:
        raise InputError((Fault(str(path), "must have a header and a row", 1),))
    return _Table(str(path), rows[0], tuple(rows[1:]), tuple(lines[1:]))


def _parquet(path: Path) -> _Table:
    open_regular(path, LARGEST_SERIES_BYTES).close()
    try:
        import pandas  # noqa: PLC0415  two seconds to import, and only Parquet files want it

        frame = pandas.read_parquet(path)
    except ImportError as error:
        rule = "needs a reader of Parquet files: pip install 'gpu-cluster-planner[parquet]'"
        raise InputError((Fault(str(path), rule),)) from error
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise InputError(
            (Fault(str(path), f"is no Parquet file that can be read: {error}"),)
        ) from error
    if frame.index.name is not None:
        frame = frame.reset_index()
    columns = [
        frame[name].map(lambda each: each.isoformat() if isinstance(each, datetime) else str(each))
        for name in frame.columns
    ]
    rows = tuple(zip(*columns, strict=True))
    return _Table(str(path), tuple(map(str, frame.columns)), rows, (None,) * len(rows))


def _read(series: TimeSeries, table: _Table) -> TimeSeries:
    """The series with its values.

    Raises:
        InputError: the table lacks a column, or has cells that are no times or numbers, or times
            that are not evenly spaced.
    """
    time_row = _column(table, series.time_column or table.header[0])
    value_row = _value_column(table, series.column, time_row)
    if len(table.rows) > MOST_VALUES:
        raise InputError((Fault(table.source, f"has more than {MOST_VALUES:,} rows"),))
    times, values = _cells(table, time_row, value_row, ZoneInfo(series.time_zone))
    step_s = _step_s(table, times)
    found = {
        "values": values,
        "start": times[0],
        "step_minutes": step_s / SECONDS_PER_MINUTE,
        "file": None,
        "column": None,
        "time_column": None,
    }
    return series.model_copy(update=found)


def _column(table: _Table, name: str) -> int:
    if name not in table.header:
        hint = suggestion(name, table.header) or f"it has {', '.join(table.header[:20])}"
        raise InputError((Fault(table.source, f"has no column {name}", 1, hint=hint),))
    return table.header.index(name)


def _value_column(table: _Table, name: str | None, time_row: int) -> int:
    if name is not None:
        return _column(table, name)
    others = [row for row in range(len(table.header)) if row != time_row]
    if len(others) != 1:
        told = ", ".join(table.header[row] for row in others[:20])
        rule = f"has {len(others)} columns beside {table.header[time_row]}: state `column`"
        raise InputError((Fault(table.source, rule, 1, hint=told),))
    return others[0]


def _cells(
    table: _Table, time_row: int, value_row: int, zone: ZoneInfo
) -> tuple[list[datetime], tuple[float, ...]]:
    """Times (UTC) and values of all rows."""
    faults: list[Fault] = []
    times: list[datetime] = []
    values: list[float] = []
    for row, line in zip(table.rows, table.line, strict=True):
        if len(row) != len(table.header):
            rule = f"must have {len(table.header)} cells, as the header has"
            faults.append(Fault(table.source, rule, line, value=str(len(row))))
        else:
            try:
                column = time_row
                times.append(_time(row[time_row], zone, times))
                column = value_row
                values.append(_value(row[value_row]))
            except ValueError as error:
                field, value = table.header[column], shown(row[column])
                faults.append(Fault(table.source, str(error), line, None, field, value))
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise InputError(tuple(faults))
    return times, tuple(values)


def _time(text: str, zone: ZoneInfo, before: Sequence[datetime]) -> datetime:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError("must be a time like 2024-01-31T15:00Z") from error
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    made = time.replace(tzinfo=zone).astimezone(UTC)
    if before and made <= before[-1]:
        made = time.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return made


def _value(text: str) -> float:
    try:
        value = float(text) if "_" not in text else float("nan")
    except ValueError as error:
        raise ValueError("must be a number") from error
    if not -LARGEST <= value <= LARGEST:
        raise ValueError("must be a number")
    return value


def _step_s(table: _Table, times: Sequence[datetime]) -> float:
    """Seconds from a row to the next, which must be the same all along."""
    if len(times) < 2:
        raise InputError((Fault(table.source, "must have two rows or more", 1),))
    step = times[1] - times[0]
    if step <= timedelta(0):
        raise InputError((Fault(table.source, "must be later than the row above", table.line[1]),))
    for row in range(1, len(times)):
        found = times[row] - times[row - 1]
        if abs((found - step).total_seconds()) > SAME_STEP_S:
            wanted, value = (f"{each:{SHOWN_TIME}}" for each in (times[row - 1] + step, times[row]))
            rule = f"must begin {step} after the row above, at {wanted}"
            raise InputError((Fault(table.source, rule, table.line[row], value=value),))
    return step.total_seconds()
