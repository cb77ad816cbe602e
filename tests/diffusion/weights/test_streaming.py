"""Networks that stream on a simulated device: the same bits out, within the bytes and the seconds."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from diffusion import vae as vaes
from diffusion.networks.autoencoder import Autoencoder
from diffusion.text import clip
from diffusion.text.embeddings import no_embeddings
from diffusion.text.tokenizer import clip_tokenizer
from diffusion.types import LatentFormat, TextEncoder, Vae
from diffusion.weights.devices import Fence, SimulatedDevice
from diffusion.weights.reach import own_tensors, size
from diffusion.weights.streaming import Streamed, plan, plan_within, spread, stream
from tests.factories.checkpoints import tiny_networks

SIDE = 64
LAYER = 4 * SIDE * SIDE  # bytes of a layer's weight
X = torch.randn(2, SIDE, generator=torch.Generator().manual_seed(1))


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


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


# What the networks of this package give, streamed and not


def unet() -> tuple[nn.Module, Callable[[], Tensor]]:
    network = tiny_networks()["unet"].eval()
    generator = torch.Generator().manual_seed(2)
    x, context = torch.randn(2, 4, 8, 8, generator=generator), torch.randn(2, 5, 32, generator=generator)

    def run() -> Tensor:
        dtype = next(network.parameters()).dtype
        pairs = network.project_context(context.to(dtype))  # type: ignore[operator]
        steps = [network(x.to(dtype), torch.tensor([t, t]), pairs) for t in (900.0, 20.0)]
        return torch.cat(steps)

    return network, run


def autoencoder() -> tuple[nn.Module, Callable[[], Tensor]]:
    network = tiny_networks()["vae"].eval()
    assert isinstance(network, Autoencoder)
    picture = torch.rand(1, 24, 16, 3, generator=torch.Generator().manual_seed(3))

    def run() -> Tensor:
        vae = Vae(network, LatentFormat(4, 0.18215), next(network.parameters()).dtype)
        latents = vaes.encode(vae, picture)
        return torch.cat([vaes.decode(vae, latents), vaes.decode(vae, 2 * latents)])

    return network, run


def text_tower() -> tuple[nn.Module, Callable[[], Tensor]]:
    network = tiny_networks()["text"].eval()
    encoder = TextEncoder(network, clip_tokenizer(), no_embeddings, last_layer=-2)

    def run() -> Tensor:
        conds = [clip.encode(encoder, text)[0] for text in ("a red house", "a (blue:1.4) boat")]
        return torch.cat([cond.context for cond in conds])

    return network, run


NETWORKS = {"unet": unet, "autoencoder": autoencoder, "text": text_tower}
FORMS: dict[str, Callable[[nn.Module], nn.Module]] = {
    "float32": lambda network: network,
    "bfloat16": lambda network: network.bfloat16(),
    "channels_last": lambda network: network.to(memory_format=torch.channels_last),
}


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


@pytest.mark.parametrize("form", ["float32", "bfloat16", "channels_last"])
@pytest.mark.parametrize("name", NETWORKS)
def test_our_networks_give_the_same_bits_whatever_stays(name: str, form: str) -> None:
    network, run = NETWORKS[name]()
    FORMS[form](network)
    expected, before, whole = run(), snapshot(network), total(network)
    for share in (0.0, 0.5, 1.0):
        simulated = device()
        streamed = stream(network, simulated, int(share * whole))
        assert torch.equal(run(), expected)
        assert torch.equal(run(), expected)
        assert simulated.peak() <= streamed.resident_bytes + streamed.ring_bytes
        streamed.close()
        assert at_home(network, before)
        assert simulated.used() == 0


def test_a_network_of_ours_moves_what_streams_once_a_step() -> None:
    network, _ = unet()
    simulated = device()
    streamed = stream(network, simulated, total(network) // 2)
    x, t, pairs = torch.zeros(1, 4, 8, 8), torch.tensor([1.0]), network.project_context(torch.zeros(1, 5, 32))  # type: ignore[operator]
    moved = []
    for _ in range(4):
        before = simulated.bytes_moved
        network(x, t, pairs)
        moved.append(simulated.bytes_moved - before)
    unused = sum(
        size(tensor)
        for name, inner in network.named_modules()
        if name.endswith(("attn2.to_k", "attn2.to_v"))
        for block in streamed._blocks
        if block.module() is inner
        for tensor in block.tensors
    )
    assert moved[2:] == [streamed.streamed_bytes - unused] * 2
    assert unused > 0


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


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_computed_with_what_lies_at_home(name: str) -> None:
    network, run = NETWORKS[name]()
    expected = run()
    with spoilt(network):
        assert torch.equal(run(), expected)
        assert torch.equal(run(), expected)
    assert torch.equal(run(), expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_first_weight_of_each_rank_stays_for_those_who_ask_it_where_the_network_is(name: str) -> None:
    network, _ = NETWORKS[name]()
    fixed = {id(tensor) for tensor in plan(network, 0).resident}
    firsts = {parameter.ndim: parameter for parameter in reversed(list(network.parameters()))}
    assert {id(parameter) for parameter in firsts.values()} <= fixed
    assert id(next(network.parameters())) in fixed


# Bytes


@pytest.mark.parametrize("resident", [0, 1, 3, 6, 8])
def test_a_pass_moves_what_streams_and_the_ring_stays_as_it_is(resident: int) -> None:
    network, simulated = Row(8), device()
    expected = network(X)
    streamed = stream(network, simulated, resident * LAYER)
    assert streamed.resident_bytes == max(1, resident) * LAYER  # one weight tells where the network is
    assert streamed.streamed_bytes == 8 * LAYER - streamed.resident_bytes
    assert streamed.ring_bytes == min(3 * LAYER, streamed.streamed_bytes)
    network(X)
    allocations = simulated.allocations
    for _ in range(3):
        before = simulated.bytes_moved
        assert torch.equal(network(X), expected)
        assert simulated.bytes_moved - before == streamed.streamed_bytes
    assert simulated.allocations == allocations
    assert simulated.peak() == streamed.resident_bytes + streamed.ring_bytes


def test_an_order_unlike_the_definition_is_guessed_at_no_further() -> None:
    network, simulated = Row(8), device()
    stream(network, simulated, 0)
    before = simulated.bytes_moved
    network(X, [7, 6, 5, 4, 3, 2, 1])
    assert simulated.bytes_moved - before == 7 * LAYER + LAYER  # one guess was wrong


def test_a_guess_reaches_for_one_block() -> None:
    network, simulated = Row(10), device()
    stream(network, simulated, 0)
    before = simulated.bytes_moved
    network(X, [1, 2, 3, 7])
    assert simulated.bytes_moved - before == 4 * LAYER + LAYER


def test_even_a_first_pass_in_order_moves_each_block_once() -> None:
    network, simulated = Row(8), device()
    streamed = stream(network, simulated, 0)
    before = simulated.bytes_moved
    network(X)
    assert simulated.bytes_moved - before == streamed.streamed_bytes + 2 * LAYER  # for the next pass


@settings(deadline=None)
@given(st.lists(st.integers(1, 50), max_size=30), st.integers(0, 1000))
def test_what_stays_fits_and_nothing_that_would_fit_is_left(sizes: list[int], room: int) -> None:
    kept = spread(sizes, room)
    assert len(set(kept)) == len(kept)
    left = room - sum(sizes[index] for index in kept)
    assert left >= 0
    assert all(nbytes > left for index, nbytes in enumerate(sizes) if index not in kept)


@pytest.mark.parametrize("kept", [2, 3, 4, 6])
def test_what_stays_is_spread_evenly(kept: int) -> None:
    places = sorted(spread([1] * 12, kept))
    gaps = [b - a for a, b in zip(places, [*places[1:], places[0] + 12], strict=True)]
    assert set(gaps) == {12 // kept}


def test_without_room_nothing_stays_but_what_must() -> None:
    assert spread([1, 2], -5) == []
    network = nn.Sequential(nn.Embedding(10, SIDE), Layer(), nn.LayerNorm(SIDE), Layer())
    fixed = {id(tensor) for tensor in plan(network, 0).resident}
    expected = [network[0].weight, network[2].weight, network[2].bias]
    assert fixed == {id(tensor) for tensor in expected}


def test_a_long_vector_streams_and_a_strange_tensor_stays() -> None:
    network = nn.Sequential(Layer(), nn.BatchNorm1d(100_000), Layer())
    network[2].weight = nn.Parameter(torch.eye(SIDE).to_sparse(), requires_grad=False)
    (part,) = plan(network, 0).parts
    assert part.module is network[1]
    assert len(part.tensors) == 3  # of four: the first vector of all stays


@settings(deadline=None)
@given(st.integers(0, 12 * LAYER))
def test_a_plan_within_a_room_keeps_to_it(room: int) -> None:
    network = Row(10)
    found = plan_within(network, room)
    if found is None:
        assert room < plan(network, 0).nbytes
    else:
        assert found.nbytes <= room
        assert found.nbytes == 10 * LAYER or found.nbytes + LAYER > room


# Seconds


def steady_seconds(layers: int, resident: int, compute: float) -> float:
    """What a pass takes once the order is known."""
    simulated = device()
    network = Row(layers, during=lambda: simulated.compute(compute))
    stream(network, simulated, resident * LAYER)
    network(X)
    network(X)
    before = simulated.now
    network(X)
    return simulated.now - before


@pytest.mark.parametrize("compute", [0.0, 0.25, 1.0, 1.5, 4.0])
@pytest.mark.parametrize(("layers", "resident"), [(9, 1), (8, 4), (12, 3), (12, 9)])
def test_copying_hides_behind_computing_or_computing_behind_copying(
    layers: int, resident: int, compute: float
) -> None:
    assert steady_seconds(layers, resident, compute) == max(layers * compute, float(layers - resident))


def test_a_first_pass_in_order_waits_for_its_first_block_only() -> None:
    simulated = device()
    network = Row(9, during=lambda: simulated.compute(2.0))
    stream(network, simulated, LAYER)
    before = simulated.now
    network(X)
    assert simulated.now - before == 9 * 2.0 + 1.0


# Order


@settings(deadline=None, max_examples=60)
@given(
    orders=st.lists(st.lists(st.integers(0, 6), max_size=12), min_size=1, max_size=6),
    resident=st.integers(0, 7),
)
def test_any_order_that_changes_from_pass_to_pass_gives_the_same_bits(
    orders: list[list[int]], resident: int
) -> None:
    network, simulated = Row(7), device()
    expected = [network(X, order) for order in orders]
    before = snapshot(network)
    streamed = stream(network, simulated, resident * LAYER)
    for order, answer in zip(orders, expected, strict=True):
        assert torch.equal(network(X, order), answer)
    assert simulated.peak() <= streamed.resident_bytes + streamed.ring_bytes
    streamed.close()
    assert at_home(network, before)


def test_a_module_that_runs_twice_in_a_pass_is_foreseen_both_times() -> None:
    simulated = device()
    network = Row(6, during=lambda: simulated.compute(2.0))
    stream(network, simulated, 0)
    order = [1, 2, 1, 3, 4, 1, 5]
    network(X, order)
    network(X, order)
    before = simulated.now
    network(X, order)
    assert simulated.now - before == 2.0 * len(order)  # no waiting


def test_modules_of_different_sizes_share_the_ring() -> None:
    torch.manual_seed(0)
    widths = [64, 8, 200, 16, 100, 3, 150, 64]
    layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
    network, simulated = nn.Sequential(*layers), device()
    expected = network(X)
    streamed = stream(network, simulated, 0)
    for _ in range(3):
        assert torch.equal(network(X), expected)
    assert simulated.peak() == streamed.resident_bytes + streamed.ring_bytes


# What reads weights in other ways


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


@pytest.mark.parametrize("resident", range(5))
def test_tied_weights_are_counted_once_and_stay_tied(resident: int) -> None:
    network, simulated = Tied(), device()
    expected, before = network(X), snapshot(network)
    streamed = stream(network, simulated, resident * LAYER)
    assert streamed.resident_bytes == max(1, resident) * LAYER
    for _ in range(3):
        assert torch.equal(network(X), expected)
    streamed.close()
    assert network.a.weight is network.c.weight
    assert at_home(network, before)


class Borrowing(nn.Module):
    """Reads a child's weight by hand, keeps it while others run, and never calls the child."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.table, self.a, self.b, self.c = (Layer() for _ in range(5))

    def forward(self, x: Tensor) -> Tensor:
        table = self.table.weight[:2]
        return self.c(self.b(self.a(self.first(x)))) + table


