"""Colours of pictures: noise, blends, blur, fewer colours, morphology, brightness and colour."""

import colorsys
import math

import pytest
import torch
from PIL import Image as Pillow

from nodes.image_effects import (
    add_noise,
    blend_images,
    blur_image,
    morph_image,
    quantize_image,
    rgb_to_yuv,
    sharpen_image,
    yuv_to_rgb,
)


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def point(size: int = 7) -> torch.Tensor:
    image = torch.zeros(1, size, size, 3)
    image[:, size // 2, size // 2] = 1
    return image


def test_noise_has_its_strength_and_follows_its_seed() -> None:
    grey = torch.full((2, 64, 64, 3), 0.5)
    noisy = add_noise(image=grey, seed=3, strength=0.1)
    assert (noisy - grey).std().item() == pytest.approx(0.1, rel=0.03)
    assert torch.equal(noisy, add_noise(image=grey, seed=3, strength=0.1))
    assert not torch.equal(noisy, add_noise(image=grey, seed=4, strength=0.1))
    assert not torch.equal(noisy[0], noisy[1])
    assert torch.equal(add_noise(image=grey, seed=3, strength=0.0), grey)
    assert add_noise(image=grey, seed=3, strength=1.0).aminmax() == (0, 1)


def blended(mode: str, a: float, b: float) -> float:
    """The formula for one channel: `a` below, `b` above."""
    if mode == "overlay":
        return 2 * a * b if a <= 0.5 else 1 - 2 * (1 - a) * (1 - b)
    if mode == "soft_light":
        root = ((16 * a - 12) * a + 4) * a if a <= 0.25 else math.sqrt(a)
        return a - (1 - 2 * b) * a * (1 - a) if b <= 0.5 else a + (2 * b - 1) * (root - a)
    return {"normal": b, "multiply": a * b, "screen": a + b - a * b, "difference": a - b}[mode]


@pytest.mark.parametrize("mode", ["normal", "multiply", "screen", "overlay", "soft_light", "difference"])
@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0])
def test_a_blend_is_its_formula_at_each_pixel(mode: str, factor: float) -> None:
    first, second = noise(1, 5, 6, 3), noise(1, 5, 6, 3, seed=2)
    result = blend_images(image1=first, image2=second, blend_factor=factor, blend_mode=mode)
    pairs = zip(first.flatten().tolist(), second.flatten().tolist(), strict=True)
    expected = [min(1, max(0, a + factor * (blended(mode, a, b) - a))) for a, b in pairs]
    assert result.flatten().tolist() == pytest.approx(expected, abs=1e-5)


def test_a_blended_picture_is_fitted_repeated_and_made_opaque() -> None:
    result = blend_images(
        image1=noise(3, 8, 8, 4), image2=noise(1, 4, 6, 3), blend_factor=1.0, blend_mode="normal"
    )
    assert result.shape == (3, 8, 8, 4)
    assert result[..., 3].min() == 1
    assert torch.equal(result[0], result[2])


def test_a_blurred_point_is_the_gaussian_in_units_of_the_radius() -> None:
    result = blur_image(image=point(), blur_radius=1, sigma=1.0)[0, 2:5, 2:5, 0]
    side, corner = math.exp(-0.5), math.exp(-1.0)
    total = 1 + 4 * side + 4 * corner
    expected = [corner, side, corner, side, 1, side, corner, side, corner]
    assert (result.flatten() * total).tolist() == pytest.approx(expected, abs=1e-6)


def test_a_blur_keeps_what_is_even_and_the_sum_of_what_is_not() -> None:
    even = torch.full((2, 5, 4, 3), 0.3)
    assert torch.allclose(blur_image(image=even, blur_radius=31, sigma=10.0), even)
    blurred = blur_image(image=point(31), blur_radius=5, sigma=0.5)
    assert blurred.sum().item() == pytest.approx(3.0, rel=1e-5)


def test_sharpening_adds_ten_times_what_the_blur_would_take() -> None:
    image = noise(1, 9, 9, 3) * 0.02 + 0.5
    blurred = blur_image(image=image, blur_radius=2, sigma=0.8)
    sharp = sharpen_image(image=image, sharpen_radius=2, sigma=0.8, alpha=0.5)
    assert torch.allclose(sharp, image + 5 * (image - blurred), atol=1e-6)
    assert torch.equal(sharpen_image(image=image, sharpen_radius=2, sigma=0.8, alpha=0.0), image)
    assert sharpen_image(image=noise(1, 9, 9, 3), alpha=5.0).aminmax() == (0, 1)


def test_each_picture_of_a_batch_has_colours_of_its_own() -> None:
    batch = torch.cat([torch.zeros(1, 4, 4, 3), torch.ones(1, 4, 4, 3)])
    assert torch.equal(quantize_image(image=batch, colors=1, dither="none"), batch)


@pytest.mark.parametrize(
    ("operation", "pixels"),
    [
        ("dilate", 9),
        ("erode", 0),
        ("open", 0),
        ("close", 1),
        ("gradient", 9),
        ("top_hat", 1),
        ("bottom_hat", 0),
    ],
)
def test_a_point_under_each_operation_of_morphology(operation: str, pixels: int) -> None:
    assert morph_image(image=point(), operation=operation, kernel_size=3)[..., 0].sum() == pixels


@pytest.mark.parametrize("size", [3, 4, 5])
def test_what_is_opened_or_closed_stays_so(size: int) -> None:
    image = noise(2, 12, 13, 3)
    opened = morph_image(image=image, operation="open", kernel_size=size if size % 2 else size + 1)
    again = morph_image(image=opened, operation="open", kernel_size=size if size % 2 else size + 1)
    assert torch.equal(opened, again)
    darker = morph_image(image=image, operation="erode", kernel_size=size)
    assert torch.equal(darker, 1 - morph_image(image=1 - image, operation="dilate", kernel_size=size))


def test_brightness_and_colour_are_those_of_jpeg() -> None:
    image = (noise(1, 8, 8, 3) * 255).round() / 255
    planes = rgb_to_yuv(image=image)
    bytes_of = (image[0] * 255).round().to(torch.uint8).numpy()
    jpeg = torch.tensor(Pillow.fromarray(bytes_of).convert("YCbCr").get_flattened_data()).reshape(8, 8, 3)
    for index, plane in enumerate(planes):
        assert plane.shape == image.shape
        assert ((plane[0, ..., 0] * 255) - jpeg[..., index]).abs().max() <= 1.01


def test_colours_come_back_from_brightness_and_colour() -> None:
    image = noise(2, 6, 5, 3)
    y, u, v = rgb_to_yuv(image=image)
    assert torch.allclose(yuv_to_rgb(Y=y, U=u, V=v), image, atol=1e-5)
    assert yuv_to_rgb(Y=y, U=u[:1], V=v[:1]).shape == image.shape
    red, green, blue = image[0, 0, 0].tolist()
    assert y[0, 0, 0, 0].item() == pytest.approx(colorsys.rgb_to_yiq(red, green, blue)[0], abs=2e-3)
