"""Rows of many periods as rows of the whole horizon."""

from collections.abc import Callable, Hashable, Iterable
from math import fsum
from typing import Final, TypeVar

from planner.domain.plan import Plan, SiteLoad, WorkloadResult
from planner.units import GRAMS_PER_TONNE, KWH_PER_MWH, TOKENS_PER_BILLION, TOKENS_PER_MILLION

Row = TypeVar("Row")
SERVING: Final = "serving"
"""The kind of work that every period has its own demand of; of others they do parts."""


def over_horizon(plan: Plan) -> Plan:
    """The plan with one row for every workload and site; of one period it is the plan itself."""
    if len(plan.periods) < 2:
        return plan
    workloads = [_workload(rows) for rows in grouped(plan.workloads, lambda each: each.workload)]
    sites = [_site(rows) for rows in grouped(plan.sites, lambda each: each.site)]
    return plan.model_copy(update={"workloads": tuple(workloads), "sites": tuple(sites)})


def grouped(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> tuple[tuple[Row, ...], ...]:
    """Rows of equal key together, in the order in which keys first come."""
    groups: dict[Hashable, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return tuple(tuple(group) for group in groups.values())


def _workload(rows: tuple[WorkloadResult, ...]) -> WorkloadResult:
    """Sums, the worst latency, and the most accelerators at once."""
    met = fsum(e.met_share for e in rows)
    cost, tokens_b = fsum(e.cost_usd for e in rows), fsum(e.tokens_b for e in rows)
    millions = tokens_b * TOKENS_PER_BILLION / TOKENS_PER_MILLION
    architectures = dict.fromkeys(name for e in rows for name in e.architecture.split(" + "))
    return rows[0].model_copy(
        update={
            "architecture": " + ".join(architectures),
            "met_share": met / len(rows) if rows[0].kind == SERVING else min(met, 1.0),
            "accelerators": max(e.accelerators for e in rows),
            "cost_usd": cost,
            "energy_mwh": fsum(e.energy_mwh for e in rows),
            "carbon_tonnes": fsum(e.carbon_tonnes for e in rows),
            "tokens_b": tokens_b,
            "usd_per_million_tokens": cost / millions if millions else None,
            "ttft_ms": max((e.ttft_ms for e in rows if e.ttft_ms is not None), default=None),
            "tpot_ms": max((e.tpot_ms for e in rows if e.tpot_ms is not None), default=None),
            "days": max((e.days for e in rows if e.days is not None), default=None),
        }
    )


def _site(rows: tuple[SiteLoad, ...]) -> SiteLoad:
    """Sums, means by energy, and the most power at once."""
    mwh, tonnes = fsum(e.energy_mwh for e in rows), fsum(e.carbon_tonnes for e in rows)
    means = {}
    if mwh:
        means["carbon_g_per_kwh"] = tonnes * GRAMS_PER_TONNE / (mwh * KWH_PER_MWH)
        means["pue"] = mwh / fsum(e.energy_mwh / e.pue for e in rows)
    return rows[0].model_copy(
        update={
            "it_power_kw": max(e.it_power_kw for e in rows),
            "it_power_limit_kw": max((e.it_power_limit_kw or 0.0 for e in rows), default=0.0)
            or None,
            "energy_mwh": mwh,
            "carbon_tonnes": tonnes,
            **means,
        }
    )
