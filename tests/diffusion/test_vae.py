"""Pictures to latents and back: whole, in tiles, and when something goes wrong."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion import vae as vaes
from diffusion.errors import DiffusionError, NotANumber
from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig
from diffusion.types import LatentFormat, Vae
from diffusion.vae import Grid
from diffusion.weights.patched import Weights
from diffusion.weights.thrift import Thrift, spared
from tests.factories.checkpoints import VAE, tiny_networks


@pytest.fixture(scope="module")
def vae() -> Vae:
    network = tiny_networks()["vae"]
    assert isinstance(network, Autoencoder)
    return Vae(Weights(network.eval().requires_grad_(False)), LatentFormat(4, 0.18215), torch.float32)


def noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(5))


def picture(batch: int, height: int, width: int) -> Tensor:
    return torch.rand(batch, height, width, 3, generator=torch.Generator().manual_seed(6))


def test_a_picture_is_float32_between_0_and_1(vae: Vae) -> None:
    image = vaes.decode(vae, 30 * noise(2, 4, 3, 5))
    assert image.shape == (2, 24, 40, 3)
    assert image.dtype == torch.float32
    assert (image.min(), image.max()) == (0, 1)
    assert image.is_contiguous()


def test_a_latent_is_the_mean_of_the_posterior(vae: Vae) -> None:
    pixels = picture(1, 16, 24)
    mean, _ = vae.network.encode_moments(pixels.movedim(-1, 1) * 2 - 1)
    assert torch.allclose(vaes.encode(vae, pixels), mean, atol=1e-6)


def test_neighbours_in_a_batch_change_nothing(vae: Vae) -> None:
    samples = noise(3, 4, 4, 4)
    assert torch.equal(vaes.decode(vae, samples)[1:2], vaes.decode(vae, samples[1:2]))
    pixels = picture(3, 16, 16)
    assert torch.equal(vaes.encode(vae, pixels)[2:], vaes.encode(vae, pixels[2:]))


def test_a_size_that_latents_do_not_divide_is_cropped_around_the_middle(vae: Vae) -> None:
    pixels = picture(1, 21, 30)
    assert torch.equal(vaes.encode(vae, pixels), vaes.encode(vae, pixels[:, 2:18, 3:27]))


def test_alpha_is_dropped_and_grey_is_every_colour(vae: Vae) -> None:
    pixels = picture(1, 16, 16)
    with_alpha = torch.cat([pixels, torch.zeros(1, 16, 16, 1)], dim=-1)
    assert torch.equal(vaes.encode(vae, with_alpha), vaes.encode(vae, pixels))
    grey = pixels[..., :1]
    assert torch.equal(vaes.encode(vae, grey), vaes.encode(vae, grey.repeat(1, 1, 1, 3)))


def test_a_picture_smaller_than_a_latent_is_refused(vae: Vae) -> None:
    with pytest.raises(DiffusionError, match="7x30 is smaller than one latent"):
        vaes.encode(vae, picture(1, 30, 7))


@pytest.mark.parametrize("shape", [(1, 16, 4, 4), (4, 4, 4)])
def test_latents_of_another_kind_are_refused(vae: Vae, shape: tuple[int, ...]) -> None:
    with pytest.raises(DiffusionError, match=r"reads latents of shape \(batch, 4, height, width\)"):
        vaes.decode(vae, noise(*shape))


def test_one_tile_large_enough_is_exactly_the_whole(vae: Vae) -> None:
    samples, pixels = noise(2, 4, 6, 8), picture(2, 48, 64)
    assert torch.equal(vaes.decode_tiled(vae, samples, 64, 16), vaes.decode(vae, samples))
    assert torch.equal(vaes.encode_tiled(vae, pixels, 64, 16), vaes.encode(vae, pixels))


class Pointwise(Autoencoder):
    """An autoencoder that looks at each latent alone, so that cutting can lose nothing."""

    def decode(self, latents: Tensor) -> Tensor:
        return torch.nn.functional.interpolate(latents[:, :3], scale_factor=8.0, mode="nearest")

    def encode_moments(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        mean = torch.nn.functional.avg_pool2d(pixels, 8)
        return mean, mean


@pytest.mark.parametrize(("tile", "overlap"), [(64, 32), (64, 0), (96, 40), (40, 16)])
def test_tiles_come_back_to_where_they_were_cut(vae: Vae, tile: int, overlap: int) -> None:
    pointwise = replace(vae, weights=Weights(Pointwise(VAE)))
    samples, pixels = noise(1, 4, 20, 33), picture(1, 160, 264)
    decoded = vaes.decode_tiled(pointwise, samples, tile, overlap)
    assert torch.allclose(decoded, vaes.decode(pointwise, samples), atol=1e-5)
    encoded = vaes.encode_tiled(pointwise, pixels, tile, overlap)
    assert torch.allclose(encoded, vaes.encode(pointwise, pixels), atol=1e-5)


def test_tiles_blend_without_seams(vae: Vae) -> None:
    flat = torch.ones(1, 4, 24, 24)
    tiled = vaes.decode_tiled(vae, flat, 64, 32)
    rows = tiled.diff(dim=1).abs().amax(dim=(0, 2, 3))
    inside = vaes.decode(vae, flat[:, :, :8, :8]).diff(dim=1).abs().amax()
    assert rows.max() <= inside + 1e-3


@pytest.mark.parametrize(("tile", "overlap"), [(32, 0), (32, 8), (64, 64), (40, 24), (8, 0), (1, 500)])
@pytest.mark.parametrize("size", [(5, 9), (8, 8), (12, 4)])
def test_every_pixel_is_covered_whatever_the_tiles(
    vae: Vae, tile: int, overlap: int, size: tuple[int, int]
) -> None:
    height, width = size
    image = vaes.decode_tiled(vae, noise(1, 4, height, width), tile, overlap)
    assert image.shape == (1, 8 * height, 8 * width, 3)
    assert image.isfinite().all()
    latent = vaes.encode_tiled(vae, image, tile, overlap)
    assert latent.shape == (1, 4, height, width)
    assert latent.isfinite().all()


def test_a_watcher_sees_every_tile_and_may_stop(vae: Vae) -> None:
    seen: list[tuple[int, int]] = []
    vaes.decode_tiled(vae, noise(2, 4, 8, 8), 32, 0, on_tile=lambda done, total: seen.append((done, total)))
    assert seen == [(index, 8) for index in range(1, 9)]

    def stop(done: int, total: int) -> None:
        raise KeyError("stop")

    with pytest.raises(KeyError):
        vaes.decode_tiled(vae, noise(1, 4, 8, 8), 32, 0, on_tile=stop)


def test_tiles_end_with_the_picture(vae: Vae) -> None:
    grid = Grid.of(vae, 64, 16, source=1, target=8)
    assert grid.starts(8) == [0]
    assert grid.starts(9) == [0, 1]
    assert grid.starts(20) == [0, 6, 12]


class Small(Autoencoder):
    """An autoencoder on a device whose memory holds so many latents of a picture but no more."""

    def __init__(self, config: AutoencoderConfig, most: int) -> None:
        super().__init__(config)
        self.most = most
        self.seen: list[tuple[int, int]] = []  # latents

    def decode(self, latents: Tensor) -> Tensor:
        self.check(latents.shape[-2], latents.shape[-1])
        return super().decode(latents)

    def encode_moments(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        self.check(pixels.shape[-2] // 8, pixels.shape[-1] // 8)
        return super().encode_moments(pixels)

    def check(self, height: int, width: int) -> None:
        self.seen.append((height, width))
        if height * width > self.most:
            raise torch.OutOfMemoryError("out of memory")


def small(vae: Vae, most: int) -> tuple[Vae, Small]:
    network = Small(VAE, most)
    network.load_state_dict(vae.network.state_dict())
    return replace(vae, weights=Weights(network.requires_grad_(False))), network


def test_a_picture_that_does_not_fit_goes_in_tiles_of_half_its_size_and_so_on(vae: Vae) -> None:
    tight, network = small(vae, 20 * 10)
    samples = noise(1, 4, 70, 10)
    image = vaes.decode(tight, samples)
    assert network.seen[:3] == [(70, 10), (35, 10), (17, 10)]
    assert set(network.seen[3:]) == {(17, 10)}
    assert torch.equal(image, vaes.decode_tiled(vae, samples, 17 * 8, 64))


def test_a_picture_too_large_to_encode_goes_in_tiles_too(vae: Vae) -> None:
    tight, network = small(vae, 20 * 20)
    pixels = picture(1, 256, 320)
    latent = vaes.encode(tight, pixels)
    assert network.seen[:3] == [(32, 40), (20, 20), (20, 20)]
    assert torch.equal(latent, vaes.encode_tiled(vae, pixels, 160, 64))


def test_tiles_do_not_become_smaller_than_128_pixels(vae: Vae) -> None:
    tight, network = small(vae, 16 * 16 - 1)
    for run in (
        lambda: vaes.decode(tight, noise(1, 4, 40, 40)),
        lambda: vaes.encode(tight, picture(1, 320, 320)),
    ):
        network.seen.clear()
        with pytest.raises(torch.OutOfMemoryError):
            run()
        assert network.seen == [(40, 40), (20, 20), (16, 16)]


def test_a_picture_smaller_than_the_smallest_tile_is_tried_once(vae: Vae) -> None:
    tight, network = small(vae, 1)
    with pytest.raises(torch.OutOfMemoryError):
        vaes.decode(tight, noise(1, 4, 4, 5))
    assert network.seen == [(4, 5)]


def test_the_next_picture_begins_with_the_tiles_that_fitted(vae: Vae) -> None:
    tight, network = small(vae, 20 * 20)
    vaes.decode(tight, noise(2, 4, 40, 40))
    assert network.seen.count((40, 40)) == 1
    sparing = Thrift()
    for _ in range(2):
        network.seen.clear()
        with spared(sparing):
            vaes.decode(tight, noise(1, 4, 40, 40))
    assert sparing.tiled == 160
    assert set(network.seen) == {(20, 20)}


def test_what_is_idle_leaves_before_a_picture_is_cut(vae: Vae) -> None:
    tight, network = small(vae, 1)

    def make_room() -> bool:
        network.most += 30
        return network.most < 50

    samples = noise(1, 4, 5, 6)
    with spared(Thrift(make_room=make_room)):
        assert torch.equal(vaes.decode(tight, samples), vaes.decode(vae, samples))
    assert network.seen == [(5, 6)] * 2


@pytest.mark.parametrize("most", [20 * 20, 16 * 16])
def test_tiles_made_for_want_of_memory_blend_without_seams(vae: Vae, most: int) -> None:
    tight, _ = small(vae, most)
    flat = torch.ones(1, 4, 40, 40)
    tiled = vaes.decode(tight, flat)
    inside = vaes.decode(vae, flat[:, :, :16, :16])
    for side in (1, 2):
        steps = tiled.diff(dim=side).abs().amax()
        assert steps <= inside.diff(dim=side).abs().amax() + 1e-3


def bright(vae: Vae, dtype: torch.dtype, factor: float) -> Vae:
    """A copy whose decoder's values go beyond float16 on the way."""
    network = copy.deepcopy(vae.network)
    network.decoder.conv_in.weight.mul_(factor)
    return replace(vae, weights=Weights(network.to(dtype)), dtype=dtype)


def test_a_nan_in_a_narrow_format_is_computed_again_in_float32(vae: Vae) -> None:
    narrow = bright(vae, torch.float16, 1e4)
    samples = 100 * noise(2, 4, 4, 4)
    latent = samples.half()
    assert not narrow.network.decode(latent).isfinite().all()
    image = vaes.decode(narrow, samples)
    assert image.isfinite().all()
    assert image.std() > 0.01
    assert {parameter.dtype for parameter in narrow.network.parameters()} == {torch.float16}


def test_a_nan_in_float32_is_an_error_and_never_a_black_picture(vae: Vae) -> None:
    broken = bright(vae, torch.float32, float("inf"))
    with pytest.raises(NotANumber, match="in float32 too"):
        vaes.decode(broken, noise(1, 4, 4, 4))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_nan_in_the_input_is_blamed_on_the_step_before(vae: Vae, bad: float) -> None:
    samples = noise(1, 4, 4, 4)
    samples[0, 0, 0, 0] = bad
    with pytest.raises(NotANumber, match="the step before it went wrong"):
        vaes.decode(vae, samples)
