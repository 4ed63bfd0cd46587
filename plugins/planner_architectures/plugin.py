"""Hooks of the built-in architectures: their kinds, their configs, and the catalog's rows."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Final

from planner.catalog.tables import read_table
from planner.domain.architecture import Architecture, ArchitectureKind, DerivedArchitectureKind
from planner.domain.architecture_config import ConfigReader
from planner.domain.record import Count, Name, Positive, Record, Sentence
from planner.extension import hookimpl
from planner_architectures.adapted import Adapted
from planner_architectures.dense import Dense, DenseParameters
from planner_architectures.diffusion import Diffusion, DiffusionParameters
from planner_architectures.encoder import Encoder, EncoderParameters
from planner_architectures.huggingface import HuggingFaceConfig
from planner_architectures.moe import MixtureOfExperts, MixtureParameters
from planner_architectures.multimodal import Multimodal, MultimodalParameters
from planner_architectures.multimodal_pathway import MultimodalPathway
from planner_architectures.nested import Nested
from planner_architectures.sliced import Sliced
from planner_architectures.task_sparse import TaskSparse
from planner_architectures.vector_index import VectorIndex


class _Row(Record):
    """A row of a catalog table: an `Architecture` whose parameters are checked on reading."""

    name: Name
    kind: Name
    base: Name | None = None
    published_parameters_b: Positive | None = None
    published_active_parameters_b: Positive | None = None
    max_context_tokens: Count | None = None
    source: Sentence
    notes: str | None = None


class ArchitectureRow(_Row):
    """A decoder."""

    parameters: DenseParameters | MixtureParameters


class EncoderRow(_Row):
    """An encoder."""

    parameters: EncoderParameters


class MultimodalRow(_Row):
    """A decoder that sees images."""

    parameters: MultimodalParameters


class DiffusionRow(_Row):
    """Something that draws images."""

    parameters: DiffusionParameters


TABLES: Final[dict[str, type[_Row]]] = {
    "architectures.csv": ArchitectureRow,
    "encoders.csv": EncoderRow,
    "multimodal.csv": MultimodalRow,
    "diffusion.csv": DiffusionRow,
}
"""Record of the rows of each catalog table."""


@hookimpl
def planner_architecture_kinds() -> Iterable[ArchitectureKind[Any]]:
    """Decoders, encoders, diffusion, and indexes of vectors."""
    return (Dense(), MixtureOfExperts(), Encoder(), Diffusion(), VectorIndex())


@hookimpl
def planner_derived_architecture_kinds() -> Iterable[DerivedArchitectureKind[Any]]:
    """What any decoder can be made into."""
    return (
        Sliced(),
        Nested(),
        TaskSparse(),
        Adapted(),
        Multimodal(),
        MultimodalPathway(),
    )


@hookimpl
def planner_config_readers() -> Iterable[ConfigReader]:
    """What is published on Hugging Face."""
    return (HuggingFaceConfig(),)


@hookimpl
def planner_architectures() -> Iterable[Architecture]:
    """Every row of the tables of architectures."""
    return tuple(
        Architecture.model_validate(row.model_dump(exclude_unset=True))
        for table, record in TABLES.items()
        for row in read_table(files("planner_catalogs").joinpath(table), record)
    )
