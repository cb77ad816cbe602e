"""How code under a lease spares memory when the device is full, and what of that is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


def nothing_idle() -> bool:
    """Without a lease there is nothing to send away."""
    return False


def unheard() -> None:
    """Nobody measures."""


@dataclass(eq=False)
class Thrift:
    """Lasts for one call, and is there again for the next of its kind and shapes if the call succeeds.

    `make_room` sends home the weights that this call does not use: whether any went. `changed` tells that a
    way of sparing was found, after which the call is measured afresh.
    """

    at_once: int | None = None  # pictures in one call, counted for each conditioning; None: all there are
    tiled: int | None = None  # pixels along a tile, by which the VAE goes from the start; None: whole
    make_room: Callable[[], bool] = nothing_idle
    changed: Callable[[], None] = unheard

    def split(self, at_once: int) -> None:
        """So many pictures, counted once for each conditioning, go at once, as more did not fit."""
        self.at_once = at_once
        self.changed()

    def tile(self, pixels: int) -> None:
        """Tiles of so many pixels a side, as a larger part of the picture did not fit."""
        self.tiled = pixels
        self.changed()


_present: ContextVar[Thrift] = ContextVar("thrift")


def present() -> Thrift:
    """That of the call underway; a fresh one where there is none."""
    return _present.get(None) or Thrift()


@contextmanager
def spared(thrift: Thrift) -> Iterator[None]:
    """What runs inside finds this as the present one."""
    token = _present.set(thrift)
    try:
        yield
    finally:
        _present.reset(token)
