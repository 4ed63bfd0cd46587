"""A group of commands of which only the one that is called gets imported."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from planner.catalog.nearest import suggestion


@dataclass(frozen=True)
class LazyCommand:
    """Where a command lives, and what the list of commands says of it."""

    module: str
    attribute: str
    help: str

    def load(self) -> click.Command:
        """Import it."""
        command: click.Command = getattr(import_module(self.module), self.attribute)
        return command


class LazyGroup(click.Group):
    """A group whose commands are known by name and one line of help until they are called."""

    def __init__(self, *args: Any, lazy: dict[str, LazyCommand], **settings: Any) -> None:
        """`lazy` has the commands by name, in the order of the help; the rest is click's."""
        super().__init__(*args, **settings)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the help."""
        del ctx
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now.

        Raises:
            click.UsageError: there is none of that name; says which are near.
        """
        if cmd_name not in self.lazy:
            hint = suggestion(cmd_name, self.lazy) or f"there are {', '.join(self.lazy)}"
            raise click.UsageError(f"no such command: {cmd_name} ({hint})", ctx)
        return self.lazy[cmd_name].load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing one."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.help) for name, each in self.lazy.items()])
