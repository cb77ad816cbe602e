"""Batches put together and taken apart."""

import pytest
import torch

from nodes.batches import BatchError
from nodes.image_batches import (
    batch_all_images,
    image_from_batch,
    image_size,
    rebatch_images,
    repeat_image_batch,
)
from tests.nodes.studio import Prompt, Studio


def numbered(count: int, height: int = 2, width: int = 2, channels: int = 3) -> torch.Tensor:
    """Pictures of the values 0, 1/10, 2/10, ..."""
    values = torch.arange(count).reshape(-1, 1, 1, 1) / 10
    return values.expand(count, height, width, channels).clone()


def values(image: torch.Tensor) -> list[float]:
    return [round(picture.mean().item() * 10, 3) for picture in image]


def test_many_pictures_become_one_batch_of_the_size_of_the_first() -> None:
    batch = batch_all_images(images=[numbered(2, 4, 6), numbered(1, 8, 8), numbered(3, 2, 2)])
    assert batch.shape == (6, 4, 6, 3)
    assert values(batch) == [0, 1, 0, 0, 1, 2]


def test_transparency_of_one_makes_the_others_opaque() -> None:
    batch = batch_all_images(images=[numbered(1), numbered(1, channels=4)])
    assert batch.shape == (2, 2, 2, 4)
    assert batch[0, ..., 3].min() == 1
    assert batch[1, ..., 3].max() == 0


def test_no_picture_is_an_error_that_names_the_input() -> None:
    with pytest.raises(BatchError, match="images has no picture"):
        batch_all_images(images=[])


def empty(color: int, size: int = 8) -> dict[str, object]:
    inputs = {"width": size, "height": size, "batch_size": 1, "color": color}
    return {"class_type": "EmptyImage", "inputs": inputs}


def test_a_workflow_names_the_pictures_of_a_batch_with_dots(studio: Studio) -> None:
    prompt: Prompt = {
        "1": empty(0xFF0000),
        "2": empty(0x00FF00, 16),
        "3": empty(0x0000FF),
        "4": {
            "class_type": "BatchImagesNode",
            "inputs": {"images.image0": ["1", 0], "images.image1": ["2", 0], "images.image2": ["3", 0]},
        },
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "batch"}},
    }
    ran = studio.run(prompt)
    assert ran.messages == []
    assert len(ran.files) == 3


def test_a_picture_is_taken_from_a_batch_by_its_index() -> None:
    assert values(image_from_batch(image=numbered(5), batch_index=1, length=2)) == [1, 2]
    assert values(image_from_batch(image=numbered(5), batch_index=3, length=9)) == [3, 4]
    assert values(image_from_batch(image=numbered(5), batch_index=99, length=1)) == [4]


def test_a_batch_is_repeated_as_a_whole() -> None:
    assert values(repeat_image_batch(image=numbered(2), amount=3)) == [0, 1, 0, 1, 0, 1]


def test_batches_of_another_size_hold_the_same_pictures() -> None:
    found = rebatch_images(images=[numbered(5), numbered(2)], batch_size=[3])
    assert list(map(values, found)) == [[0, 1, 2], [3, 4, 0], [1]]


def test_pictures_of_different_sizes_are_never_in_one_batch() -> None:
    found = rebatch_images(images=[numbered(3), numbered(2, 4, 4)], batch_size=[2])
    assert [tuple(batch.shape[:3]) for batch in found] == [(2, 2, 2), (1, 2, 2), (2, 4, 4)]


def test_what_follows_smaller_batches_runs_for_each(studio: Studio) -> None:
    prompt: Prompt = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 5, "color": 0}},
        "2": {"class_type": "RebatchImages", "inputs": {"images": ["1", 0], "batch_size": 2}},
        "3": {"class_type": "ImageFromBatch", "inputs": {"image": ["2", 0], "batch_index": 0, "length": 1}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "first"}},
    }
    ran = studio.run(prompt)
    assert ran.messages == []
    assert len(ran.files) == 3


def test_a_size_is_width_height_and_count() -> None:
    assert tuple(image_size(image=numbered(4, 2, 3))) == (3, 2, 4)
