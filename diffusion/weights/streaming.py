"""Partial residency: what fits of a network stays on the device, the rest streams in as it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from diffusion.weights.devices import Device
from diffusion.weights.reach import own_tensors, size
from diffusion.weights.ring import Block, Entry, Ring, aligned

LARGEST_IN_RING = 3  # wherever one of them lies in the ring, another fits beside it
SMALL = 1 << 18  # bytes: a vector below is a norm's or a bias, and worth no copy of its own


class Networks(nn.ModuleList):
    """Several networks that stream as one, because they share tensors."""


@dataclass(frozen=True, eq=False)
class Part:
    """A module and those of its tensors that come and go together."""

    module: nn.Module
    tensors: tuple[Tensor, ...]

    @cached_property
    def nbytes(self) -> int:
        """Bytes in the ring."""
        return sum(aligned(size(tensor)) for tensor in self.tensors)


@dataclass(frozen=True, eq=False)
class Plan:
    """What of a network stays on the device, and what streams, in the order of its definition."""

    resident: tuple[Tensor, ...]
    parts: tuple[Part, ...]

    @cached_property
    def resident_bytes(self) -> int:
        """Bytes that stay."""
        return sum(map(size, self.resident))

    @cached_property
    def streamed_bytes(self) -> int:
        """Bytes that a pass through all of the network brings in."""
        return sum(size(tensor) for part in self.parts for tensor in part.tensors)

    @cached_property
    def ring_bytes(self) -> int:
        """Bytes of the ring."""
        sizes = [part.nbytes for part in self.parts]
        return min(sum(sizes), LARGEST_IN_RING * max(sizes, default=0))

    @property
    def nbytes(self) -> int:
        """Bytes on the device in all."""
        return self.resident_bytes + self.ring_bytes


def plan(module: nn.Module, resident_bytes: int) -> Plan:
    """As many parts stay as fit into so many bytes, spread over the network.

    What other code may read without calling the module that owns it stays even where that is more.
    """
    resident = fixed(module)
    parts = list(each_once(streamable_parts(module, resident)))
    room = resident_bytes - sum(map(size, resident.values()))
    keep = spread([sum(map(size, part.tensors)) for part in parts], room)
    resident |= {id(tensor): tensor for index in keep for tensor in parts[index].tensors}
    return Plan(tuple(resident.values()), streamable_parts(module, resident))


def plan_within(module: nn.Module, room: int) -> Plan | None:
    """The plan that keeps most where ring and all share so many bytes; None if none is so small."""
    whole = Plan(tuple(own_tensors(module)), ())
    best = plan(module, 0)
    if whole.nbytes <= room:
        return whole
    if best.nbytes > room:
        return None
    while True:  # keeping more may make the ring smaller, which leaves room to keep more
        wider = plan(module, room - best.ring_bytes)
        if wider.nbytes > room or wider.resident_bytes <= best.resident_bytes:
            return best
        best = wider


def fixed(module: nn.Module) -> dict[int, Tensor]:
    """What always stays, by id: small tensors, tables, those that modules with parts inside own themselves,
    and the first parameter of each rank, by which callers ask where a network is and how it is laid out."""
    found: dict[int, Tensor] = {}
    for network in module if isinstance(module, Networks) else (module,):
        firsts = {parameter.ndim: parameter for parameter in reversed(list(network.parameters()))}
        found |= {id(parameter): parameter for parameter in firsts.values()}
    for inner in module.modules():
        stays = isinstance(inner, nn.Embedding) or has_parts_inside(inner)
        for tensor in own(inner):
            if stays or is_small(tensor) or not can_stream(tensor):
                found[id(tensor)] = tensor
    return found


def streamable_parts(module: nn.Module, resident: Collection[int]) -> tuple[Part, ...]:
    """The modules that own more than what stays, with the rest."""
    parts = (
        Part(inner, tuple(tensor for tensor in own(inner) if id(tensor) not in resident))
        for inner in module.modules()
    )
    return tuple(part for part in parts if part.tensors)


def each_once(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts without the tensors that another before them has too."""
    seen: set[int] = set()
    for part in parts:
        tensors = tuple(tensor for tensor in part.tensors if id(tensor) not in seen)
        seen.update(map(id, tensors))
        if tensors:
            yield Part(part.module, tensors)


