"""JSON text to a tree with positions; duplicate keys, NaN and infinities are faults."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from pydantic import JsonValue

from planner.catalog.document import BLANK, Document, Position, TreeBuilder
from planner.catalog.scalars import number
from planner.errors import Fault, InputError

_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]|[^\s{}\[\],:"]+')
"""Tokens of text that is known to be JSON: commas and colons say nothing more then."""
_LITERALS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


def parse_json(text: str, source: str) -> Document:
    """The tree of a JSON text.

    Raises:
        InputError: text that is no JSON, or nested too deep, with its line.
    """
    _check_grammar(text, source)
    builder = TreeBuilder(source)
    for token, position in _tokens(text):
        match token[0]:
            case "{":
                builder.begin({}, position)
            case "[":
                builder.begin([], position)
            case "}" | "]":
                builder.end()
            case _:
                _scalar(token, position, builder)
    return builder.document()


def _check_grammar(text: str, source: str) -> None:
    try:
        json.loads(text, parse_int=str, parse_float=str)  # no integer is too long for text
    except json.JSONDecodeError as error:
        rule = f"is no valid JSON: {error.msg}"
        raise InputError((Fault(source, rule, error.lineno, error.colno),)) from error
    except RecursionError:
        pass  # so deep that the builder is going to refuse it, and to say where


def _tokens(text: str) -> Iterator[tuple[str, Position]]:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for match in _TOKEN.finditer(text):
        line = bisect_right(starts, match.start())
        yield match.group(), (line, match.start() - starts[line - 1] + 1)


def _scalar(token: str, position: Position, builder: TreeBuilder) -> None:
    is_key = builder.awaits_key()
    try:
        value = _value(token)
    except ValueError as error:
        if is_key:
            builder.refuse_key(str(error), position)
        else:
            builder.fault(str(error), position, value=token)
            builder.put(BLANK, position)
        return
    if is_key:
        builder.key(str(value), position)
    else:
        builder.put(value, position)


def _value(token: str) -> JsonValue:
    """What a token means.

    Raises:
        ValueError: it has no meaning as a value; says what would be right.
    """
    if token in _LITERALS:
        return _LITERALS[token]
    if token[0] != '"':
        return number(token)
    if "\\" not in token:
        return token[1:-1]
    text: str = json.loads(token)
    if any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("must be Unicode text, without half a surrogate pair")
    return text
