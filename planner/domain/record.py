"""What every record is: frozen, strict, complete, and with its unit in the field's name."""

from math import isfinite
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

LARGEST: float = 1e15
"""No quantity of a plan is larger (15 T tokens are 1.5e13); more is a slip of the keyboard."""

SMALLEST: float = 1e-15
"""No positive quantity of a plan is smaller; less would drown in rounding."""

Name = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/+*-]*$"),
]
Sentence = Annotated[str, Field(min_length=1, max_length=4000)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Whole = Annotated[int, Field(ge=0, le=10**9)]


def not_tiny(value: float) -> float:
    """A number that must be above 0, if it is so beyond rounding."""
    if value < SMALLEST:
        raise PydanticCustomError(
            "greater_than", "Input should be greater than {gt}", {"gt": SMALLEST}
        )
    return value


def none_or_not_tiny(value: float) -> float:
    """A number that is 0, or is something beyond rounding."""
    if 0 < abs(value) < SMALLEST:
        rule = "must be 0, or at least {smallest}"
        raise PydanticCustomError("tiny", rule, {"smallest": SMALLEST})
    return value


Positive = Annotated[float, Field(gt=0, le=LARGEST), AfterValidator(not_tiny)]
NonNegative = Annotated[float, Field(ge=0, le=LARGEST), AfterValidator(none_or_not_tiny)]
Share = Annotated[float, Field(ge=0, le=1), AfterValidator(none_or_not_tiny)]
PositiveShare = Annotated[float, Field(gt=0, le=1), AfterValidator(not_tiny)]


def _finite(value: JsonValue) -> JsonValue:
    """Numbers at any depth: pydantic passes `NaN` in JSON where the type is open."""
    if isinstance(value, float) and not isfinite(value):
        raise PydanticCustomError("finite_number", "Input should be a finite number")
    if isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            _finite(each)
    return value


def _whole_one(value: object) -> object:
    """A literal 1 takes `true` and `1.0` too: they equal it."""
    if type(value) is not int:
        raise PydanticCustomError("literal_error", "Input should be 1", {"expected": "1"})
    return value


OpenFields = dict[str, Annotated[JsonValue, AfterValidator(_finite)]]
"""Fields that a plugin's record is going to check."""
FirstVersion = Annotated[Literal[1], BeforeValidator(_whole_one)]
"""Version of a file's schema, as long as there is one."""


class Record(BaseModel):
    """Base of every record that is read from or written to a file.

    Extra fields, NaN, infinities and silent conversions (`"12"` or `true` for a number) are
    refused. Files are validated in pydantic's JSON mode, where arrays are tuples and ISO strings
    are dates; from Python pass tuples and dates.
    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
