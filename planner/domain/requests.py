"""What a workload of requests states of them: sizes, who may answer, on which devices."""

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from planner.domain.precision import Precision
from planner.domain.record import Count, Name, Positive, PositiveShare, Record, Share

Tokens = Annotated[int, Field(ge=1, le=100_000_000)]


class RequestClass(Record):
    """Requests of one size: a row of the request-size table."""

    weight: Positive = 1
    """Relative number of requests of this size; weights need not add up to 1."""
    input_tokens: Tokens
    output_tokens: Annotated[int, Field(ge=1, le=100_000_000)]
    images: Annotated[int, Field(ge=0, le=10_000)] = 0
    """In the prompt, for architectures that take them."""


class Answerer(Record):
    """An architecture in stated precisions."""

    architecture: Name
    """Catalog architecture, or one that the scenario defines."""
    weight_precision: Precision | None = None
    """Omitted: that of the workload."""
    kv_precision: Precision | None = None
    """Omitted: that of the workload."""


class ArchitectureChoice(Answerer):
    """An architecture, in stated precisions, that may serve a workload's requests."""

    quality: Positive | None = None
    """Score of its answers, on any scale that is the same for all choices; more is better."""
    max_share: PositiveShare = 1.0
    """Largest share of the workload's requests that it may serve."""


class Cascade(Record):
    """Every request goes to a small architecture first, some go on to a large one."""

    first: Answerer
    """What answers every request."""
    then: Answerer
    """What answers again where the first answer was not good enough."""
    escalated_share: PositiveShare
    """Of the requests of every size, which are answered again.

    The answers share the workload's `unmet_penalty_usd`: all of them undone cost it once."""


@dataclass(frozen=True)
class Variant:
    """A choice with every precision known."""

    architecture: str
    weight_precision: Precision
    kv_precision: Precision
    quality: float | None = None
    max_share: float = 1.0

    def __str__(self) -> str:
        """For instance `llama-3.1-8b fp8 (kv bf16)`."""
        return f"{self.architecture} {self.weight_precision} (kv {self.kv_precision})"


class Device(Record):
    """A type of device that users own, and what answers on it."""

    node_type: Name
    """Catalog node type, for instance of a phone."""
    architecture: Name
    """What answers on the device; it need not be the workload's own architecture."""
    weight_precision: Precision = "int4"
    kv_precision: Precision = "bf16"
    owner_share: PositiveShare
    """Of the users, who own such a device."""
    daily_battery_share: Share = 0.05
    """Of a full battery, what answering may take a day; no limit for devices without a battery."""


class OnDevice(Record):
    """Requests that users' own devices may answer instead of a data center."""

    users: Count
    """Who send the workload's requests, all alike."""
    eligible_share: Share
    """Of the requests of every size, which may be answered on a device."""
    devices: Annotated[tuple[Device, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _owned_once(self) -> Self:
        owned = sum(each.owner_share for each in self.devices)
        if owned > 1 + 1e-9:
            raise ValueError(f"owner_share of all devices adds up to {owned:g}, must be at most 1")
        names = [each.node_type for each in self.devices]
        if len(set(names)) < len(names):
            raise ValueError("a node_type of devices may be named once")
        return self
