"""Leases: the weights that a call needs, brought to a device for it within a budget of bytes."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor, nn

from diffusion.errors import DiffusionError
from diffusion.weights import streaming
from diffusion.weights.activations import Key, Lesson, Lessons, key_of
from diffusion.weights.copies import Copies, Resident, release
from diffusion.weights.devices import Device
from diffusion.weights.reach import Reach, reach, size
from diffusion.weights.residency import (
    Candidate,
    Future,
    Outlook,
    most_kept,
    no_future,
    shares,
    victims,
)
from diffusion.weights.thrift import Thrift, spared
from diffusion.weights.together import counted_once, together

T = TypeVar("T")
MIB, GIB = 1 << 20, 1 << 30
MOST_TIMES = 3  # that one call evicts: other lanes may bring in again what it sent away
EMPTIED = "emptied the allocator's cache"
UNMEASURED = 4  # one part in so many of the budget is left to activations when weights have to stream


class OutOfBudget(DiffusionError):
    """The weights that one call needs are more than the budget, and cannot stream."""


@dataclass(frozen=True)
class Counts:
    """What a memory has done so far."""

    loads: int = 0  # modules of which something had to come
    evictions: int = 0  # modules of which something had to go
    bytes_moved: int = 0  # to the device; what streams through a ring is not counted


@dataclass(eq=False)
class Lease:
    """One call's hold on weights."""

    modules: tuple[nn.Module, ...]
    residents: list[Resident]
    lesson: Lesson
    foreign: int = 0  # bytes on the device that are no weights of ours, as it began
    alone: bool = True  # no other lease at the same time, so that peaks are its own


