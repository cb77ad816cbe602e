"""Remembers what calls were found to need beside their weights, and with what economies they came through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from torch import Tensor

SLACK = 16  # one part in so many more than was measured is left free
MOST = 1000  # kinds of calls remembered; the one that was met first is forgotten first

Kind: TypeAlias = tuple[str, int]  # of a module: its class and its bytes
Key: TypeAlias = tuple[tuple[Kind, ...], tuple[tuple[int, ...], ...]]  # modules, and shapes of tensors


@dataclass
class Lesson:
    """What is known of calls of one kind."""

    activations: int | None = None  # bytes above the weights; None: not measured yet
    kept: dict[int, int] = field(default_factory=dict)  # by place of a module: most bytes on the device
    raised: bool = False  # these were once set by what was measured, after having been guessed
    grown: bool = False  # a stream was once replaced by one that keeps more
    at_once: int | None = None  # pictures in one call, counted for each conditioning; None: all there are
    tiled: int | None = None  # pixels along a tile of the VAE; None: whole

    @property
    def reserve(self) -> int | None:
        """Bytes to leave for activations: an allocator cannot use every gap."""
        return None if self.activations is None else self.activations + self.activations // SLACK


class Lessons:
    """Lessons by what the calls are given."""

    def __init__(self) -> None:
        self._by_key: dict[Key, Lesson] = {}

    def of(self, key: Key) -> Lesson:
        """That of calls with such modules and shapes, as yet empty where none has been."""
        if key not in self._by_key and len(self._by_key) >= MOST:
            del self._by_key[next(iter(self._by_key))]
        return self._by_key.setdefault(key, Lesson())

    def forget(self, key: Key) -> None:
        """Start afresh, because not even all that was learned sufficed."""
        self._by_key.pop(key, None)

    def __iter__(self) -> Iterator[Lesson]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)


def key_of(modules: Iterable[Kind], tensors: Iterable[Tensor]) -> Key:
    """The same for calls that need the same: kinds of modules and shapes of tensors, as they are met.

    The bytes tell an SDXL UNet from one of Stable Diffusion 1, but not from another SDXL UNet.
    """
    return tuple(modules), tuple(tuple(tensor.shape) for tensor in tensors)
