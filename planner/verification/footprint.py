"""Carbon of making the hardware, and water, from what is held."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.domain.plan import Plan, Violation
from planner.performance.embodied import embodied_kg
from planner.units import HOURS_PER_YEAR, KG_PER_TONNE, KWH_PER_MWH, LITRES_PER_M3
from planner.verification.charges import PeriodItems
from planner.verification.exact import exact, total
from planner.verification.facts import Facts
from planner.verification.violations import differences


def footprint_faults(plan: Plan, parts: Sequence[PeriodItems], facts: Facts) -> Iterator[Violation]:
    """Totals that are others, or that cannot be known."""
    expected = {
        "embodied_carbon_tonnes": _embodied(parts, facts.scenario.finance.hardware_life_years),
        "water_m3": _water(plan, parts),
    }
    yield from differences("plan", plan, expected)


def _embodied(parts: Sequence[PeriodItems], life_years: float) -> Fraction | None:
    tonnes: list[Fraction] = []
    for item in (each for part in parts for each in part.items):
        holding = item.holding
        kg = embodied_kg(holding.pool.node_type, holding.pool.accelerator)
        if kg is None:
            return None
        life = exact(life_years) * exact(HOURS_PER_YEAR)
        hours = holding.stated.nodes * holding.works[0].hours
        tonnes.append(hours * exact(kg) / life / KG_PER_TONNE)
    return total(tonnes)


def _water(plan: Plan, parts: Sequence[PeriodItems]) -> Fraction | None:
    cubic: list[Fraction] = []
    for part in parts:
        for item in part.items:
            place = item.holding.pool.place
            if place.wue_l_per_kwh is None:
                return None
            it_kwh = item.charge.energy_mwh * KWH_PER_MWH / exact(place.pue)
            cubic.append(it_kwh * exact(place.wue_l_per_kwh) / LITRES_PER_M3)
        period = part.facts.asked.period.name
        for line in (each for each in plan.meters if each.period == period):
            place = part.facts.places[line.site]
            it_kwh = exact(line.idle_mwh) * KWH_PER_MWH / exact(place.pue)
            cubic.append(it_kwh * exact(place.wue_l_per_kwh or 0) / LITRES_PER_M3)
    return total(cubic)
