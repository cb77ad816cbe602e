"""A ring of blocks in one buffer: room for what is in use, and behind it for what comes next."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from diffusion.weights.devices import Fence
from diffusion.weights.reach import size

ALIGNMENT = 256  # bytes, as CUDA's allocator gives them


@dataclass(frozen=True)
class Slot:
    """Where a tensor lies within its block, and how."""

    start: int
    end: int
    dtype: torch.dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, room: Tensor) -> Tensor:
        """The tensor inside the bytes of a block."""
        return room[self.start : self.end].view(self.dtype).as_strided(self.shape, self.strides)


@dataclass(eq=False)
class Block:
    """Tensors that come and go together. It does not keep their module alive."""

    module: weakref.ref[nn.Module]
    tensors: tuple[Tensor, ...]
    slots: tuple[Slot, ...]
    nbytes: int
    called: bool = False  # whether the module's forward has ever run

    @classmethod
    def of(cls, module: nn.Module, tensors: Sequence[Tensor]) -> Block:
        """A block of some of a module's tensors."""
        slots, end = [], 0
        for tensor in tensors:
            slots.append(
                Slot(end, end + size(tensor), tensor.dtype, tuple(tensor.shape), packed_strides(tensor))
            )
            end += aligned(size(tensor))
        return cls(weakref.ref(module), tuple(tensors), tuple(slots), end)


@dataclass(eq=False)
class Entry:
    """A block in the ring."""

    block: Block
    start: int
    end: int
    views: tuple[Tensor, ...]  # of the ring, one for each tensor
    fences: tuple[Fence, ...]

    def arrive(self) -> None:
        """What is computed from here on sees the block."""
        for fence in self.fences:
            fence.wait()
        self.fences = ()


class Ring:
    """Blocks one behind the other in a buffer, around its end: the one in use first, then those to come.

    A block that is used twice may lie there twice.
    """

    def __init__(self, buffer: Tensor) -> None:
        """`buffer`: (nbytes,) uint8."""
        self.buffer = buffer
        self.entries: deque[Entry] = deque()

    def reach(self, block: Block) -> Entry | None:
        """Drop what lies before a block; everything if it is not there."""
        while self.entries and self.entries[0].block is not block:
            self.entries.popleft()
        return self.entries[0] if self.entries else None

    def place(self, nbytes: int) -> int | None:
        """Where so many bytes would lie; None if they have to wait for what is in use."""
        if not self.entries:
            return 0
        first, last = self.entries[0], self.entries[-1]
        wrapped = last.start < first.start
        if last.end + nbytes <= (first.start if wrapped else len(self.buffer)):
            return last.end
        return 0 if not wrapped and nbytes <= first.start else None

    def views(self, block: Block, start: int) -> tuple[Tensor, ...]:
        """The tensors of a block that lies from a place on."""
        room = self.buffer[start : start + block.nbytes]
        return tuple(slot.of(room) for slot in block.slots)


def packed_strides(tensor: Tensor) -> tuple[int, ...]:
    """The strides of a clone: the tensor's own where it has no gaps."""
    return torch.empty_like(tensor, device="meta").stride()


def aligned(nbytes: int) -> int:
    """The bytes that a tensor takes in the ring."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT
