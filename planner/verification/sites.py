"""Power, energy and carbon of every site."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.domain.option import Place
from planner.domain.plan import Plan, Violation
from planner.network.precedence import most_at_once
from planner.performance.power import full_w, idle_w, node_full_w, node_idle_w
from planner.units import WATTS_PER_KW
from planner.verification.bill import Item, added
from planner.verification.exact import exact, is_within
from planner.verification.facts import Facts
from planner.verification.holdings import STANDING, Holding
from planner.verification.violations import Expected, broken, differences


def peak_kw(place: Place, holdings: Sequence[Holding], facts: Facts) -> Fraction:
    """What the servers at a place draw when every job runs that does not wait for another.

    Standing nodes idle but for their replicas, job nodes altogether run their accelerators at
    full power.
    """
    draws: defaultdict[str, Fraction] = defaultdict(Fraction)
    for each in holdings:
        if each.pool.place.name == place.name:
            draws[each.stated.workload or STANDING] += peak_w(each)
    return Fraction(most_at_once(facts.pipelines, draws)) / WATTS_PER_KW


def site_faults(plan: Plan, items: Sequence[Item], facts: Facts) -> Iterator[Violation]:
    """Sites over their power limit, and rows that are not what the site carries."""
    holdings = [item.holding for item in items]
    used = {each.pool.place.name for each in holdings}
    order = [name for name in facts.places if name in used]
    stated = [row.site for row in plan.sites]
    if stated != order:
        yield broken("sites", f"must be {', '.join(order)}, not {', '.join(stated)}")
    for place in facts.places.values():
        peak = peak_kw(place, holdings, facts)
        limit = place.it_power_limit_kw
        if limit is not None and not is_within(peak, exact(limit)):
            yield broken(
                f"site {place.name}", "draws more IT power than its limit, kW", peak, limit
            )
    for row, load in enumerate(plan.sites):
        known = facts.places.get(load.site)
        if known is not None:
            here = [item for item in items if item.holding.pool.place == known]
            expected = _load(known, here, facts)
            yield from differences(f"sites.{row}", load, expected)


def peak_w(holding: Holding) -> Fraction:
    """Draw of a line's nodes with their replicas at full power."""
    node_type, accelerator = holding.pool.node_type, holding.pool.accelerator
    if not holding.is_standing:
        return holding.stated.nodes * exact(node_full_w(node_type, accelerator))
    rise = exact(full_w(accelerator)) - exact(idle_w(accelerator))
    idle = holding.stated.nodes * exact(node_idle_w(node_type, accelerator))
    return idle + holding.accelerators_used * rise


def _load(place: Place, items: Sequence[Item], facts: Facts) -> dict[str, Expected]:
    charge = added([item.charge for item in items])
    return {
        "it_power_kw": peak_kw(place, [item.holding for item in items], facts),
        "it_power_limit_kw": _known(place.it_power_limit_kw),
        "energy_mwh": charge.energy_mwh,
        "carbon_tonnes": charge.carbon_tonnes,
        "pue": exact(place.pue),
        "carbon_g_per_kwh": exact(place.carbon_g_per_kwh),
        "electricity_usd_per_kwh": _known(place.electricity_usd_per_kwh),
    }


def _known(value: float | None) -> Fraction | None:
    return None if value is None else exact(value)
