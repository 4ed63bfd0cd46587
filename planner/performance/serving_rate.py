"""Requests of one size on one replica: the largest batch within the limits, and what it gives.

In steady state a replica with a batch of B finishes B requests in the time of all their decode
iterations and of B prefills, which hold the others up (continuous batching, Yu et al. 2022, Orca):

    requests/s = B / (steps t(B) + B p)        tokens after the first: steps = output - 1
    TPOT       = t(B) + B p / steps            TTFT = wait + t(B) / 2 + prefill latency

with t(B) a decode iteration at the mean context, p a prefill. Waiting is that of an M/D/1 queue of
prefills at the planned utilisation, and half a running iteration.
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Final

from planner.domain.deployment import RequestSize, ServingRate
from planner.domain.rejection import Reason, Shortfall
from planner.performance.power import TimeShares, busy_w
from planner.performance.queueing import mean_wait_s
from planner.performance.replica import HOST_S_PER_SEQUENCE, Iteration, Replica, Token
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


@dataclass(frozen=True, slots=True)
class Pace:
    """What a batch of requests of one size gives."""

    requests_per_s: float
    ttft_ms: float
    tpot_ms: float
    time: TimeShares


@dataclass(frozen=True)
class Paces:
    """A replica with requests of one size, whatever their limits: each batch is reckoned once."""

    replica: Replica
    size: RequestSize
    known: dict[tuple[int, float], Pace] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By batch, of `MOST_SEQUENCES` at most, and utilisation."""
    rates: dict[tuple[int, float], ServingRate] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Of those that limits ended at."""
    prefills: dict[int, Iteration] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By how many prompts go through together."""

    @cached_property
    def context_tokens(self) -> int:
        """Of a request that is done."""
        return self.replica.prompt_tokens(self.size) + self.size.output_tokens

    @cached_property
    def barred(self) -> Shortfall | None:
        """Why no batch of such requests can be, however long they may take."""
        profile, size = self.replica.profile, self.size
        for most, asked, unit in (
            (profile.most_input_tokens, size.input_tokens, "input tokens"),
            (profile.most_output_tokens, size.output_tokens, "output tokens"),
        ):
            if most is not None and asked > most:
                return Shortfall("request", asked, most, unit)
        context, longest = self.context_tokens, profile.max_context_tokens
        if longest is not None and context > longest:
            return Shortfall("context", context, longest, "tokens")
        if self.most < 1:
            used = used_gib(self.replica, 1, context)
            return Shortfall("memory", used, usable_gib(self.replica), "GiB")
        return None

    @cached_property
    def most(self) -> int:
        """The largest batch that memory and the server hold."""
        return min(most_sequences(self.replica, self.context_tokens), MOST_SEQUENCES)

    def at(self, batch: int, utilisation: float) -> Pace:
        """Of a replica that is kept at a batch."""
        pace = self.known.get((batch, utilisation))
        if pace is None:
            pace = self.known[batch, utilisation] = self._pace(batch, utilisation)
        return pace

    def rate(self, batch: int, utilisation: float) -> ServingRate:
        """What a batch gives and takes."""
        rate = self.rates.get((batch, utilisation))
        if rate is None:
            rate = self.rates[batch, utilisation] = self._rate(batch, utilisation)
        return rate

    def _rate(self, batch: int, utilisation: float) -> ServingRate:
        pace = self.at(batch, utilisation)
        return ServingRate(
            requests_per_s=pace.requests_per_s,
            batch=batch,
            ttft_ms=pace.ttft_ms,
            tpot_ms=pace.tpot_ms,
            accelerator_power_w=busy_w(self.replica.accelerator, pace.time),
            memory_gib_per_accelerator=used_gib(self.replica, batch, self.context_tokens),
        )

    def _pace(self, batch: int, utilisation: float) -> Pace:
        steps = self.size.output_tokens - 1
        step, prefill = self.replica.step(batch, self._mean_token), self._prefill(batch)
        # what decodes pays for its host in every iteration
        host_s = 0.0 if steps else HOST_S_PER_SEQUENCE
        cycle_s = steps * step.seconds + batch * (prefill.seconds + host_s)
        requests_per_s = batch / cycle_s
        running_s = step.seconds if steps and batch > 1 else 0.0
        wait_s = mean_wait_s(utilisation * requests_per_s, prefill.seconds)
        tpot_s = step.seconds + batch * prefill.seconds / steps if steps else 0.0
        return Pace(
            requests_per_s=requests_per_s,
            ttft_ms=MS_PER_SECOND * (wait_s + running_s / 2 + self._prefill_latency_s),
            tpot_ms=MS_PER_SECOND * tpot_s,
            time=TimeShares(
                arithmetic=(steps * step.arithmetic_s + batch * prefill.arithmetic_s) / cycle_s,
                memory=(steps * step.memory_s + batch * prefill.memory_s) / cycle_s,
            ),
        )

    @cached_property
    def _mean_token(self) -> Token:
        """Halfway through the answer."""
        size = self.size
        return self.replica.token(self.replica.prompt_tokens(size) + size.output_tokens / 2)

    @cached_property
    def _prefill_latency_s(self) -> float:
        return self.replica.prefill_latency_s(self.size)

    @cached_property
    def _most_together(self) -> int:
        return self.replica.most_together(self.size)

    def _prefill(self, batch: int) -> Iteration:
        together = min(batch, self._most_together)
        if together not in self.prefills:
            self.prefills[together] = self.replica.prefill(self.size, together)
        return self.prefills[together]


def serving_rate(paces: Paces, limits: Limits) -> ServingRate | Shortfall:
    """The largest batch within memory and limits, or by how much a batch of one misses them."""
    if paces.barred is not None:
        return paces.barred
    alone = paces.at(1, limits.utilisation)
    if not _is_within(alone, limits):
        return _miss(alone, limits)
    return paces.rate(_largest(paces, limits), limits.utilisation)


def lone_rate(paces: Paces, limits: Limits) -> ServingRate | Shortfall:
    """One request at a time, as on a device that its user owns."""
    answer = serving_rate(paces, limits)
    return answer if isinstance(answer, Shortfall) else paces.rate(1, limits.utilisation)


def _is_within(pace: Pace, limits: Limits) -> bool:
    return pace.ttft_ms <= limits.ttft_ms and pace.tpot_ms <= limits.tpot_ms


def _miss(pace: Pace, limits: Limits) -> Shortfall:
    """What a pace that is not within limits misses first."""
    reason: Reason = "tpot"
    needed, available = pace.tpot_ms, limits.tpot_ms
    if pace.ttft_ms > limits.ttft_ms:
        reason, needed, available = "ttft", pace.ttft_ms, limits.ttft_ms
    return Shortfall(reason, None if needed == inf else needed, available, "ms")


def _largest(paces: Paces, limits: Limits) -> int:
    """Bisection: throughput and both latencies grow with the batch."""
    fits, fails = 1, paces.most + 1
    while fails - fits > 1:
        middle = (fits + fails) // 2
        if _is_within(paces.at(middle, limits.utilisation), limits):
            fits = middle
        else:
            fails = middle
    return fits
