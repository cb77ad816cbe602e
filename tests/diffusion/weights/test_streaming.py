"""Networks that stream on a simulated device: the same bits out, within the bytes and the seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from diffusion.types import LatentFormat, TextEncoder, TextTower, Vae
from diffusion.weights.devices import TorchDevice
from diffusion.weights.patched import Weights
from diffusion.weights.reach import size
from diffusion.weights.streaming import plan, plan_within, spread, stream
from tests.diffusion.weights.streams import (
    LAYER,
    SIDE,
    Layer,
    Row,
    X,
    at_home,
    device,
    snapshot,
    spoilt,
    total,
)
from tests.factories.checkpoints import tiny_networks


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


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
        vae = Vae(Weights(network), LatentFormat(4, 0.18215), next(network.parameters()).dtype)
        latents = vaes.encode(vae, picture)
        return torch.cat([vaes.decode(vae, latents), vaes.decode(vae, 2 * latents)])

    return network, run


def text_tower() -> tuple[nn.Module, Callable[[], Tensor]]:
    network = tiny_networks()["text"].eval()
    encoder = TextEncoder(
        (TextTower("clip_l", Weights(network), clip_tokenizer()),), no_embeddings, last_layer=-2
    )

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


def test_a_parameter_tells_where_a_network_is_even_behind_a_buffer_of_its_rank() -> None:
    network = nn.Sequential(nn.Linear(2, 2), Layer(), Layer())
    network[0].register_buffer("grid", torch.zeros(1, 3, 3, 500))
    network.append(nn.Conv2d(4, 4, 3))
    assert any(tensor is network[3].weight for tensor in plan(network, 0).resident)


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


def test_a_device_whose_copies_are_there_at_once_serves_too() -> None:
    network = Row(6)
    expected, before = network(X), snapshot(network)
    streamed = stream(network, TorchDevice(torch.device("cpu")), 2 * LAYER)
    for _ in range(3):
        assert torch.equal(network(X), expected)
    streamed.close()
    assert at_home(network, before)
