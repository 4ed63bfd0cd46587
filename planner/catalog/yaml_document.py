"""YAML 1.2 text to a tree with positions.

Read from the parser's events, so that nesting and aliases are bounded while they are read.
Plain aliases are allowed; merge keys (`<<`) are refused: YAML 1.2 has none.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from pydantic import JsonValue

from planner.catalog.document import BLANK, TOO_DEEP, Document, Position, TreeBuilder, shown
from planner.catalog.scalars import plain
from planner.errors import Fault, InputError

MOST_ALIASED_NODES: Final = 1_000_000
"""Values that all aliases of a file may stand for together."""
CHARACTERS_PER_NODE: Final = 64
"""Text of this length counts as one more value, so that aliases cannot multiply text either."""

_STANDARD: Final = "tag:yaml.org,2002:"
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
"""Everything but `c-printable` of YAML 1.2.2, section 5.1."""


def parse_yaml(text: str, source: str) -> Document:
    """The tree of a YAML text of one document.

    Raises:
        InputError: text that is no YAML, more than one document, nesting or aliases out of
            bounds; with the line. Lesser faults are kept in the document.
    """
    _check_characters(text, source)
    reader = _Reader(TreeBuilder(source))
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            reader.read(event)
    except yaml.MarkedYAMLError as error:
        raise InputError((_syntax_fault(error, text, source),)) from error
    except yaml.YAMLError as error:
        raise InputError((Fault(source, f"is no valid YAML: {error}"),)) from error
    return reader.builder.document()


def _check_characters(text: str, source: str) -> None:
    found = _UNPRINTABLE.search(text)
    if found is None:
        return
    line = text.count("\n", 0, found.start()) + 1
    column = found.start() - text.rfind("\n", 0, found.start())
    fault = Fault(source, "must have no control characters", line, column, "", repr(found[0]))
    raise InputError((fault,))


def _syntax_fault(error: yaml.MarkedYAMLError, text: str, source: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    if "nesting depth" in str(error.problem):  # the parser looks ahead, and has a limit of its own
        return Fault(source, TOO_DEEP, line, column)
    hint = ""
    if mark and text[mark.index : mark.index + 1] == "\t":
        hint = "indent with spaces, not with tabs"
    elif error.context and error.context_mark:
        hint = f"{error.context} that begins on line {error.context_mark.line + 1}"
    return Fault(source, f"is no valid YAML: {error.problem}", line, column, hint=hint)


@dataclass
class _Reader:
    """Turns events into the tree."""

    builder: TreeBuilder
    anchors: dict[str, JsonValue] = field(default_factory=dict)
    aliased_nodes: int = 0
    documents: int = 0

    def read(self, event: Any) -> None:
        """One event of the parser."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._begin(event, {} if kind is yaml.MappingStartEvent else [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.builder.end()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._document(event)

    def _scalar(self, event: Any) -> None:
        position = _position(event)
        builder = self.builder
        if not builder.awaits_key():
            value = self._value(event, position)
            self._remember(event, value)
            builder.put(value, position)
        elif event.value == "<<" and event.implicit[0]:
            builder.refuse_key("merge keys are no part of YAML 1.2: repeat the fields", position)
        else:
            self._key(event, position)

    def _key(self, event: Any, position: Position) -> None:
        key: JsonValue = BLANK
        try:
            key = _resolved(event.tag, event.value, is_plain=event.implicit[0])
        except ValueError as error:
            self.builder.refuse_key(str(error), position, event.value)
        else:
            if isinstance(key, str):
                self.builder.key(key, position)
            else:
                self.builder.refuse_key("a field's name must be text", position, key)
        self._remember(event, key)

    def _value(self, event: Any, position: Position) -> JsonValue:
        try:
            return _resolved(event.tag, event.value, is_plain=event.implicit[0])
        except ValueError as error:
            self.builder.fault(str(error), position, value=event.value)
            return BLANK

    def _begin(self, event: Any, node: dict[str, Any] | list[Any]) -> None:
        position = _position(event)
        expected = "map" if isinstance(node, dict) else "seq"
        if self.builder.awaits_key():
            self.builder.refuse_key("a field's name must be text", position, is_scalar=False)
        elif event.tag not in (None, "!", _STANDARD + expected):
            self.builder.fault("unknown tag: a file holds plain data", position, value=event.tag)
        self._remember(event, node)
        self.builder.begin(node, position)

    def _remember(self, event: Any, value: JsonValue) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = value

    def _alias(self, event: Any) -> None:
        position = _position(event)
        builder = self.builder
        if builder.awaits_key():
            builder.refuse_key("a field's name must be text, not an alias", position)
            return
        value = self.anchors.get(event.anchor, BLANK)
        if event.anchor not in self.anchors:
            builder.fault("there is no such anchor before", position, value=f"*{event.anchor}")
        elif any(frame.node is value for frame in builder.frames):
            builder.fault("must not contain itself", position, value=f"*{event.anchor}")
            value = BLANK
        else:
            self._count(value, position)
        builder.put(value, position)

    def _count(self, value: JsonValue, position: Position) -> None:
        """Add what an alias stands for to the bill.

        What it stands for may hold aliases: they are counted once more, each time.
        """
        heap = [(value, len(self.builder.frames))]
        while heap:
            node, depth = heap.pop()
            self.aliased_nodes += 1
            if isinstance(node, str):
                self.aliased_nodes += len(node) // CHARACTERS_PER_NODE
            elif isinstance(node, dict | list):
                self.builder.check_depth(depth, position)
                inner = [*node, *node.values()] if isinstance(node, dict) else node
                heap.extend((each, depth + 1) for each in inner)
            if self.aliased_nodes > MOST_ALIASED_NODES:
                rule = f"aliases must not stand for more than {MOST_ALIASED_NODES:,} values"
                self.builder.stop(rule, position)

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self.builder.stop(
                "a file must hold one document; here begins another", _position(event)
            )


def _resolved(tag: str | None, text: str, *, is_plain: bool) -> JsonValue:
    """The value of a scalar.

    Raises:
        ValueError: it is no finite number, or its tag is unknown or belies it.
    """
    if tag is None and is_plain:
        return plain(text)
    if tag in (None, "!", _STANDARD + "str"):
        return text
    name = str(tag).removeprefix(_STANDARD)
    if name not in _TYPES:
        raise ValueError(f"unknown tag {shown(tag)}: a file holds plain data")
    value = plain(text)
    if type(value) not in _TYPES[name]:
        raise ValueError(f"must be what its tag !!{name} says")
    return float(value) if name == "float" and isinstance(value, int) else value


def _position(event: Any) -> Position:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1
