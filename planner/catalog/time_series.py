"""Series of values (CSV or Parquet) that a scenario names, read into it.

A row is a time and values that hold from then on, until the next row; times are evenly spaced.
Times with an offset count as they are; others are times of the series' zone, where an hour that
clocks show twice stands in the file twice.
"""

import csv
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar

from planner.catalog.document import shown, shown_key
from planner.catalog.input_file import open_regular, read_text
from planner.catalog.named_file import below, told_at
from planner.catalog.nearest import suggestion
from planner.catalog.record_faults import LONGEST_NAME
from planner.domain.horizon import of_our_time, zone_of
from planner.domain.record import LARGEST, Record
from planner.domain.scenario import Scenario
from planner.domain.series import LONGEST_STEP_MINUTES, MOST_VALUES, TimeSeries
from planner.errors import Fault, InputError

LARGEST_SERIES_BYTES: Final = 200_000_000
MOST_FAULTS: Final = 20
"""Faulty rows that are told before reading stops."""
MOST_SHOWN_COLUMNS: Final = 20
SECONDS_PER_MINUTE: Final = 60
SAME_STEP_S: Final = 1e-3
"""Times are stated to the millisecond at best."""

AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass(frozen=True)
class _Table:
    """A file with a header, as text; `line[i]` is where row i ends.

    Of Parquet, which has no lines, lines are those of a CSV file with the same rows.
    """

    source: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: tuple[int, ...]
    header_line: int = 1

    @property
    def shown_header(self) -> str:
        """Names of its first columns."""
        return ", ".join(map(shown_key, self.header[:MOST_SHOWN_COLUMNS]))

    def fault(self, rule: str, hint: str = "") -> InputError:
        """What is wrong with its columns."""
        return InputError((Fault(self.source, rule, self.header_line, hint=hint),))


def with_series(scenario: Scenario, folder: Path) -> tuple[Scenario, tuple[Fault, ...]]:
    """The scenario with the values of every series that is in a file.

    Files lie in `folder` or below. A series that cannot be read stays as it is.
    """
    faults: list[Fault] = []
    tables = cache(partial(_table, folder))

    def read(series: TimeSeries, field: str) -> TimeSeries:
        try:
            if isinstance(table := tables(series.file or ""), InputError):
                raise table
            return _read(series, table)
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


def _table(folder: Path, name: str) -> _Table | InputError:
    """A file, or why it cannot be read: an answer, so that it can be kept."""
    try:
        path = below(folder, name)
        return _parquet(path) if path.suffix == ".parquet" else _csv(path)
    except InputError as error:
        return error


