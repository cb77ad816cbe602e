"""Latents cut, turned, put side by side and laid upon one another."""

import pytest
import torch

from diffusion.types import Latent
from nodes.errors import LatentError
from nodes.latent_pieces import (
    latent_composite,
    latent_composite_masked,
    latent_concat,
    latent_crop,
    latent_cut,
    latent_cut_to_batch,
    latent_flip,
    latent_rotate,
)


def filled(value: float, *shape: int) -> Latent:
    return Latent(torch.full(shape, float(value)), extra={"of": value})


def grid(rows: int, columns: int, channels: int = 4) -> Latent:
    """Each place holds its own number."""
    return Latent(torch.arange(float(rows * columns)).reshape(1, 1, rows, columns).repeat(2, channels, 1, 1))


def test_a_composite_is_pasted_at_its_pixels_and_cut_off_at_the_edge() -> None:
    to = filled(0, 2, 16, 6, 6)
    result = latent_composite(samples_to=to, samples_from=filled(1, 1, 16, 4, 4), x=32, y=8)
    expected = torch.zeros(6, 6)
    expected[1:5, 4:] = 1
    assert torch.equal(result.samples, expected.expand(2, 16, 6, 6))
    assert result.extra == {"of": 0}
    assert to.samples.max() == 0


def test_a_feather_fades_in_at_the_edges_that_lie_inside() -> None:
    to, above = filled(0, 1, 4, 8, 8), filled(1, 1, 4, 8, 6)
    result = latent_composite(samples_to=to, samples_from=above, x=16, y=0, feather=32)
    row = torch.tensor([0, 0, 0.25, 0.5, 0.75, 1, 1, 1])
    assert torch.equal(result.samples, row.expand(1, 4, 8, 8))


def test_two_feathers_meet_by_multiplication() -> None:
    result = latent_composite(
        samples_to=filled(0, 1, 4, 6, 6), samples_from=filled(1, 1, 4, 2, 2), x=16, y=16, feather=16
    )
    assert torch.equal(result.samples[0, 0, 2:4, 2:4], torch.full((2, 2), 0.25))


def test_what_is_pasted_outside_leaves_all_as_it_is() -> None:
    result = latent_composite(samples_to=filled(0, 1, 4, 4, 4), samples_from=filled(1, 1, 4, 4, 4), x=80)
    assert result.samples.max() == 0


def test_a_mask_is_stretched_over_what_is_pasted() -> None:
    mask = torch.zeros(1, 64, 64)
    mask[:, :, 32:] = 1
    result = latent_composite_masked(
        destination=filled(0, 2, 4, 8, 8), source=filled(1, 1, 4, 4, 4), x=16, y=0, mask=mask
    )
    expected = torch.zeros(8, 8)
    expected[:4, 4:6] = 1
    assert torch.equal(result.samples, expected.expand(2, 4, 8, 8))


def test_a_source_can_be_resized_to_cover_all() -> None:
    cover = latent_composite_masked(
        destination=filled(0, 1, 4, 8, 8), source=filled(1, 1, 4, 2, 2), resize_source=True
    )
    assert cover.samples.min() == 1


def test_a_mask_for_each_picture_and_frames_go_together() -> None:
    masks = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)])
    result = latent_composite_masked(
        destination=filled(0, 2, 4, 3, 4, 4), source=filled(1, 2, 4, 3, 4, 4), mask=masks
    )
    assert result.samples[0].max() == 0
    assert result.samples[1].min() == 1


def test_latents_of_other_channels_cannot_be_pasted() -> None:
    with pytest.raises(LatentError, match="same kind"):
        latent_composite(samples_to=filled(0, 1, 4, 4, 4), samples_from=filled(0, 1, 16, 4, 4))


@pytest.mark.parametrize(("dim", "axis"), [("x", 4), ("y", 3), ("t", 2)])
def test_concatenation_puts_the_second_behind_or_before(dim: str, axis: int) -> None:
    first, second = filled(1, 2, 4, 3, 4, 4), filled(2, 1, 4, 3, 4, 4)
    behind = latent_concat(samples1=first, samples2=second, dim=dim).samples
    before = latent_concat(samples1=first, samples2=second, dim=f"-{dim}").samples
    two = torch.full((2, 4, 3, 4, 4), 2.0)
    assert torch.equal(behind, torch.cat([first.samples, two], axis))
    assert torch.equal(before, torch.cat([two, first.samples], axis))


