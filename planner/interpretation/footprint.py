"""What a plan takes of the world beside its energy: carbon of making hardware, and water."""

from collections.abc import Sequence
from math import fsum

from planner.domain.option import Pool
from planner.domain.statement import MeterLine
from planner.interpretation.period import PeriodRows
from planner.performance.embodied import embodied_kg_per_hour
from planner.units import KG_PER_TONNE, KWH_PER_MWH, LITRES_PER_M3


def embodied_tonnes(rows: Sequence[PeriodRows], life_years: float) -> float | None:
    """Of the nodes that are up, by the hour; None where it is not known of some."""
    found: list[float] = []
    for mine in rows:
        pools = _pools(mine)
        for line in mine.purchases:
            pool = pools[line.site, line.node_type, line.purchase]
            kg = embodied_kg_per_hour(pool.node_type, pool.accelerator, life_years)
            if kg is None:
                return None
            found.append(line.nodes * line.hours * kg / KG_PER_TONNE)
    return fsum(found)


def water_m3(rows: Sequence[PeriodRows], meters: Sequence[MeterLine]) -> float | None:
    """Of all IT energy; None where it is not known of some site that is in use."""
    found: list[float] = []
    for mine in rows:
        pools = _pools(mine)
        for line in mine.purchases:
            place = pools[line.site, line.node_type, line.purchase].place
            if place.wue_l_per_kwh is None:
                return None
            it_kwh = line.energy_mwh * KWH_PER_MWH / place.pue
            found.append(it_kwh * place.wue_l_per_kwh / LITRES_PER_M3)
        for place in mine.part.candidates.places:
            idle = fsum(
                each.idle_mwh
                for each in meters
                if (each.site, each.period) == (place.name, mine.part.asked.period.name)
            )
            it_kwh = idle * KWH_PER_MWH / place.pue
            found.append(it_kwh * (place.wue_l_per_kwh or 0.0) / LITRES_PER_M3)
    return fsum(found)


def _pools(rows: PeriodRows) -> dict[tuple[str, str, str], Pool]:
    """Offers by what rows call them."""
    return {
        (pool.place.name, pool.node_type.name, pool.purchase): pool
        for pool in rows.part.candidates.pools
    }
