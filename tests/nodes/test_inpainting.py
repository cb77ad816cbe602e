"""Parts cut out, filled, and stitched back so that nothing else changes."""

import pytest
import torch

from nodes.batches import BatchError
from nodes.inpainting import (
    Box,
    Content,
    SideError,
    blending,
    bounds,
    crop_for_inpaint,
    fill_masked,
    stitch_inpainted,
    taken,
    widened,
    with_aspect,
)
from tests.nodes.studio import Prompt, Studio


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def spot(height: int, width: int, top: int, left: int, size: int = 8) -> torch.Tensor:
    mask = torch.zeros(1, height, width)
    mask[:, top : top + size, left : left + size] = 1
    return mask


def test_the_box_is_the_smallest_around_all_masks() -> None:
    masks = torch.cat([spot(30, 40, 5, 6), spot(30, 40, 10, 20)])
    assert bounds(masks) == Box(6, 5, 22, 13)
    assert bounds(torch.zeros(1, 30, 40)) == Box(0, 0, 40, 30)
    assert widened(Box(6, 5, 22, 13), 8, (40, 30)) == Box(0, 0, 36, 26)


@pytest.mark.parametrize(
    ("box", "size", "expected"),
    [
        (Box(10, 10, 10, 10), (64, 64), Box(10, 10, 10, 10)),
        (Box(10, 10, 10, 10), (64, 128), Box(10, 5, 10, 20)),
        (Box(10, 0, 10, 10), (64, 128), Box(10, 0, 10, 20)),
        (Box(90, 10, 10, 10), (128, 64), Box(80, 10, 20, 10)),
        (Box(0, 0, 100, 50), (64, 64), Box(0, -20, 100, 100)),  # higher than the picture: equally far out
    ],
)
def test_a_box_gets_its_aspect_inside_the_picture_where_it_can(
    box: Box, size: tuple[int, int], expected: Box
) -> None:
    assert with_aspect(box, *size, (100, 60)) == expected


def test_a_size_that_latents_cannot_have_is_told() -> None:
    with pytest.raises(SideError, match="height is 100; a multiple of 8 is needed, such as 96 or 104"):
        crop_for_inpaint(image=noise(1, 32, 32, 3), mask=spot(32, 32, 4, 4), width=64, height=100)


def test_beyond_the_edges_their_pixels_are_repeated() -> None:
    x = torch.arange(6).reshape(1, 2, 3)
    assert taken(x, Box(-1, 0, 5, 3)).tolist() == [[[0, 0, 1, 2, 2], [3, 3, 4, 5, 5], [3, 3, 4, 5, 5]]]


def test_a_part_has_the_size_asked_for_and_holds_the_mask() -> None:
    image = noise(2, 100, 120, 3)
    part, mask, stitch = crop_for_inpaint(
        image=image, mask=spot(100, 120, 40, 50), context_padding=12, width=64, height=96
    )
    assert part.shape == (2, 96, 64, 3)
    assert mask.shape == (2, 96, 64)
    assert mask.max() == 1
    assert mask[:, 0].max() == 0
    assert stitch.box == Box(38, 20, 32, 48)
    assert stitch.box.width / stitch.box.height == pytest.approx(64 / 96, rel=0.03)


def test_a_part_of_its_own_size_is_cut_out_bit_for_bit() -> None:
    image = noise(1, 64, 64, 3)
    part, mask, stitch = crop_for_inpaint(
        image=image, mask=spot(64, 64, 28, 28), context_padding=12, width=32, height=32
    )
    assert stitch.box == Box(16, 16, 32, 32)
    assert torch.equal(part, image[:, 16:48, 16:48])
    assert torch.equal(mask, spot(64, 64, 28, 28)[:, 16:48, 16:48])