def test_latents_of_other_heights_cannot_stand_side_by_side() -> None:
    with pytest.raises(LatentError, match="axis 3"):
        latent_concat(samples1=filled(0, 1, 4, 4, 4), samples2=filled(0, 1, 4, 5, 4), dim="x")
    assert latent_concat(
        samples1=filled(0, 1, 4, 4, 4), samples2=filled(0, 1, 4, 5, 4), dim="y"
    ).samples.shape == (1, 4, 9, 4)


@pytest.mark.parametrize(
    ("index", "amount", "columns"),
    [(0, 2, [0, 1]), (4, 9, [4, 5]), (99, 3, [5]), (-2, 1, [4]), (-2, 9, [4, 5]), (-99, 2, [0, 1])],
)
def test_a_cut_keeps_a_stretch_within_the_latent(index: int, amount: int, columns: list[int]) -> None:
    cut = latent_cut(samples=grid(1, 6), dim="x", index=index, amount=amount).samples
    assert cut[0, 0, 0].tolist() == columns


def test_cuts_of_rows_and_frames() -> None:
    assert latent_cut(samples=grid(3, 2), dim="y", index=1).samples[0, 0].tolist() == [[2, 3]]
    frames = Latent(torch.arange(5.0).reshape(1, 1, 5, 1, 1))
    assert latent_cut(samples=frames, dim="t", index=-3, amount=2).samples.flatten().tolist() == [2, 3]


def test_slices_become_the_batch_in_their_order() -> None:
    slices = latent_cut_to_batch(samples=grid(2, 5), dim="x", slice_size=2).samples
    assert slices.shape == (4, 4, 2, 2)  # two pictures of two slices; the fifth column is dropped
    assert slices[:2, 0].tolist() == [[[0, 1], [5, 6]], [[2, 3], [7, 8]]]
    frames = Latent(torch.arange(6.0).reshape(1, 1, 6, 1, 1), batch_index=(3,))
    cut = latent_cut_to_batch(samples=frames, dim="t", slice_size=4)
    assert cut.samples.flatten().tolist() == [0, 1, 2, 3]
    assert cut.batch_index is None


def test_a_picture_has_no_time_to_cut() -> None:
    picture = grid(2, 2)
    assert latent_cut_to_batch(samples=picture, dim="t", slice_size=1) is picture


def test_a_crop_is_given_in_pixels_and_leaves_eight_latents() -> None:
    crop = latent_crop(samples=grid(16, 20), width=64, height=80, x=24, y=8).samples
    assert crop.shape == (2, 4, 10, 8)
    assert crop[0, 0, 0, 0] == 20 + 3
    corner = latent_crop(samples=grid(16, 20), width=512, height=512, x=9999, y=9999).samples
    assert corner.shape == (2, 4, 8, 8)
    assert latent_crop(samples=grid(4, 4), width=64, height=64, x=8, y=8).samples.shape == (2, 4, 4, 4)


def test_flips_and_turns_of_a_known_grid() -> None:
    source = grid(2, 2)  # 0 1 / 2 3
    shown = {
        "vertical": latent_flip(samples=source, flip_method="x-axis: vertically"),
        "horizontal": latent_flip(samples=source, flip_method="y-axis: horizontally"),
        "none": latent_rotate(samples=source, rotation="none"),
        "quarter": latent_rotate(samples=source, rotation="90 degrees"),
        "half": latent_rotate(samples=source, rotation="180 degrees"),
        "three": latent_rotate(samples=source, rotation="270 degrees"),
    }
    assert {name: one.samples[1, 3].tolist() for name, one in shown.items()} == {
        "vertical": [[2, 3], [0, 1]],
        "horizontal": [[1, 0], [3, 2]],
        "none": [[0, 1], [2, 3]],
        "quarter": [[2, 0], [3, 1]],
        "half": [[3, 2], [1, 0]],
        "three": [[1, 3], [0, 2]],
    }
