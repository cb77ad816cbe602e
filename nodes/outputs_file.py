"""What a node gave, as the bytes of a safetensors file: tensors as they are, all else as JSON in the header.

Never pickle: what has no form here is refused. The header's metadata hold `layout`, `code` (by which program
it was made), `check` (a checksum of all that follows) and `content`: values by slot, where a list of JSON
stands for what its first item names: `["tensor", name]`, `["tuple", ...]`, `["Latent", [field, value], ...]`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from diffusion import types
from graph.cache import Outputs, Shown
from graph.calls import Items
from nodes.errors import NodeError

LAYOUT: Final = "1"
DEPTH: Final = 64  # of values within values
VALUES: Final = 100_000  # in one file, tensors' elements apart: as many take 0.4 s to turn into JSON
CONTENT_LIMIT: Final = 16 << 20  # bytes of JSON; readers of safetensors files refuse longer headers
WIDE: Final = 1 << 63  # JSON numbers beyond are slow to read
SEQUENCES: Final[Mapping[str, type]] = {"list": list, "tuple": tuple, "items": Items}
NAMES: Final = {kind: name for name, kind in SEQUENCES.items()}


class NotStorable(NodeError):
    """A value holds something that no file may carry: a network, a file, an object of unknown make."""


class Damaged(NodeError):
    """A file is not what this program wrote."""


class DeviceMissing(NodeError):
    """A value belongs on a device that is not there."""


@dataclass(frozen=True)
class Picture:
    """A file that the outputs name, and by what it is known: modification time (ns) and size."""

    folder: str
    name: str
    identity: tuple[int, ...]


@dataclass(frozen=True)
class Stored:
    """What a file holds."""

    outputs: Outputs
    pictures: tuple[Picture, ...]
    seconds: float
    expanded: bool


@dataclass(frozen=True)
class Packed:
    """Outputs ready to be written: tensors in main memory with their versions when they were packed."""

    content: dict[str, Any]
    tensors: dict[str, Tensor]
    versions: dict[str, int]

    def encode(self, code: str) -> bytes:
        """The whole file. Raises NotStorable when a tensor was written to since it was packed."""
        tensors = {name: plain(tensor) for name, tensor in self.tensors.items()}
        text = json.dumps(self.content, separators=(",", ":"))
        if len(text) > CONTENT_LIMIT:
            raise NotStorable(f"{len(text)} bytes beside the tensors, more than {CONTENT_LIMIT}")
        texts = {"layout": LAYOUT, "code": code, "check": checksum(text, tensors), "content": text}
        try:
            data: bytes = safetensors.torch.save(tensors, texts)
        except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
            raise NotStorable(f"a tensor has no form in a safetensors file: {error}") from error
        changed = [name for name, tensor in self.tensors.items() if version(tensor) != self.versions[name]]
        if changed:
            raise NotStorable(f"{len(changed)} tensor(s) were written to after their node had returned them")
        return data


def pack(outputs: Outputs, pictures: Iterable[Picture], seconds: float, expanded: bool) -> Packed:
    """Outputs as JSON and tensors. Raises NotStorable."""
    packer = Packer()
    content = {
        "values": [packer.pack(value) for value in outputs.values],
        "rest": packer.pack(outputs.rest),
        "ui": as_json(outputs.ui),
        "within": [[s.node_id, s.display_id, s.parent_id, as_json(s.ui)] for s in outputs.within],
        "parts": [key.hex() for key in outputs.parts],
        "pictures": [[one.folder, one.name, list(one.identity)] for one in pictures],
        "seconds": seconds,
        "expanded": expanded,
    }
    versions = {name: version(tensor) for name, tensor in packer.tensors.items()}
    return Packed(content, packer.tensors, versions)


def as_json(ui: Any) -> Any:
    """What is shown, when it is JSON already."""
    try:
        return json.loads(json.dumps(ui))
    except (TypeError, ValueError, RecursionError) as error:
        raise NotStorable(f"what the node shows is no JSON: {error}") from error


class Packer:
    """Turns values into JSON, and gathers the tensors among them, each once."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self._known: dict[int, list[str]] = {}
        self._count = 0

    def pack(self, value: Any, depth: int = 0) -> Any:
        """The JSON of a value. Raises NotStorable."""
        self._count += 1
        if depth > DEPTH or self._count > VALUES:
            raise NotStorable(f"values nested deeper than {DEPTH}, or more than {VALUES} of them")
        kind = type(value)
        if value is None or kind in (bool, str, float):
            return value
        if kind is int:
            return value if -WIDE <= value < WIDE else ["int", hex(value)]
        if kind is Tensor:
            return self._tensor(value)
        if kind in NAMES:
            return [NAMES[kind], *(self.pack(item, depth + 1) for item in value)]
        if kind is dict:
            return ["dict", *(self._pair(key, item, depth) for key, item in value.items())]
        if is_ours(kind):
            return [
                kind.__name__,
                *(self._pair(f.name, getattr(value, f.name), depth) for f in fields(value)),
            ]
        raise NotStorable(f"{kind.__module__}.{kind.__qualname__} has no form in a file")

    def _pair(self, key: Any, value: Any, depth: int) -> list[Any]:
        return [self.pack(key, depth + 1), self.pack(value, depth + 1)]

    def _tensor(self, tensor: Tensor) -> list[str]:
        if id(tensor) not in self._known:
            if (
                tensor.layout is not torch.strided
                or tensor.is_quantized
                or tensor.is_meta
                or tensor.requires_grad
            ):
                raise NotStorable(f"a tensor that is more than its numbers: {tensor.layout}, {tensor.device}")
            name = str(len(self.tensors))
            home = [] if tensor.device.type == "cpu" else [str(tensor.device)]
            self.tensors[name] = tensor.cpu() if home else tensor
            self._known[id(tensor)] = ["tensor", name, *home]
        return self._known[id(tensor)]


