"""What inpainting and editing models are shown beside the noise, against diffusers' pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    StableDiffusionInpaintPipeline,
    StableDiffusionInstructPix2PixPipeline,
    UNet2DConditionModel,
)
from torch import Tensor

from diffusion import vae as vaes
from diffusion.sampling.inputs import Occasion
from diffusion.sampling.rules import Cfg
from diffusion.sampling.sample import sample_levels
from diffusion.sampling.samplers import find_sampler
from diffusion.types import Beside, Cond, Guider, Model, PictureSize
from diffusion.weights.checkpoint import Checkpoint, open_checkpoint
from tests.factories.original_layout import below, original_unet, original_vae
from tests.factories.relatives import (
    SCHEDULE,
    UNET,
    VAE,
    Oracles,
    lively,
    sdxl_oracles,
    tiny_sdxl,
    tiny_vae,
    write,
)

SIZES: dict[str, Any] = {
    "block_out_channels": (32, 32, 64, 64),
    "layers_per_block": 1,
    "cross_attention_dim": 48,
    "attention_head_dim": 8,
}
PIXELS = torch.rand(1, 64, 64, 3, generator=torch.Generator().manual_seed(1))


def sd1_oracles(channels: int) -> Oracles:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        return lively(UNet2DConditionModel(**SIZES, in_channels=channels), tiny_vae(), ())


def opened(path: Path, oracles: Oracles) -> Checkpoint:
    parts = [below(UNET, original_unet(oracles.unet)), below(VAE, original_vae(oracles.vae))]
    told = {"unet_head_dim": None, "unet_heads": 8}
    return open_checkpoint(write(path / "sd1.safetensors", parts, config=told))


def model_of(checkpoint: Checkpoint) -> Model:
    assert checkpoint.model is not None
    return checkpoint.model


def noise(*shape: int, seed: int = 3) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def occasion() -> Occasion:
    return Occasion(torch.zeros(1, 4, 8, 8), 0, negative=False)


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, atol=2e-4, rtol=2e-4)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of torch's tensors, to numpy
@torch.no_grad()
def test_inpainting_equals_the_pipeline_of_diffusers(tmp_path: Path) -> None:
    oracles = sd1_oracles(9)
    checkpoint = opened(tmp_path, oracles)
    model = model_of(checkpoint)
    mask = torch.zeros(1, 64, 64)
    mask[:, 16:48, :32] = 1.0
    made = StableDiffusionInpaintPipeline.__new__(StableDiffusionInpaintPipeline)
    object.__setattr__(made, "vae", oracles.vae)
    object.__setattr__(made, "vae_scale_factor", 8)
    covered = (PIXELS.movedim(-1, 1) * 2 - 1) * (mask[:, None] < 0.5)
    encoded = oracles.vae.config.scaling_factor * oracles.vae.encode(covered).latent_dist.mode()
    expected = torch.cat(
        made.prepare_mask_latents(
            mask[:, None], encoded, 1, 64, 64, torch.float32, torch.device("cpu"), None, False
        ),
        1,
    )
    greyed = (PIXELS - 0.5) * (1 - mask[..., None]) + 0.5
    beside = Beside(vaes.encode(checkpoint.vae, greyed), mask)
    shown = model.inputs.beside(Cond(noise(1, 77, 48), beside=beside), occasion())
    assert shown is not None
    close(shown, expected)
    x, t, context = noise(1, 4, 8, 8), torch.tensor([9.0]), noise(1, 77, 48)
    given = torch.cat([x, shown], 1)
    close(model.network(given, t, context), oracles.unet(given, t, context).sample)


@torch.no_grad()
def test_an_inpainting_model_that_is_shown_nothing_paints_all_of_a_grey_picture(tmp_path: Path) -> None:
    checkpoint = opened(tmp_path, sd1_oracles(9))
    shown = model_of(checkpoint).inputs.beside(Cond(noise(1, 77, 48)), occasion())
    assert shown is not None
    grey = vaes.encode(checkpoint.vae, torch.full((1, 128, 128, 3), 0.5))[:, :, 8, 8]
    close(shown, torch.cat([torch.ones(1, 1), grey * 0.18215], 1)[..., None, None].expand(-1, -1, 8, 8))


def test_an_inpainting_model_that_is_shown_nothing_is_shown_what_is_sampled(tmp_path: Path) -> None:
    model = model_of(opened(tmp_path, sd1_oracles(9)))
    latent, mask = noise(2, 4, 8, 8), torch.zeros(1, 1, 8, 8)
    mask[..., :3] = 0.7
    shown = model.inputs.beside(Cond(noise(1, 77, 48)), Occasion(latent, 0, negative=False, mask=mask))
    assert shown is not None
    close(shown, torch.cat([mask.round().expand(2, -1, -1, -1), latent], 1))


def test_a_mask_is_hard_at_the_size_of_the_latents(tmp_path: Path) -> None:
    model = model_of(opened(tmp_path, sd1_oracles(9)))
    soft = torch.linspace(0, 1, 64)[None, None].expand(1, 64, 64)
    shown = model.inputs.beside(Cond(noise(1, 77, 48), beside=Beside(mask=soft)), occasion())
    assert shown is not None
    assert shown[0, 0, 0].tolist() == [0.0] * 4 + [1.0] * 4


@pytest.mark.filterwarnings("ignore:__array__ implementation")
@torch.no_grad()
def test_an_edit_equals_the_pipeline_of_diffusers(tmp_path: Path) -> None:
    oracles = sd1_oracles(8)
    checkpoint = opened(tmp_path, oracles)
    model = model_of(checkpoint)
    context, empty = noise(1, 77, 48), noise(1, 77, 48, seed=4)
    scheduler = DDIMScheduler(**SCHEDULE, clip_sample=False)
    made = StableDiffusionInstructPix2PixPipeline(
        oracles.vae, None, None, oracles.unet, scheduler, None, None, None, requires_safety_checker=False
    )
    made.set_progress_bar_config(disable=True)
    start = noise(1, 4, 8, 8)
    seen: list[Tensor] = []
    hook = oracles.unet.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    made(
        prompt_embeds=context,
        negative_prompt_embeds=empty,
        image=PIXELS.movedim(-1, 1),
        latents=start,
        num_inference_steps=1,
        output_type="latent",
    )
    hook.remove()
    latent = vaes.encode(checkpoint.vae, PIXELS)
    told = model.inputs.beside(Cond(context, beside=Beside(latent)), occasion())
    nothing = model.inputs.beside(Cond(empty), occasion())
    assert told is not None
    assert nothing is not None
    # The pipeline asks with text and picture, with the picture alone, with neither.
    close(seen[0][:, 4:], torch.cat([told, told, nothing]))


@torch.no_grad()
def test_channels_go_into_sampling(tmp_path: Path) -> None:
    oracles = sd1_oracles(8)
    checkpoint = opened(tmp_path, oracles)
    model = model_of(checkpoint)
    context, latent, start = noise(1, 77, 48), noise(1, 4, 8, 8, seed=5), noise(1, 4, 8, 8)
    sigma = float(model.schedule.sigmas[500])
    found = sample_levels(
        Guider(model, ((Cond(context, beside=Beside(latent)),), (Cond(context),)), Cfg(1.0)),
        find_sampler("euler"),
        [sigma, 0.0],
        noise=start,
        latent=torch.zeros_like(start),
        seed=0,
    )
    x = start * sigma
    given = torch.cat([x / (sigma**2 + 1) ** 0.5, latent], 1)
    out = oracles.unet(given, torch.tensor([500.0]), context).sample
    close(found * 0.18215, x - sigma * out)


@torch.no_grad()
def test_sdxl_for_inpainting_is_told_sizes_and_shown_the_mask(tmp_path: Path) -> None:
    oracles = sdxl_oracles(in_channels=9)
    model = model_of(open_checkpoint(tiny_sdxl(tmp_path / "xl.safetensors", oracles)))
    latent, mask = noise(1, 4, 8, 8), torch.ones(1, 8, 8)
    pooled = noise(1, 40)
    cond = Cond(noise(1, 77, 80), pooled, size=PictureSize(64, 64), beside=Beside(latent, mask))
    shown, vector = model.inputs.beside(cond, occasion()), model.inputs.vector(cond, occasion())
    assert shown is not None
    close(shown, torch.cat([mask[None], latent * 0.13025], 1))
    x, t = noise(1, 4, 8, 8), torch.tensor([9.0])
    given = torch.cat([x, shown], 1)
    told = {"text_embeds": pooled, "time_ids": torch.tensor([[64, 64, 0, 0, 64, 64]])}
    expected = oracles.unet(given, t, cond.context, added_cond_kwargs=told).sample
    close(model.network(given, t, cond.context, vector), expected)


@pytest.mark.parametrize(("marks", "scale"), [([], 1.0), (["edm_vpred.sigma_max"], 0.13025)])
def test_sdxl_for_edits_is_shown_the_latents_as_they_are_and_cosxl_scaled(
    tmp_path: Path, marks: list[str], scale: float
) -> None:
    extra = {mark: torch.tensor(120.0) for mark in marks}
    path = tiny_sdxl(tmp_path / "xl.safetensors", sdxl_oracles(in_channels=8), extra=extra)
    latent = noise(1, 4, 8, 8)
    shown = model_of(open_checkpoint(path)).inputs.beside(
        Cond(noise(1, 77, 80), beside=Beside(latent)), occasion()
    )
    assert shown is not None
    assert torch.equal(shown, latent * scale)
