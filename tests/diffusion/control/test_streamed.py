"""What steers a UNet works while it, and the UNet, stream through a device that holds neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from diffusion.control.file import AnyControl, open_control
from diffusion.control.grounding import Grounder, grounded
from diffusion.control.image_prompt import ImagePrompter, cross_attentions, prompted
from diffusion.networks.adapter import Adapter, AdapterConfig
from diffusion.networks.gligen import Gligen, GligenConfig
from diffusion.networks.ip_adapter import IpAdapter, IpAdapterConfig
from diffusion.networks.tweaks import Pass
from diffusion.networks.unet import UNetConfig
from diffusion.sampling.control import lay, steer
from diffusion.types import Cond, Control, Model
from diffusion.vision.clip_vision import ClipVisionOutput
from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.streaming import stream
from tests.diffusion.control import test_controlnet, test_lora
from tests.diffusion.control.oracles import SD1, XL, asked, close, enlivened, model_of, saved, unets

HINT = torch.rand(1, 64, 96, 3, generator=torch.Generator().manual_seed(5))
WIDE = replace(SD1, widths=(64, 128, 128), norm_groups=32)  # its matrices are large enough to stream


def streamed(networks: list[nn.Module], ask: Callable[[], Tensor]) -> list[Tensor]:
    """Three answers while these stream with nothing resident but what must be."""
    devices = [SimulatedDevice(1 << 30) for _ in networks]
    streams = [stream(network, device, 0) for network, device in zip(networks, devices, strict=True)]
    assert all(each.streamed_bytes > 0 for each in streams)
    try:
        return [ask() for _ in range(3)]
    finally:
        for each in streams:
            each.close()


def wide_control(kind: str, folder: Path) -> AnyControl:
    if kind == "adapter":
        torch.manual_seed(2)
        weights = Adapter(AdapterConfig("full", widths=WIDE.widths)).state_dict()
        return open_control(
            saved({f"adapter.{key}": w for key, w in weights.items()}, folder / "net.safetensors")
        )
    network = test_controlnet.ours(WIDE).state_dict()
    weights = test_lora.file_of(network) if kind == "lora" else network
    return open_control(saved(weights, folder / "net.safetensors"))


@pytest.mark.parametrize("kind", ["net", "lora", "adapter"])
@torch.no_grad()
def test_control_networks_give_the_same(kind: str, tmp_path: Path) -> None:
    unet, given, net = unets(WIDE)[0], asked(WIDE), wide_control(kind, tmp_path)
    steering = lay(Control(net, HINT), given.x[:1], model_of(unet))

    def ask() -> Tensor:
        residuals = steer([steering], given.call())
        return unet(given.x, given.timesteps, given.context, residuals=residuals)

    expected = ask()
    for found in streamed([unet, net.network], ask):
        assert torch.equal(found, expected)


def tweaked(kind: str, model: Model, config: UNetConfig) -> tuple[Model, nn.Module]:
    """A model whose tweak has weights of its own."""
    torch.manual_seed(2)
    attentions = cross_attentions(model)
    channels = tuple(attentions.values())
    if kind == "ip_adapter":
        sizes = IpAdapterConfig("plain", 300, config.context_width, channels)
        network: nn.Module = enlivened(IpAdapter(sizes).requires_grad_(False))
        assert isinstance(network, IpAdapter)
        seen = ClipVisionOutput(torch.randn(1, 300), torch.zeros(1, 1, 1), torch.zeros(1, 1, 1))
        return prompted(model, ImagePrompter(network, torch.float32), seen, None), network
    network = enlivened(Gligen(GligenConfig(12, 512, config.context_width, channels)).requires_grad_(False))
    assert isinstance(network, Gligen)
    (cond,) = grounded(
        (Cond(torch.zeros(1, 7, 12)),), Grounder(network, dict(zip(attentions, range(99), strict=False))),
        torch.randn(1, 12), (8, 8, 40, 40),
    )  # fmt: skip
    return replace(model, tweaks=cond.tweaks), network


@pytest.mark.parametrize("kind", ["ip_adapter", "gligen"])
@pytest.mark.parametrize("config", [WIDE, XL], ids=["sd1", "xl"])
@torch.no_grad()
def test_tweaks_with_weights_give_the_same(kind: str, config: UNetConfig) -> None:
    unet, given = unets(config)[0], asked(config)
    model, network = tweaked(kind, model_of(unet), config)

    def ask() -> Tensor:
        way = Pass(1.0, (8, 12), (False, True))
        tweaks = [tweak.begin() for tweak in model.tweaks]
        return unet(given.x, given.timesteps, given.context, given.vector, tweaks=tweaks, way=way)

    expected = ask()
    for found in streamed([unet, network], ask):
        close(found, expected)
