"""A picture made in little memory is the picture made in plenty, by our own networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import pytest
import torch
from torch import Tensor, nn

from diffusion import vae as vaes
from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.sampling.sample import make_noise, sample
from diffusion.sampling.schedules import linear_noise_schedule
from diffusion.types import Cond, Latent, LatentFormat, Model, Vae
from diffusion.weights.devices import SimulatedDevice
from diffusion.weights.memory import Memory
from diffusion.weights.patched import Weights
from diffusion.weights.reach import own_tensors, size

T = TypeVar("T")
LATENTS = LatentFormat(4, 0.18215)
UNETS = UNetConfig(
    widths=(32, 64), depths=(1, 1), blocks=1, context_width=32, heads=None, head_dim=16, norm_groups=8
)
VAES = AutoencoderConfig(widths=(16, 16, 32, 32), blocks=1, norm_groups=8)


def model() -> Model:
    torch.manual_seed(1)
    network = UNet(UNETS).requires_grad_(False).eval()
    return Model(Weights(network), linear_noise_schedule(), "epsilon", LATENTS, "tiny", torch.float32)


def vae() -> Vae:
    torch.manual_seed(2)
    return Vae(Weights(Autoencoder(VAES).requires_grad_(False).eval()), LATENTS, torch.float32)


def cond(seed: int) -> tuple[Cond, ...]:
    return (Cond(torch.randn(1, 7, 32, generator=torch.Generator().manual_seed(seed))),)


def sampled(model: Model, positive: tuple[Cond, ...], latent: Tensor) -> Tensor:
    return sample(
        model,
        noise=make_noise(Latent(latent), 5),
        latent=latent,
        positive=positive,
        negative=cond(4),
        cfg=3.0,
        sampler="dpmpp_2m",
        schedule="karras",
        steps=3,
        seed=5,
    )


@contextmanager
def counted(device: SimulatedDevice, *networks: nn.Module) -> Iterator[None]:
    """What the last layers gave counts on the device while the next one runs."""
    with ExitStack() as held:
        recent: list[ExitStack] = []

        def after(_layer: nn.Module, _given: object, out: Tensor) -> None:
            if len(recent) == 4:
                recent.pop(0).close()
            recent.append(held.enter_context(ExitStack()))
            recent[-1].enter_context(device.borrow(size(out)))

        layers = [
            part
            for network in networks
            for part in network.modules()
            if isinstance(part, nn.Linear | nn.Conv2d)
        ]
        for layer in layers:
            held.callback(layer.register_forward_hook(after).remove)
        yield


def called(memory: Memory, tried: list[str], call: Callable[[], T], arguments: Mapping[str, object]) -> T:
    """As an executor calls a node."""
    while True:
        try:
            with memory.lease(arguments):
                return call()
        except torch.OutOfMemoryError as error:
            step = memory.relieve(error, arguments, tried)
            if step is None:
                raise
            tried.append(step)


def picture(memory: Memory, tried: list[str], first: Model, second: Model, decoder: Vae) -> Tensor:
    """Sampled by one model, refined by another, decoded."""
    latent = torch.zeros(1, 4, 8, 8)
    for each, seed in ((first, 3), (second, 6)):
        positive = cond(seed)
        latent = called(
            memory,
            tried,
            lambda each=each, positive=positive, latent=latent: sampled(each, positive, latent),  # type: ignore[misc]
            {"model": each, "positive": positive, "latent": latent},
        )
    return called(memory, tried, lambda: vaes.decode(decoder, latent), {"vae": decoder, "samples": latent})


def bytes_of(*networks: nn.Module) -> int:
    return sum(size(tensor) for network in networks for tensor in own_tensors(network))


@pytest.mark.parametrize(
    ("percent", "splits"), [(250, False), (130, False), (105, False), (70, True), (50, True)]
)
def test_a_picture_is_the_same_in_whatever_memory(percent: int, splits: bool) -> None:
    """Percent of one UNet's weights, activations included: below 100 it has to stream.

    Bits differ only where calls are split as well: a network rounds otherwise in a smaller batch.
    """
    first, second, decoder = model(), model(), vae()
    plenty = SimulatedDevice(1 << 40)
    expected = picture(Memory(plenty), [], first, second, decoder)
    device = SimulatedDevice(bytes_of(first.network) * percent // 100)
    memory, tried = Memory(device), list[str]()
    with counted(device, first.network, second.network, decoder.network):
        for _ in range(2):
            made = picture(memory, tried, first, second, decoder)
            torch.testing.assert_close(made, expected, rtol=0, atol=1e-4 if splits else 0)
    assert splits == any(lesson.at_once == 1 for lesson in memory.lessons)
    assert tried == []  # all of it was done inside the calls
    assert device.peak() <= device.capacity
    assert not memory.leased
    memory.free()
    assert device.used() == 0
