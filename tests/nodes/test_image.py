"""The picture nodes, called as the functions that they are."""

import torch

from nodes.image import batch_images, empty_image, invert_image, scale_image, scale_image_by


def gradient(height: int, width: int, channels: int = 3) -> torch.Tensor:
    return torch.linspace(0, 1, width).reshape(1, 1, width, 1).expand(1, height, width, channels).clone()


def test_an_empty_image_has_its_colour_everywhere() -> None:
    image = empty_image(width=3, height=2, batch_size=4, color=0x3366FF)
    assert image.shape == (4, 2, 3, 3)
    assert (image.reshape(-1, 3).unique(dim=0) * 255).round().tolist() == [[0x33, 0x66, 0xFF]]


def test_inverting_twice_is_nothing() -> None:
    image = gradient(2, 5)
    assert invert_image(image=image)[0, 0, :, 0].tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert torch.equal(invert_image(image=invert_image(image=image)), image)


def test_scaling_to_a_width_keeps_the_aspect_when_the_height_is_zero() -> None:
    scaled = scale_image(
        image=gradient(20, 30), upscale_method="lanczos", width=60, height=0, crop="disabled"
    )
    assert scaled.shape == (1, 40, 60, 3)


def test_scaling_with_a_crop_takes_the_middle() -> None:
    image = torch.zeros(1, 10, 30, 3)
    image[:, :, 10:20] = 1
    scaled = scale_image(image=image, upscale_method="area", width=5, height=5, crop="center")
    assert scaled.min() == 1


def test_scaling_by_a_factor_rounds_and_never_vanishes() -> None:
    assert scale_image_by(image=gradient(10, 15), upscale_method="bilinear", scale_by=0.5).shape == (
        1,
        5,
        8,
        3,
    )
    assert scale_image_by(image=gradient(3, 3), upscale_method="area", scale_by=0.01).shape == (1, 1, 1, 3)


def test_a_batch_takes_the_size_of_the_first() -> None:
    batch = batch_images(image1=gradient(10, 10), image2=gradient(30, 20))
    assert batch.shape == (2, 10, 10, 3)


def test_a_batch_crops_the_second_rather_than_stretching_it() -> None:
    wide = torch.zeros(1, 4, 12, 3)
    wide[:, :, 4:8] = 1
    assert batch_images(image1=gradient(4, 4), image2=wide)[1].min() == 1


def test_a_batch_with_one_transparent_picture_makes_the_other_opaque() -> None:
    batch = batch_images(image1=gradient(4, 4), image2=gradient(4, 4, channels=4))
    assert batch.shape == (2, 4, 4, 4)
    assert batch[0, ..., 3].min() == 1
