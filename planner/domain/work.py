"""What all work states, and what work states that comes as requests."""

from collections import Counter
from math import isclose
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from planner.domain.placement import Residency
from planner.domain.precision import Precision
from planner.domain.record import (
    Name,
    NonNegative,
    Positive,
    Record,
)
from planner.domain.requests import (
    Answerer,
    ArchitectureChoice,
    Cascade,
    RequestClass,
    Tokens,
    Variant,
)

ONE_WAY: Final = (
    "state request sizes in exactly one way: input_tokens with output_tokens, request_classes, or"
    " request_trace"
)


PART: Final = "/"
"""Between the name of a workload and that of a part of it: a stage, a region, a second answer."""


def is_part_of(name: str, workload: str) -> bool:
    """Whether a workload is another, or a part that it is planned as."""
    return name == workload or name.startswith(f"{workload}{PART}")


class Work(Record):
    """What every workload states."""

    name: Name
    priority: Annotated[int, Field(ge=0, le=9)] = 5
    """0 is met first: when capacity is short, higher numbers go short first."""
    unmet_penalty_usd: NonNegative | None = None
    """What it costs to leave the whole demand unmet (a part costs its part).

    Omitted: the demand must be met."""
    sites: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Sites of the scenario it may run at; omitted: all."""
    residency: Residency | None = None
    """Where its data may lie; omitted: anywhere."""
    together_with: tuple[Name, ...] = ()
    """Workloads that must be at every site where any of it is."""
    apart_from: tuple[Name, ...] = ()
    """Workloads that may be at no site where any of it is."""
    allow_interruptible: bool | None = None
    """Whether it may use capacity that can be taken away (spot).

    Omitted: batch_inference may, serving and training may not."""

    @model_validator(mode="after")
    def _has_others_beside_it(self) -> Self:
        if self.name in (*self.together_with, *self.apart_from):
            raise ValueError("together_with and apart_from name other workloads, not itself")
        return self


class RequestWork(Work):
    """Work that comes as requests of stated sizes."""

    architecture: Name | None = None
    """Catalog architecture, or one that the scenario defines; instead of `choices`."""
    choices: Annotated[tuple[ArchitectureChoice, ...], Field(min_length=1, max_length=40)] | (
        None
    ) = None
    """Architectures and precisions that will do; the optimizer decides which serve what share."""
    cascade: Cascade | None = None
    """A small architecture first, a large one for a share of the requests; instead of both. It is
    planned as two workloads, the second of them called `NAME/escalated`."""
    minimum_quality: Positive | None = None
    """Least mean `quality` of the choices over the requests that the data center serves."""
    input_tokens: Tokens | None = None
    """Prompt tokens of a request, when all requests are alike."""
    output_tokens: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    """Generated tokens of a request, when all requests are alike."""
    request_classes: Annotated[tuple[RequestClass, ...], Field(min_length=1, max_length=400)] | (
        None
    ) = None
    """Request sizes as a table. The optimizer decides which sizes run on which accelerators."""
    request_trace: str | None = None
    """Request sizes from a CSV trace, a path relative to the scenario file.

    Columns: ContextTokens and GeneratedTokens, or input_tokens and output_tokens; an optional
    TIMESTAMP column gives the rate where `requests_per_s` is omitted."""
    weight_precision: Precision = "bf16"
    kv_precision: Precision = "bf16"

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        if broken := self._broken_rules():
            raise ValueError("; ".join(broken))
        return self

    def _broken_rules(self) -> list[str]:
        """What is missing or contradicts itself, one sentence each."""
        return [*self._broken_sizes(), *self._broken_choices()]

    def running(self, variant: Variant) -> Self:
        """The workload as if the variant were all that may serve it."""
        alone: dict[str, object] = {
            "architecture": variant.architecture,
            "weight_precision": variant.weight_precision,
            "kv_precision": variant.kv_precision,
            "choices": None,
            "cascade": None,
            "minimum_quality": None,
        }
        return self.model_copy(update=alone)

    def _broken_sizes(self) -> list[str]:
        alike = self.input_tokens is not None or self.output_tokens is not None
        ways = [alike, self.request_classes is not None, self.request_trace is not None]
        if sum(ways) != 1:
            return [ONE_WAY]
        if alike and (self.input_tokens is None or self.output_tokens is None):
            return ["input_tokens and output_tokens go together"]
        return []

    def _broken_choices(self) -> list[str]:
        ways = (self.architecture, self.choices, self.cascade)
        if sum(way is not None for way in ways) != 1:
            return ["state what serves it in exactly one way: architecture, choices, or cascade"]
        if self.choices is None:
            needless = self.minimum_quality is not None
            return ["minimum_quality needs choices, each with a quality"] if needless else []
        kinds = Counter(map(str, self.variants))
        broken = [f"two choices are {each}" for each, count in kinds.items() if count > 1]
        if self.unmet_penalty_usd is None and (most := sum(e.max_share for e in self.variants)) < 1:
            broken.append(
                f"the max_share of all choices add up to {most:g}: they must to 1 or more, or some"
                " requests must be allowed to stay unmet (unmet_penalty_usd)"
            )
        return broken or self._broken_quality()

    def _broken_quality(self) -> list[str]:
        if self.minimum_quality is None:
            return []
        if any(each.quality is None for each in self.variants):
            return ["minimum_quality needs a quality of each of the choices"]
        best = self._best_quality()
        # a sum of shares may round just below the minimum that it is equal to
        if self.minimum_quality <= best or isclose(self.minimum_quality, best):
            return []
        told = f"minimum_quality must be at most {best:.6g}, the best that the choices"
        return [f"{told} and their max_share allow, not {self.minimum_quality:.6g}"]

    def _best_quality(self) -> float:
        """Largest mean quality of any mix that serves what must be served."""
        ranked = sorted(self.variants, key=lambda each: each.quality or 0.0, reverse=True)
        if self.unmet_penalty_usd is not None:
            return ranked[0].quality or 0.0
        best, left = 0.0, 1.0
        for each in ranked:
            share = min(left, each.max_share)
            best, left = best + share * (each.quality or 0.0), left - share
        return best

    def answered_by(self, answerer: Answerer) -> Self:
        """The workload with an architecture in the precisions that it states, or else its own."""
        weights = answerer.weight_precision or self.weight_precision
        cache = answerer.kv_precision or self.kv_precision
        return self.running(Variant(answerer.architecture, weights, cache))

    @property
    def architectures(self) -> tuple[str, ...]:
        """All that may serve it."""
        return tuple(dict.fromkeys(each.architecture for each in self.variants))

    @property
    def variants(self) -> tuple[Variant, ...]:
        """What may serve it: the choices, or the one architecture."""
        if self.choices is None:
            name = self.architecture or ""
            return (Variant(name, self.weight_precision, self.kv_precision),)
        return tuple(
            Variant(
                each.architecture,
                each.weight_precision or self.weight_precision,
                each.kv_precision or self.kv_precision,
                each.quality,
                each.max_share,
            )
            for each in self.choices
        )

    @property
    def classes(self) -> tuple[RequestClass, ...]:
        """The request-size table, one row when all requests are alike."""
        if self.request_classes is not None:
            return self.request_classes
        if self.input_tokens is None or self.output_tokens is None:
            raise ValueError(f"{self.name}: request_trace has not been read yet")
        return (RequestClass(input_tokens=self.input_tokens, output_tokens=self.output_tokens),)

    @property
    def class_shares(self) -> tuple[float, ...]:
        """Share of the requests in each class; sums to 1."""
        total = sum(row.weight for row in self.classes)
        return tuple(row.weight / total for row in self.classes)

    @property
    def tokens_per_request(self) -> float:
        """Mean input plus output tokens of a request."""
        return sum(
            share * (row.input_tokens + row.output_tokens)
            for share, row in zip(self.class_shares, self.classes, strict=True)
        )