def spread(sizes: Sequence[int], room: int) -> list[int]:
    """Which of a row stay in a room: evenly over the row; the largest that still fit fill what is left."""
    kept: list[int] = []
    total, credit, left = sum(sizes), 0, room
    for index, nbytes in enumerate(sizes):
        credit += nbytes * min(room, total)
        if nbytes <= left and 2 * credit >= nbytes * total:
            kept.append(index)
            credit -= nbytes * total
            left -= nbytes
    for index in sorted(set(range(len(sizes))).difference(kept), key=lambda index: -sizes[index]):
        if sizes[index] <= left:
            kept.append(index)
            left -= sizes[index]
    return kept


def stream(module: nn.Module, device: Device, resident_bytes: int) -> Streamed:
    """Lend a network to a device that does not hold all of it: about so many bytes stay, the rest streams."""
    return Streamed(plan(module, resident_bytes), device)


class Streamed:
    """A network in part on a device: hooks bring each block before its module runs, and the next behind it.

    Which block comes next is what came after the last two before, at first the order of definition; a block
    that nobody expected is fetched while the network waits. For inference: gradients would find other data.
    """

    def __init__(self, plan: Plan, device: Device) -> None:
        """Raises torch.OutOfMemoryError, with everything back home, if the plan does not fit."""
        self.device = device
        self.ring_bytes = plan.ring_bytes
        self.streamed_bytes = plan.streamed_bytes
        streamed = {id(tensor): tensor for part in plan.parts for tensor in part.tensors}
        self._tensors = {**streamed, **{id(tensor): tensor for tensor in plan.resident}}
        self._homes = {key: tensor.data for key, tensor in self._tensors.items()}
        self._blocks = [Block.of(part.module, part.tensors) for part in plan.parts]
        self._later = dict(zip(self._blocks, self._blocks[1:] + self._blocks[:1], strict=True))
        self._after: dict[tuple[Block | None, Block], Block] = {}  # what came after two, and after the second
        self._before: Block | None = None  # used before the last
        self._last: Block | None = None
        self._using: Block | None = None  # whose tensors are those in the ring
        self._in_order = True  # whether the last block came where its definition stands
        self._resident_bytes = plan.resident_bytes
        self._aside: dict[int, Tensor] = {}  # copies of what was read while its module was never called
        self._sources: dict[int, Tensor] = {}  # the bytes of home, pinned if possible
        self._ring: Ring | None = None
        self._handles: list[RemovableHandle] = []
        try:
            self._open(plan.resident, streamed)
        except BaseException:
            self.close()
            raise

    def _open(self, resident: Sequence[Tensor], streamed: Mapping[int, Tensor]) -> None:
        """Bring in what stays, make the ring, set the hooks."""
        if self._blocks:
            self._ring = Ring(self.device.buffer(self.ring_bytes))
        for tensor in resident:
            tensor.data = self.device.copy_in(tensor.data)
        self._sources = {key: self.device.pin(self._homes[key]) for key in streamed}
        for block in self._blocks:
            self._watch(block)

    @property
    def resident_bytes(self) -> int:
        """Bytes that stay: those of the plan, and what was read though its module is never called."""
        return self._resident_bytes + sum(map(size, self._aside.values()))

    def close(self) -> None:
        """Everything back home and the hooks gone; again does nothing."""
        for handle in self._handles:
            handle.remove()
        for block in self._blocks:
            module = block.module()
            for kind in ("_parameters", "_buffers") if module is not None else ():
                module.__dict__[kind] = dict(module.__dict__[kind])
        for entry in self._ring.entries if self._ring else ():
            entry.arrive()  # a copy needs both its ends until then
        for key, tensor in self._tensors.items():
            tensor.data = self._homes[key]
        self._ring = None
        self._using = self._last = self._before = None
        for kept in (self._handles, self._blocks, self._tensors, self._homes, self._sources, self._aside):
            kept.clear()
        self._after.clear()
        self._later.clear()
        self._resident_bytes = self.ring_bytes = 0

    def _watch(self, block: Block) -> None:
        """Learn when a block's module runs, and when its tensors are read from elsewhere."""
        module = block.module()
        assert module is not None

        def before(called: nn.Module, _arguments: object) -> None:
            if called is module_of():  # a copy of the module carries its hooks along
                self._call(block)

        def after(_called: nn.Module, _arguments: object, result: object) -> object:
            return self._apart(result)

        module_of = block.module
        self._handles.append(module.register_forward_pre_hook(before, prepend=True))
        self._handles.append(module.register_forward_hook(after, prepend=True))
        for kind in ("_parameters", "_buffers"):
            watched = Watched(module.__dict__[kind], lambda tensor: self._read(block, tensor))
            module.__dict__[kind] = watched

    def _call(self, block: Block) -> None:
        """A block's module is about to run."""
        block.called = True
        for tensor in block.tensors:
            if self._aside.pop(id(tensor), None) is not None:
                tensor.data = self._homes[id(tensor)]
        self._use(block)

    def _read(self, block: Block, tensor: Tensor) -> None:
        """A tensor is read: by its own module, by one that looks before it calls, or by one that never calls.

        What the last holds on to may not move, so that it gets a copy that stays.
        """
        if block is self._using or id(tensor) in self._aside or not contains(block.tensors, tensor):
            return
        if block.called:
            self._use(block)
        else:
            self._aside[id(tensor)] = tensor.data = self.device.copy_in(self._sources[id(tensor)])

    def _apart(self, result: object) -> object:
        """A result that lies in the ring, out of it."""
        if self._ring is None or not isinstance(result, Tensor):
            return result
        ring = self._ring.buffer.untyped_storage().data_ptr()
        return result.clone() if result.untyped_storage().data_ptr() == ring else result

    def _use(self, block: Block) -> None:
        """Let a block's tensors be those in the ring, until another is used; send for the next ones."""
        if block is self._using or self._ring is None:
            return
        self._learn(block)
        self._leave()
        entry = self._ring.reach(block) or self._send_for(self._ring, block)
        assert entry is not None  # an empty ring holds any block
        entry.arrive()
        self._using = block
        for tensor, view in zip(block.tensors, entry.views, strict=True):
            tensor.data = view
        self._prefetch(self._ring)

    def _learn(self, block: Block) -> None:
        """Remember what followed."""
        if self._last is not None:
            self._in_order = self._later[self._last] is block
            self._after[self._before, self._last] = self._after[None, self._last] = block
        self._before, self._last = self._last, block

    def _leave(self) -> None:
        """The tensors of the block in use point home, where nothing overwrites them."""
        for tensor in self._using.tensors if self._using else ():
            tensor.data = self._aside.get(id(tensor), self._homes[id(tensor)])
        self._using = None

    def _prefetch(self, ring: Ring) -> None:
        """Send for what comes next as far as the ring has room; a guess only while guesses hold, and one."""
        recent = [self._before, *(entry.block for entry in ring.entries)]
        while True:
            before, now = recent[-2:]
            assert now is not None
            block = self._after.get((before, now)) or self._after.get((None, now))
            if block is None and (len(ring.entries) > 1 or not self._in_order):
                return
            block = block or self._later[now]
            if self._send_for(ring, block) is None:
                return
            recent.append(block)

    def _send_for(self, ring: Ring, block: Block) -> Entry | None:
        """Start to copy a block into the ring; None if there is no room yet."""
        start = ring.place(block.nbytes)
        if start is None:
            return None
        views = ring.views(block, start)
        sources = [self._sources[id(tensor)] for tensor in block.tensors]
        fences = tuple(map(self.device.copy_async, sources, views))
        entry = Entry(block, start, start + block.nbytes, views, fences)
        ring.entries.append(entry)
        return entry


