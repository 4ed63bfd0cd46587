"""A file as a JSON-like tree in which every field knows its line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from pydantic import JsonValue

from planner.errors import Fault, InputError

Position = tuple[int, int]
"""Line and column, from 1."""

DEEPEST_NESTING: Final = 64
"""No scenario nests lists and mappings deeper; recursive readers of the tree stay far from harm."""
TOO_DEEP: Final = f"must not be nested deeper than {DEEPEST_NESTING} levels"
LONGEST_SHOWN_VALUE: Final = 60
"""Characters of a value that a message quotes."""
BLANK: Final[dict[str, JsonValue]] = {}
"""Stands where a value is faulty, so that the rest of the tree can still be checked."""

_Positions = dict[str, Position] | list[Position]


@dataclass(frozen=True)
class Document:
    """The tree of a file.

    `faults` are values and keys that cannot be part of a tree. Where a value is missing for that
    reason the tree has an empty mapping, and `blanks` names the field.
    """

    source: str
    tree: JsonValue
    start: Position
    positions: Mapping[int, _Positions]
    """Of the fields of every list and mapping, by its `id`."""
    faults: tuple[Fault, ...]
    blanks: frozenset[str]

    def position(self, path: str) -> Position:
        """Where a dotted field path is stated; a field that is missing: where its parent is."""
        node: Any = self.tree
        parts, found = path.split("."), self.start
        while parts and (step := _step(node, parts)):
            key, taken = step
            positions: Any = self.positions[id(node)]
            found, node, parts = positions[key], node[key], parts[taken:]
        return found

    def is_blank(self, path: str) -> bool:
        """Whether the field, or one that it lies in, was faulty already."""
        if self.tree is BLANK:
            return True
        parts = path.split(".")
        return any(".".join(parts[:end]) in self.blanks for end in range(1, len(parts) + 1))


def _step(node: object, parts: list[str]) -> tuple[str | int, int] | None:
    """The key of `node` that the path goes on with, and how many parts it takes.

    A key may have dots of its own.
    """
    if isinstance(node, list):
        is_row = parts[0].isdecimal() and int(parts[0]) < len(node)
        return (int(parts[0]), 1) if is_row else None
    if not isinstance(node, dict):
        return None
    keys = ((".".join(parts[:taken]), taken) for taken in range(1, len(parts) + 1))
    return next(((key, taken) for key, taken in keys if key in node), None)


def shown(value: object) -> str:
    """A value as messages show it: short, on one line, without control characters."""
    if isinstance(value, Mapping):
        return f"a mapping of {len(value)} fields"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and len(value) > LONGEST_SHOWN_VALUE:
        return f"{value[:LONGEST_SHOWN_VALUE]!r}..."
    return repr(value)


def shown_key(key: str) -> str:
    """A key as field paths show it."""
    return key if key.isprintable() and len(key) <= LONGEST_SHOWN_VALUE else shown(key)


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being filled."""

    node: Any
    positions: Any
    start: Position = (1, 1)
    key: str | None = None
    """Key of a mapping whose value comes next."""
    key_position: Position = (1, 1)
    to_pass_over: int = 0
    """How many of the next values belong to a key that was refused."""


@dataclass
class TreeBuilder:
    """Grows the tree from what a parser meets, in its order."""

    source: str
    faults: list[Fault] = field(default_factory=list)
    positions: dict[int, _Positions] = field(default_factory=dict)
    blanks: set[str] = field(default_factory=set)
    frames: list[_Frame] = field(default_factory=lambda: [_Frame([], [])])

    def awaits_key(self) -> bool:
        """Whether what comes next is a key."""
        frame = self.frames[-1]
        return frame.key is None and not frame.to_pass_over and type(frame.node) is dict

    def key(self, key: str, position: Position) -> None:
        """A key of the open mapping; one that it has already is a fault."""
        frame = self.frames[-1]
        if key not in frame.node:
            frame.key, frame.key_position = key, position
            return
        line = frame.positions[key][0]
        self.fault(f"is stated twice, first on line {line}", position, key=key)
        frame.to_pass_over = 1

    def refuse_key(
        self, rule: str, position: Position, key: object = BLANK, *, is_scalar: bool = True
    ) -> None:
        """Something that cannot be a key: its value will be passed over, and what it holds."""
        self.fault(rule, position, value=key)
        self.frames[-1].to_pass_over = 1 if is_scalar else 2

    def put(self, value: JsonValue, position: Position) -> None:
        """A value: the next of a list, or that of the key before."""
        frame = self.frames[-1]
        if frame.to_pass_over:
            frame.to_pass_over -= 1
            return
        if value is BLANK:
            self.blanks.add(self.path())
        if frame.key is None:
            frame.node.append(value)
            frame.positions.append(position)
        else:
            frame.node[frame.key] = value
            frame.positions[frame.key] = position
            frame.key = None

    def begin(self, node: dict[str, Any] | list[Any], position: Position) -> None:
        """A list or mapping, filled by what follows up to its `end`.

        Its place is that of its key, where it has one.
        """
        self.check_depth(len(self.frames), position)
        parent = self.frames[-1]
        start = position if parent.key is None else parent.key_position
        positions: _Positions = [] if isinstance(node, list) else {}
        self.positions[id(node)] = positions
        self.frames.append(_Frame(node, positions, start))

    def end(self) -> None:
        """The open list or mapping is complete."""
        done = self.frames.pop()
        self.put(done.node, done.start)

    def check_depth(self, depth: int, position: Position) -> None:
        """Refuse nesting beyond `DEEPEST_NESTING`."""
        if depth > DEEPEST_NESTING:
            self.stop(TOO_DEEP, position)

    def fault(
        self,
        rule: str,
        position: Position,
        *,
        key: str | None = None,
        value: object = BLANK,
        hint: str = "",
    ) -> None:
        """Note what is wrong with the field that is being read, or with `key` in it."""
        text = None if value is BLANK else shown(value)
        self.faults.append(Fault(self.source, rule, *position, self.path(key), text, hint))

    def stop(self, rule: str, position: Position, hint: str = "") -> NoReturn:
        """Give up: what follows cannot be understood.

        Raises:
            InputError: always, with the faults found so far.
        """
        last = Fault(self.source, rule, *position, hint=hint)
        raise InputError((*self.faults, last))

    def path(self, key: str | None = None) -> str:
        """Dotted path of the field that is being read, or of `key` in it."""
        parts: list[str] = []
        for frame in self.frames[1:]:
            if type(frame.node) is list:
                parts.append(str(len(frame.node)))
            elif frame.key is not None:
                parts.append(shown_key(frame.key))
        return ".".join(parts if key is None else [*parts, shown_key(key)])

    def document(self) -> Document:
        """What was built, once the parser is done.

        Raises:
            InputError: there was nothing.
        """
        bottom = self.frames[0]
        if not bottom.node:
            self.stop("is empty", (1, 1))
        return Document(
            self.source,
            bottom.node[0],
            bottom.positions[0],
            self.positions,
            tuple(self.faults),
            frozenset(self.blanks),
        )
