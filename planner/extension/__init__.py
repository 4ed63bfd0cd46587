"""The plugin seam: which questions are asked, and how plugins are found and asked."""

from planner.extension.hookspecs import hookimpl

__all__ = ["hookimpl"]
