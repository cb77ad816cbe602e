"""Patched networks under leases: made when first lent, their shared weights brought once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from diffusion.weights.memory import Memory
from diffusion.weights.patched import Weights
from diffusion.weights.reach import own_tensors, reach, reachable_modules, size
from tests.diffusion.weights import layers, streams

PLENTY = layers.PLENTY


@dataclass
class Doubling:
    """Doubles, and counts how often."""

    calls: int = 0

    def __call__(self, weight: Tensor) -> Tensor:
        self.calls += 1
        return 2 * weight


@dataclass(frozen=True)
class Holder:
    """As a model holds its network."""

    weights: Weights


def chain(blocks: int = 8) -> tuple[Weights, Weights, Doubling]:
    """A network, and the same with its fifth block doubled twice over."""
    torch.manual_seed(0)
    base, doubling = Weights(layers.tower(blocks, 16)), Doubling()
    between = base.with_patches({"4.weight": doubling})
    return base, between.with_patches({"4.weight": doubling}), doubling


def total(*modules: nn.Module) -> int:
    """Bytes, what is shared counted once."""
    return sum(size(tensor) for tensor in {id(t): t for m in modules for t in own_tensors(m)}.values())


def test_a_chain_of_patches_makes_the_last_network_only_and_when_it_is_lent() -> None:
    base, last, doubling = chain()
    between = base.with_patches({"4.weight": doubling})
    assert reachable_modules(Holder(last)) == (base.plain,)  # a look ahead makes nothing
    assert doubling.calls == 0
    with layers.memory().lease({"model": Holder(last)}):
        assert doubling.calls == 2
        assert reach(Holder(last)).modules == (last.network,)
    assert between.made is base.plain
    assert base.network is base.plain
    assert doubling.calls == 2


def test_what_the_plain_and_the_patched_network_share_is_brought_once() -> None:
    base, last, _ = chain()
    roomy = layers.memory()
    with roomy.lease({"both": [Holder(base), Holder(last)]}):
        assert layers.at_home(roomy, base.network, last.network) == []
    one = total(base.network)
    assert total(base.network, last.network) == one + one // 8
    assert roomy.counts.bytes_moved == roomy.used == one + one // 8


def test_after_the_plain_network_only_the_difference_is_brought() -> None:
    base, last, _ = chain()
    roomy = layers.memory()
    layers.use(roomy, base.network)
    before = roomy.counts.bytes_moved
    with roomy.lease({"model": Holder(last)}):
        pass
    assert roomy.counts.bytes_moved - before == before // 8


def test_patched_networks_are_made_right_while_the_plain_one_is_on_a_device() -> None:
    base, last, _ = chain()
    x = torch.randn(2, 16)
    expected = base.network(x)
    roomy = layers.memory()
    layers.use(roomy, base.network)
    with roomy.lease({"model": Holder(last)}):
        home = base.plain_tensors["4.weight"]
        assert torch.equal(last.network.get_parameter("4.weight"), 4 * home)
    roomy.free()
    assert torch.equal(base.network(x), expected)
    assert last.network.get_parameter("3.weight") is base.network.get_parameter("3.weight")


def test_patched_networks_are_made_right_while_the_plain_one_streams() -> None:
    network = streams.Row(8)
    base, doubling = Weights(network), Doubling()
    expected, homes = network(streams.X), [layer.weight.clone() for layer in network.layers]  # type: ignore[operator]
    tight = Memory(streams.device(), 5 * streams.LAYER)
    with tight.lease({"model": Holder(base)}):
        assert torch.equal(base.network(streams.X), expected)
    assert tight.streaming()
    last = base.with_patches({"layers.4.weight": doubling})
    by_hand = streams.Row(8)
    with torch.no_grad():
        by_hand.layers[4].weight.mul_(2)  # type: ignore[operator]
    with tight.lease({"model": Holder(last)}):
        assert torch.equal(last.network(streams.X), by_hand(streams.X))
    with tight.lease({"model": Holder(base)}):
        assert torch.equal(base.network(streams.X), expected)
    tight.free()
    assert [torch.equal(layer.weight, home) for layer, home in zip(network.layers, homes, strict=True)].count(
        True
    ) == 8
    for module in (base.network, last.network):
        assert all(type(inner._parameters) is dict for inner in module.modules())
    assert torch.equal(last.network(streams.X), by_hand(streams.X))


def test_a_patched_network_that_nobody_holds_leaves_and_takes_only_its_own() -> None:
    base, last, _ = chain()
    roomy = layers.memory()
    layers.use(roomy, base.network, last.network)
    whole = total(base.network)
    del last
    layers.use(roomy, base.network)
    assert roomy.used == whole


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_patches_are_computed_in_float32_and_rounded_once(dtype: torch.dtype) -> None:
    base = Weights(layers.tower(2, 16).to(dtype))
    last = base.with_patches({"0.weight": lambda w: w * 1.001}).with_patches(
        {"0.weight": lambda w: w * 0.999}
    )
    plain = base.plain_tensors["0.weight"]
    expected = (plain.float() * 1.001 * 0.999).to(dtype)
    assert torch.equal(last.network.get_parameter("0.weight"), expected)
