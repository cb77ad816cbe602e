"""Leases: weights held on a device for one call, within a budget of bytes."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import chain

import torch
from torch import Tensor, nn

from diffusion.errors import DiffusionError

MIB = 1 << 20


class OutOfBudget(DiffusionError):
    """The weights that one call needs are more than the budget."""


@dataclass(frozen=True)
class Counts:
    """What a memory has done so far."""

    loads: int = 0
    evictions: int = 0
    bytes_moved: int = 0  # to the device


@dataclass(eq=False)
class Held:
    """A tensor that is on the device, its data at home, and how many resident modules share it."""

    tensor: Tensor
    home: Tensor
    users: int = 0


@dataclass(eq=False)
class Resident:
    """A module on the device: the ids of its tensors, and how many leases hold it now."""

    tensors: tuple[int, ...]
    watch: weakref.finalize[..., nn.Module]  # says when the module itself is gone
    leases: int = 0


class Memory:
    """One device's weights: what is on it, what may leave, in order of last use.

    The data in main memory stay where they are, so that to evict is to forget the copy.
    """

    def __init__(
        self,
        device: torch.device,
        budget: int | None = None,
        *,
        copy: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        """`budget` in bytes, None for as much as the device has; `copy` brings one tensor to the device."""
        self.device = device
        self.budget = budget
        self.counts = Counts()
        self.used = 0  # bytes on the device
        self._at_home = device.type == "cpu" and copy is None
        self._copy = copy or self._to_device
        self._held: dict[int, Held] = {}
        self._residents: dict[int, Resident] = {}  # by id of module, least recently used first
        self._gone: deque[int] = (
            deque()
        )  # modules that nobody holds any more: filled by the garbage collector
        self._lock = threading.Lock()

    def lease(self, arguments: Mapping[str, object]) -> AbstractContextManager[None]:
        """Holds the modules reachable from the arguments on the device while the block runs."""
        return nullcontext() if self._at_home else self._lease(arguments)

    @contextmanager
    def _lease(self, arguments: Mapping[str, object]) -> Iterator[None]:
        modules = reachable_modules(arguments)
        residents = self._acquire(modules)
        try:
            yield
        finally:
            with self._lock:
                release(residents)

    def _acquire(self, modules: list[nn.Module]) -> list[Resident]:
        """Bring modules in; those already in are held first, so that none makes room for another."""
        with self._lock:
            while self._gone:
                self._forget(self._gone.popleft())
            present = [module for module in modules if id(module) in self._residents]
            absent = [module for module in modules if id(module) not in self._residents]
            acquired = [self._use_again(module) for module in present]
            try:
                for module in absent:
                    acquired.append(self._load(module))  # noqa: PERF401 - what came in is let go on errors
            except BaseException:
                release(acquired)
                raise
            return acquired

    def _use_again(self, module: nn.Module) -> Resident:
        """Hold a module that is on the device; it becomes the last used."""
        resident = self._residents.pop(id(module))
        self._residents[id(module)] = resident
        resident.leases += 1
        return resident

    def _load(self, module: nn.Module) -> Resident:
        """Copy a module's tensors to the device, after making room; it begins leased."""
        tensors = own_tensors(module)
        self._make_room(sum(size(tensor) for tensor in tensors if id(tensor) not in self._held))
        taken: list[int] = []
        try:
            for tensor in tensors:
                self._take(tensor)
                taken.append(id(tensor))
        except BaseException:
            self._give_back(taken)
            raise
        watch = weakref.finalize(module, self._gone.append, id(module))
        watch.atexit = False
        resident = Resident(tuple(taken), watch, leases=1)
        self._residents[id(module)] = resident
        self.counts = replace(self.counts, loads=self.counts.loads + 1)
        return resident

    def _take(self, tensor: Tensor) -> None:
        """Put one tensor on the device, or count one more user of it."""
        held = self._held.get(id(tensor))
        if held is None:
            home = tensor.data
            tensor.data = self._copy_making_room(home)
            held = self._held[id(tensor)] = Held(tensor, home)
            self.used += size(tensor)
            self.counts = replace(self.counts, bytes_moved=self.counts.bytes_moved + size(tensor))
        held.users += 1

    def _copy_making_room(self, home: Tensor) -> Tensor:
        """The copy; where the device is full, one module after another leaves for it."""
        while True:
            try:
                return self._copy(home)
            except torch.OutOfMemoryError:
                if not self._evict_oldest():
                    raise

    def _to_device(self, home: Tensor) -> Tensor:
        return home.to(self.device, non_blocking=True)

    def _make_room(self, needed: int) -> None:
        """Evict until so many bytes fit the budget."""
        while self.budget is not None and self.used + needed > self.budget:
            if not self._evict_oldest():
                raise OutOfBudget(
                    f"{needed / MIB:.0f} MiB of weights do not fit: {self.used / MIB:.0f} MiB are in use "
                    f"of a budget of {self.budget / MIB:.0f} MiB on {self.device}"
                )

    def _evict_oldest(self) -> bool:
        """Send home the module whose last use is longest ago; False if all are leased."""
        oldest = next((key for key, resident in self._residents.items() if not resident.leases), None)
        if oldest is None:
            return False
        self._forget(oldest)
        self.counts = replace(self.counts, evictions=self.counts.evictions + 1)
        return True

    def _forget(self, module: int) -> None:
        """Give back what a module held."""
        resident = self._residents.pop(module)
        resident.watch.detach()
        self._give_back(resident.tensors)

    def _give_back(self, tensors: list[int] | tuple[int, ...]) -> None:
        """One user less for each; without users a tensor goes home."""
        for key in tensors:
            held = self._held[key]
            held.users -= 1
            if not held.users:
                self.used -= size(held.tensor)
                held.tensor.data = held.home
                del self._held[key]


def release(residents: Iterable[Resident]) -> None:
    """End one lease of each."""
    for resident in residents:
        resident.leases -= 1


def own_tensors(module: nn.Module) -> list[Tensor]:
    """A module's parameters and buffers, each once."""
    unique = {id(tensor): tensor for tensor in chain(module.parameters(), module.buffers())}
    return list(unique.values())


def size(tensor: Tensor) -> int:
    """Bytes."""
    return tensor.numel() * tensor.element_size()


def reachable_modules(arguments: Mapping[str, object]) -> list[nn.Module]:
    """The modules in arguments, inside dataclasses, tuples, lists, sets and mappings; each once."""
    found: dict[int, nn.Module] = {}
    seen: set[int] = set()
    todo: list[object] = [arguments]
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, nn.Module):
            found[id(value)] = value
        else:
            todo.extend(inside(value))
    return list(found.values())


def inside(value: object) -> list[object]:
    """What a container holds, last first, so that a stack meets it in order; nothing for anything else."""
    if isinstance(value, Mapping):
        return list(value.values())[::-1]
    if isinstance(value, tuple | list | set | frozenset):
        return list(value)[::-1]
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, part.name) for part in fields(value)][::-1]
    return []


def default_device() -> torch.device:
    """The GPU if torch sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