def _csv(path: Path) -> _Table:
    text = read_text(path, LARGEST_SERIES_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
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
        raise InputError((Fault(str(path), "must have a header and rows below it", 1),))
    header = tuple(name.strip() for name in rows[0])
    return _Table(str(path), header, tuple(rows[1:]), tuple(lines[1:]), lines[0])


def _parquet(path: Path) -> _Table:
    try:
        with open_regular(path, LARGEST_SERIES_BYTES) as data, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from fastparquet import ParquetFile  # noqa: PLC0415  seconds, for Parquet files only

            file = ParquetFile(data)
            rows = file.count()
            frame = file.to_pandas() if rows <= MOST_VALUES else None
    except InputError:
        raise
    except ImportError as error:
        rule = "needs a reader of Parquet files: pip install 'gpu-cluster-planner[parquet]'"
        raise InputError((Fault(str(path), rule),)) from error
    except Exception as error:  # nobody lists what readers raise at foreign bytes
        told = shown(f"{type(error).__name__}: {error}")
        fault = Fault(str(path), "must be a Parquet file that can be read", value=told)
        raise InputError((fault,)) from error
    if frame is None:
        raise InputError((Fault(str(path), _too_many(rows)),))
    return _table_of(str(path), frame)


def _table_of(source: str, frame: Any) -> _Table:
    """The table of a data frame, its index a column if it has a name."""
    if frame.index.name is not None:
        frame = frame.reset_index()
    columns = [map(_text, frame.iloc[:, column]) for column in range(frame.shape[1])]
    rows = tuple(zip(*columns, strict=True))
    header = tuple(map(str, frame.columns))
    return _Table(source, header, rows, tuple(range(2, len(rows) + 2)))


def _too_many(rows: int) -> str:
    return f"must have at most {MOST_VALUES:,} rows, and has {rows:,}"


def _text(cell: Any) -> str:
    """A cell as CSV has it."""
    return cell.isoformat() if isinstance(cell, datetime) else str(cell)


def _read(series: TimeSeries, table: _Table) -> TimeSeries:
    """The series with its values.

    Raises:
        InputError: the table lacks a column, or has cells that are no times or numbers, or times
            that are not evenly spaced.
    """
    time_row = _column(table, series.time_column)
    value_row = _value_column(table, series.column, time_row)
    if len(table.rows) > MOST_VALUES:
        raise table.fault(_too_many(len(table.rows)))
    zone = zone_of(series.time_zone)
    times, values = _cells(table, time_row, value_row, zone)
    step_s = _step_s(table, times, zone)
    found = {
        "values": values,
        "start": times[0],
        "step_minutes": step_s / SECONDS_PER_MINUTE,
        "file": None,
        "column": None,
        "time_column": None,
    }
    return series.model_copy(update=found)


def _column(table: _Table, name: str | None) -> int:
    """Of a name; without one, the first."""
    if name is None:
        return 0
    if name not in table.header:
        near = suggestion(name, map(shown_key, table.header)) if len(name) < LONGEST_NAME else ""
        raise table.fault(f"has no column {shown(name)}", near or f"it has {table.shown_header}")
    if table.header.count(name) > 1:
        raise table.fault(f"has more than one column {shown(name)}")
    return table.header.index(name)


def _value_column(table: _Table, name: str | None, time_row: int) -> int:
    if name is not None:
        return _column(table, name)
    others = [row for row in range(len(table.header)) if row != time_row]
    if len(others) != 1:
        times = shown_key(table.header[time_row])
        rule = f"has {len(others)} columns beside that of the times, {times}: state `column`"
        raise table.fault(rule, f"it has {table.shown_header}")
    return others[0]


def _cells(
    table: _Table, time_row: int, value_row: int, zone: tzinfo
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
                field, value = shown_key(table.header[column]), shown(row[column])
                faults.append(Fault(table.source, str(error), line, None, field, value))
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise InputError(tuple(faults))
    return times, tuple(values)


def _time(text: str, zone: tzinfo, before: Sequence[datetime]) -> datetime:
    """The moment (UTC) that a cell states.

    Raises:
        ValueError: it states none.
    """
    try:
        time = of_our_time(datetime.fromisoformat(text.strip()))
    except ValueError as error:
        raise ValueError("must be a time like 2024-01-31T15:00Z") from error
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    made = time.replace(tzinfo=zone).astimezone(UTC)
    if made.astimezone(zone).replace(tzinfo=None) != time:
        raise ValueError(f"is no time in {zone}, where clocks skip it")
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


def _step_s(table: _Table, times: Sequence[datetime], zone: tzinfo) -> float:
    """Seconds from a row to the next, which must be the same all along.

    Raises:
        InputError: they are not, or the rows reach over less than an hour.
    """
    if len(times) < 2:
        raise table.fault("must have two rows or more")
    step = times[1] - times[0]
    rule = ""
    if step <= timedelta(0):
        rule = "must be later than the row above"
    elif step > timedelta(minutes=LONGEST_STEP_MINUTES):
        rule = "must be at most 366 days after the row above"
    if rule:
        value = times[1].astimezone(zone).isoformat()
        raise InputError((Fault(table.source, rule, table.line[1], value=value),))
    for row in range(1, len(times)):
        found = times[row] - times[row - 1]
        if abs((found - step).total_seconds()) > SAME_STEP_S:
            both = (times[row - 1] + step, times[row])
            wanted, value = (each.astimezone(zone).isoformat() for each in both)
            rule = f"must begin {step} after the row above, at {wanted}"
            raise InputError((Fault(table.source, rule, table.line[row], value=value),))
    if len(times) * step < timedelta(hours=1):
        raise table.fault("must reach over an hour or more")
    return step.total_seconds()
