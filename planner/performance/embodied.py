"""Carbon of making a server, spread over the hours of its life."""

from planner.domain.hardware import Accelerator, NodeType
from planner.units import HOURS_PER_YEAR


def embodied_kg(node_type: NodeType, accelerator: Accelerator) -> float | None:
    """CO2-equivalent of making one server with its accelerators, in kg.

    None where nobody published what its host or its accelerator cost to make: half a footprint
    would look like a small one.
    """
    host_kg, part_kg = node_type.embodied_host_kg_co2e, accelerator.embodied_kg_co2e
    if host_kg is None or part_kg is None:
        return None
    return host_kg + node_type.accelerators_per_node * part_kg


def embodied_kg_per_hour(
    node_type: NodeType, accelerator: Accelerator, life_years: float
) -> float | None:
    """The same for every hour that one server is held, busy or not, in equal parts.

    Straight-line over the life, as ISO/IEC 21031 (Software Carbon Intensity) spreads it.
    Published lives are 3 to 6 years.

    Args:
        node_type: the server.
        accelerator: the part that it holds.
        life_years: from installation to replacement, more than 0.

    Returns:
        kg CO2-equivalent per hour and server; None where the footprint is unknown.

    Raises:
        ValueError: a life that is not more than 0 years.
    """
    if not life_years > 0:
        raise ValueError(f"a server must live for more than 0 years, not {life_years:g}")
    total_kg = embodied_kg(node_type, accelerator)
    return None if total_kg is None else total_kg / (life_years * HOURS_PER_YEAR)
