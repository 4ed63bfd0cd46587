"""Limits at every time that something begins, from the times that the plan states.

What counts together by the order of jobs is checked elsewhere; this looks at the clock only, and
knows nothing of chains and antichains.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from planner.domain.plan import Violation
from planner.units import WATTS_PER_KW
from planner.verification.exact import TOLERANCE, exact, is_within, total
from planner.verification.facts import Facts, PoolKey, pool_key
from planner.verification.holdings import Holding
from planner.verification.sites import peak_w
from planner.verification.violations import broken


def schedule_faults(holdings: Sequence[Holding], facts: Facts) -> Iterator[Violation]:
    """Pools and sites that are asked for more than they have at some hour."""
    for hour in sorted({_start(each) for each in holdings}):
        running = [each for each in holdings if _runs(each, hour)]
        nodes: defaultdict[PoolKey, int] = defaultdict(int)
        power_w: defaultdict[str, list[Fraction]] = defaultdict(list)
        for each in running:
            nodes[pool_key(each.pool)] += each.stated.nodes
            power_w[each.pool.place.name].append(peak_w(each))
        for key, count in nodes.items():
            most = facts.pools[key].terms.available_nodes
            if most is not None and count > most:
                rule = f"more nodes of {' / '.join(key)} than there are in hour {float(hour):.6g}"
                yield broken("purchases", rule, count, most)
        for name, draws in power_w.items():
            limit_kw = facts.places[name].it_power_limit_kw
            if limit_kw is not None and not is_within(total(draws) / WATTS_PER_KW, exact(limit_kw)):
                rule = f"draws more IT power than its limit in hour {float(hour):.6g}, kW"
                yield broken(f"site {name}", rule, total(draws) / WATTS_PER_KW, limit_kw)


def _start(holding: Holding) -> Fraction:
    return exact(holding.works[0].placed.stated.start_hours)


def _runs(holding: Holding, hour: Fraction) -> bool:
    """Whether it has begun and is not done, beyond rounding."""
    end = _start(holding) + holding.works[0].hours
    return _start(holding) <= hour < end - TOLERANCE * max(end, Fraction(1))
