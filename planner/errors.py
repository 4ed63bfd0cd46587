"""The errors planner raises on purpose; anything else is a bug and shows its traceback.

PlannerError
├── InputError          what the user handed us is wrong             exit code 2
│   └── PluginError     a plugin failed or answered nonsense          exit code 2
├── OutputError         a result could not be written                 exit code 3
└── SolverError         no solver could give an answer to be trusted  exit code 3
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one place of the input.

    `rule` says what would be right; `hint` is an optional second sentence ("did you mean ...").
    `line` and `column` count from 1; None where the input has no lines (a Python object).
    """

    source: str
    rule: str
    line: int | None = None
    column: int | None = None
    field: str = ""
    value: str | None = None
    hint: str = ""

    def __str__(self) -> str:
        """One line: `file:line:column: field: rule, got value (hint)`."""
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part)
        text = f"{place}: {self.field}: {self.rule}" if self.field else f"{place}: {self.rule}"
        if self.value is not None:
            text += f", got {self.value}"
        return f"{text} ({self.hint})" if self.hint else text


class PlannerError(Exception):
    """Base of every error raised on purpose."""


class InputError(PlannerError):
    """The input breaks a rule; carries every fault found, not only the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Keep the faults; the message lists them one a line."""
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class PluginError(InputError):
    """A plugin could not be loaded, raised, or answered with something that is no record."""


class OutputError(PlannerError):
    """A result could not be written to where it was asked for."""


class SolverError(PlannerError):
    """The solvers failed, or contradicted each other in a way that leaves no trusted answer."""
