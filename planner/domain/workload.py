"""What must run, and by when."""

from math import inf
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from planner.domain.adapters import Targets
from planner.domain.demand import Demand
from planner.domain.horizon import TimeZone
from planner.domain.one_off import Running
from planner.domain.placement import UserShare
from planner.domain.precision import Precision
from planner.domain.record import (
    Count,
    Name,
    NonNegative,
    OpenFields,
    Positive,
    PositiveShare,
    Record,
    Share,
)
from planner.domain.requests import (
    OnDevice,
    Tokens,
)
from planner.domain.revenue import Revenue
from planner.domain.work import RequestWork, Work


class Serving(RequestWork):
    """Requests that arrive all the time and must be answered within latency limits."""

    kind: Literal["serving"]
    requests_per_s: Positive | None = None
    """Mean arrival rate; may be omitted only when the trace or the demand gives it."""
    planned_requests_per_s: Positive | None = None
    """Arrival rate that capacity must bear; omitted: the mean one."""
    demand: Demand | None = None
    """How the arrival rate changes with time; omitted: it does not but for its growth."""
    ttft_ms: Positive = 2000
    """Limit on the mean time to first token, queueing included."""
    tpot_ms: Positive = 100
    """Limit on the mean time per output token after the first."""
    target_utilisation: PositiveShare = 0.8
    """Share of a replica's throughput that is planned on; the rest absorbs bursts."""
    users: Annotated[tuple[UserShare, ...], Field(min_length=1, max_length=100)] | None = None
    """Where its requests come from: the time under way counts against `ttft_ms`. With several
    regions it is planned as a workload for each, called `NAME/REGION`. Omitted: every site is near.
    """
    network_ms: NonNegative = 0.0
    """That requests are under way besides, there and back: the last mile, gateways."""
    on_device: OnDevice | None = None
    """Omitted: the data center answers every request."""
    growth_per_month: Annotated[float, Field(gt=-1, le=10)] = 0.0
    """How demand grows from the first period on, compound: 0.08 for 8 % a month."""
    runs_today: tuple[Running, ...] | None = None
    """Where it runs today; more accelerators than these at a site have to be moved there."""
    moving_usd_per_accelerator: NonNegative = 0.0
    """What it costs to have an accelerator's worth of it somewhere where there was none."""
    protected_share: Share = 0.0
    """Of what is served, that replicas elsewhere must still bear when a site fails: 1 for N+1."""
    failover_utilisation: PositiveShare | None = None
    """Share of a replica's throughput that is planned on meanwhile; omitted: `target_utilisation`,
    so that latencies hold."""
    max_site_share: PositiveShare = 1.0
    """Of its requests, that one site may serve."""
    minimum_stable_share: Share = 0.0
    """Share of the requests of each size that capacity must answer which cannot be taken away.

    Spot capacity serves the rest where `allow_interruptible` is true."""
    revenue: Revenue | None = None
    """What it earns; omitted: it is a cost."""

    def with_clock(self, time_zone: TimeZone | None) -> Self:
        """The workload with the shape of its demand in another clock."""
        if time_zone is None or self.demand is None or self.demand.series is None:
            return self
        series = self.demand.series.model_copy(update={"time_zone": time_zone})
        demand = self.demand.model_copy(update={"series": series})
        return self.model_copy(update={"demand": demand})

    def _broken_rules(self) -> list[str]:
        broken = super()._broken_rules()
        series = self.demand is not None and self.demand.series is not None
        if self.requests_per_s is None and self.request_trace is None and not series:
            broken.append("requests_per_s is needed unless request_trace or demand gives the rate")
        if (self.planned_requests_per_s or inf) < (self.requests_per_s or 0.0):
            broken.append("planned_requests_per_s must be at least the mean, requests_per_s")
        if self.planned_requests_per_s is not None and series:
            broken.append("planned_requests_per_s is plan_for where demand has a series")
        return broken


class Job(Work):
    """Work that ends."""

    start_days: NonNegative = 0.0
    """Earliest begin, counted from the start of the horizon."""
    deadline_days: Positive
    """Counted from the start of the horizon."""
    after: tuple[Name, ...] = ()
    """Jobs of the scenario that must be done before it begins."""