class Memory:
    """One device's weights: what is on it, what may leave, and what calls were found to need."""

    def __init__(self, device: Device, budget: int | None = None) -> None:
        """`budget` in bytes, for weights and activations; None for as much as the device has."""
        self.device = device
        self.budget = budget
        self.counts = Counts()
        self.lessons = Lessons()
        self._copies = Copies(device)
        self._leases: set[Lease] = set()
        self._number = 0  # of the last lease
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """Bytes of weights on the device."""
        return self._copies.total

    @property
    def leased(self) -> int:
        """Leases underway."""
        return len(self._leases)

    def is_ready(self, modules: Iterable[nn.Module]) -> bool:
        """Whether modules are on the device, whole or streaming."""
        with self._lock:
            return all(self._copies.is_ready(self._copies.know(module)) for module in modules)

    def streaming(self) -> list[str]:
        """The names of the modules that stream."""
        return [resident.name for resident in self._copies.streams()]

    def lease(
        self, arguments: Mapping[str, object], future: Future = no_future
    ) -> AbstractContextManager[None]:
        """Holds the modules reachable from the arguments on the device while the block runs."""
        return nullcontext() if self.device.at_home else self._lease(arguments, future)

    def relieve(self, error: Exception, arguments: Mapping[str, object], tried: Sequence[str]) -> str | None:
        """Makes room after a call ran out of memory, in words; None when nothing is left to try.

        What is changed for the call stays so for later ones of its kind and shapes, if it helps.
        """
        if not isinstance(error, torch.OutOfMemoryError) or self.device.at_home:
            return None
        traceback.clear_frames(error.__traceback__)  # where the tensors of the failed attempt live on
        with self._lock:
            return self._relieve(reach(arguments), tried)

    def free(self) -> int:
        """Send home whatever no call uses now, and give back what the allocator keeps; bytes."""
        with self._lock:
            self._copies.forget_gone()
            before = self.used
            self._evict(self._copies.idle(Outlook(no_future)))
            return before - self.used + self.device.empty_cache()

    # One lease

    @contextmanager
    def _lease(self, arguments: Mapping[str, object], future: Future) -> Iterator[None]:
        found = reach(arguments)
        if not found.modules:
            yield
            return
        with self._lock:
            lease = self._acquire(found, Outlook(future))
        lesson = lease.lesson
        thrift = Thrift(lesson.at_once, lesson.tiled, self._make_room_now, self.device.reset_peak)
        try:
            with spared(thrift):
                yield
            lesson.at_once, lesson.tiled = thrift.at_once, thrift.tiled
            with self._lock:
                self._measure(lease)
        finally:
            with self._lock:
                self._leases.discard(lease)
                release(lease.residents)

    def _acquire(self, found: Reach, outlook: Outlook) -> Lease:
        """Bring modules in; all of them are leased first, so that none makes room for another."""
        found = self._together(found)
        residents = self._known(found)
        lease = Lease(found.modules, residents, self._lesson(found, residents))
        self._number += 1
        for resident in residents:
            resident.leases += 1
            resident.last_use = self._number
        try:
            self._bring_in(lease, outlook)
        except BaseException:
            release(residents)
            raise
        for other in (lease, *self._leases):
            other.alone = not self._leases
        self._leases.add(lease)
        self.device.reset_peak()
        lease.foreign = self._foreign()
        return lease

    def _together(self, found: Reach) -> Reach:
        """Modules that share weights as one, if not all can be whole."""
        residents = self._known(found)
        sizes, room = counted_once(residents), self._room(residents)
        whole = (room is None or sum(sizes) <= room) and not self._lesson(found, residents).kept
        if whole or sum(sizes) == sum(resident.size for resident in residents):
            return found
        return Reach(together(found.modules), found.tensors)

    def _known(self, found: Reach) -> list[Resident]:
        """The residents that stand for modules."""
        return [self._copies.know(module) for module in found.modules]

    def _lesson(self, found: Reach, residents: Iterable[Resident]) -> Lesson:
        """What is known of such calls."""
        return self.lessons.of(self._key(found, residents))

    def _key(self, found: Reach, residents: Iterable[Resident]) -> Key:
        return key_of(((resident.name, resident.size) for resident in residents), found.tensors)

    def _measure(self, lease: Lease) -> None:
        """Remember what a call that came through needed above its weights."""
        peak = self.device.peak()
        if lease.alone and peak is not None:
            lease.lesson.activations = max(0, peak - self.used - lease.foreign)
            if lease.lesson.kept and not lease.lesson.raised:
                self._raise(lease)

    def _raise(self, lease: Lease) -> None:
        """After a share on the device was guessed, and sufficed: the next call has all the room there is."""
        lesson, capacity = lease.lesson, self._capacity()
        if capacity is None or lesson.reserve is None:
            return
        sizes = counted_once(lease.residents)
        kept = most_kept(sizes, [lesson.kept.get(place) for place in range(len(sizes))])
        spare = capacity - lesson.reserve - sum(kept)
        place = max(lesson.kept, key=lambda place: sizes[place])
        lesson.kept[place] = min(sizes[place], kept[place] + max(0, spare))
        lesson.raised = True

    def _foreign(self) -> int:
        """Bytes on the device that are no weights of ours, as far as they are counted."""
        used = self.device.used()
        return 0 if used is None else max(0, used - self.used)

    def _capacity(self) -> int | None:
        """Bytes for weights and activations of ours."""
        limits = [limit for limit in (self.budget, self.device.budget()) if limit is not None]
        return max(0, min(limits) - self._foreign()) if limits else None

    def _room(self, residents: Collection[Resident]) -> int | None:
        """Bytes of ours that other calls leave to the one with these."""
        capacity = self._capacity()
        return None if capacity is None else capacity - self._copies.leased_beside(residents)

    # Coming in

    def _bring_in(self, lease: Lease, outlook: Outlook) -> None:
        """Put weights on the device: whole modules, and of others the share that they may have there."""
        plan = list(zip(lease.modules, lease.residents, self._shares(lease), strict=True))
        partial = [(module, resident, share) for module, resident, share in plan if share is not None]
        whole = [(module, resident) for module, resident, share in plan if share is None]
        to_stream = [(m, r, share) for m, r, share in partial if not serves(r, share, lease.lesson)]
        self._clear_the_way([r for _, r in whole], [r for _, r, _ in to_stream])
        missing = {id(t): t for module, r in whole if not r.whole for t in self._copies.missing(module)}
        incoming = sum(map(size, missing.values())) + sum(share for _, _, share in to_stream)
        self._make_room(incoming + (lease.lesson.reserve or 0), outlook)
        for tensor in missing.values():
            self._take(tensor, outlook)
        for _, resident in whole:
            self._loaded(0 if resident.whole else 1)
            resident.whole = True
        for module, resident, share in to_stream:
            self._stream(module, resident, share, outlook)

    def _shares(self, lease: Lease) -> list[int | None]:
        """The bytes of each module that may be on the device: None for all. Raises OutOfBudget."""
        limits = [lease.lesson.kept.get(place) for place in range(len(lease.modules))]
        sizes = counted_once(lease.residents)
        capacity, room = self._capacity(), self._room(lease.residents)
        if not lease.lesson.kept and (room is None or sum(sizes) <= room):
            return limits
        least = [self._least(*pair) for pair in zip(lease.modules, lease.residents, strict=True)]
        if room is None:
            return shares(sizes, least, limits, sum(sizes))
        reserve = lease.lesson.reserve
        spare = room // UNMEASURED if reserve is None else reserve
        kept = shares(sizes, least, limits, room - spare)
        if sum(most_kept(sizes, kept)) > room:
            raise OutOfBudget(
                f"{readable(sum(sizes))} of weights do not fit on {self.device.name}, not even streaming: "
                f"of {readable(capacity or 0)} for weights, other calls leave {readable(max(room, 0))}"
            )
        return kept

    def _least(self, module: nn.Module, resident: Resident) -> int:
        """Bytes that a module needs on the device even if it streams; all where another call shares it."""
        if any(other.leases for other in self._copies.sharing(resident)):
            return resident.size
        if resident.least is None:
            resident.least = min(resident.size, streaming.plan(module, 0).nbytes)
        return resident.least

    def _clear_the_way(self, whole: Iterable[Resident], to_stream: Iterable[Resident]) -> None:
        """Nothing streams that has to be whole or shares with it, and what will stream is all at home."""
        streams = list(self._copies.streams())
        for resident in (*whole, *to_stream) if streams else ():
            for other in self._copies.sharing(resident).union({resident}).intersection(streams):
                if other.leases > (other is resident):
                    raise OutOfBudget(f"another call streams weights of {resident.name} just now")
                self._copies.end_stream(other)
        for resident in to_stream:
            for key in resident.sizes:
                self._copies.send_home(key)

    def _take(self, tensor: Tensor, outlook: Outlook) -> None:
        """Put one tensor on the device."""
        self._as_room_is_made(size(tensor), outlook, lambda: self._copies.take(tensor))
        self._moved(size(tensor))

    def _stream(self, module: nn.Module, resident: Resident, share: int, outlook: Outlook) -> None:
        """Let a module stream within so many bytes of the device."""
        plan = streaming.plan_within(module, share) or streaming.plan(module, 0)
        resident.streamed = self._as_room_is_made(
            plan.nbytes, outlook, lambda: streaming.Streamed(plan, self.device)
        )
        self._loaded(1)
        self._moved(plan.resident_bytes)

    def _as_room_is_made(self, nbytes: int, outlook: Outlook, allocate: Callable[[], T]) -> T:
        """What comes of an allocation; where the device is full after all, idle weights leave for it."""
        emptied = False
        while True:
            try:
                return allocate()
            except torch.OutOfMemoryError:
                if self._evict(victims(self._copies.idle(outlook), nbytes)):
                    continue
                if emptied or not self.device.empty_cache():
                    raise
                emptied = True

    def _loaded(self, modules: int) -> None:
        self.counts = replace(self.counts, loads=self.counts.loads + modules)

    def _moved(self, nbytes: int) -> None:
        self.counts = replace(self.counts, bytes_moved=self.counts.bytes_moved + nbytes)

    # Leaving

    def _make_room(self, needed: int, outlook: Outlook) -> None:
        """Evict until so many bytes fit, as far as there is something idle."""
        capacity = self._capacity()
        if capacity is not None and self.used + needed > capacity:
            self._evict(victims(self._copies.idle(outlook), self.used + needed - capacity))

    def _evict(self, leaving: Sequence[Candidate]) -> int:
        """Send these home; how many modules it took something from."""
        broken = self._copies.leave(leaving)
        self.counts = replace(self.counts, evictions=self.counts.evictions + len(broken))
        return len(leaving)

    # The device is full

    def _make_room_now(self) -> bool:
        """Send home all that no call uses, in the middle of one; whether there was anything."""
        with self._lock:
            evicted = self._evict_all(())
            self.device.empty_cache()
            self.device.reset_peak()
            return evicted is not None

    def _relieve(self, found: Reach, tried: Sequence[str]) -> str | None:
        """The next rung: idle weights, the allocator's cache, streaming."""
        found = self._together(found)
        residents = self._known(found)
        own = {key for resident in residents for key in resident.sizes}
        evicted = (
            self._evict_all(own) if sum(step.startswith("evicted") for step in tried) < MOST_TIMES else None
        )
        if evicted is not None:
            return evicted
        freed = self.device.empty_cache()
        if freed and EMPTIED not in tried:
            return EMPTIED
        streamed = self._stream_more(found, residents)
        if streamed is None:
            self.lessons.forget(self._key(found, residents))
        return streamed

    def _evict_all(self, keep: Collection[int]) -> str | None:
        """Send home all idle weights but these tensors; in words, None if there were none."""
        leaving = self._copies.idle(Outlook(no_future), keep)
        if not leaving:
            return None
        models = {user for candidate in leaving for user in self._copies.users(candidate.key)}
        models.update(r for r in self._copies.streams() if any(r.key == gone.key for gone in leaving))
        self._evict(leaving)
        idle = sum(candidate.size for candidate in leaving)
        return f"evicted {len(models)} idle model{'s' * (len(models) != 1)} ({readable(idle)})"

    def _stream_more(self, found: Reach, residents: Sequence[Resident]) -> str | None:
        """Let the largest module that can keep less of itself on the device, by halves; in words."""
        kept = self._lesson(found, residents).kept
        for place in sorted(range(len(residents)), key=lambda place: -residents[place].size):
            resident = residents[place]
            least = self._least(found.modules[place], resident)
            now = kept.get(place, resident.streamed_size or resident.size)
            if now > least:
                kept[place] = now // 2 if now // 2 >= 2 * least else least
                shown = f"{readable(kept[place])} of {readable(resident.size)}"
                return f"streamed the weights of {resident.name} with {shown} on the device"
        return None


def serves(resident: Resident, share: int, lesson: Lesson) -> bool:
    """Whether a module streams already as it is to; once in the life of a lesson it may grow to its share."""
    now = resident.streamed_size
    if not 0 < now <= share:
        return False
    grow = lesson.activations is not None and not lesson.grown and now < share * 4 // 5
    lesson.grown |= grow
    return not grow


def readable(nbytes: int) -> str:
    """Bytes in words."""
    if nbytes < MIB:
        return f"{nbytes / 1024:.0f} KiB"
    return f"{nbytes / GIB:.1f} GiB" if nbytes >= GIB else f"{nbytes / MIB:.0f} MiB"
