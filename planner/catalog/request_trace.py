"""A trace of requests (CSV) to a table of request sizes and an arrival rate.

Columns, in any order and case, others are passed over:

    ContextTokens, GeneratedTokens    or    input_tokens, output_tokens
    TIMESTAMP (ISO 8601 or seconds), timestamp_s or timestamp_ms      optional

A count of 0 tokens is planned as 1: the prompt was processed, and that gives the first token.
"""

import csv
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from planner.catalog.document import shown
from planner.catalog.input_file import open_regular
from planner.domain.record import LARGEST
from planner.domain.requests import RequestClass
from planner.errors import Fault, InputError

MOST_CLASSES: Final = 100
"""Request classes of a trace at most."""
MOST_TOKENS: Final = 100_000_000
"""Tokens of one request at most, as `RequestClass` has it."""
LARGEST_TRACE_BYTES: Final = 2_000_000_000
"""Some 50 million requests, a minute of reading."""
LONGEST_LINE: Final = 65_536
"""Longer lines are cut, so that a file without line ends does not fill the memory."""
LONGEST_COUNT: Final = 20
"""Digits of a count; longer ones are too large in any case."""
MOST_FAULTS: Final = 20
"""Faulty cells that are told before reading stops."""

_Cell = tuple[int, int]
"""Bit lengths of a request's input and output tokens: sizes in it differ by less than 2 times."""


@dataclass(frozen=True)
class RequestTrace:
    """What a trace says."""

    classes: tuple[RequestClass, ...]
    """Sizes, weighted with the number of requests."""
    requests: int
    requests_per_s: float | None
    """Requests over the time from the first to the last; None without two different times."""


def read_trace(path: Path | str) -> RequestTrace:
    """Read a trace and put its requests into classes of like size.

    Sizes are put into a grid whose edges are powers of two (of four, of sixteen ... where that
    gives more than `MOST_CLASSES`); a class has the mean size of its requests, so that the total
    of tokens stays the same but for rounding.

    Raises:
        InputError: a file that cannot be read, lacks a column or has no request, or cells that
            are no counts or times, with line and column.
    """
    source = str(path)
    tally = _Tally()
    faults: list[Fault] = []
    with open_regular(path, LARGEST_TRACE_BYTES) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
        rows = csv.reader(iter(partial(text.readline, LONGEST_LINE), ""), strict=True)
        try:
            columns = _columns(next(rows, []), source)
            for row in rows:
                if row:
                    faults += tally.add(row, columns, rows.line_num, source)
                if len(faults) >= MOST_FAULTS:
                    break
        except csv.Error as error:
            faults.append(Fault(source, f"is no valid CSV: {error}", rows.line_num))
        except OSError as error:
            faults.append(Fault(source, f"cannot be read ({error.strerror})"))
    if not faults and not tally.cells:
        faults.append(Fault(source, "has no requests", 1))
    if faults:
        raise InputError(tuple(faults))
    return tally.trace()


@dataclass(frozen=True)
class _Column:
    """A column that is read."""

    name: str
    index: int
    parse: Callable[[str], float]

    def faults(self, row: list[str], line: int, source: str) -> Iterator[Fault]:
        """What is wrong with its cell of a row."""
        if self.index >= len(row):
            yield Fault(source, "is needed", line, field=self.name)
            return
        try:
            self.parse(row[self.index])
        except ValueError as error:
            yield Fault(source, str(error), line, None, self.name, shown(row[self.index]))


def _columns(header: list[str], source: str) -> tuple[_Column, ...]:
    """Input tokens, output tokens and, where there is one, the time."""
    names = [name.strip().casefold() for name in header]
    found: list[_Column] = []
    faults: list[Fault] = []
    for wanted in (_INPUT, _OUTPUT, _TIME):
        index = next((index for index, name in enumerate(names) if name in wanted), None)
        if index is not None:
            found.append(_Column(header[index], index, wanted[names[index]]))
        elif wanted is not _TIME:
            rule = f"needs a column {' or '.join(wanted)}"
            faults.append(Fault(source, rule, 1, value=shown(", ".join(header))))
    if faults:
        raise InputError(tuple(faults))
    return tuple(found)


