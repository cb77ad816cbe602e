"""What goes wrong below `diffusion/`: one base, so that a caller can tell our errors from torch's."""

from __future__ import annotations


class DiffusionError(Exception):
    """Base of every error that this package raises on purpose."""


class CheckpointError(DiffusionError):
    """A weights file cannot be used: malformed, of an unknown family, or short of keys."""


class PartMissing(DiffusionError):
    """A checkpoint has no such part (a text encoder, a VAE), and something wanted to use it."""


class NotANumber(DiffusionError):
    """A result holds NaN or infinity, so there is no honest picture to give."""
