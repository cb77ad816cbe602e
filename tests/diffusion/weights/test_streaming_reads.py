"""Weights that are tied, read by hand or looked at while they stream; passes broken off; full devices."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from diffusion import vae as vaes
from diffusion.networks.autoencoder import Autoencoder
from diffusion.types import LatentFormat, Vae
from diffusion.weights.devices import Fence, SimulatedDevice
from diffusion.weights.patched import Weights
from diffusion.weights.streaming import Streamed, stream
from tests.diffusion.weights.streams import (
    LAYER,
    SIDE,
    Borrowing,
    Both,
    Giving,
    Layer,
    Looking,
    Owning,
    Row,
    Tied,
    X,
    at_home,
    device,
    snapshot,
    spoilt,
)
from tests.factories.checkpoints import tiny_networks


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


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
    network = tiny_networks()["vae"].eval()
    assert isinstance(network, Autoencoder)
    network.decoder.conv_in.weight.mul_(1e4)
    vae = Vae(Weights(network.half()), LatentFormat(4, 0.18215), torch.float16)
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
