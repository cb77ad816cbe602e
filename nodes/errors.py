"""What goes wrong in the built-in nodes, in words for the person at the canvas."""

from __future__ import annotations


class NodeError(Exception):
    """Base of every error that a built-in node raises on purpose."""


class PictureError(NodeError):
    """A picture file cannot be read, or a picture cannot be written as it is."""


class LatentError(NodeError):
    """Latents do not go together, or a file of them cannot be read."""


class ConditioningError(NodeError):
    """A conditioning that something is taken from holds nothing."""


class PatternError(NodeError):
    """A regular expression is malformed, or takes for ever."""
