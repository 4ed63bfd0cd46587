"""Plain scalars of YAML 1.2's core schema, which those of JSON are a part of.

`no`, `on` and `1:30` are text, `1e3` and `.5` are numbers, `012` is 12, `0o17` is 15
(YAML 1.2.2, section 10.3.2).
"""

import math
import re
from typing import Final

LONGEST_NUMBER: Final = 100
"""Characters of a number; a float has 17 that count, and Python refuses integers beyond 4,300."""

_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")
_NUMBER: Final = re.compile("|".join(each.pattern for each in (_INTEGER, _FLOAT, _NOT_FINITE)))
_BASES: Final = {"0o": 8, "0x": 16}


def plain(text: str) -> str | float | bool | None:
    """What a scalar without quotes means.

    Raises:
        ValueError: a number that is not finite, or is too long; says what would be right.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return number(text) if text[0] in "0123456789+-." and _NUMBER.fullmatch(text) else text


def number(text: str) -> float:
    """The value of a number of the core schema or of JSON; whole numbers are `int`.

    Raises:
        ValueError: it is not finite, or is too long; says what would be right.
    """
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"must be a number of at most {LONGEST_NUMBER} characters")
    if _INTEGER.fullmatch(text):
        return int(text[2:], _BASES[text[:2]]) if text[:2] in _BASES else int(text)
    value = math.nan if _NOT_FINITE.fullmatch(text) else float(text)
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value
