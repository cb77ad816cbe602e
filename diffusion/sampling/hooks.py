"""Weights that are patched only under some conditionings, and only during parts of sampling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from diffusion.types import Model


class Hook(Protocol):
    """A change of a network's weights under one conditioning."""


@contextmanager
def hooked(model: Model, hooks: Sequence[Hook], sigma: float) -> Iterator[None]:
    """The model's network with these hooks while the block runs."""
    del model, sigma
    assert not hooks
    yield
