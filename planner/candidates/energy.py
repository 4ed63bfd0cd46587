"""What a kilowatt-hour at a place costs, emits and weighs."""

from planner.domain.option import Place, Pool
from planner.domain.scenario import Objective
from planner.units import GRAMS_PER_TONNE, KWH_PER_MWH


def electricity_usd_per_kwh(pool: Pool) -> float:
    """What the facility's kWh costs us; 0 where the price of the node includes it."""
    if not pool.terms.pays_electricity:
        return 0.0
    if pool.place.electricity_usd_per_kwh is None:
        raise ValueError(f"{pool.key} pays electricity at an unknown price")
    return pool.place.electricity_usd_per_kwh


def weight_usd_per_it_kwh(pool: Pool, objective: Objective) -> float:
    """What a kWh drawn by servers adds to the objective: bill, energy, carbon, PUE included."""
    weight = weight_usd_per_kwh(electricity_usd_per_kwh(pool), pool.place, objective)
    return pool.place.pue * weight


def weight_usd_per_kwh(usd_per_kwh: float, place: Place, objective: Objective) -> float:
    """What a kWh at the meter of a place adds to the objective, at a price."""
    return (
        objective.cost_weight * usd_per_kwh
        + objective.energy_usd_per_mwh / KWH_PER_MWH
        + objective.carbon_usd_per_tonne * place.carbon_g_per_kwh / GRAMS_PER_TONNE
    )
