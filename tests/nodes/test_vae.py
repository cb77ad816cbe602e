"""The autoencoder nodes."""

from pathlib import Path

import pytest
import torch
from PIL import Image as Pillow

from diffusion import types
from diffusion.errors import PartMissing
from diffusion.weights.checkpoint import open_checkpoint
from graph.context import Context
from graph.events import Event, NodeProgress
from graph.folders import Folders
from nodes.latent import set_noise_mask
from nodes.pixel_space import pixel_space_vae
from nodes.sampling import ksampler
from nodes.text import encode_text
from nodes.vae import decode, decode_tiled, encode, encode_for_inpaint, encode_tiled, grow
from tests.nodes.studio import CHECKPOINT, Prompt, Studio, text_to_image


def vae_of(studio: Studio) -> types.Vae:
    found = open_checkpoint(studio.folders.resolve("checkpoints", CHECKPOINT)).vae
    assert found is not None
    return found


def context(events: list[Event]) -> Context:
    return Context("1", "run", Folders(Path()), emit=events.append)


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand((1, height, width, 3), generator=torch.Generator().manual_seed(4))


def test_sizes_go_down_and_up_by_eight(studio: Studio) -> None:
    vae = vae_of(studio)
    latent = encode(pixels=picture(48, 64), vae=vae)
    assert latent.samples.shape == (1, 4, 6, 8)
    assert decode(samples=latent, vae=vae).shape == (1, 48, 64, 3)


def test_one_large_tile_is_the_picture_of_one_go(studio: Studio) -> None:
    vae = vae_of(studio)
    latent = encode(pixels=picture(48, 64), vae=vae)
    tiled = encode_tiled(context([]), pixels=picture(48, 64), vae=vae, **tiles(512))
    assert torch.equal(tiled.samples, latent.samples)
    again = decode_tiled(context([]), samples=latent, vae=vae, **tiles(512))
    assert torch.equal(again, decode(samples=latent, vae=vae))


def test_small_tiles_give_the_same_size_and_tell_how_many_are_done(studio: Studio) -> None:
    vae, events = vae_of(studio), list[Event]()
    latent = encode_tiled(context([]), pixels=picture(96, 128), vae=vae, **tiles(64))
    assert latent.samples.shape == (1, 4, 12, 16)
    assert decode_tiled(context(events), samples=latent, vae=vae, **tiles(64)).shape == (1, 96, 128, 3)
    counts = [(event.value, event.total) for event in events if isinstance(event, NodeProgress)]
    assert len(counts) > 1
    assert counts == [(done + 1, len(counts)) for done in range(len(counts))]


def tiles(size: int) -> dict[str, int]:
    return {"tile_size": size, "overlap": 32, "temporal_size": 64, "temporal_overlap": 8}


def test_a_checkpoint_without_a_vae_says_so() -> None:
    for call in (lambda: encode(pixels=picture(8, 8), vae=None), lambda: inpaint_with(None)):
        with pytest.raises(PartMissing, match="no VAE"):
            call()


def inpaint_with(vae: types.Vae | None) -> types.Latent:
    latent = encode_for_inpaint(pixels=picture(8, 8), vae=vae, mask=torch.ones(1, 8, 8), grow_mask_by=0)
    assert isinstance(latent, types.Latent)
    return latent


def test_pixel_space_keeps_every_pixel(studio: Studio) -> None:
    vae = pixel_space_vae()
    latent = encode(pixels=picture(5, 7), vae=vae)
    assert latent.samples.shape == (1, 3, 5, 7)
    assert torch.allclose(latent.samples, picture(5, 7).movedim(-1, 1) * 2 - 1)
    assert torch.allclose(decode(samples=latent, vae=vae), picture(5, 7), atol=1e-6)


