"""One base that serves many fine-tuned variants: low-rank adapters beside it."""

from dataclasses import replace

from pydantic import Field

from planner.domain.adapters import Targets, adapter_parameters
from planner.domain.architecture import ArchitectureProfile
from planner.domain.record import Count, Record
from planner_architectures.bases import require_plain


class AdaptedParameters(Record):
    """The adapters in memory."""

    adapters: Count = Field(examples=[100])
    """How many are resident beside the base."""
    rank: Count = Field(examples=[16])
    """Of each adapter."""
    targets: Targets = "query_value"
    """Matrices that have adapters."""


class Adapted:
    """A base with many LoRA adapters, each for its own requests (S-LoRA)."""

    name = "adapted"
    parameters = AdaptedParameters

    def derived(
        self, parameters: AdaptedParameters, base: ArchitectureProfile
    ) -> ArchitectureProfile:
        """Store and read all adapters; a token is multiplied with one of them.

        Source: Sheng et al. 2023, arXiv 2311.03285, sections 3 and 5. A batch that is smaller than
        the number of adapters reads fewer, so that a step takes no longer than this.
        """
        require_plain(base)
        each = adapter_parameters(parameters.rank, parameters.targets, base)
        return replace(
            base,
            parameters_total=base.parameters_total + parameters.adapters * each,
            parameters_active=base.parameters_active + each,
        )
