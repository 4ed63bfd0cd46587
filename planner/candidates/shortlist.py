"""The candidates of every period without the options that are hardly worth a column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.candidates.layout import Layout, Part
from planner.candidates.outline import Outline
from planner.domain.deployment import TrainingDeployment
from planner.domain.option import Option
from planner.problem.columns import Choice, Integers


@dataclass(frozen=True)
class Listed:
    """A period with some of its options."""

    part: Part
    likely: Integers
    """Of these, the ones that the relaxed optimum uses: indices."""


def shortlisted(
    parts: Sequence[Part], outline: Outline, chosen: Choice, worth: Integers
) -> tuple[Listed, ...]:
    """Periods with the options that are worth it, by their numbers in the outline.

    A training run of several periods keeps the gang that does most of it in the relaxed optimum,
    in all of them: it is chosen once.
    """
    gangs = _gangs(parts, outline, chosen)
    stops = np.arange(len(parts) + 1)
    kept = np.searchsorted(outline.period[worth], stops)
    used = np.searchsorted(outline.period[chosen.option], stops)
    return tuple(
        _listed(
            part,
            outline.option[worth[kept[row] : kept[row + 1]]],
            outline.option[chosen.option[used[row] : used[row + 1]]],
            gangs,
        )
        for row, part in enumerate(parts)
    )


def likely_options(listed: Sequence[Listed], layouts: Sequence[Layout]) -> Integers:
    """Numbers of the likely options in the problem of the listed periods, ascending."""
    return np.concatenate(
        [
            layout.first_column + np.flatnonzero(np.isin(layout.column_option, each.likely))
            for each, layout in zip(listed, layouts, strict=True)
        ]
    )


def _gangs(parts: Sequence[Part], outline: Outline, chosen: Choice) -> dict[str, Option]:
    """Of each training run of several periods, by its name."""
    shares: dict[str, dict[Option, float]] = {}
    for number, share in zip(chosen.option.tolist(), chosen.share.tolist(), strict=True):
        part = parts[int(outline.period[number])]
        option = part.candidates.options[int(outline.option[number])]
        if _is_paced_gang(part, option):
            known = shares.setdefault(option.deployment.workload, {})
            known[option] = known.get(option, 0.0) + share
    return {name: max(known, key=lambda each: known[each]) for name, known in shares.items()}


def _is_paced_gang(part: Part, option: Option) -> bool:
    deployment = option.deployment
    return (
        isinstance(deployment, TrainingDeployment) and deployment.workload in part.asked.paced_hours
    )


def _listed(part: Part, worth: Integers, used: Integers, gangs: dict[str, Option]) -> Listed:
    options = part.candidates.options
    held = [
        row
        for row, option in enumerate(options)
        if _is_paced_gang(part, option) and gangs.get(option.deployment.workload) == option
    ]
    rows = [row for row in np.unique(worth).tolist() if not _is_paced_gang(part, options[row])]
    kept = sorted((*rows, *held))
    left = replace(part.candidates, options=tuple(options[row] for row in kept))
    likely = np.flatnonzero(np.isin(kept, [*used.tolist(), *held]))
    return Listed(replace(part, candidates=left), likely)
