"""Where weights go to work: what the memory asks of a device, and the devices that torch knows."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor

MIB = 1 << 20
SPARE = 256 * MIB  # of a GPU's memory: for kernels, cuBLAS and what fragments
PINNED_SHARE = 4  # at most one part in so many of main memory is pinned: the system cannot page it out


class Fence(Protocol):
    """A copy under way."""

    def wait(self) -> None:
        """What is asked to compute after this finds the bytes there; it may itself return before."""


class Device(Protocol):
    """Memory of its own, with a way there. What it gives is free again when the last tensor on it is gone."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def torch_device(self) -> torch.device:
        """Where its tensors say they are."""

    @property
    def at_home(self) -> bool:
        """Whether weights work where they lie, so that nothing is ever moved."""

    def budget(self) -> int | None:
        """Bytes that this process can use in all, as things stand now; None when nobody knows."""

    def used(self) -> int | None:
        """Bytes in tensors now: weights, buffers, activations; None when nobody counts."""

    def peak(self) -> int | None:
        """The most that `used` has been since `reset_peak`; None when nobody counts."""

    def reset_peak(self) -> None:
        """Count the peak from what is used now."""

    def highest(self) -> int | None:
        """The most that `used` has been since `forget_highest`, whatever `reset_peak` came between."""

    def forget_highest(self) -> None:
        """Count the peak, and the highest, from what is used now."""

    def copy_in(self, home: Tensor) -> Tensor:
        """A copy on the device, ready to compute with. Raises torch.OutOfMemoryError when it is full."""

    def buffer(self, nbytes: int) -> Tensor:
        """(nbytes,) uint8 on the device, of any content. Raises torch.OutOfMemoryError when it is full."""

    def copy_async(self, home: Tensor, into: Tensor) -> Fence:
        """Start to copy into a tensor of one shape and type on the device; both must live until the wait.

        What was asked to compute before may still read `into`: the copy comes after it. What is asked after
        overlaps with the copy, up to the wait; so do copies from pinned memory only.
        """

    def pin(self, tensor: Tensor) -> Tensor:
        """A copy in memory that the device reads by itself; the tensor itself where that is not to be had."""

    def empty_cache(self) -> int:
        """Give back what the allocator keeps for later; bytes."""


class Arrived:
    """The fence of a copy that was finished when it was asked for."""

    def wait(self) -> None:
        return


class Recorded:
    """The fence of a copy on a CUDA stream: computing waits for it, the caller does not."""

    def __init__(self, event: torch.cuda.Event, device: torch.device) -> None:
        self.event, self.device = event, device

    def wait(self) -> None:
        torch.cuda.current_stream(self.device).wait_event(self.event)


class TorchDevice:
    """The CPU, where weights are at home, or a GPU by CUDA or MPS (the latter without side streams)."""

    def __init__(self, device: torch.device, *, pinnable: int | None = None) -> None:
        """`pinnable`: how many bytes of main memory may be pinned at a time, a quarter of it by default."""
        self.torch_device = device
        self.at_home = device.type == "cpu"
        self.pinnable = main_memory() // PINNED_SHARE if pinnable is None else pinnable
        self.pinned = 0  # bytes
        self._stream: torch.cuda.Stream | None = None  # for copies beside computing; made when first needed
        self._highest = 0  # before the last reset of the peak

    @property
    def name(self) -> str:
        return str(self.torch_device)

    def budget(self) -> int | None:
        if self.torch_device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self.torch_device)
            return max(0, free + torch.cuda.memory_reserved(self.torch_device) - SPARE)
        if self.torch_device.type == "mps":
            return torch.mps.recommended_max_memory()
        return None

    def used(self) -> int | None:
        if self.torch_device.type == "cuda":
            return torch.cuda.memory_allocated(self.torch_device)
        return torch.mps.current_allocated_memory() if self.torch_device.type == "mps" else None

    def peak(self) -> int | None:
        is_cuda = self.torch_device.type == "cuda"
        return torch.cuda.max_memory_allocated(self.torch_device) if is_cuda else None

    def reset_peak(self) -> None:
        if self.torch_device.type == "cuda":
            self._highest = max(self._highest, torch.cuda.max_memory_allocated(self.torch_device))
            torch.cuda.reset_peak_memory_stats(self.torch_device)

    def highest(self) -> int | None:
        peak = self.peak()
        return None if peak is None else max(self._highest, peak)

    def forget_highest(self) -> None:
        self._highest = 0
        if self.torch_device.type == "cuda" and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            torch.cuda.reset_peak_memory_stats(self.torch_device)

    def copy_in(self, home: Tensor) -> Tensor:
        return home.to(self.torch_device, non_blocking=home.is_pinned())

    def buffer(self, nbytes: int) -> Tensor:
        return torch.empty(nbytes, dtype=torch.uint8, device=self.torch_device)

    def copy_async(self, home: Tensor, into: Tensor) -> Fence:
        if self.torch_device.type != "cuda":
            into.copy_(home)
            return Arrived()
        if self._stream is None:
            self._stream = torch.cuda.Stream(self.torch_device)  # type: ignore[no-untyped-call]
        self._stream.wait_stream(torch.cuda.current_stream(self.torch_device))
        with torch.cuda.stream(self._stream):
            into.copy_(home, non_blocking=True)
            into.record_stream(self._stream)
        event = torch.cuda.Event()  # type: ignore[no-untyped-call]
        event.record(self._stream)
        return Recorded(event, self.torch_device)

    def pin(self, tensor: Tensor) -> Tensor:
        size = tensor.numel() * tensor.element_size()
        if self.torch_device.type != "cuda" or tensor.is_pinned() or self.pinned + size > self.pinnable:
            return tensor
        pinned = tensor.pin_memory()
        self.pinned += size
        weakref.finalize(pinned.untyped_storage(), self._unpinned, size)
        return pinned

    def _unpinned(self, size: int) -> None:
        self.pinned -= size

    def empty_cache(self) -> int:
        if self.torch_device.type == "mps":
            torch.mps.empty_cache()
        if self.torch_device.type != "cuda":
            return 0
        before = torch.cuda.memory_reserved(self.torch_device)
        torch.cuda.empty_cache()
        return before - torch.cuda.memory_reserved(self.torch_device)


