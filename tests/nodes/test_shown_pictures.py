"""The nodes that show a model pictures, called as the functions that they are."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from diffusion import types
from diffusion import vae as autoencoder
from diffusion.types import Cond
from diffusion.vision.clip_vision import ClipVisionOutput
from diffusion.weights.checkpoint import open_checkpoint
from nodes.shown_pictures import for_depth, for_edits, for_inpainting, for_upscaling, for_variations
from tests.nodes.studio import CHECKPOINT, Studio

TEXT = (Cond(torch.zeros(1, 77, 32), facts={"own": 1}), Cond(torch.ones(1, 77, 32)))
EMPTY = (Cond(torch.zeros(1, 77, 32)),)


@pytest.fixture
def vae(studio: Studio) -> types.Vae:
    found = open_checkpoint(studio.folders.resolve("checkpoints", CHECKPOINT)).vae
    assert found is not None
    return found


def picture(height: int, width: int) -> Tensor:
    return torch.rand((1, height, width, 3), generator=torch.Generator().manual_seed(4))


def beside(conditioning: types.Conditioning) -> types.Beside:
    """What all of them are shown, which is one and the same."""
    first = conditioning[0].beside
    assert first is not None
    assert all(cond.beside is first for cond in conditioning)
    return first


def test_inpainting_shows_the_picture_with_grey_under_the_mask(vae: types.Vae) -> None:
    pixels, mask = picture(64, 48), torch.zeros(1, 32, 24)
    mask[:, 8:24, :8] = 1.0
    given = {"positive": TEXT, "negative": EMPTY, "vae": vae, "pixels": pixels, "mask": mask}
    positive, negative, latent = for_inpainting(**given, noise_mask=True)
    shown = beside(positive)
    assert beside(negative) is shown
    assert shown.mask is not None
    assert shown.latent is not None
    assert shown.mask.shape == (1, 64, 48)
    greyed = torch.where(shown.mask[..., None].round() == 1, torch.tensor(0.5), pixels)
    torch.testing.assert_close(shown.latent, autoencoder.encode(vae, greyed), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(latent.samples, autoencoder.encode(vae, pixels), atol=1e-5, rtol=1e-5)
    assert latent.noise_mask is not None
    assert torch.equal(latent.noise_mask[:, 0], shown.mask)
    assert for_inpainting(**given, noise_mask=False).latent.noise_mask is None
    assert positive[0].facts == {"own": 1}


def test_inpainting_crops_picture_and_mask_alike(vae: types.Vae) -> None:
    _, _, latent = for_inpainting(
        positive=TEXT, negative=EMPTY, vae=vae, pixels=picture(67, 50), mask=torch.ones(1, 67, 50)
    )
    assert latent.samples.shape == (1, 4, 8, 6)
    assert latent.noise_mask is not None
    assert latent.noise_mask.shape == (1, 1, 64, 48)


def test_an_edit_shows_the_picture_and_starts_from_nothing(vae: types.Vae) -> None:
    pixels = picture(64, 48)
    positive, negative, latent = for_edits(positive=TEXT, negative=EMPTY, vae=vae, pixels=pixels)
    shown = beside(positive)
    assert beside(negative) is shown
    assert shown.latent is not None
    torch.testing.assert_close(shown.latent, autoencoder.encode(vae, pixels))
    assert shown.mask is None
    assert latent.samples.shape == shown.latent.shape
    assert latent.samples.abs().max() == 0


def test_upscaling_shows_the_small_picture_at_the_size_of_the_latents() -> None:
    images = picture(24, 32)
    positive, negative, latent = for_upscaling(
        images=images, positive=TEXT, negative=EMPTY, scale_ratio=4.0, noise_augmentation=0.25
    )
    shown = beside(positive)
    assert beside(negative) is shown
    assert shown.latent is not None
    torch.testing.assert_close(shown.latent, images.movedim(-1, 1) * 2 - 1)
    assert latent.samples.shape == (1, 4, 24, 32)
    assert [cond.facts["noise_augmentation"] for cond in (*positive, *negative)] == [0.25] * 3
    half = for_upscaling(images=images, positive=TEXT, negative=EMPTY, scale_ratio=2.0)
    assert half.latent.samples.shape == (1, 4, 12, 16)


def test_pictures_to_vary_add_up_in_every_conditioning() -> None:
    seen = ClipVisionOutput(torch.ones(1, 8), torch.ones(1, 2, 8), torch.ones(1, 2, 8))
    once = for_variations(conditioning=TEXT, clip_vision_output=seen, strength=0.5, noise_augmentation=0.25)
    twice = for_variations(conditioning=once, clip_vision_output=seen)
    (first, second) = twice[0].facts["unclip_conditioning"]
    assert (first.seen, first.strength, first.noise_augmentation) == (seen, 0.5, 0.25)
    assert (second.strength, second.noise_augmentation) == (1.0, 0.0)
    assert len(twice[1].facts["unclip_conditioning"]) == 2
    assert for_variations(conditioning=TEXT, clip_vision_output=seen, strength=0.0) is TEXT


def test_depth_is_shown_to_both_prompts_as_channels_first() -> None:
    depth = picture(16, 24)
    positive, negative = for_depth(positive=TEXT, negative=EMPTY, depth=depth)
    for conditioning in (positive, negative):
        latent = beside(conditioning).latent
        assert latent is not None
        assert torch.equal(latent, depth.movedim(-1, 1))
    assert positive[0].facts == {"own": 1}