class Watched(dict[str, Tensor | None]):
    """A module's parameters or buffers; tells when one is read by its name."""

    def __init__(self, tensors: Mapping[str, Tensor | None], read: Callable[[Tensor], None]) -> None:
        super().__init__(tensors)
        self._read = read

    def __getitem__(self, name: str) -> Tensor | None:
        tensor = super().__getitem__(name)
        if tensor is not None:
            self._read(tensor)
        return tensor

    def __reduce__(self) -> tuple[type[dict[str, Tensor | None]], tuple[dict[str, Tensor | None]]]:
        """A copy is not watched."""
        return dict, (dict(self),)


def own(module: nn.Module) -> list[Tensor]:
    """The parameters and buffers that a module owns itself."""
    return [*module.parameters(recurse=False), *module.buffers(recurse=False)]


def has_parts_inside(module: nn.Module) -> bool:
    """Whether modules inside own tensors worth streaming too."""
    inner = (child for child in module.modules() if child is not module)
    return any(not is_small(tensor) for child in inner for tensor in own(child))


def is_small(tensor: Tensor) -> bool:
    """A scalar, or a vector that is not long."""
    return not tensor.numel() or (tensor.ndim <= 1 and size(tensor) <= SMALL)


def can_stream(tensor: Tensor) -> bool:
    """Whether plain bytes are all that there is to a tensor."""
    return type(tensor.data) is Tensor and tensor.layout is torch.strided and not tensor.is_quantized


def contains(tensors: Sequence[Tensor], wanted: Tensor) -> bool:
    """Whether this very tensor is among them."""
    return any(tensor is wanted for tensor in tensors)