class SimulatedDevice:
    """A device of so many bytes inside main memory, whose tensors compute; it counts, has a clock, and fails.

    A copy takes bytes / bandwidth seconds of the clock, one after another; `compute` takes the seconds it is
    told. What `copy_async` brings is only there after its wait, so that reading too early is seen.
    """

    def __init__(
        self,
        capacity: int,
        bandwidth: float = 16e9,
        *,
        fail_at: int | None = None,
        for_good: bool = False,
        hoards: bool = False,
    ) -> None:
        """`fail_at`: the allocation, counted from 1, that finds the device full; `for_good`: all later too.

        `hoards`: what is freed stays reserved for tensors of the very same size until `empty_cache`, as the
        worst of allocators would have it.
        """
        self.torch_device = torch.device("cpu")
        self.at_home = False
        self.name = "the simulated device"
        self.capacity = capacity
        self.bandwidth = bandwidth
        self.fail_at, self.for_good, self.hoards = fail_at, for_good, hoards
        self.allocations = 0
        self.copies = 0
        self.bytes_moved = 0
        self.now = 0.0  # seconds
        self._copies_end = 0.0  # when the copies under way are done
        self._used = self._peak = self._highest = 0
        self._hoard: dict[int, int] = {}  # size -> freed blocks of it

    def budget(self) -> int | None:
        return self.capacity

    def used(self) -> int:
        return self._used

    def peak(self) -> int:
        return self._peak

    def reset_peak(self) -> None:
        self._highest = max(self._highest, self._peak)
        self._peak = self._used

    def highest(self) -> int:
        return max(self._highest, self._peak)

    def forget_highest(self) -> None:
        self._highest, self._peak = 0, self._used

    def copy_in(self, home: Tensor) -> Tensor:
        copied = self.tracked(home.numel() * home.element_size(), lambda: home.clone())
        self._moved(copied)
        self.now = self._copies_end
        return copied

    def buffer(self, nbytes: int) -> Tensor:
        return self.tracked(nbytes, lambda: torch.empty(nbytes, dtype=torch.uint8))

    def copy_async(self, home: Tensor, into: Tensor) -> Fence:
        self._moved(into)
        return Promised(self, home, into, self._copies_end)

    def pin(self, tensor: Tensor) -> Tensor:
        return tensor

    def empty_cache(self) -> int:
        hoarded = self.hoarded()
        self._hoard.clear()
        return hoarded

    def hoarded(self) -> int:
        """Bytes that are reserved without being used."""
        return sum(size * blocks for size, blocks in self._hoard.items())

    def compute(self, seconds: float) -> None:
        """Time passes over work on the device."""
        self.now += seconds

    def arrive_by(self, time: float) -> None:
        """Wait for a copy that ends then."""
        self.now = max(self.now, time)

    @contextmanager
    def borrow(self, nbytes: int) -> Iterator[None]:
        """Activations of so many bytes while the block runs. Raises torch.OutOfMemoryError if it is full."""
        self._take(nbytes)
        try:
            yield
        finally:
            self._give(nbytes)

    def tracked(self, nbytes: int, make: Callable[[], Tensor]) -> Tensor:
        """A tensor that counts as used as long as its storage lives."""
        self._take(nbytes)
        tensor = make()
        weakref.finalize(tensor.untyped_storage(), self._give, nbytes).atexit = False
        return tensor

    def _take(self, nbytes: int) -> None:
        self.allocations += 1
        due = self.fail_at is not None and self.allocations >= self.fail_at
        if due and (self.for_good or self.allocations == self.fail_at):
            raise torch.OutOfMemoryError(f"allocation {self.allocations} on {self.name} was told to fail")
        reused = self._hoard.get(nbytes, 0) > 0
        reserved = self._used + self.hoarded()
        if not reused and reserved + nbytes > self.capacity:
            raise torch.OutOfMemoryError(
                f"{nbytes} bytes do not fit on {self.name}: {reserved} of {self.capacity} are taken"
            )
        if reused:
            self._hoard[nbytes] -= 1
        self._used += nbytes
        self._peak = max(self._peak, self._used)

    def _give(self, nbytes: int) -> None:
        self._used -= nbytes
        if self.hoards:
            self._hoard[nbytes] = self._hoard.get(nbytes, 0) + 1

    def _moved(self, copied: Tensor) -> None:
        """One copy more on the bus, after those that are under way."""
        size = copied.numel() * copied.element_size()
        self.copies += 1
        self.bytes_moved += size
        self._copies_end = max(self.now, self._copies_end) + size / self.bandwidth


class Promised:
    """The fence of a simulated copy: the bytes come when it is waited for."""

    def __init__(self, device: SimulatedDevice, home: Tensor, into: Tensor, end: float) -> None:
        self.device, self.home, self.into, self.end = device, home, into, end

    def wait(self) -> None:
        self.device.arrive_by(self.end)
        self.into.copy_(self.home)


def main_memory() -> int:
    """Bytes of main memory; 0 where the system does not tell."""
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:
        return 0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def default_device() -> torch.device:
    """The GPU if torch sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
