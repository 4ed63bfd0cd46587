"""Volume discounts: the more is spent in a window, the cheaper it gets."""

from collections.abc import Iterable
from itertools import pairwise
from math import fsum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from planner.domain.agreement import PaymentCurve, Segment
from planner.domain.invoice import ChargeKind, InvoiceLine, Statement
from planner.domain.period import Window
from planner.domain.record import NonNegative, Record
from planner_pricing.parameters import own
from planner_pricing.windows import window_lines

AT_LIMIT: Final = 1e-9
"""An amount that lacks less than this of a tier, relatively, has reached it."""


class Tier(Record):
    """A discount from an amount on."""

    from_usd: NonNegative
    discount: Annotated[float, Field(ge=0, lt=1)]


class VolumeTiersParameters(Record):
    """What is added up, and what it earns."""

    window: Window = "period"
    """Over which charges add up: period, year, horizon."""
    kind: Literal["all_units", "marginal"]
    """Whether the discount of the highest tier reached is on the whole amount, or that of each
    tier on the part of the amount that lies in it."""
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=50)]
    """In ascending order; below the first there is no discount."""

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        if any(two.from_usd <= one.from_usd for one, two in pairwise(self.tiers)):
            raise ValueError("the from_usd of tiers must ascend")
        return self


class VolumeTiers:
    """A discount by the amount of a window, on all of it or on what lies in each tier."""

    name = "volume_tiers"
    parameters = VolumeTiersParameters
    charges: tuple[ChargeKind, ...] = ("usage", "contract")

    def terms(self, parameters: Record) -> PaymentCurve:
        """Segments with the payment of every tier."""
        mine = own(parameters, VolumeTiersParameters)
        tiers = list(mine.tiers)
        if tiers[0].from_usd > 0:
            tiers.insert(0, Tier(from_usd=0.0, discount=0.0))
        segments: list[Segment] = []
        for tier in tiers:
            rate, fixed = 1 - tier.discount, 0.0
            if mine.kind == "marginal" and segments:
                before = segments[-1]
                fixed = before.fixed_usd + (before.rate - rate) * tier.from_usd
            begins = tier.from_usd if mine.kind == "marginal" else _reached_usd(tier)
            segments.append(Segment(begins, fixed, rate))
        return PaymentCurve(mine.window, tuple(segments))

    def invoice(self, parameters: Record, statement: Statement) -> Iterable[InvoiceLine]:
        """The discount of every window."""
        mine = own(parameters, VolumeTiersParameters)
        paid = _all_units if mine.kind == "all_units" else _marginal
        return window_lines(statement, mine.window, lambda usd: paid(usd, mine.tiers))


def _reached_usd(tier: Tier) -> float:
    """Where the payment jumps: terms and invoice must not read a sum's rounding differently."""
    return tier.from_usd * (1 - AT_LIMIT)


def _all_units(usd: float, tiers: tuple[Tier, ...]) -> float:
    reached = [tier for tier in tiers if usd >= _reached_usd(tier)]
    return usd * (1 - reached[-1].discount) if reached else usd


def _marginal(usd: float, tiers: tuple[Tier, ...]) -> float:
    ends = [*(tier.from_usd for tier in tiers[1:]), float("inf")]
    saved = (
        tier.discount * max(min(usd, end) - tier.from_usd, 0.0)
        for tier, end in zip(tiers, ends, strict=True)
    )
    return usd - fsum(saved)
