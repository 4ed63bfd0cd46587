"""Architectures for many tasks of which each task goes through a part (Pathways)."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile
from planner.domain.record import Record
from planner_architectures.bases import require_plain


class TaskSparseParameters(Record):
    """How much of the base a task goes through."""

    active_share: Annotated[float, Field(gt=0, le=1, examples=[0.25])] = 1.0
    """Of every layer, heads and their cache too."""


class TaskSparse:
    """Paths of a task through a large decoder that serves others with the rest (Pathways)."""

    name = "task_sparse"
    parameters = TaskSparseParameters

    def derived(
        self, parameters: TaskSparseParameters, base: ArchitectureProfile
    ) -> ArchitectureProfile:
        """All weights are stored; those of other tasks are never read for this one.

        Source: the sparse activation by task that Dean 2021 ("Introducing Pathways") describes. A
        batch of token-routed experts touches most of them; requests of one task share one path, so
        that the experts of a base are chosen once and nothing is routed (task-level experts,
        Kudugunta et al. 2021, arXiv 2110.03742).
        """
        require_plain(base)
        share = parameters.active_share
        outside = base.parameters_in_tables
        active = outside + (base.parameters_active - outside) * share
        return replace(
            base,
            parameters_active=active,
            parameters_expert=0,
            experts=0,
            experts_per_token=0,
            parameters_dormant=base.parameters_total - active,
            attention=tuple(
                replace(
                    group,
                    kv_elements_per_token=group.kv_elements_per_token * share,
                    flops_per_token_pair=group.flops_per_token_pair * share,
                )
                for group in base.attention
            ),
        )
