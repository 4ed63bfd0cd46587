"""Node types filled with the requests of workloads, kept for workloads with the same requests."""

from collections.abc import Hashable
from typing import Final

from planner.domain.architecture import ArchitectureProfile
from planner.domain.option import Pool
from planner.performance.loaded import Load, Loaded, loaded_with

MOST_CLASSES: Final = 100_000
"""That are kept, of all replicas together: each takes some 7 kB, so that is 0.7 GB."""


class Loads:
    """What has been filled; where it becomes too much, the oldest is forgotten first."""

    def __init__(self, most_classes: int = MOST_CLASSES) -> None:
        """Begin with none."""
        self.most_classes = most_classes
        self.kept: dict[Hashable, Loaded] = {}
        self.classes = 0

    def of(self, load: Load, profile: ArchitectureProfile, pool: Pool) -> Loaded:
        """The node type of a pool with a load; `profile` is that of the load's architecture."""
        key = (load, hardware_of(pool))
        if key not in self.kept:
            self.kept[key] = loaded_with(load, profile, pool.node_type, pool.accelerator)
            self.classes += _classes(self.kept[key])
            self._forget()
        return self.kept[key]

    def _forget(self) -> None:
        """All but the newest, until the rest is little enough."""
        while self.classes > self.most_classes and len(self.kept) > 1:
            self.classes -= _classes(self.kept.pop(next(iter(self.kept))))


def hardware_of(pool: Pool) -> Hashable:
    """All that deployments depend on of the nodes of a pool."""
    return (pool.node_type.name, pool.accelerator.power_cap_w)


def _classes(loaded: Loaded) -> int:
    return sum(len(each.classes) for each in loaded.replicas)
