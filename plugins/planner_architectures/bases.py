"""What architectures can be changed into others."""

from planner.domain.architecture import ArchitectureProfile


def require_transformer(base: ArchitectureProfile) -> None:
    """Refuse what has no layers of attention and matrices.

    Raises:
        ValueError: a diffusion architecture, an index of vectors.
    """
    if base.flops_per_pass is not None or not base.attention:
        raise ValueError("must be a decoder or an encoder")


def require_plain(base: ArchitectureProfile) -> None:
    """Refuse what already sees images, serves one of many tasks, or has paths for training only.

    A share of its layers would be a share of these, too.

    Raises:
        ValueError: it does, or is no transformer.
    """
    require_transformer(base)
    if base.vision or base.parameters_dormant or base.parameters_training_only:
        raise ValueError(
            "must be a plain decoder or encoder: change that first, and make it multimodal,"
            " task_sparse or a multimodal_pathway then"
        )
