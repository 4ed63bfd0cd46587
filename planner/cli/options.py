"""Options that several commands have."""

from math import isfinite
from pathlib import Path
from typing import Any, Final

import click

from planner.planning import DEFAULT_GAP, DEFAULT_TIME_LIMIT_S


class FiniteRange(click.FloatRange):
    """A range of numbers that NaN and the infinities are not in."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number.

        Raises:
            click.BadParameter: it is none, or outside the range.
        """
        number: float = click.FLOAT.convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        ranged: float = super().convert(number, param, ctx)
        return ranged


EXISTING_OR_NOT: Final = click.Path(path_type=Path)
"""A path that the command looks at itself, to say what is wrong with it in our words."""

gap = click.option(
    "--gap",
    type=FiniteRange(0, 1, max_open=True),
    default=DEFAULT_GAP,
    show_default=True,
    help="Stop when the plan is proven to be this near to the best, relatively.",
)
time_limit = click.option(
    "--time-limit",
    "time_limit_s",
    type=FiniteRange(0, min_open=True),
    default=DEFAULT_TIME_LIMIT_S,
    show_default=True,
    metavar="SECONDS",
    help="Give the best plan found when this time is over.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
scenario_path = click.argument("scenario_path", metavar="SCENARIO", type=EXISTING_OR_NOT)
