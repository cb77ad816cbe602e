"""Masks made, changed and turned into pictures; SciPy says how they grow."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from nodes.batches import BatchError
from nodes.masks import (
    ChannelError,
    batch_masks,
    color_to_mask,
    composite_masks,
    crop_mask,
    feather_mask,
    grow_mask,
    image_to_mask,
    invert_mask,
    mask_to_image,
    solid_mask,
    threshold_mask,
)
from tests.nodes.studio import Prompt, Studio


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_mask_becomes_a_grey_picture_and_comes_back() -> None:
    mask = noise(2, 3, 4)
    image = mask_to_image(mask=mask)
    assert image.shape == (2, 3, 4, 3)
    for channel in ("red", "green", "blue"):
        assert torch.equal(image_to_mask(image=image, channel=channel), mask)
    assert mask_to_image(mask=mask[0]).shape == (1, 3, 4, 3)


def test_alpha_is_a_channel_where_there_is_one() -> None:
    image = noise(1, 2, 2, 4)
    assert torch.equal(image_to_mask(image=image, channel="alpha"), image[..., 3])
    with pytest.raises(ChannelError, match="'alpha', but image has only red, green, blue"):
        image_to_mask(image=image[..., :3], channel="alpha")


def test_one_colour_becomes_a_mask() -> None:
    image = (
        torch.tensor([[0x33, 0x66, 0xFF], [0x33, 0x66, 0xFE], [0xFF, 0x66, 0x33]]).reshape(1, 1, 3, 3) / 255
    )
    assert color_to_mask(image=image, color=0x3366FF).tolist() == [[[1, 0, 0]]]
    assert color_to_mask(image=image + 0.001, color=0xFF6633).tolist() == [[[0, 0, 1]]]


def test_a_solid_mask_has_its_value_everywhere() -> None:
    mask = solid_mask(value=0.25, width=3, height=2)
    assert mask.shape == (1, 2, 3)
    assert mask.unique().tolist() == [0.25]


def test_masks_become_one_batch_of_the_size_of_the_first() -> None:
    masks = batch_masks(masks=[torch.zeros(2, 4, 6), torch.ones(1, 8, 8), torch.ones(4, 6)])
    assert masks.shape == (4, 4, 6)
    assert masks.mean(dim=(1, 2)).tolist() == [0, 0, 1, 1]
    with pytest.raises(BatchError, match="masks has no mask"):
        batch_masks(masks=[])


def test_inverting_twice_is_nothing() -> None:
    mask = torch.tensor([[[0.0, 0.25, 1.0]]])
    assert invert_mask(mask=mask).tolist() == [[[1, 0.75, 0]]]
    assert torch.equal(invert_mask(mask=invert_mask(mask=mask)), mask)


def test_a_threshold_is_itself_not_passed() -> None:
    assert threshold_mask(mask=torch.tensor([[[0.4, 0.5, 0.6]]]), value=0.5).tolist() == [[[0, 0, 1]]]


def test_a_part_of_a_mask_ends_at_the_edges() -> None:
    mask = noise(1, 5, 7)
    assert torch.equal(crop_mask(mask=mask, x=1, y=2, width=3, height=2), mask[:, 2:4, 1:4])
    assert crop_mask(mask=mask, x=5, y=4, width=99, height=99).shape == (1, 1, 2)
    assert crop_mask(mask=mask, x=99, y=99, width=9, height=9).shape == (1, 1, 1)


def combined(operation: str, a: float, b: float) -> float:
    """The formula for one pixel: `a` of the destination, `b` of the source."""
    left, right = round(a), round(b)
    return {
        "multiply": a * b,
        "add": min(1, a + b),
        "subtract": max(0, a - b),
        "and": left & right,
        "or": left | right,
        "xor": left ^ right,
    }[operation]


@pytest.mark.parametrize("operation", ["multiply", "add", "subtract", "and", "or", "xor"])
def test_masks_are_combined_by_the_formula_at_each_pixel(operation: str) -> None:
    below, above = noise(1, 4, 5), noise(1, 4, 5, seed=2)
    result = composite_masks(destination=below, source=above, operation=operation)
    pairs = zip(below.flatten().tolist(), above.flatten().tolist(), strict=True)
    assert result.flatten().tolist() == pytest.approx([combined(operation, a, b) for a, b in pairs])


def test_a_mask_is_combined_only_where_it_lies() -> None:
    below = torch.ones(1, 5, 6)
    result = composite_masks(destination=below, source=torch.ones(1, 3, 3), x=4, y=1, operation="subtract")
    expected = torch.ones(5, 6)
    expected[1:4, 4:] = 0
    assert torch.equal(result[0], expected)
    assert below.min() == 1
    beyond = composite_masks(destination=below, source=torch.ones(1, 3, 3), x=6, y=9, operation="subtract")
    assert torch.equal(beyond, below)


def test_one_mask_is_combined_with_each_of_a_batch() -> None:
    result = composite_masks(destination=torch.ones(1, 2, 2), source=noise(3, 2, 2), operation="multiply")
    assert torch.equal(result, noise(3, 2, 2))


@pytest.mark.parametrize("expand", [-3, -1, 0, 1, 4, 40])
@pytest.mark.parametrize("tapered", [True, False])
def test_a_mask_grows_as_by_repeated_footprints(expand: int, tapered: bool) -> None:
    mask = noise(2, 12, 17)
    footprint = ndimage.generate_binary_structure(2, 1 if tapered else 2)
    step = ndimage.grey_dilation if expand > 0 else ndimage.grey_erosion
    expected = mask.numpy()
    for _ in range(abs(expand)):
        expected = np.stack([step(one, footprint=footprint) for one in expected])
    result = grow_mask(mask=mask, expand=expand, tapered_corners=tapered)
    assert torch.equal(result, torch.from_numpy(expected))


def test_growing_without_end_ends() -> None:
    point = torch.zeros(1, 20, 30)
    point[0, 3, 4] = 1
    for tapered in (True, False):
        assert grow_mask(mask=point, expand=16384, tapered_corners=tapered).min() == 1
        assert grow_mask(mask=1 - point, expand=-16384, tapered_corners=tapered).max() == 0


def test_a_feathered_mask_rises_linearly_from_its_edges() -> None:
    result = feather_mask(mask=torch.ones(1, 3, 8), left=4, right=2)
    assert result[0, 1].tolist() == [0.25, 0.5, 0.75, 1, 1, 1, 1, 0.5]
    tall = feather_mask(mask=torch.ones(2, 5, 3), top=2, bottom=3)
    assert tall[1, :, 0].tolist() == pytest.approx([0.5, 1, 1, 2 / 3, 1 / 3])


def test_feathers_meet_in_the_corners_and_never_exceed_the_mask() -> None:
    result = feather_mask(mask=torch.full((1, 4, 4), 0.5), left=2, top=2, right=2, bottom=2)
    assert result[0, 0].tolist() == [0.125, 0.25, 0.25, 0.125]
    wide = feather_mask(mask=torch.ones(1, 1, 4), left=100)
    assert wide[0, 0].tolist() == [0.25, 0.5, 0.75, 1]
    assert torch.equal(feather_mask(mask=noise(1, 3, 3)), noise(1, 3, 3))


def test_a_workflow_shows_a_batch_of_masks(studio: Studio) -> None:
    def solid(value: float) -> dict[str, object]:
        return {"class_type": "SolidMask", "inputs": {"value": value, "width": 8, "height": 6}}

    prompt: Prompt = {
        "1": solid(0.0),
        "2": solid(1.0),
        "3": {"class_type": "BatchMasksNode", "inputs": {"masks.mask0": ["1", 0], "masks.mask1": ["2", 0]}},
        "4": {"class_type": "MaskPreview", "inputs": {"mask": ["3", 0]}},
    }
    ran = studio.run(prompt)
    assert ran.messages == []
    assert len(ran.files) == 2
    assert ran.files[0].parent.name == "temp"
