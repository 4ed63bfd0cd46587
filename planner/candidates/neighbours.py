"""Workloads that must share sites with others, or must not, as rows over all periods."""

from collections.abc import Iterator, Sequence
from typing import Final

from planner.candidates.items import class_weight
from planner.candidates.layout import NONE, Layout, Part
from planner.candidates.rows import Rows
from planner.domain.work import is_part_of
from planner.domain.workload import Workload

LEAST_SHARE: Final = 0.01
"""Of a workload in some period: less of it at a site is no company for another."""

Site = str
Columns = list[tuple[int, int, float]]
"""Period, column, and the part of a workload that it is."""


def neighbour_rows(
    workloads: Sequence[Workload], parts: Sequence[Part], layouts: Sequence[Layout], rows: Rows
) -> None:
    """Add rows for every one of a scenario's workloads that names others."""
    asked = [each for each in workloads if each.together_with or each.apart_from]
    if not asked:
        return
    named = {
        name: None for each in asked for name in (each.name, *each.together_with, *each.apart_from)
    }
    found = _Present(parts, layouts, rows, tuple(named))
    for each in asked:
        for site in found.sites:
            for other in each.apart_from:
                row = rows.limit(f"{each.name} apart from {other} at {site}", 1.0)
                rows.block_use.add(row, found.block(each.name, site), 1.0)
                rows.block_use.add(row, found.block(other, site), 1.0)
            for other in each.together_with:
                row = rows.limit(f"{each.name} together with {other} at {site}", 0.0)
                rows.block_use.add(row, found.block(each.name, site), 1.0)
                rows.block_use.add(row, found.block(other, site), -1.0)
                found.require(other, site)


class _Present:
    """Blocks that tell whether workloads are at sites."""

    def __init__(
        self, parts: Sequence[Part], layouts: Sequence[Layout], rows: Rows, names: Sequence[str]
    ) -> None:
        self.rows, self.names = rows, names
        self.sites = [place.name for place in parts[0].candidates.places]
        self.columns: dict[tuple[str, Site], Columns] = {}
        self.blocks: dict[tuple[str, Site], int] = {}
        self.required: set[tuple[str, Site]] = set()
        for number, (part, layout) in enumerate(zip(parts, layouts, strict=True)):
            for name, site, column, weight in _columns(part, layout, names):
                self.columns.setdefault((name, site), []).append((number, column, weight))

    def block(self, name: str, site: Site) -> int:
        """Whether a workload is at a site; made, with its rows, when first asked for."""
        key = (name, site)
        if key not in self.blocks:
            block = self.blocks[key] = self.rows.block(0.0, 1.0)
            by_period: dict[int, int] = {}
            for number, column, weight in self.columns.get(key, ()):
                if number not in by_period:
                    by_period[number] = self.rows.limit(f"{name} at {site}, {number + 1}", 0.0)
                    self.rows.block_use.add(by_period[number], block, -1.0)
                self.rows.option_use.add(by_period[number], column, weight)
        return self.blocks[key]

    def require(self, name: str, site: Site) -> None:
        """A workload that is said to be at a site is there."""
        key = (name, site)
        if key in self.required:
            return
        self.required.add(key)
        row = self.rows.limit(f"{name} is at {site}", 0.0)
        self.rows.block_use.add(row, self.block(name, site), LEAST_SHARE)
        for _, column, weight in self.columns.get(key, ()):
            self.rows.option_use.add(row, column, -weight)


def _columns(
    part: Part, layout: Layout, names: Sequence[str]
) -> Iterator[tuple[str, Site, int, float]]:
    """Workload as the scenario names it, site, column and weight of what is asked about."""
    workloads: dict[str, Workload] = {each.name: each for each in part.asked.scenario.workloads}
    each = zip(layout.column_option.tolist(), layout.column_class.tolist(), strict=True)
    for column, (row, request_class) in enumerate(each, layout.first_column):
        if row == NONE:
            continue
        option = part.candidates.options[row]
        workload = workloads[option.deployment.workload]
        site = part.candidates.pools[option.pool].place.name
        for name in names:
            if is_part_of(workload.name, name):
                yield name, site, column, class_weight(workload, request_class)
