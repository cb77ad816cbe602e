"""Small networks that stream, each with its own way of reading weights, and devices that show mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.reach import own_tensors, size
from diffusion.weights.streaming import stream

SIDE = 64
LAYER = 4 * SIDE * SIDE  # bytes of a layer's weight
X = torch.randn(2, SIDE, generator=torch.Generator().manual_seed(1))


def device(capacity: int = 1 << 40) -> SimulatedDevice:
    return SimulatedDevice(capacity, bandwidth=LAYER)  # a layer takes a second


def total(module: nn.Module) -> int:
    return sum(map(size, own_tensors(module)))


class Layer(nn.Linear):
    """A square map that keeps the size of what goes through; `during` happens as it runs."""

    def __init__(self, during: Callable[[], None] = lambda: None) -> None:
        super().__init__(SIDE, SIDE, bias=False)
        self.during = during

    def forward(self, x: Tensor) -> Tensor:
        self.during()
        return torch.tanh(super().forward(x))


class Row(nn.Module):
    """Layers that run in whatever order they are told."""

    def __init__(self, layers: int, during: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList(Layer(during) for _ in range(layers))

    def forward(self, x: Tensor, order: Sequence[int] | None = None) -> Tensor:
        for index in range(len(self.layers)) if order is None else order:
            x = self.layers[index](x)
        return x


class Tied(nn.Module):
    """A weight used in three places, one of them twice removed."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.a, self.b, self.c, self.d = (Layer() for _ in range(5))
        self.c.weight = self.a.weight
        self.again = self.b

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.first, self.a, self.c, self.b, self.a, self.d, self.again, self.c):
            x = layer(x)
        return x


class Borrowing(nn.Module):
    """Reads a child's weight by hand, keeps it while others run, and never calls the child."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.table, self.a, self.b, self.c = (Layer() for _ in range(5))

    def forward(self, x: Tensor) -> Tensor:
        table = self.table.weight[:2]
        return self.c(self.b(self.a(self.first(x)))) + table


class Owning(nn.Module):
    """Holds on to a table of its own while modules inside run."""

    def __init__(self) -> None:
        super().__init__()
        self.row = Row(6)
        self.table = nn.Parameter(torch.randn(SIDE, SIDE))

    def forward(self, x: Tensor) -> Tensor:
        table = self.table[:2]
        return self.row(x) + table


class Both(nn.Module):
    """A weight that one module computes with, and that is read from another and held on to."""

    def __init__(self) -> None:
        super().__init__()
        self.row = Row(6)
        self.table = Layer()
        self.table.weight = self.row.layers[3].weight

    def forward(self, x: Tensor) -> Tensor:
        x = self.row(x, [0, 1, 2, 3])
        weight = self.table.weight
        return self.row(x, [4, 5]) + weight[:2]


class Looking(Row):
    """Asks a weight for its type before it calls its module."""

    def forward(self, x: Tensor, order: Sequence[int] | None = None) -> Tensor:
        for layer in self.layers:
            assert isinstance(layer, Layer)
            x = layer(x.to(layer.weight.dtype))
        return x


class Giving(Layer):
    """Its result is a part of its weight."""

    def forward(self, x: Tensor) -> Tensor:
        return self.weight[:2]


def snapshot(module: nn.Module) -> list[tuple[int, tuple[int, ...], Tensor]]:
    return [(tensor.data_ptr(), tensor.stride(), tensor.clone()) for tensor in own_tensors(module)]


def at_home(module: nn.Module, before: list[tuple[int, tuple[int, ...], Tensor]]) -> bool:
    """Whether every tensor is where it was, bit for bit, and nothing of the streaming is left."""
    tensors = own_tensors(module)
    moved = [
        tensor
        for tensor, (address, strides, value) in zip(tensors, before, strict=True)
        if tensor.data_ptr() != address or tensor.stride() != strides or not torch.equal(tensor, value)
    ]
    return not moved and all(
        type(inner._parameters) is dict
        and type(inner._buffers) is dict
        and not inner._forward_pre_hooks
        and not inner._forward_hooks
        for inner in module.modules()
    )


class Apart(SimulatedDevice):
    """Reads copies of what is at home, so that the home can be spoilt: whoever computes with it shows."""

    def pin(self, tensor: Tensor) -> Tensor:
        return tensor.clone()


@contextmanager
def spoilt(network: nn.Module) -> Iterator[None]:
    """While inside, what lies at home is not a number."""
    homes = [tensor.data for tensor in own_tensors(network)]
    contents = [home.clone() for home in homes]
    try:
        with stream_all(network):
            for home in homes:
                home.fill_(torch.nan if home.is_floating_point() else 0)
            yield
    finally:
        for home, content in zip(homes, contents, strict=True):
            home.copy_(content)


@contextmanager
def stream_all(network: nn.Module) -> Iterator[None]:
    """Keep nothing that can stream."""
    streamed = stream(network, Apart(1 << 40, LAYER), 0)
    try:
        yield
    finally:
        streamed.close()