@dataclass
class _Tally:
    """What has been read so far."""

    cells: dict[_Cell, list[int]] = field(default_factory=dict)
    """Requests, input tokens and output tokens."""
    first_s: float = math.inf
    last_s: float = -math.inf

    def add(
        self, row: list[str], columns: tuple[_Column, ...], line: int, source: str
    ) -> list[Fault]:
        """Count one request; answers with what is wrong with it."""
        try:
            values = [column.parse(row[column.index]) for column in columns]
        except (IndexError, ValueError):
            return [fault for column in columns for fault in column.faults(row, line, source)]
        prompt, generated = int(values[0]), int(values[1])
        cell = self.cells.setdefault((prompt.bit_length(), generated.bit_length()), [0, 0, 0])
        cell[0] += 1
        cell[1] += prompt
        cell[2] += generated
        for time_s in values[2:]:
            self.first_s = min(self.first_s, time_s)
            self.last_s = max(self.last_s, time_s)
        return []

    def trace(self) -> RequestTrace:
        """What all rows say together."""
        requests = sum(count for count, _, _ in self.cells.values())
        span_s = self.last_s - self.first_s
        rate = requests / span_s if 0 < span_s < math.inf else math.inf
        return RequestTrace(_classes(self.cells), requests, rate if rate <= LARGEST else None)


def _classes(cells: dict[_Cell, list[int]]) -> tuple[RequestClass, ...]:
    width = 1
    while len(merged := _merged(cells, width)) > MOST_CLASSES:
        width *= 2
    return tuple(
        RequestClass(
            weight=float(count),
            input_tokens=round(prompts / count),
            output_tokens=round(generated / count),
        )
        for _, (count, prompts, generated) in sorted(merged.items())
    )


def _merged(cells: dict[_Cell, list[int]], width: int) -> dict[_Cell, tuple[int, int, int]]:
    merged: dict[_Cell, tuple[int, int, int]] = {}
    for (rows, columns), (count, prompts, generated) in cells.items():
        key = (rows // width, columns // width)
        counts, inputs, outputs = merged.get(key, (0, 0, 0))
        merged[key] = (counts + count, inputs + prompts, outputs + generated)
    return merged


def _tokens(text: str) -> int:
    if text.isdecimal():
        count = float(text) if len(text) <= LONGEST_COUNT else math.inf
    else:
        try:
            count = _float(text)
        except ValueError:
            count = math.nan
    if count > MOST_TOKENS:
        raise ValueError(f"must be at most {MOST_TOKENS:,}")
    if not (count >= 0 and count.is_integer()):
        raise ValueError("must be a whole number of tokens")
    return max(int(count), 1)


def _float(text: str) -> float:
    """As `float`, but without the underscores that it passes over."""
    if "_" in text:
        raise ValueError("must be a number")
    return float(text)


def _seconds(text: str) -> float:
    try:
        time_s = _float(text)
    except ValueError:
        return _iso_seconds(text)
    if not math.isfinite(time_s):
        raise ValueError(_TIME_RULE)
    return time_s


def _milliseconds(text: str) -> float:
    return _seconds(text) / 1000


def _iso_seconds(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 time; without an offset it is taken as UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(_TIME_RULE) from error
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


_TIME_RULE: Final = "must be a time: ISO 8601 or a number"
_INPUT: Final = {"contexttokens": _tokens, "input_tokens": _tokens}
_OUTPUT: Final = {"generatedtokens": _tokens, "output_tokens": _tokens}
_TIME: Final = {"timestamp": _seconds, "timestamp_s": _seconds, "timestamp_ms": _milliseconds}
