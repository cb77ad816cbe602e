"""Answers of no network in particular, and what a rule makes of them; a tiny UNet as a model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from diffusion.networks.unet import UNet, UNetConfig
from diffusion.sampling.guidance import Guidance
from diffusion.sampling.rules import Answers, Cfg, Rule
from diffusion.sampling.schedules import linear_noise_schedule
from diffusion.types import Cond, Guider, LatentFormat, Model
from diffusion.weights.patched import Weights

SIZES = UNetConfig(widths=(8, 16), depths=(1, 1), blocks=1, context_width=12, heads=2, norm_groups=4)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def answers(
    sigma: float = 2.0, *, sets: int = 2, seed: int = 0, shape: Sequence[int] = (2, 4, 6, 5)
) -> Answers:
    """Several prompts' answers, alike but not the same, as a network would give them."""
    clean = normal(*shape, seed=seed)
    x = clean + sigma * normal(*shape, seed=seed + 1)
    return Answers(x, sigma, tuple(clean + 0.3 * normal(*shape, seed=seed + 2 + i) for i in range(sets)))


def never(which: int = 0, **_: object) -> Tensor:
    raise AssertionError(f"set {which} was asked again")


def mixed(rule: Rule, said: Answers, cfg: float) -> Tensor:
    """What plain guidance makes of answers with a rule around it."""
    changed = rule.before(said, never)
    return rule.after(rule.mix(changed, Cfg(cfg)), changed, never)


def noise_of(x0: Tensor | None, said: Answers) -> Tensor:
    assert x0 is not None
    return (said.x - x0) / said.sigma


def negative_of(said: Answers) -> Tensor:
    assert said.negative is not None
    return said.negative


def unet_model(config: UNetConfig = SIZES, **changes: object) -> Model:
    """A UNet of random weights, each alive."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = UNet(config).eval().requires_grad_(False)
        for parameter in network.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    schedule, latents = linear_noise_schedule(), LatentFormat(channels=4, scale=0.5)
    fields = {"rules": (), "tweaks": (), **changes}
    return Model(Weights(network), schedule, "epsilon", latents, "tiny", torch.float32, **fields)  # type: ignore[arg-type]


def words(seed: int, **changes: object) -> Cond:
    return Cond(normal(1, 3, SIZES.context_width, seed=seed), **changes)  # type: ignore[arg-type]


def guided(
    model: Model,
    x: Tensor,
    sigma: float = 2.0,
    *,
    cfg: float = 3.0,
    positive: Sequence[Cond] = (words(10),),
    negative: Sequence[Cond] = (words(11),),
) -> Tensor:
    """x0 by a model and its rules at one noise level."""
    guider = Guider(model, (tuple(positive), tuple(negative)), Cfg(cfg))
    with torch.no_grad():
        return Guidance(guider, torch.zeros_like(x), [sigma, 0.0])(x, sigma)
