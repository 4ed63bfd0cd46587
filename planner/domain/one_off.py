"""What is done once: building a site in steps, and moving work."""

from typing import Annotated

from pydantic import AfterValidator, Field

from planner.domain.pricing import Asset, Contract
from planner.domain.record import Name, NonNegative, Positive, Record, Whole, none_or_not_tiny
from planner.units import HOURS_PER_DAY, HOURS_PER_YEAR


class BuildPhase(Record):
    """A step in which a site gets more power, all of it or nothing."""

    name: Name
    it_power_kw: Positive
    """That it adds."""
    cost_usd: NonNegative
    """Due when it is ordered."""
    lead_days: NonNegative = 0.0
    """From the order until the power is there."""
    life_years: Positive = 15.0
    """Over which it is paid off; electrical and mechanical plant lasts 15 to 20 years."""
    cost_of_capital_per_year: Annotated[
        float, Field(ge=0, le=1), AfterValidator(none_or_not_tiny)
    ] = 0.0
    """What a dollar that is bound for a year costs: 0.08 for 8 %."""

    @property
    def contract(self) -> Contract:
        """The phase as something that is bought for its life."""
        return Contract(
            term_hours=self.life_years * HOURS_PER_YEAR,
            upfront_usd_per_node=self.cost_usd,
            lead_hours=self.lead_days * HOURS_PER_DAY,
            asset=Asset(0.0, self.cost_of_capital_per_year),
        )


class Running(Record):
    """Accelerators that a workload has at a site today."""

    site: Name
    accelerators: Whole
