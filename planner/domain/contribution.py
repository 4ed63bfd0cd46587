"""Where a record came from."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, order=True)
class Origin:
    """The plugin that gave a record, or the scenario file (then without a distribution)."""

    plugin: str
    distribution: str = ""
    version: str = ""

    def __str__(self) -> str:
        """For messages: `plugin hardware (gpu-cluster-planner 0.1.0)`."""
        if not self.distribution:
            return self.plugin
        return f"plugin {self.plugin} ({self.distribution} {self.version})"


@dataclass(frozen=True)
class Contribution(Generic[T_co]):
    """A record and the plugin it came from."""

    record: T_co
    origin: Origin