@pytest.mark.parametrize("place", [(0, 0), (28, 30), (56, 56), (0, 40)])
@pytest.mark.parametrize("feather", [0, 1, 7, 16, 100])
@pytest.mark.parametrize("size", [(32, 32), (64, 24), (96, 96)])
def test_outside_of_the_blended_mask_every_bit_is_kept(
    place: tuple[int, int], feather: int, size: tuple[int, int]
) -> None:
    image, mask = noise(1, 64, 64, 3), spot(64, 64, *place)
    part, _, stitch = crop_for_inpaint(
        image=image, mask=mask, context_padding=16, width=size[0], height=size[1]
    )
    result = stitch_inpainted(stitch=stitch, image=torch.ones_like(part), feather=feather)
    blend = blending(mask, min(feather, 16))
    assert torch.equal(result[blend == 0], image[blend == 0])
    assert result[mask == 1].min() > 0.999
    changed = (result != image).any(dim=-1)[0]
    rows, columns = changed.nonzero().unbind(1)
    reach = min(feather, 16)
    assert rows.min() >= place[0] - reach
    assert rows.max() <= place[0] + 7 + reach
    assert columns.min() >= place[1] - reach
    assert columns.max() <= place[1] + 7 + reach


def test_an_unchanged_part_leaves_the_picture_unchanged() -> None:
    image = noise(2, 64, 80, 3)
    part, _, stitch = crop_for_inpaint(
        image=image, mask=spot(64, 80, 20, 30), context_padding=12, width=32, height=32
    )
    assert torch.allclose(stitch_inpainted(stitch=stitch, image=part), image, atol=1e-6)


def test_there_is_no_step_at_the_seam() -> None:
    image = torch.zeros(1, 96, 96, 3)
    part, _, stitch = crop_for_inpaint(
        image=image, mask=spot(96, 96, 40, 40, 16), context_padding=24, width=64, height=64
    )
    line = stitch_inpainted(stitch=stitch, image=torch.ones_like(part), feather=24)[0, 48, :, 0]
    assert (line.diff().abs() < 0.1).all()
    assert line[40:56].min() > 0.999
    assert line[:16].max() == 0


def test_the_blend_falls_evenly_from_the_mask_outwards() -> None:
    blend = blending(spot(40, 40, 16, 16), 8)[0, 20]
    assert blend[16:24].tolist() == pytest.approx([1] * 8)
    outwards = blend[24:33]
    assert (outwards.diff() <= 0).all()
    assert outwards[-1] == 0
    assert outwards[6] > 0
    assert torch.allclose(blend, blend.flip(0))


def test_a_soft_mask_is_blended_softly() -> None:
    image, mask = torch.zeros(1, 32, 32, 3), spot(32, 32, 12, 12) * 0.5
    part, _, stitch = crop_for_inpaint(image=image, mask=mask, context_padding=10, width=32, height=32)
    result = stitch_inpainted(stitch=stitch, image=torch.ones_like(part), feather=4)
    assert result[0, 16, 16, 0].item() == pytest.approx(0.5, abs=0.01)


def test_several_paintings_of_one_picture_make_several_pictures() -> None:
    image = noise(1, 32, 32, 3)
    part, _, stitch = crop_for_inpaint(
        image=image, mask=spot(32, 32, 12, 12), context_padding=4, width=16, height=16
    )
    both = torch.cat([torch.zeros_like(part), torch.ones_like(part)])
    result = stitch_inpainted(stitch=stitch, image=both, feather=0)
    assert result.shape == (2, 32, 32, 3)
    assert result[:, 16, 16, 0].tolist() == [0, 1]
    two = crop_for_inpaint(image=noise(2, 32, 32, 3), mask=spot(32, 32, 12, 12), width=16, height=16).stitch
    with pytest.raises(BatchError, match="image has 3 pictures, but stitch was made of 2"):
        stitch_inpainted(stitch=two, image=noise(3, 16, 16, 3))


