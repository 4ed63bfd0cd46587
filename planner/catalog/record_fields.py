"""Which record and field a place of a validated tree belongs to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from planner.domain.record import Record

Location = Sequence[str | int]
"""Where pydantic met an error; in a union of records it names the record's kind in between."""


@dataclass(frozen=True)
class FieldPlace:
    """Where a location leads."""

    path: tuple[str, ...]
    """Names of fields and numbers of rows, as the file has them."""
    owner: type[Record]
    """The record that the last part is a field of."""
    kinds: tuple[str, ...]
    """What may be written after `kind:` there; empty where there is no choice."""


def place_of(record: type[Record], location: Location) -> FieldPlace:
    """Follow a location from `record` on."""
    owner, current = record, record
    path: list[str] = []
    for part in location:
        records = _records(current)
        chosen = [each for each in records if len(records) > 1 and _tag(each) == part]
        if chosen:
            current = owner = chosen[0]
            continue
        path.append(str(part))
        owner = records[0] if records else owner
        current = _within(current, part)
    kinds = (kind_of(each) for each in _records(current))
    return FieldPlace(tuple(path), owner, tuple(kind for kind in kinds if kind))


def kind_of(record: type[Record]) -> str | None:
    """What a file writes after `kind:` to mean this record; None: it is known by its place."""
    field = record.model_fields.get("kind")
    if field is None or get_origin(field.annotation) is not Literal:
        return None
    kind: str = get_args(field.annotation)[0]
    return kind


def label(record: type[Record]) -> str:
    """How messages call a record: `a serving workload`, `an offer`, `spot parameters`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", record.__name__.strip("_")).lower()
    kind = kind_of(record)
    name = f"{kind} workload" if kind else words
    if name.endswith("s"):
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _tag(record: type[Record]) -> str:
    """How a location names the member of a union."""
    return kind_of(record) or record.__name__


def _within(annotation: Any, part: str | int) -> Any:
    """The annotation of what a list has in a row, or a record in a field."""
    for choice in _choices(annotation):
        if isinstance(part, int) and get_origin(choice) is tuple:
            return get_args(choice)[0]
        if _is_record(choice) and part in choice.model_fields:
            return choice.model_fields[part].annotation
    return Any


def _choices(annotation: Any) -> Iterator[Any]:
    """The members of a union, or the annotation itself."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _choices(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _choices(each)
    else:
        yield annotation


def _records(annotation: Any) -> list[type[Record]]:
    return [each for each in _choices(annotation) if _is_record(each)]


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Record)