def is_ours(kind: type[Any]) -> bool:
    """Whether a class is one of the plain data that pass between the stages of diffusion."""
    return kind.__module__ == types.__name__ and is_dataclass(kind)


def plain(tensor: Tensor) -> Tensor:
    """The same numbers in one piece."""
    if not tensor.numel():
        return torch.empty(
            tensor.shape, dtype=tensor.dtype
        )  # an empty view keeps the strides of what it views
    return tensor.detach().resolve_conj().resolve_neg().contiguous()


def version(tensor: Tensor) -> int:
    """Counts the writes to a tensor, where torch does."""
    return 0 if tensor.is_inference() else tensor._version


def checksum(text: str, tensors: Mapping[str, Tensor]) -> str:
    """A number over the JSON and all tensors' bytes."""
    check = zlib.crc32(text.encode())
    for name in sorted(tensors):
        check = zlib.crc32(raw(tensors[name]).data, check)
    return f"{check:08x}"


def raw(tensor: Tensor) -> npt.NDArray[np.uint8]:
    """The bytes of a tensor in one piece."""
    flat = tensor.as_strided((tensor.numel(),), (1,))  # reshape keeps the step of a view of one or no element
    return flat.view(torch.uint8).numpy()


def decode(data: bytes, code: str) -> Stored:
    """What a file holds. Raises Damaged, or DeviceMissing."""
    try:
        texts = metadata_of(data)
        if texts["layout"] != LAYOUT or texts["code"] != code:
            raise Damaged(f"written by another program: layout {texts['layout']}, code {texts['code'][:16]}")
        tensors = safetensors.torch.load(data)
        if checksum(texts["content"], tensors) != texts["check"]:
            raise Damaged("its bytes have changed since it was written")
        return stored(json.loads(texts["content"]), tensors)
    except (SafetensorError, LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise Damaged(f"not a file of outputs: {error}") from error


def stored(content: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Stored:
    """What the JSON and the tensors of a file stand for."""
    outputs = Outputs(
        values=tuple(unpack(value, tensors) for value in content["values"]),
        rest=unpack(content["rest"], tensors),
        ui=content["ui"],
        within=tuple(Shown(*shown) for shown in content["within"]),
        parts=tuple(bytes.fromhex(key) for key in content["parts"]),
    )
    pictures = tuple(Picture(folder, name, tuple(known)) for folder, name, known in content["pictures"])
    return Stored(outputs, pictures, content["seconds"], content["expanded"])


def metadata_of(data: bytes) -> dict[str, str]:
    """The texts in the header."""
    length = int.from_bytes(data[:8], "little")
    if length > len(data) - 8:
        raise Damaged(f"a header of {length} bytes in a file of {len(data)}")
    texts: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
    return texts


def unpack(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """The value that `Packer.pack` turned into this JSON."""
    if not isinstance(value, list):
        return value
    name, *rest = value
    if name == "int":
        return int(rest[0], 16)
    if name == "tensor":
        return at_home(tensors[rest[0]], *rest[1:])
    if name in SEQUENCES:
        return SEQUENCES[name](unpack(item, tensors) for item in rest)
    pairs = {unpack(key, tensors): unpack(item, tensors) for key, item in rest}
    return pairs if name == "dict" else our_class(name)(**pairs)


def our_class(name: str) -> type[Any]:
    """The class of diffusion's plain data of this name. Raises Damaged."""
    found: Any = getattr(types, name, None)
    if isinstance(found, type) and is_ours(found):
        return found
    raise Damaged(f"there is no plain data called {name}")


def at_home(tensor: Tensor, device: str = "cpu") -> Tensor:
    """The tensor on the device where it was. Raises DeviceMissing."""
    if device == "cpu":
        return tensor
    try:
        return tensor.to(device)
    except (RuntimeError, AssertionError) as error:  # torch asserts that it was built with CUDA
        raise DeviceMissing(f"{device} is not there: {error}") from error