def test_a_weight_that_is_only_read_gets_a_copy_that_stays() -> None:
    network, simulated = Borrowing(), device()
    expected, before = network(X), snapshot(network)
    streamed = stream(network, simulated, 0)
    assert streamed.resident_bytes == LAYER
    for _ in range(3):
        assert torch.equal(network(X), expected)
    assert streamed.resident_bytes == 2 * LAYER
    assert simulated.peak() == streamed.resident_bytes + streamed.ring_bytes
    assert network.table.weight.data_ptr() != before[1][0]
    streamed.close()
    assert at_home(network, before)
    assert simulated.used() == 0


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


@pytest.mark.parametrize(
    "make", [Borrowing, lambda: nn.Sequential(Layer(), Owning()), Both, Tied, lambda: Looking(6)]
)
def test_no_way_of_reading_meets_what_lies_at_home(make: Callable[[], nn.Module]) -> None:
    network = make()
    expected, before = network(X), snapshot(network)
    with spoilt(network):
        for _ in range(3):
            assert torch.equal(network(X), expected)
    assert at_home(network, before)


class Looking(Row):
    """Asks a weight for its type before it calls its module."""

    def forward(self, x: Tensor, order: Sequence[int] | None = None) -> Tensor:
        for layer in self.layers:
            assert isinstance(layer, Layer)
            x = layer(x.to(layer.weight.dtype))
        return x