def test_transparency_of_the_whole_picture_is_kept() -> None:
    image = noise(1, 32, 32, 4)
    part, _, stitch = crop_for_inpaint(
        image=image, mask=spot(32, 32, 12, 12), context_padding=4, width=16, height=16
    )
    result = stitch_inpainted(stitch=stitch, image=torch.ones_like(part)[..., :3])
    assert torch.equal(result[..., 3], image[..., 3])
    assert result[0, 16, 16, :3].tolist() == [1, 1, 1]


def test_each_mask_of_a_batch_gets_its_picture() -> None:
    masks = torch.cat([spot(32, 32, 4, 4), spot(32, 32, 20, 20)])
    part, mask, stitch = crop_for_inpaint(image=noise(1, 32, 32, 3), mask=masks, width=32, height=32)
    assert part.shape[0] == mask.shape[0] == len(stitch.image) == 2
    assert fill_masked(image=noise(1, 32, 32, 3), mask=masks).shape[0] == 2


@pytest.mark.parametrize("content", ["original", "fill", "noise"])
def test_what_is_not_masked_stays_bit_for_bit(content: Content) -> None:
    image, mask = noise(2, 40, 50, 3), spot(40, 50, 10, 20)
    result = fill_masked(image=image, mask=mask, content=content, seed=3)
    outside = mask.expand(2, -1, -1) == 0
    assert torch.equal(result[outside], image[outside])
    assert torch.equal(result, image) == (content == "original")


def test_a_fill_continues_the_surroundings() -> None:
    image = torch.full((1, 48, 48, 3), 0.3)
    mask = spot(48, 48, 16, 16, 16)
    image[mask == 1] = 0.9
    assert torch.allclose(fill_masked(image=image, mask=mask), torch.full_like(image, 0.3), atol=1e-6)


def test_noise_has_the_colours_of_the_surroundings_and_follows_its_seed() -> None:
    image = torch.full((1, 64, 64, 3), 0.5) + 0.05 * torch.randn(
        1, 64, 64, 3, generator=torch.Generator().manual_seed(2)
    )
    image[..., 0] += 0.2
    mask = spot(64, 64, 8, 8, 48)
    image[mask == 1] = 0.0
    result = fill_masked(image=image, mask=mask, content="noise", seed=1)
    inside = result[mask == 1]
    assert inside.mean(dim=0).tolist() == pytest.approx([0.7, 0.5, 0.5], abs=0.01)
    assert inside.std(dim=0).tolist() == pytest.approx([0.05] * 3, rel=0.1)
    assert torch.equal(result, fill_masked(image=image, mask=mask, content="noise", seed=1))
    assert not torch.equal(result, fill_masked(image=image, mask=mask, content="noise", seed=2))


def test_where_everything_is_masked_noise_is_around_grey() -> None:
    result = fill_masked(image=noise(1, 32, 32, 3), mask=torch.ones(1, 32, 32), content="noise")
    assert result.mean().item() == pytest.approx(0.5, abs=0.02)


def test_a_workflow_crops_fills_and_stitches(studio: Studio) -> None:
    prompt: Prompt = {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 48, "batch_size": 1, "color": 255},
        },
        "2": {"class_type": "SolidMask", "inputs": {"value": 1.0, "width": 64, "height": 48}},
        "3": {
            "class_type": "CropMask",
            "inputs": {"mask": ["2", 0], "x": 0, "y": 0, "width": 64, "height": 48},
        },
        "4": {
            "class_type": "InpaintCrop",
            "inputs": {"image": ["1", 0], "mask": ["3", 0], "context_padding": 8, "width": 32, "height": 32},
        },
        "5": {
            "class_type": "InpaintFill",
            "inputs": {"image": ["4", 0], "mask": ["4", 1], "content": "noise", "seed": 5},
        },
        "6": {"class_type": "InpaintStitch", "inputs": {"stitch": ["4", 2], "image": ["5", 0], "feather": 4}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "stitched"}},
    }
    ran = studio.run(prompt)
    assert ran.messages == []
    assert len(ran.files) == 1