def test_pixel_space_is_first_in_the_list_of_autoencoders(studio: Studio) -> None:
    prompt: Prompt = {
        "1": {"class_type": "VAELoader", "inputs": {"vae_name": "pixel_space"}},
        "2": {
            "class_type": "EmptyImage",
            "inputs": {"width": 4, "height": 3, "batch_size": 1, "color": 0xFF8000},
        },
        "3": {"class_type": "VAEEncode", "inputs": {"pixels": ["2", 0], "vae": ["1", 0]}},
        "4": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["1", 0]}},
        "5": {"class_type": "PreviewImage", "inputs": {"images": ["4", 0]}},
    }
    with Pillow.open(studio.run(prompt).files[0]) as found:
        assert found.getpixel((1, 1)) == (255, 128, 0)


def test_masked_pixels_are_grey_to_the_encoder_and_the_rest_is_not() -> None:
    mask = torch.zeros(1, 8, 8)
    mask[:, 2:4, 2:4] = 1
    latent = encode_for_inpaint(pixels=picture(8, 8), vae=pixel_space_vae(), mask=mask, grow_mask_by=0)
    greyed = latent.samples.movedim(1, -1) / 2 + 0.5
    assert torch.allclose(greyed[:, 2:4, 2:4], torch.tensor(0.5), atol=1e-6)
    kept = mask[0] == 0
    assert torch.allclose(greyed[0][kept], picture(8, 8)[0][kept], atol=1e-6)
    assert latent.noise_mask is not None
    assert torch.equal(latent.noise_mask, mask[:, None])


def test_a_mask_of_another_size_is_fitted_and_a_picture_is_cropped_with_it(studio: Studio) -> None:
    mask = torch.zeros(1, 4, 5)
    mask[:, :1] = 1  # the upper quarter
    latent = encode_for_inpaint(pixels=picture(44, 50), vae=vae_of(studio), mask=mask, grow_mask_by=0)
    assert latent.samples.shape == (1, 4, 5, 6)
    assert latent.noise_mask is not None
    assert latent.noise_mask.shape == (1, 1, 40, 48)
    assert latent.noise_mask[0, 0, :9].min() == 1  # rows 2 to 10 of 44
    assert latent.noise_mask[0, 0, 9:].max() == 0


@pytest.mark.parametrize(("by", "wide"), [(0, 1), (1, 1), (3, 3), (6, 6), (64, 21)])
def test_growing_widens_a_mask_by_so_many_pixels_in_all(by: int, wide: int) -> None:
    mask = torch.zeros(1, 1, 21, 21)
    mask[..., 10, 10] = 1
    grown = grow(mask, by)
    assert grown.shape == mask.shape
    assert grown.sum(-1).max() == wide
    assert set(grown.flatten().tolist()) <= {0.0, 1.0}


def test_what_the_mask_leaves_out_stays_as_it_was(studio: Studio) -> None:
    vae = vae_of(studio)
    start = encode(pixels=picture(48, 64), vae=vae)
    mask = torch.zeros(1, 48, 64)
    mask[:, :, 32:] = 1
    masked = set_noise_mask(samples=start, mask=mask)
    assert masked.noise_mask is not None
    assert masked.noise_mask.shape == (1, 1, 48, 64)

    inputs = masked_inputs(studio, masked)
    assert torch.allclose(inputs[..., :4], start.samples[..., :4], atol=1e-5)
    assert not torch.allclose(inputs[..., 4:], start.samples[..., 4:], atol=0.1)


def masked_inputs(studio: Studio, latent: types.Latent) -> torch.Tensor:
    """The latents after sampling from a latent with a mask."""
    opened = open_checkpoint(studio.folders.resolve("checkpoints", CHECKPOINT))
    wish = encode_text(text="a tent", clip=opened.text)
    settings = {
        key: value for key, value in text_to_image()["3"]["inputs"].items() if not isinstance(value, list)
    }
    sampled = ksampler(
        context([]), model=opened.model, positive=wish, negative=wish, latent_image=latent, **settings
    )
    assert isinstance(sampled, types.Latent)
    assert sampled.noise_mask is latent.noise_mask
    return sampled.samples
