"""A pack that is a folder: every node found in this module's names appears on the canvas."""

from .card import postcard
from .ink import duotone

__all__ = ["duotone", "postcard"]