def test_a_weight_that_is_looked_at_before_its_module_runs_streams_on() -> None:
    network, simulated = Looking(6), device()
    expected = network(X)
    streamed = stream(network, simulated, 0)
    for _ in range(3):
        assert torch.equal(network(X), expected)
    assert streamed.resident_bytes == LAYER
    before = simulated.bytes_moved
    network(X)
    assert simulated.bytes_moved - before == streamed.streamed_bytes


class Giving(Layer):
    """Its result is a part of its weight."""

    def forward(self, x: Tensor) -> Tensor:
        return self.weight[:2]


def test_a_result_that_is_a_weight_is_not_overwritten_by_the_next() -> None:
    network, simulated = Row(8), device()
    network.layers[3] = Giving()

    def run() -> Tensor:
        given = network.layers[3](X)
        return network(X, [1, 2, 4, 5, 6, 7, 1, 2]) + given

    expected = run()
    stream(network, simulated, 0)
    for _ in range(3):
        assert torch.equal(run(), expected)


def test_attention_of_torch_itself_reads_its_parts_and_is_right() -> None:
    torch.manual_seed(0)
    network = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(SIDE, 4, 128, dropout=0.0, batch_first=True),
        3,
        enable_nested_tensor=False,
    )
    network.eval()
    x, simulated = X[None], device()
    expected, before = network(x), snapshot(network)
    streamed = stream(network, simulated, 0)
    for _ in range(3):
        torch.testing.assert_close(network(x), expected, rtol=1e-5, atol=1e-5)  # hooks choose another kernel
    streamed.close()
    assert at_home(network, before)
    assert simulated.used() == 0


