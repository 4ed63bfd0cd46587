"""What is wrong with a record, in our words: what would be right, and the nearest known names."""

import re
from collections.abc import Collection, Iterable
from typing import Final
from zoneinfo import available_timezones

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from planner.catalog.document import shown, shown_key
from planner.catalog.nearest import suggestion
from planner.catalog.record_fields import FieldPlace, label, place_of
from planner.catalog.scalars import LONGEST_NUMBER, plain
from planner.domain.record import LARGEST, Record
from planner.errors import Fault

MOST_LISTED: Final = 12
"""Known names that are listed when none of them is near."""
MOST_FAULTS: Final = 1_000
"""Errors of one record that are told; a table of a million broken rows has more."""
MOST_HINTS: Final = 100
"""Unknown names that get a hint: finding one takes milliseconds, and nobody reads more."""
LONGEST_NAME: Final = 120
"""Longer texts are no misspelt names, and comparing them takes long."""

_NUMBER: Final = "must be a number"
_WHOLE: Final = "must be a whole number"
_BOOLEAN: Final = "must be true or false"
_MAPPING: Final = "must be a mapping (lines of `field: value`)"
_DATE: Final = "must be a date like 2027-01-31"
_TIME: Final = "must be a time like 2027-01-31T15:00Z"
_RULES: Final[dict[str, str]] = {
    "missing": "is needed",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "string_type": "must be text",
    "string_pattern_mismatch": (
        "must begin with a letter or digit and have only letters, digits and . _ / + * - in it"
    ),
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have at most {max_length} characters",
    "greater_than": "must be greater than {gt:,.15g}",
    "greater_than_equal": "must be at least {ge:,.15g}",
    "less_than": "must be less than {lt:,.15g}",
    "less_than_equal": "must be at most {le:,.15g}",
    "finite_number": "must be a finite number",
    "literal_error": "must be {expected}",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have at most {max_length} entries",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "time_zone": "must be a time zone like Europe/Berlin or UTC",
    "part_of_a_day": "must be 1, 2, 3, 4, 6, 8, 12 or 24",
    "year": "must be in a year from {first} to {last}",
    "value_error": "{error}",
    "union_tag_not_found": "is needed: one of {kinds}",
    "union_tag_invalid": "must be one of {kinds}",
}
"""By pydantic's error type; a type that is not here keeps pydantic's words."""
_WITHOUT_VALUE: Final = ("missing", "extra_forbidden", "value_error", "union_tag_not_found")


def record_faults(
    error: ValidationError, record: type[Record], source: str, prefix: str = ""
) -> tuple[Fault, ...]:
    """The errors of a failed validation of `record`; fields count from `prefix`.

    All of them up to `MOST_FAULTS`, and then how many more there are.
    """
    details = error.errors(include_url=False)
    told = [each for each in details[:MOST_FAULTS] if not _is_an_echo(each)]
    faults = [_fault(each, record, source, prefix) for each in told]
    if len(details) > MOST_FAULTS:
        rule = f"has {len(details) - MOST_FAULTS:,} more errors"
        faults.append(Fault(source, rule, field=prefix))
    return tuple(faults)


def name_hint(name: object, known: Iterable[str]) -> str:
    """The nearest known names; empty when nothing is near."""
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        return ""
    return suggestion(name, known)


def choice_hint(name: str, known: Collection[str]) -> str:
    """The nearest known names; where nothing is near, all of them if they are few."""
    near = name_hint(name, known)
    if near or not 0 < len(known) <= MOST_LISTED:
        return near
    return f"there are {', '.join(sorted(known))}"


def _is_an_echo(error: ErrorDetails) -> bool:
    """Whether a list is called too short only because none of its entries is valid."""
    if error["type"] != "too_short":
        return False
    given = error["input"]
    return isinstance(given, list | tuple) and len(given) >= error["ctx"]["min_length"]


def _fault(error: ErrorDetails, record: type[Record], source: str, prefix: str) -> Fault:
    kind, given = error["type"], error["input"]
    place = place_of(record, error["loc"])
    names = [shown_key(part) for part in place.path]
    if kind.startswith("union_tag"):
        names.append("kind")
        given = given.get("kind") if isinstance(given, dict) else given
    return Fault(
        source,
        _rule(error, place),
        field=".".join([prefix, *names] if prefix else names),
        value=None if kind in _WITHOUT_VALUE else shown(given),
        hint=_hint(kind, given, place, error),
    )


def _rule(error: ErrorDetails, place: FieldPlace) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"is no field of {label(place.owner)}"
    if kind in _RULES:
        return _RULES[kind].format(**error.get("ctx", {}), kinds=", ".join(place.kinds))
    return error["msg"]


def _hint(kind: str, given: object, place: FieldPlace, error: ErrorDetails) -> str:
    match kind, given:
        case "extra_forbidden", _:
            fields = sorted(place.owner.model_fields)
            hint = name_hint(place.path[-1], fields) or f"its fields are {', '.join(fields)}"
        case "union_tag_invalid", _:
            hint = name_hint(given, place.kinds)
        case "literal_error", _:
            hint = name_hint(given, re.findall("'([^']+)'", error["ctx"]["expected"]))
        case (("int_type" | "float_type"), _):
            hint = _number_hint(given)
        case "time_zone", str():
            hint = name_hint(given, available_timezones())
        case "string_type", bool() | int() | float():
            hint = "put it in quotes"
        case "bool_type", str():
            hint = "yes, no, on and off are text in YAML 1.2"
        case _:
            hint = ""
    return hint


def _number_hint(given: object) -> str:
    if isinstance(given, float):
        return f"write {given:.0f}" if given.is_integer() and abs(given) < LARGEST else ""
    if not isinstance(given, str) or len(given) > LONGEST_NUMBER:
        return ""
    bare = given.strip().replace("_", "").replace(",", "")
    try:
        is_number = not isinstance(plain(bare), str | bool | None)
    except ValueError:
        return ""
    return f"write {bare}" if is_number else ""
