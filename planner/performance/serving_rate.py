"""Requests of one size on one replica: the largest batch within the limits, and what it gives.

In steady state a replica with a batch of B finishes B requests in the time of all their decode
iterations and of B prefills, which hold the others up (continuous batching, Yu et al. 2022, Orca):

    requests/s = B / (steps t(B) + B p)        tokens after the first: steps = output - 1
    TPOT       = t(B) + B p / steps            TTFT = wait + t(B) / 2 + prefill latency

with t(B) a decode iteration at the mean context, p a prefill. Waiting is that of an M/D/1 queue of
prefills at the planned utilisation, and half a running iteration.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

from planner.domain.deployment import RequestSize, ServingRate
from planner.domain.rejection import Reason, Shortfall
from planner.performance.power import TimeShares, busy_w
from planner.performance.queueing import mean_wait_s
from planner.performance.replica import HOST_S_PER_SEQUENCE, Replica
from planner.performance.serving_memory import most_sequences, usable_gib, used_gib
from planner.units import MS_PER_SECOND

MOST_SEQUENCES: Final = 1024
"""Of a batch: vLLM's default `max_num_seqs` on large parts."""


@dataclass(frozen=True)
class Limits:
    """What a request may wait for; infinite where nobody waits."""

    ttft_ms: float
    tpot_ms: float
    utilisation: float
    """Share of the throughput at which arrivals are planned; 0: no queue counts."""


WORK_OFF: Final = Limits(ttft_ms=inf, tpot_ms=inf, utilisation=0.0)
"""A heap of requests: nobody waits for any of them."""


@dataclass(frozen=True)
class Pace:
    """What a batch of requests of one size gives."""

    requests_per_s: float
    ttft_ms: float
    tpot_ms: float
    time: TimeShares


def pace_of(replica: Replica, size: RequestSize, batch: int, utilisation: float) -> Pace:
    """Throughput and latency of a replica that is kept at `batch` requests of one size."""
    steps = size.output_tokens - 1
    step = replica.decode(batch, replica.prompt_tokens(size) + size.output_tokens / 2)
    prefill = replica.prefill(size, batch)
    # what decodes pays for its host in every iteration
    host_s = 0.0 if steps else HOST_S_PER_SEQUENCE
    cycle_s = steps * step.seconds + batch * (prefill.seconds + host_s)
    requests_per_s = batch / cycle_s
    running_s = step.seconds if steps and batch > 1 else 0.0
    wait_s = mean_wait_s(utilisation * requests_per_s, prefill.seconds)
    return Pace(
        requests_per_s=requests_per_s,
        ttft_ms=MS_PER_SECOND * (wait_s + running_s / 2 + replica.prefill_latency_s(size)),
        tpot_ms=MS_PER_SECOND * (step.seconds + batch * prefill.seconds / steps) if steps else 0.0,
        time=TimeShares(
            arithmetic=(steps * step.arithmetic_s + batch * prefill.arithmetic_s) / cycle_s,
            memory=(steps * step.memory_s + batch * prefill.memory_s) / cycle_s,
        ),
    )


def serving_rate(replica: Replica, size: RequestSize, limits: Limits) -> ServingRate | Shortfall:
    """The largest batch within memory and limits, or by how much a batch of one misses them."""
    for most, asked, unit in (
        (replica.profile.most_input_tokens, size.input_tokens, "input tokens"),
        (replica.profile.most_output_tokens, size.output_tokens, "output tokens"),
    ):
        if most is not None and asked > most:
            return Shortfall("request", asked, most, unit)
    context = replica.prompt_tokens(size) + size.output_tokens
    longest = replica.profile.max_context_tokens
    if longest is not None and context > longest:
        return Shortfall("context", context, longest, "tokens")
    most = min(most_sequences(replica, context), MOST_SEQUENCES)
    if most < 1:
        return Shortfall("memory", used_gib(replica, 1, context), usable_gib(replica), "GiB")
    miss = _miss(pace_of(replica, size, 1, limits.utilisation), limits)
    if miss is not None:
        return miss
    return _rate(replica, size, _largest(replica, size, limits, most), limits)


def lone_rate(replica: Replica, size: RequestSize, limits: Limits) -> ServingRate | Shortfall:
    """One request at a time, as on a device that its user owns."""
    answer = serving_rate(replica, size, limits)
    return answer if isinstance(answer, Shortfall) else _rate(replica, size, 1, limits)


def _rate(replica: Replica, size: RequestSize, batch: int, limits: Limits) -> ServingRate:
    pace = pace_of(replica, size, batch, limits.utilisation)
    context = replica.prompt_tokens(size) + size.output_tokens
    return ServingRate(
        requests_per_s=pace.requests_per_s,
        batch=batch,
        ttft_ms=pace.ttft_ms,
        tpot_ms=pace.tpot_ms,
        accelerator_power_w=busy_w(replica.accelerator, pace.time),
        memory_gib_per_accelerator=used_gib(replica, batch, context),
    )


def _miss(pace: Pace, limits: Limits) -> Shortfall | None:
    checks: tuple[tuple[Reason, float, float], ...] = (
        ("ttft", pace.ttft_ms, limits.ttft_ms),
        ("tpot", pace.tpot_ms, limits.tpot_ms),
    )
    for reason, needed, available in checks:
        if needed > available:
            return Shortfall(reason, None if needed == inf else needed, available, "ms")
    return None


def _largest(replica: Replica, size: RequestSize, limits: Limits, most: int) -> int:
    """Bisection: throughput and both latencies grow with the batch."""
    fits, fails = 1, most + 1
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if _miss(pace_of(replica, size, middle, limits.utilisation), limits) is None:
            fits = middle
        else:
            fails = middle
    return fits
