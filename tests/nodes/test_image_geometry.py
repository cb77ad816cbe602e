"""Pictures cut, turned, joined and framed; Pillow says how."""

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from nodes.image_geometry import crop_image, flip_image, pad_for_outpaint, rotate_image, stitch_images

Transpose = Pillow.Transpose


def picture(height: int = 5, width: int = 7, count: int = 1, channels: int = 3) -> torch.Tensor:
    levels = torch.randint(
        0, 256, (count, height, width, channels), generator=torch.Generator().manual_seed(2)
    )
    return levels / 255


def plain(color: float, height: int, width: int) -> torch.Tensor:
    return torch.full((1, height, width, 3), color)


def by_pillow(image: torch.Tensor, method: Transpose) -> torch.Tensor:
    pixels = Pillow.fromarray((image[0] * 255).round().to(torch.uint8).numpy()).transpose(method)
    return torch.from_numpy(np.asarray(pixels) / 255).float()[None]


@pytest.mark.parametrize(
    ("rotation", "method"),
    [
        ("90 degrees", Transpose.ROTATE_270),  # Pillow turns the other way
        ("180 degrees", Transpose.ROTATE_180),
        ("270 degrees", Transpose.ROTATE_90),
    ],
)
def test_a_picture_is_turned_clockwise(rotation: str, method: Transpose) -> None:
    assert torch.allclose(rotate_image(image=picture(), rotation=rotation), by_pillow(picture(), method))
    assert torch.equal(rotate_image(image=picture(), rotation="none"), picture())


@pytest.mark.parametrize(
    ("flip", "method"),
    [
        ("x-axis: vertically", Transpose.FLIP_TOP_BOTTOM),
        ("y-axis: horizontally", Transpose.FLIP_LEFT_RIGHT),
    ],
)
def test_a_picture_is_mirrored(flip: str, method: Transpose) -> None:
    assert torch.allclose(flip_image(image=picture(), flip_method=flip), by_pillow(picture(), method))


def test_a_part_is_cut_out_and_ends_at_the_edges() -> None:
    image = picture()
    assert torch.equal(crop_image(image=image, width=3, height=2, x=1, y=2), image[:, 2:4, 1:4])
    assert crop_image(image=image, width=99, height=99, x=4, y=4).shape == (1, 1, 3, 3)
    assert torch.equal(crop_image(image=image, width=9, height=9, x=70, y=70), image[:, -1:, -1:])


@pytest.mark.parametrize("direction", ["right", "left", "down", "up"])
def test_the_second_picture_stands_where_the_direction_says(direction: str) -> None:
    result = stitch_images(image1=plain(0.0, 4, 4), direction=direction, image2=plain(1.0, 4, 4))
    half = {"right": result[:, :, 4:], "left": result[:, :, :4], "down": result[:, 4:], "up": result[:, :4]}
    assert half[direction].min() == 1
    assert result.mean() == 0.5


def test_a_matched_picture_keeps_its_aspect() -> None:
    assert stitch_images(image1=plain(0, 8, 4), image2=plain(1, 4, 6)).shape == (1, 8, 4 + 12, 3)
    down = stitch_images(image1=plain(0, 8, 4), direction="down", image2=plain(1, 4, 6))
    assert down.shape == (1, 8 + 2, 4, 3)


def test_an_unmatched_picture_gets_a_black_frame_in_its_middle() -> None:
    result = stitch_images(image1=plain(1, 4, 4), match_image_size=False, image2=plain(1, 2, 3))
    assert result.shape == (1, 4, 7, 3)
    assert result[0, :, 5, 0].tolist() == [0, 1, 1, 0]
    lower = stitch_images(
        image1=plain(1, 2, 2), direction="down", match_image_size=False, image2=plain(1, 2, 4)
    )
    assert lower[0, 0, :, 0].tolist() == [0, 1, 1, 0]


def test_the_space_between_is_even_and_coloured() -> None:
    result = stitch_images(
        image1=plain(0, 2, 2), spacing_width=3, spacing_color="green", image2=plain(0, 2, 2)
    )
    assert result.shape == (1, 2, 8, 3)
    assert result[0, 0, 2:6].tolist() == [[0, 1, 0]] * 4
    assert result[0, 0, [1, 6]].sum() == 0


def test_batches_are_repeated_and_transparency_is_kept() -> None:
    result = stitch_images(image1=picture(count=3), spacing_width=2, image2=picture(channels=4))
    assert result.shape == (3, 5, 7 + 2 + 7, 4)
    assert result[..., :9, 3].min() == 1


def test_without_a_second_picture_there_is_the_first() -> None:
    assert torch.equal(stitch_images(image1=picture()), picture())


def test_a_border_is_grey_and_masked() -> None:
    image, mask = pad_for_outpaint(
        image=picture(10, 20, count=2), left=8, top=16, right=0, bottom=24, feathering=0
    )
    assert image.shape == (2, 50, 28, 3)
    assert mask.shape == (1, 50, 28)
    assert torch.equal(image[:, 16:26, 8:], picture(10, 20, count=2))
    border = torch.ones(50, 28)
    border[16:26, 8:] = 0
    assert torch.equal(mask[0], border)
    assert image[0][border.bool()].unique().tolist() == [0.5]


def test_the_mask_fades_into_the_picture_by_the_square_of_the_distance() -> None:
    _, mask = pad_for_outpaint(image=plain(0, 20, 20), left=8, right=8, feathering=4)
    assert mask[0, 10, 6:14].tolist() == [1, 1, 1, 0.5625, 0.25, 0.0625, 0, 0]
    assert mask[0, 10, 22:30].tolist() == [0, 0, 0, 0.0625, 0.25, 0.5625, 1, 1]
    assert mask[0, 0].tolist() == mask[0, 10].tolist()  # no border above, so nothing fades there


def test_each_pixel_fades_by_its_nearest_border() -> None:
    _, mask = pad_for_outpaint(image=plain(0, 30, 40), left=8, top=8, right=8, bottom=8, feathering=7)
    for y, x in ((3, 20), (20, 4), (2, 5), (28, 38), (15, 20)):
        nearest = min(y, x, 30 - y, 40 - x)
        expected = max(0.0, 1 - nearest / 7) ** 2
        assert mask[0, y + 8, x + 8].item() == pytest.approx(expected, abs=1e-6)


def test_a_picture_too_small_to_fade_keeps_a_hard_edge() -> None:
    _, mask = pad_for_outpaint(image=plain(0, 8, 40), left=8, feathering=4)
    assert mask.unique().tolist() == [0, 1]
