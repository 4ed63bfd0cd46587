"""Configuration files of architectures, as their publishers write them, and who can read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pydantic import JsonValue


@dataclass(frozen=True)
class ConfigReading:
    """What a configuration says of an architecture, in the words of an architecture kind."""

    kind: str
    parameters: Mapping[str, JsonValue]
    """As a scenario would state them: the kind's own record checks them."""
    max_context_tokens: int | None = None


@runtime_checkable
class ConfigReader(Protocol):
    """Somebody who can read the configuration files of one publisher (plugin protocol)."""

    @property
    def name(self) -> str:
        """Name of the format."""
        ...

    def reading(self, config: Mapping[str, JsonValue]) -> ConfigReading | None:
        """What a configuration says; None: it has another format than this reader's.

        Raises:
            InputError: it has the reader's format, and something is wrong with it or not
                supported. Fields count from the configuration.
        """
        ...
