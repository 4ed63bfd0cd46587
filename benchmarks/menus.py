"""Menus of generated fleets: where a deployment of one type may go, by class and period."""

from dataclasses import dataclass

import numpy as np

from benchmarks.estate import ANYWHERE, Estate
from planner.problem.columns import Floats, Integers, PlaceUses

CLASSES = ANYWHERE + 1
NODES, KW, TB = range(3)
"""Quantities."""


@dataclass(frozen=True)
class Menus:
    """Places, menu by menu; menu = (type x classes + class) x slots + slot."""

    start: Integers
    type: Integers
    site: Integers
    period: Integers
    """First period in which the place is used."""
    length: Integers
    """Periods for which it is."""

    def pool(self, sites: int) -> Integers:
        """Number of each place's pool."""
        return self.type * sites + self.site

    def uses(self, pools: int, sites: int, periods: int) -> PlaceUses:
        """Nodes of the pool and kW of the site in every period that a place covers.

        Rows: pools x periods, then sites x periods.
        """
        place = np.repeat(np.arange(len(self.type)), self.length)
        within = np.arange(len(place)) - np.repeat(
            np.cumsum(self.length) - self.length, self.length
        )
        period = self.period[place] + within
        nodes = self.pool(sites)[place] * periods + period
        power = (pools + self.site[place]) * periods + period
        return PlaceUses(
            np.concatenate([nodes, power]),
            np.concatenate([place, place]),
            np.repeat([NODES, KW], len(place)),
            np.ones(2 * len(place)),
        )


def menus(on: Estate, slots: list[tuple[list[int], int]]) -> Menus:
    """Menus for every type and class; a slot is the periods to begin in, and for how many."""
    site, period, length, sizes = [], [], [], []
    for wanted in range(CLASSES):
        allowed = on.sites_for(wanted)
        for begins, periods in slots:
            site.append(np.repeat(allowed, len(begins)))
            period.append(np.tile(np.array(begins, np.int64), len(allowed)))
            length.append(np.full(len(site[-1]), periods))
            sizes.append(len(site[-1]))
    count = sum(sizes)
    return Menus(
        start=np.concatenate([[0], np.cumsum(np.tile(sizes, on.types))]),
        type=np.repeat(np.arange(on.types), count),
        site=np.tile(np.concatenate(site), on.types),
        period=np.tile(np.concatenate(period), on.types),
        length=np.tile(np.concatenate(length), on.types),
    )


def place_costs(on: Estate, at: Menus, hours_per_period: float) -> Floats:
    """USD of a node, a kW and a TB a period at each place, for as long as it is used."""
    hours = at.length * hours_per_period
    return np.stack(
        [
            on.node_usd_per_hour[at.type, at.site] * hours,
            on.electricity_usd_per_kwh[at.site] * hours,
            on.egress_usd_per_tb[at.site] * at.length,
        ],
        axis=1,
    )
