"""Options that several commands have."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from math import isfinite
from pathlib import Path
from typing import Any, Final

import click

from planner.cli.ending import ExitCode
from planner.optimization.parameters import (
    DEFAULT_GAP,
    DEFAULT_TIME_LIMIT_S,
    ENGINES,
    SOLVERS,
    Parameters,
)


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

SEARCH: Final = (
    click.option(
        "--gap",
        type=FiniteRange(0, 1, max_open=True),
        default=DEFAULT_GAP,
        show_default=True,
        help="Stop when the plan is proven to be this near to the best, relatively.",
    ),
    click.option(
        "--time-limit",
        "time_limit_s",
        type=FiniteRange(0, min_open=True),
        default=DEFAULT_TIME_LIMIT_S,
        show_default=True,
        metavar="SECONDS",
        help="Give the best plan found when this time is over.",
    ),
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="auto",
        show_default=True,
        help="Solve the program whole, or by prices of its resources; auto: by its size.",
    ),
    click.option(
        "--solver",
        type=click.Choice(SOLVERS),
        default="highs",
        show_default=True,
        help="Who is asked first to solve a whole program; another one checks the claim.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(1),
        help="Of the decomposition; the plan does not depend on it.  [default: all cores]",
    ),
)
"""How a search is made."""


def grouped(
    name: str, group: type[Any], of_group: Sequence[Callable[..., Any]]
) -> Callable[[Callable[..., ExitCode]], Callable[..., ExitCode]]:
    """Options that are the fields of a dataclass, given to a command as one argument."""

    def decorate(command: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
        @wraps(command)
        def with_group(**given: Any) -> ExitCode:
            values = {each.name: given.pop(each.name) for each in fields(group)}
            return command(**given, **{name: group(**values)})

        for option in reversed(of_group):
            option(with_group)
        return with_group

    return decorate


search = grouped("parameters", Parameters, SEARCH)
"""The options of a search."""
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
scenario_path = click.argument("scenario_path", metavar="SCENARIO", type=EXISTING_OR_NOT)
