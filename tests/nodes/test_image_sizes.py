"""Pictures and masks resized to a size that is said in one of many ways."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image as Pillow

from graph.errors import InvalidWorkflow
from nodes.image_sizes import (
    Dimensions,
    Match,
    Multiplier,
    SizeError,
    resize_and_pad,
    resize_image_or_mask,
    scale_to_max_dimension,
    scale_to_total_pixels,
)
from tests.nodes.studio import Prompt, Studio


def picture(height: int, width: int, value: float = 0.5) -> torch.Tensor:
    return torch.full((1, height, width, 3), value)


@pytest.mark.parametrize(
    ("height", "width", "scaled"), [(20, 40, (32, 64)), (40, 20, (64, 32)), (9, 9, (64, 64))]
)
def test_the_longer_side_gets_the_largest_size(height: int, width: int, scaled: tuple[int, int]) -> None:
    found = scale_to_max_dimension(image=picture(height, width), upscale_method="area", largest_size=64)
    assert found.shape[1:3] == scaled


def test_a_largest_size_of_zero_leaves_the_picture() -> None:
    found = scale_to_max_dimension(image=picture(3, 5), upscale_method="area", largest_size=0)
    assert found.shape[1:3] == (3, 5)


def test_a_megapixel_is_1024_times_1024() -> None:
    found = scale_to_total_pixels(image=picture(30, 30), upscale_method="nearest-exact", megapixels=0.25)
    assert found.shape[1:3] == (512, 512)
    wide = scale_to_total_pixels(image=picture(10, 40), upscale_method="nearest-exact", megapixels=0.25)
    assert wide.shape[1:3] == (256, 1024)


def test_sides_are_multiples_of_the_step() -> None:
    found = scale_to_total_pixels(
        image=picture(30, 47), upscale_method="area", megapixels=0.1, resolution_steps=64
    )
    assert [side % 64 for side in found.shape[1:3]] == [0, 0]
    assert found.shape[1] * found.shape[2] == pytest.approx(0.1 * 1024**2, rel=0.25)
    tiny = scale_to_total_pixels(
        image=picture(1, 300), upscale_method="area", megapixels=0.01, resolution_steps=256
    )
    assert tiny.shape[1] == 256


def test_a_padded_picture_stands_in_the_middle_of_its_frame() -> None:
    found = resize_and_pad(
        image=picture(10, 20), target_width=40, target_height=30, padding_color="white", interpolation="area"
    )
    assert found.shape[1:3] == (30, 40)
    assert found[0, :, 0, 0].tolist() == [1] * 5 + [0.5] * 20 + [1] * 5
    tall = resize_and_pad(
        image=picture(20, 10), target_width=40, target_height=30, padding_color="black", interpolation="area"
    )
    assert tall[0, 0, :, 0].tolist() == [0] * 12 + [0.5] * 15 + [0] * 13


@pytest.mark.parametrize(
    ("chosen", "inputs", "size"),
    [
        ("scale by multiplier", {"multiplier": 1.5}, (30, 60)),
        ("scale dimensions", {"width": 8, "height": 8, "crop": "center"}, (8, 8)),
        ("scale dimensions", {"width": 8, "height": 0, "crop": "disabled"}, (4, 8)),
        ("scale longer dimension", {"longer_size": 10}, (5, 10)),
        ("scale shorter dimension", {"shorter_size": 10}, (10, 20)),
        ("scale width", {"width": 10}, (5, 10)),
        ("scale height", {"height": 10}, (10, 20)),
        ("scale total pixels", {"megapixels": 0.01}, (72, 145)),
        ("match size", {"match": ["2", 0], "crop": "disabled"}, (6, 12)),
    ],
)
@pytest.mark.parametrize("of", ["1", "3"])
def test_a_workflow_says_a_size_with_dotted_names(
    studio: Studio, chosen: str, inputs: dict[str, Any], size: tuple[int, int], of: str
) -> None:
    prompt = workflow(of, chosen, inputs)
    ran = studio.run(prompt)
    assert ran.messages == []
    (file,) = ran.files
    assert picture_size(file) == size[::-1]


def workflow(of: str, chosen: str, inputs: dict[str, Any]) -> Prompt:
    resize = {"input": [of, 0], "resize_type": chosen, "scale_method": "area"}
    resize |= {f"resize_type.{name}": value for name, value in inputs.items()}
    shows = {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "a"}}
    if of == "3":
        shows = {"class_type": "MaskPreview", "inputs": {"mask": ["4", 0]}}
    return {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 40, "height": 20, "batch_size": 1, "color": 99},
        },
        "2": {"class_type": "EmptyImage", "inputs": {"width": 12, "height": 6, "batch_size": 1, "color": 0}},
        "3": {"class_type": "SolidMask", "inputs": {"value": 0.5, "width": 40, "height": 20}},
        "4": {"class_type": "ResizeImageMaskNode", "inputs": resize},
        "5": shows,
    }


def picture_size(file: Path) -> tuple[int, int]:
    with Pillow.open(file) as found:
        return found.size


def test_a_size_that_is_not_said_is_told_before_anything_runs(studio: Studio) -> None:
    with pytest.raises(InvalidWorkflow, match=r"resize_type\.longer_size"):
        studio.run(workflow("1", "scale longer dimension", {"width": 3}))
    with pytest.raises(InvalidWorkflow, match="scale by magic"):
        studio.run(workflow("1", "scale by magic", {}))


def test_masks_stay_masks_and_pictures_pictures() -> None:
    half = Multiplier(0.5)
    assert resize_image_or_mask(input=torch.rand(2, 8, 6), resize_type=half).shape == (2, 4, 3)
    assert resize_image_or_mask(input=torch.rand(2, 8, 6, 4), resize_type=half).shape == (2, 4, 3, 4)


def test_a_cropped_size_takes_the_middle() -> None:
    image = torch.zeros(1, 10, 30, 3)
    image[:, :, 10:20] = 1
    assert resize_image_or_mask(input=image, resize_type=Dimensions(5, 5, "center")).min() == 1


def test_a_value_without_a_size_is_named() -> None:
    with pytest.raises(SizeError, match="input has type str; pictures"):
        resize_image_or_mask(input="a", resize_type=Multiplier())
    with pytest.raises(SizeError, match=r"resize_type\.match has shape \(3,\)"):
        resize_image_or_mask(input=torch.rand(1, 2, 2), resize_type=Match(torch.rand(3)))
