"""T2I-Adapters agree with diffusers' for the same weights, from files of either layout."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import MultiAdapter, T2IAdapter
from torch import Tensor

from diffusion.control.adapter import AdapterControl
from diffusion.control.file import open_control
from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.adapter import Adapter, AdapterConfig
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.sampling.conditioning import Box
from diffusion.sampling.control import lay, steer
from diffusion.types import Control
from tests.diffusion.control.oracles import SD1, XL, asked, close, enlivened, model_of, saved, unets

XL_LEVELS = replace(XL, widths=(8, 16, 24))
KINDS = {
    "full": AdapterConfig("full", widths=SD1.widths),
    "light": AdapterConfig("light", widths=SD1.widths, blocks=3, kernel=3),
    "xl": AdapterConfig("xl", widths=(*XL_LEVELS.widths, 24)),
}
TYPES = {"full": "full_adapter", "light": "light_adapter", "xl": "full_adapter_xl"}
KIND = pytest.mark.parametrize("kind", list(KINDS))
HINT = torch.rand(1, 64, 96, 3, generator=torch.Generator().manual_seed(5))


def unet_config(kind: str) -> UNetConfig:
    return XL_LEVELS if kind == "xl" else SD1


def ours(config: AdapterConfig) -> Adapter:
    torch.manual_seed(2)
    return enlivened(Adapter(config).eval().requires_grad_(False))


def theirs(network: Adapter) -> T2IAdapter:
    config = network.config
    widths = list(config.widths[:-1] if config.kind == "light" else config.widths)
    other = T2IAdapter(config.channels, widths, config.blocks, config.unshuffle, TYPES[config.kind])
    other.load_state_dict({f"adapter.{key}": value for key, value in network.state_dict().items()})
    return other.eval().requires_grad_(False)


def published(network: Adapter) -> dict[str, Tensor]:
    """The weights under the names that the paper's authors use."""
    blocks = network.config.blocks
    named = {}
    for key, value in network.state_dict().items():
        found = re.fullmatch(r"body\.(\d+)\.(?:resnets\.(\d+)\.)?(.+)", key)
        if found and network.config.kind == "light":
            key = key.replace(".resnets.", ".body.")
        elif found:
            key = f"body.{int(found[1]) * blocks + int(found[2] or 0)}.{found[3]}"
        named[key] = value
    return named


@KIND
def test_features_agree_with_diffusers(kind: str) -> None:
    network = ours(KINDS[kind])
    pixels = HINT.movedim(-1, 1)
    for found, expected in zip(network(pixels), theirs(network)(pixels), strict=True):
        close(found, expected)


@KIND
def test_they_steer_the_unet_as_in_diffusers(kind: str) -> None:
    network, given = ours(KINDS[kind]), asked(unet_config(kind))
    unet, their_unet = unets(unet_config(kind))
    features = theirs(network)(HINT.movedim(-1, 1))
    expected = their_unet(
        given.x,
        given.timesteps,
        encoder_hidden_states=given.context,
        added_cond_kwargs=dict(given.told),
        down_intrablock_additional_residuals=[x.expand(2, -1, -1, -1).clone() for x in features],
    ).sample
    net = AdapterControl(network, torch.float32)
    found = net.residuals(net.prepare(Control(net, HINT), given.x[:1], model_of(unet)), given.call())
    close(unet(given.x, given.timesteps, given.context, given.vector, residuals=found), expected)
    assert not torch.allclose(
        unet(given.x, given.timesteps, given.context, given.vector), expected, atol=1e-3
    )


@KIND
@pytest.mark.parametrize("layout", ["published", "diffusers"])
def test_files_of_either_layout_give_the_same_network(kind: str, layout: str, tmp_path: Path) -> None:
    network = ours(KINDS[kind])
    weights = theirs(network).state_dict() if layout == "diffusers" else published(network)
    net = open_control(saved(weights, tmp_path / "adapter.safetensors"))
    assert isinstance(net, AdapterControl)
    assert net.network.config == network.config
    assert all(
        torch.equal(value, net.network.state_dict()[key]) for key, value in network.state_dict().items()
    )


def test_several_add_up_as_diffusers_multi_adapter_does() -> None:
    networks = [ours(KINDS["full"]), enlivened(ours(KINDS["full"]))]
    hints, given, weights = (HINT, HINT.flip(2)), asked(SD1), (0.3, 0.8)
    model = model_of(unets(SD1)[0])
    both = MultiAdapter([theirs(network) for network in networks])
    expected = both([hint.movedim(-1, 1) for hint in hints], list(weights))
    controls = [
        Control(AdapterControl(network, torch.float32), hint, weight)
        for network, hint, weight in zip(networks, hints, weights, strict=True)
    ]
    found = steer([lay(control, given.x[:1], model) for control in controls], given.call())
    assert found is not None
    assert list(found.blocks) == [2, 5, 8]
    for x, feature in zip(found.blocks.values(), expected, strict=True):
        close(x, feature)


def test_drawings_are_seen_in_grey() -> None:
    config = replace(KINDS["full"], channels=1)
    net, given = AdapterControl(ours(config), torch.float32), asked(SD1)
    prepared = net.prepare(Control(net, HINT), given.x[:1], model_of(unets(SD1)[0]))
    close(prepared.hint, HINT.mean(-1)[:, None])


def test_sides_that_do_not_divide_are_rounded_up() -> None:
    given = asked(XL_LEVELS, 7, 9)
    unet = unets(XL_LEVELS)[0]
    net = AdapterControl(ours(KINDS["xl"]), torch.float32)
    found = net.residuals(net.prepare(Control(net, HINT), given.x[:1], model_of(unet)), given.call())
    assert unet(given.x, given.timesteps, given.context, given.vector, residuals=found).shape == given.x.shape


def test_a_part_of_the_picture_sees_its_part_of_the_hint() -> None:
    net, unet = AdapterControl(ours(KINDS["full"]), torch.float32), unets(SD1)[0]
    prepared = net.prepare(Control(net, HINT), torch.zeros(1, 4, 8, 12), model_of(unet))
    found = net.residuals(prepared, asked(SD1, 4, 6).call(box=Box(4, 6, 4, 6)))
    close(found.blocks[2], net.network(HINT[:, 32:, 48:].movedim(-1, 1))[0])


def test_features_are_made_once_for_all_steps() -> None:
    net, unet, given = AdapterControl(ours(KINDS["full"]), torch.float32), unets(SD1)[0], asked(SD1)
    prepared = net.prepare(Control(net, HINT), given.x[:1], model_of(unet))
    first, second = (net.residuals(prepared, given.call()) for _ in range(2))
    assert first.blocks[2] is second.blocks[2]


def test_an_adapter_of_another_family_is_refused() -> None:
    net = AdapterControl(ours(KINDS["xl"]), torch.float32)
    with pytest.raises(DiffusionError, match=r"T2I-Adapter \(xl, channels \(8, 16, 24, 24\)\) does not fit"):
        net.prepare(Control(net, HINT), torch.zeros(1, 4, 8, 12), model_of(UNet(SD1)))


def test_a_first_layer_of_unknown_size_is_an_error(tmp_path: Path) -> None:
    weights = published(ours(KINDS["full"])) | {"conv_in.weight": torch.zeros(8, 5, 3, 3)}
    with pytest.raises(CheckpointError, match="takes 5 channels; known are"):
        open_control(saved(weights, tmp_path / "adapter.safetensors"))
