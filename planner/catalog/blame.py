"""Objects of plugins at work: what they raise and what they answer is theirs to answer for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from planner.catalog.document import shown
from planner.domain.contribution import Origin
from planner.errors import Fault, PluginError

Answer = TypeVar("Answer")


@contextmanager
def blamed(origin: Origin, what: str, allowed: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Turn what is raised inside into an error that names the plugin.

    Raises:
        PluginError: anything but `allowed`, which passes, was raised.
    """
    try:
        yield
    except allowed:
        raise
    except Exception as error:
        rule = f"{what} raised {type(error).__name__}: {error}"
        raise PluginError((Fault(str(origin), rule),)) from error


def answered(answer: object, expected: type[Answer], origin: Origin, what: str) -> Answer:
    """The answer, if it is what was asked for.

    Raises:
        PluginError: it is something else.
    """
    if isinstance(answer, expected):
        return answer
    rule = f"{what} must answer with {expected.__name__}"
    raise PluginError((Fault(str(origin), rule, value=shown(answer)[:80]),))