def test_a_copy_of_a_streamed_network_is_free_of_it() -> None:
    network, simulated = Row(6), device()
    expected = network(X)
    streamed = stream(network, simulated, 2 * LAYER)
    network(X)
    copied = copy.deepcopy(network)
    moved = simulated.bytes_moved
    assert torch.equal(copied(X), expected)
    assert simulated.bytes_moved == moved
    streamed.close()
    assert torch.equal(copied(X), expected)


def test_a_streamed_autoencoder_computes_in_float32_where_a_narrow_format_fails() -> None:
    network, _ = autoencoder()
    assert isinstance(network, Autoencoder)
    network.decoder.conv_in.weight.mul_(1e4)
    vae = Vae(network.half(), LatentFormat(4, 0.18215), torch.float16)
    samples = 100 * torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(5))
    expected = vaes.decode(vae, samples)
    stream(network, device(), 0)
    assert torch.equal(vaes.decode(vae, samples), expected)


# When something goes wrong


class Stop(Exception):
    """Somebody cancelled."""


@pytest.mark.parametrize("kind", [Stop, KeyboardInterrupt])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_pass_that_is_broken_off_anywhere_leaves_nothing_behind(at: int, kind: type[BaseException]) -> None:
    calls = 0

    def during() -> None:
        nonlocal calls
        calls += 1
        if calls == at + 8:  # in the second pass
            raise kind

    network, simulated = Row(8), device()
    expected, before = network(X), snapshot(network)
    streamed = stream(network, simulated, 2 * LAYER)
    for layer in network.layers:
        assert isinstance(layer, Layer)
        layer.during = during
    network(X)
    with pytest.raises(kind):
        network(X)
    if at % 2:  # closed at once, or after going on
        assert torch.equal(network(X), expected)
    streamed.close()
    streamed.close()
    assert at_home(network, before)
    assert simulated.used() == 0
    assert torch.equal(network(X), expected)
    assert simulated.used() == 0


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize("make", [lambda: Row(6), Borrowing, Tied])
def test_a_device_that_is_full_at_any_moment_gives_a_clean_error_or_the_same_bits(
    make: Callable[[], nn.Module], for_good: bool
) -> None:
    network = make()
    expected, before = network(X), snapshot(network)
    failures = 0
    for fail_at in range(1, 12):
        simulated = SimulatedDevice(1 << 30, fail_at=fail_at, for_good=for_good)
        streamed: Streamed | None = None
        try:
            streamed = stream(network, simulated, 2 * LAYER)
            assert torch.equal(network(X), expected)
        except torch.OutOfMemoryError:
            failures += 1
        if streamed is not None:
            if not for_good:
                assert torch.equal(network(X), expected)
            streamed.close()
        assert at_home(network, before)
        assert simulated.used() == 0
    assert 0 < failures < 11


