"""Vector indexes: what is searched with an embedding, as an architecture of one matrix."""

from typing import Annotated

from pydantic import Field

from planner.domain.architecture import ArchitectureProfile
from planner.domain.record import Count, Record


class VectorIndexParameters(Record):
    """Size of an index."""

    vectors: Count = Field(examples=[100_000_000])
    """How many there are."""
    dimension: Count = Field(examples=[256])
    """Elements of a vector. Of a Matryoshka embedding the first ones are an embedding, too
    (Kusupati et al. 2022, arXiv 2205.13147)."""
    probed_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of the vectors, that a query is compared with (an inverted file); 1: exact search."""


class VectorIndex:
    """Indexes of embeddings: a query is multiplied with every vector that is probed."""

    name = "vector_index"
    parameters = VectorIndexParameters

    def profile(self, parameters: VectorIndexParameters) -> ArchitectureProfile:
        """A query is a request with `input_tokens: 1` and `output_tokens: 1`.

        Memory, FLOPs and bytes read are in proportion to the dimension. Queries that are answered
        together probe different vectors, so that all are read.
        """
        elements = parameters.vectors * parameters.dimension
        return ArchitectureProfile(
            parameters_total=elements,
            parameters_active=elements * parameters.probed_share,
            layers=1,
            hidden=parameters.dimension,
            attention=(),
            kv_heads=1,
            vocabulary=0,
            most_input_tokens=1,
            most_output_tokens=1,
        )
