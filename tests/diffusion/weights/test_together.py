"""Networks that share weights, in one call that a device does not hold all of."""

from __future__ import annotations

import gc

import pytest
import torch
from torch import Tensor, nn

from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.memory import Memory
from diffusion.weights.patched import Weights
from diffusion.weights.streaming import Networks, plan
from diffusion.weights.together import together
from tests.diffusion.weights import layers, streams

LAYERS = 12
X = streams.X


class Raised:
    """Adds a number."""

    def __call__(self, weight: Tensor) -> Tensor:
        return weight + 0.25


def pair() -> tuple[nn.Module, nn.Module]:
    """A network, and the same with half of its layers patched, the first among them."""
    base = Weights(streams.Row(LAYERS).requires_grad_(False))
    names = [f"layers.{index}.weight" for index in range(0, LAYERS, 2)]
    return base.network, base.with_patches({name: Raised() for name in names}).network


def answers(memory: Memory, *networks: nn.Module, activations: int = 0) -> list[Tensor]:
    """What each network makes of the same, in one call, twice in turn."""
    device = memory.device
    assert isinstance(device, SimulatedDevice)
    tried: list[str] = []
    while True:
        try:
            with memory.lease({"models": networks}), device.borrow(activations), torch.no_grad():
                return [network(X) for _ in range(2) for network in networks]
        except torch.OutOfMemoryError as error:
            step = memory.relieve(error, {"models": networks}, tried)
            if step is None:
                raise
            tried.append(step)


@pytest.mark.parametrize("layers_that_fit", [6, 10, 13, 17])
def test_a_plain_and_a_patched_network_stream_side_by_side(layers_that_fit: int) -> None:
    both = pair()
    expected = answers(layers.memory(), *both)
    device = SimulatedDevice(layers_that_fit * streams.LAYER)
    small = Memory(device)
    for _ in range(3):
        for found, wanted in zip(answers(small, *both), expected, strict=True):
            assert torch.equal(found, wanted)
    assert small.streaming() == ["Networks"]
    assert device.peak() <= device.capacity
    small.free()
    assert device.used() == 0


def test_they_give_way_to_activations_though_their_weights_would_fit() -> None:
    both = pair()
    expected = answers(layers.memory(), *both)
    device = SimulatedDevice(20 * streams.LAYER)
    small = Memory(device)
    for found, wanted in zip(answers(small, *both, activations=9 * streams.LAYER), expected, strict=True):
        assert torch.equal(found, wanted)


def test_afterwards_each_is_lent_alone_and_what_neither_uses_leaves() -> None:
    plain, patched = pair()
    before = [streams.snapshot(network) for network in (plain, patched)]
    device = SimulatedDevice(13 * streams.LAYER)
    small = Memory(device)
    answers(small, plain, patched)
    for network in (patched, plain):
        with small.lease({"model": network}):
            assert layers.at_home(small, network) == []
    small.free()
    assert streams.at_home(plain, before[0])
    assert streams.at_home(patched, before[1])
    del plain, patched, network, before
    gc.collect()
    small.free()
    assert device.used() == 0


def test_networks_of_their_own_stay_apart_in_the_order_of_meeting_them() -> None:
    plain, patched = pair()
    other, last = layers.tower(2, 8), layers.tower(2, 8)
    found = together([other, plain, last, patched])
    assert (found[0], found[2], len(found)) == (other, last, 3)
    assert list(found[1].children()) == [plain, patched]


def test_two_networks_are_joined_by_a_third_that_shares_with_both() -> None:
    a, b = layers.tower(2, 8), layers.tower(2, 8)
    bridge = nn.Sequential(a[0], b[0])
    (found,) = together([a, b, bridge])
    assert list(found.children()) == [a, b, bridge]


def test_the_first_weights_of_each_network_stay_where_it_works() -> None:
    both = pair()
    resident = {id(tensor) for tensor in plan(Networks(both), 0).resident}
    assert {id(next(network.parameters())) for network in both} <= resident
