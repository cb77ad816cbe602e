"""The copies of weights on a device, tensor by tensor, and the modules that use them."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from diffusion.weights.devices import Device
from diffusion.weights.reach import own_tensors, size
from diffusion.weights.residency import NEVER, Candidate, Outlook
from diffusion.weights.streaming import Streamed


@dataclass(eq=False)
class Held:
    """A tensor whose data are a copy on the device, and where they are at home."""

    tensor: Tensor
    home: Tensor

    @property
    def size(self) -> int:
        """Bytes."""
        return size(self.home)


@dataclass(eq=False)
class Resident:
    """A module that has been leased, wherever its weights are now."""

    name: str
    key: int
    sizes: Mapping[int, int]  # bytes of its tensors, by id
    leases: int = 0
    last_use: int = 0  # number of the lease
    whole: bool = False  # all of it is on the device
    streamed: Streamed | None = None  # part of it is, in a ring
    least: int | None = None  # bytes that it needs on the device even if it streams, once somebody asked

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(self.sizes.values())

    @property
    def streamed_size(self) -> int:
        """Bytes on the device while it streams."""
        return self.streamed.resident_bytes + self.streamed.ring_bytes if self.streamed else 0


def release(residents: Iterable[Resident]) -> None:
    """End one lease of each."""
    for resident in residents:
        resident.leases -= 1


@dataclass(eq=False)
class Copies:
    """What is on a device. The data at home stay where they are: to send home is to forget the copy."""

    device: Device
    used: int = 0  # bytes of the tensors held
    held: dict[int, Held] = field(default_factory=dict)  # by id of tensor
    residents: dict[int, Resident] = field(default_factory=dict)  # by id of module
    _users: dict[int, set[Resident]] = field(default_factory=dict)  # by id of tensor
    _gone: deque[Resident] = field(default_factory=deque)  # filled by the garbage collector

    def know(self, module: nn.Module) -> Resident:
        """The resident that stands for a module, with the tensors that it has now."""
        self.forget_gone()
        sizes = {id(tensor): size(tensor) for tensor in own_tensors(module)}
        resident = self.residents.get(id(module))
        if resident is None:
            resident = Resident(type(module).__name__, id(module), sizes)
            self.residents[id(module)] = resident
            weakref.finalize(module, self._gone.append, resident).atexit = False
            self._assign(resident, {}, sizes)
        elif resident.sizes.keys() != sizes.keys():
            self._assign(resident, resident.sizes, sizes)
        return resident

    def _assign(self, resident: Resident, old: Mapping[int, int], new: Mapping[int, int]) -> None:
        """A module has other tensors than before."""
        resident.sizes, resident.whole, resident.least = new, False, None
        self.end_stream(resident)
        self._unused(resident, old.keys() - new.keys())
        for key in new:
            self._users.setdefault(key, set()).add(resident)

    def forget_gone(self) -> None:
        """Let go of the weights of modules that nobody holds any more."""
        while self._gone:
            resident = self._gone.popleft()
            self.residents.pop(resident.key, None)
            self.end_stream(resident)
            self._unused(resident, resident.sizes)

    def _unused(self, resident: Resident, tensors: Iterable[int]) -> None:
        """A module has these tensors no more; those that none has leave."""
        for key in tensors:
            users = self._users.get(key, set())
            users.discard(resident)
            if not users:
                self._users.pop(key, None)
                self.send_home(key)

    def users(self, tensor: int) -> Collection[Resident]:
        """The modules that have a tensor."""
        return self._users.get(tensor, ())

    def sharing(self, resident: Resident) -> set[Resident]:
        """Other modules that have a tensor in common with this one."""
        if len(self.residents) == 1:
            return set()
        return {user for key in resident.sizes for user in self.users(key)} - {resident}

    def is_ready(self, resident: Resident) -> bool:
        """Whether a module is on the device, whole or streaming, by itself or as a part of another."""
        around = (other for other in self.sharing(resident) if resident.sizes.keys() <= other.sizes.keys())
        return any(other.whole or other.streamed is not None for other in (resident, *around))

    def is_leased(self, tensor: int) -> bool:
        """Whether a call uses a tensor now."""
        return any(user.leases for user in self.users(tensor))

    def missing(self, module: nn.Module) -> list[Tensor]:
        """Those of its tensors that are at home."""
        return [tensor for tensor in own_tensors(module) if id(tensor) not in self.held]

    def take(self, tensor: Tensor) -> None:
        """Put a tensor on the device. Raises torch.OutOfMemoryError when it is full."""
        home = tensor.data
        tensor.data = self.device.copy_in(home)
        self.held[id(tensor)] = Held(tensor, home)
        self.used += size(home)

    def send_home(self, key: int) -> set[Resident]:
        """Forget the copy of a tensor, if there is one; the modules that were whole until then."""
        held = self.held.pop(key, None)
        if held is None:
            return set()
        self.used -= held.size
        held.tensor.data = held.home
        broken = {user for user in self.users(key) if user.whole}
        for user in broken:
            user.whole = False
        return broken

    def end_stream(self, resident: Resident) -> bool:
        """Bring a streamed module back home; whether it was one."""
        if resident.streamed is None:
            return False
        resident.streamed.close()
        resident.streamed = None
        return True

    def streams(self) -> Iterator[Resident]:
        """The modules that stream."""
        return (resident for resident in tuple(self.residents.values()) if resident.streamed is not None)

    @property
    def total(self) -> int:
        """Bytes on the device, streamed modules with their rings included."""
        return self.used + sum(resident.streamed_size for resident in self.streams())

    def leased_beside(self, residents: Collection[Resident]) -> int:
        """Bytes that other calls hold just now."""
        own = {key for resident in residents for key in resident.sizes}
        tensors = (held.size for key, held in self.held.items() if key not in own and self.is_leased(key))
        streams = (other.streamed_size for other in self.streams() if other.leases and other not in residents)
        return sum(tensors) + sum(streams)

    # What may leave

    def idle(self, outlook: Outlook, keep: Collection[int] = ()) -> list[Candidate]:
        """Tensors one by one, streamed modules as a whole. `keep`: ids of tensors that stay."""
        tensors = {k: held for k, held in self.held.items() if k not in keep and not self.is_leased(k)}
        streams = [r for r in self.streams() if not r.leases and r.sizes.keys().isdisjoint(keep)]
        if not tensors and not streams:
            return []
        uses = outlook.next_uses({*tensors, *(key for resident in streams for key in resident.sizes)})
        single = (self.candidate(k, held.size, [k], self.users(k), uses) for k, held in tensors.items())
        together = (self.candidate(r.key, r.streamed_size, r.sizes, [r], uses) for r in streams)
        return [*single, *together]

    def candidate(
        self,
        key: int,
        nbytes: int,
        tensors: Iterable[int],
        users: Collection[Resident],
        uses: Mapping[int, int],
    ) -> Candidate:
        """Something idle, with what decides whether it leaves."""
        return Candidate(
            key,
            nbytes,
            min((uses.get(tensor, NEVER) for tensor in tensors), default=NEVER),
            max((user.last_use for user in users), default=0),
            min((user.size for user in users), default=0),
        )

    def leave(self, leaving: Iterable[Candidate]) -> set[Resident]:
        """Send these home; the modules that could be used until then."""
        broken: set[Resident] = set()
        for candidate in leaving:
            resident = self.residents.get(candidate.key)
            if candidate.key in self.held:
                broken |= self.send_home(candidate.key)
            elif resident is not None and self.end_stream(resident):
                broken.add(resident)
        return broken
