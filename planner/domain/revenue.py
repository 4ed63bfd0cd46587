"""What a workload earns, and what finance wants of it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from planner.domain.record import NonNegative, Positive, Record, Share

Change = Annotated[float, Field(gt=-1, le=10)]


class Revenue(Record):
    """Prices that customers pay; what is stated adds up."""

    usd_per_million_input_tokens: NonNegative = 0.0
    usd_per_million_output_tokens: NonNegative = 0.0
    usd_per_request: NonNegative = 0.0
    usd_per_user_month: NonNegative = 0.0
    """Of each of `monthly_active_users`, whether they pay or not: a price of 20 USD that one in
    twenty pays is 1 USD."""
    monthly_active_users: Positive | None = None
    """In the first period; they grow as the demand does."""
    paid_share: Share = 1.0
    """Of the requests, that are paid for at all: the rest is given away."""
    change_per_quarter: Change = 0.0
    """How all prices move: -0.1 when they fall by 10 % a quarter."""

    @model_validator(mode="after")
    def _users_are_known(self) -> Self:
        if self.usd_per_user_month and self.monthly_active_users is None:
            raise ValueError("usd_per_user_month needs monthly_active_users")
        return self


class Finance(Record):
    """What the plan is held against."""

    target_gross_margin: Annotated[float, Field(gt=-10, lt=1)] | None = None
    """Gross profit over revenue: 0.8 for 80 %."""
    hardware_life_years: Positive = 5.0
    """Over which the carbon of making hardware is spread; published lives are 3 to 6 years."""