class DataJob(Job):
    """A job that may read a dataset."""

    dataset_gb: Positive | None = None
    """Data that it reads, 10^9 bytes. At another site than where it lies the job waits until all
    of it has been moved there, from `start_days` on, and what leaves its site is paid for once."""
    dataset_site: Name | None = None
    """Site of the scenario where the data lies."""

    @model_validator(mode="after")
    def _knows_its_data(self) -> Self:
        if (self.dataset_gb is None) != (self.dataset_site is None):
            raise ValueError("dataset_gb and dataset_site go together")
        return self


class BatchInference(RequestWork, DataJob):
    """A heap of requests to be worked off by a deadline."""

    kind: Literal["batch_inference"]
    tokens_b: Positive
    """Input plus output tokens of the whole heap, in billions."""

    def _broken_rules(self) -> list[str]:
        broken = super()._broken_rules()
        if self.cascade is not None and self.dataset_gb is not None:
            broken.append("dataset_gb is of one job, and a cascade is two: state them one by one")
        return broken


class _TrainingJob(Job):
    """A job that trains an architecture."""

    architecture: Name
    """Catalog architecture, or one that the scenario defines."""

    @property
    def architectures(self) -> tuple[str, ...]:
        """All that take part, the one that the work is for first."""
        return (self.architecture,)


class TrainingRun(_TrainingJob, DataJob):
    """One indivisible gang of whole nodes at one site that works through a number of tokens."""

    kind: str
    tokens_b: Positive
    """Training tokens, in billions."""
    sequence_tokens: Tokens = 4096
    global_batch_tokens_m: Positive
    """Tokens of one optimizer step, in millions."""
    accelerators: Count | None = None
    """Size of the gang; omitted: the planner chooses among those that meet the deadline."""
    precision: Literal["bf16", "fp16"] = "bf16"
    """Of the arithmetic."""
    restart_hours: NonNegative = 0.25
    """Lost whenever it begins in a plan of several periods, after a pause too: to save and load a
    checkpoint and to get up to speed. A quarter of an hour is an assumption."""
    minimum_run_hours: NonNegative = 0.0
    """It is on for so long whenever it begins, or for as long as all of it takes, or until its
    window ends, in a plan of several periods."""


class Pretraining(TrainingRun):
    """Train an architecture from scratch on a number of tokens by a deadline."""

    kind: Literal["pretraining"]
    global_batch_tokens_m: Positive = 4.0
    """Tokens of one optimizer step, in millions."""


class Adapters(Record):
    """Small matrices that are trained beside weights that stay as they are (LoRA).

    Source: Hu et al. 2021, arXiv 2106.09685.
    """

    rank: Count
    targets: Targets = "query_value"
    """Matrices that get adapters: those of queries and values (the paper's choice), or all."""
    base_precision: Precision = "bf16"
    """What the weights are kept in; 4 bits is QLoRA (Dettmers et al. 2023, arXiv 2305.14314)."""


class Companion(Record):
    """Another architecture that every token of a training step goes through.

    For instance the frozen reference of DPO, or the critic of PPO.
    """

    architecture: Name
    is_trained: bool = False


class FineTuning(TrainingRun):
    """Train what is already trained on a number of tokens more, whole or by adapters."""

    kind: Literal["fine_tuning"]
    global_batch_tokens_m: Positive = 0.25
    """Tokens of one optimizer step, in millions."""
    adapters: Adapters | None = None
    """Omitted: all weights are trained."""
    companions: tuple[Companion, ...] = ()

    @property
    def architectures(self) -> tuple[str, ...]:
        """All that take part in a step, the one that the run is for first."""
        return (self.architecture, *(each.architecture for each in self.companions))


class Training(_TrainingJob):
    """Train by a method, which makes stages of it: workloads in an order."""

    kind: Literal["training"]
    method: Name
    """For instance `sft`, `lora`, `dpo`; `gpuplan catalog list methods` prints them."""
    parameters: OpenFields = Field(default_factory=dict)
    """What the method asks for."""


Workload = Annotated[
    Serving | BatchInference | Pretraining | FineTuning, Field(discriminator="kind")
]
"""Work as it is planned."""
AskedWorkload = Annotated[
    Serving | BatchInference | Pretraining | FineTuning | Training, Field(discriminator="kind")
]
"""Work as a scenario asks for it."""
