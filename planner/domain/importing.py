"""Price lists of other tools, read into our own."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from planner.domain.pricing import Price


@dataclass(frozen=True)
class Skipped:
    """A row that is no price for us, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class ImportedPrices:
    """What became of the rows of other tools' files."""

    prices: tuple[Price, ...]
    skipped: tuple[Skipped, ...] = ()


class PriceImporter(Protocol):
    """A reader of another tool's price lists (plugin protocol)."""

    @property
    def name(self) -> str:
        """What is written after `gpuplan import`."""
        ...

    def prices(self, paths: Iterable[Path], as_of: str) -> ImportedPrices:
        """The prices in some files, which were listed on `as_of`, in the files' order.

        Node types are named as the importer's source names them; those that the catalog does not
        know are left out afterwards. Raises InputError with file and line where a file is none of
        its format.
        """
        ...

    def files(self, folder: Path) -> Iterable[Path]:
        """The files in a folder and below it that it reads."""
        ...