@pytest.mark.parametrize("fail_at", range(1, 12))
def test_activations_that_do_not_fit_break_off_a_pass_and_the_next_is_right(fail_at: int) -> None:
    simulated = SimulatedDevice(1 << 30, fail_at=fail_at)

    def activate() -> None:
        with simulated.borrow(1000):
            pass

    network = Row(8)
    expected, before = network(X), snapshot(network)
    for layer in network.layers:
        assert isinstance(layer, Layer)
        layer.during = activate
    for _ in range(2):  # the first finds the device full once
        streamed: Streamed | None = None
        try:
            streamed = stream(network, simulated, 2 * LAYER)
            assert torch.equal(network(X), expected)
        except torch.OutOfMemoryError:
            assert simulated.allocations == fail_at
        if streamed is not None:
            assert torch.equal(network(X), expected)
            streamed.close()
        assert at_home(network, before)
        assert simulated.used() == 0


@pytest.mark.parametrize("capacity", [0, LAYER, 3 * LAYER, 4 * LAYER - 1])
def test_a_device_too_small_for_the_ring_is_left_clean(capacity: int) -> None:
    network = Row(8)
    before = snapshot(network)
    simulated = device(capacity)
    with pytest.raises(torch.OutOfMemoryError):
        stream(network, simulated, LAYER)
    assert at_home(network, before)
    assert simulated.used() == 0


def test_copies_under_way_are_waited_for_before_their_ends_go() -> None:
    made: list[Fence] = []
    waited: list[Fence] = []

    class Noting(SimulatedDevice):
        def copy_async(self, home: Tensor, into: Tensor) -> Fence:
            fence = super().copy_async(home, into)
            made.append(fence)
            wait = fence.wait
            fence.wait = lambda: (waited.append(fence), wait())[1]  # type: ignore[method-assign]
            return fence

    network = Row(8)
    streamed = stream(network, Noting(1 << 40), 0)
    network(X)
    assert len(waited) < len(made)
    streamed.close()
    assert waited == made


def test_streaming_keeps_no_network_alive() -> None:
    network, simulated = Row(6), device()
    streamed = stream(network, simulated, 0)
    network(X)
    watch = weakref.ref(network)
    del network
    gc.collect()
    assert watch() is None
    streamed.close()
    assert simulated.used() == 0
