"""Weights with patches upon them: what is shared, what is made when, in which form."""

import copy

import pytest
import torch
from torch import Tensor, nn

from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.memory import Memory
from diffusion.weights.patched import Weights
from diffusion.weights.patches import Scaled


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(4, 4, 3), nn.Linear(4, 4), nn.BatchNorm1d(4)).requires_grad_(False).eval()


def test_without_patches_it_is_the_plain_network() -> None:
    plain = network()
    weights = Weights(plain)
    assert weights.network is plain
    assert weights.with_patches({}) is weights


def test_patches_come_one_after_another_and_the_network_is_made_once() -> None:
    weights = Weights(network()).with_patches({"1.weight": Scaled(2.0)}).with_patches({"1.weight": plus_one})
    assert weights.made is weights.plain
    assert weights.network is weights.network
    assert weights.made is weights.network
    wanted = weights.plain.get_parameter("1.weight") * 2 + 1
    assert torch.equal(weights.network.get_parameter("1.weight"), wanted)
    assert weights.network.get_parameter("1.bias") is weights.plain.get_parameter("1.bias")


def plus_one(weight: Tensor) -> Tensor:
    return weight + 1


def test_a_tensor_can_be_had_alone_before_rounding() -> None:
    plain = network().bfloat16()
    weights = Weights(plain).with_patches({"1.weight": Scaled(1.001)})
    alone = weights.tensor("1.weight")
    assert alone.dtype == torch.float32
    assert torch.equal(alone, plain.get_parameter("1.weight").float() * 1.001)
    assert torch.equal(weights.kept("1.weight"), alone.bfloat16())
    assert torch.equal(weights.network.get_parameter("1.weight"), weights.kept("1.weight"))
    assert weights.tensor("1.bias").dtype == torch.float32


def test_a_patch_of_no_tensor_is_an_error() -> None:
    with pytest.raises(KeyError):
        _ = Weights(network()).with_patches({"7.weight": Scaled(2.0)}).network


def test_convolutions_keep_their_memory_format_and_buffers_are_patched_too() -> None:
    plain = network()
    first = plain.get_parameter("0.weight")
    first.data = first.data.to(memory_format=torch.channels_last)
    weights = Weights(plain).with_patches({"0.weight": Scaled(2.0), "2.running_var": Scaled(3.0)})
    assert weights.network.get_parameter("0.weight").is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(weights.network.get_buffer("2.running_var"), torch.full((4,), 3.0))
    assert torch.equal(plain.get_buffer("2.running_var"), torch.ones(4))


def test_another_number_format_casts_every_number_once_and_no_counter() -> None:
    plain = network()
    weights = Weights(plain, dtype=torch.bfloat16).with_patches({"1.weight": Scaled(1.001)})
    found = weights.network.state_dict()
    assert torch.equal(found["1.weight"], (plain.get_parameter("1.weight") * 1.001).bfloat16())
    assert torch.equal(found["1.bias"], plain.get_parameter("1.bias").bfloat16())
    assert found["2.num_batches_tracked"].dtype == torch.int64
    assert plain.get_parameter("1.weight").dtype == torch.float32


def test_the_plain_network_keeps_every_bit() -> None:
    plain = network()
    before = copy.deepcopy(plain.state_dict())
    _ = Weights(plain).with_patches({name: Scaled(3.0) for name in ("0.weight", "1.weight")}).network
    assert all(torch.equal(tensor, before[name]) for name, tensor in plain.state_dict().items())


def test_a_lease_brings_what_patches_do_not_touch_once() -> None:
    plain = nn.Sequential(nn.Linear(64, 64, bias=False), nn.Linear(64, 64, bias=False)).requires_grad_(False)
    weights, memory = Weights(plain), Memory(SimulatedDevice(1 << 20))
    patched = weights.with_patches({"0.weight": Scaled(2.0)})
    with memory.lease({"model": weights}):
        pass
    moved = memory.counts.bytes_moved
    assert moved == 2 * 64 * 64 * 4
    with memory.lease({"model": patched}):
        assert torch.equal(patched.network.get_parameter("0.weight"), plain.get_parameter("0.weight") * 2)
    assert memory.counts.bytes_moved == moved + 64 * 64 * 4
    with memory.lease({"model": weights}):
        pass
    assert memory.counts.bytes_moved == moved + 64 * 64 * 4
