"""What every record is: frozen, strict, complete, and with its unit in the field's name."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LARGEST: float = 1e15
"""No quantity of a plan is larger (15 T tokens are 1.5e13); more is a slip of the keyboard."""

Name = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/+*-]*$"),
]
Sentence = Annotated[str, Field(min_length=1, max_length=4000)]
Positive = Annotated[float, Field(gt=0, le=LARGEST)]
NonNegative = Annotated[float, Field(ge=0, le=LARGEST)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Whole = Annotated[int, Field(ge=0, le=10**9)]


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
