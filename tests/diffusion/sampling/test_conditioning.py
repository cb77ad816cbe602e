"""Conditionings laid upon latents: boxes, feathers, masks, ranges."""

import math
from dataclasses import replace

import pytest
import torch

from diffusion.sampling.conditioning import Region, edge_of, place
from diffusion.sampling.inputs import Occasion
from diffusion.sampling.mask import fade
from diffusion.sampling.schedules import Period
from diffusion.types import Cond
from tests.diffusion.sampling.worlds import prompt, tiny_model

LATENT = torch.zeros(2, 4, 40, 64)


def placed(cond: Cond) -> Region:
    (region,) = place((cond,), tiny_model(), Occasion(LATENT, 0, False))
    return region


def test_a_plain_conditioning_covers_everything_with_its_strength() -> None:
    region = placed(replace(prompt(1.0), strength=0.7))
    assert region.covers(LATENT)
    assert region.weight == 0.7
    assert region.context.shape == (2, 1, 4)  # one for each picture


def test_a_conditioning_without_strength_is_left_out() -> None:
    assert place((replace(prompt(1.0), strength=0.0),), tiny_model(), Occasion(LATENT, 0, False)) == ()


def test_the_context_takes_the_models_type() -> None:
    (region,) = place((prompt(1.0),), tiny_model(dtype=torch.bfloat16), Occasion(LATENT, 0, False))
    assert region.context.dtype == torch.bfloat16


def test_an_area_fades_over_eight_rows_where_it_does_not_meet_the_pictures_edge() -> None:
    region = placed(replace(prompt(1.0), area=(40, 32, 0, 0), strength=2.0))  # the left half
    assert isinstance(region.weight, torch.Tensor)
    assert region.weight.shape == (1, 1, 40, 32)
    assert not region.covers(LATENT)
    row = region.weight[0, 0, 17]
    assert row[:25].tolist() == [2.0] * 25
    torch.testing.assert_close(row[24:], 2 * torch.arange(8, 0, -1) / 8)
    assert torch.equal(region.weight[0, 0, 0], row)  # top and bottom are the picture's own


def test_an_area_inside_fades_on_all_sides() -> None:
    weights = fade(4, 40, 64, edge_of(40))
    torch.testing.assert_close(weights[:8], torch.arange(1, 9) / 8)
    torch.testing.assert_close(weights, weights.flip(0))
    assert weights[8:32].tolist() == [1.0] * 24


def test_a_small_area_keeps_a_middle_of_full_weight() -> None:
    torch.testing.assert_close(fade(4, 8, 64, edge_of(8)), torch.tensor([0.5, 1, 1, 1, 1, 1, 1, 0.5]))
    assert fade(4, 2, 64, edge_of(2)).tolist() == [1, 1]


def test_an_area_is_cut_off_where_the_picture_ends() -> None:
    region = placed(replace(prompt(1.0), area=(32, 32, 30, 60)))
    assert (region.box.y, region.box.x, region.box.height, region.box.width) == (30, 60, 10, 4)
    beyond = placed(replace(prompt(1.0), area=(8, 8, 400, 600)))
    assert beyond.box.of(LATENT).shape == (2, 4, 1, 1)


def test_an_area_may_be_given_in_parts_of_the_picture() -> None:
    region = placed(replace(prompt(1.0), share=(0.5, 0.25, 0.1, 0.75)))
    assert (region.box.height, region.box.width, region.box.y, region.box.x) == (20, 16, 4, 48)
    same = placed(replace(prompt(1.0), area=(20, 16, 4, 48)))
    assert isinstance(region.weight, torch.Tensor)
    assert isinstance(same.weight, torch.Tensor)
    assert torch.equal(region.weight, same.weight)


def test_a_mask_has_a_strength_of_its_own() -> None:
    region = placed(replace(prompt(1.0), mask=torch.ones(1, 8, 8), strength=0.5, mask_strength=0.5))
    assert isinstance(region.weight, torch.Tensor)
    torch.testing.assert_close(region.weight, torch.full((1, 1, 40, 64), 0.25))
    assert placed(replace(prompt(1.0), mask_strength=0.5)).weight == 1.0


def test_a_mask_weighs_with_the_strength_and_is_resized_to_the_latent() -> None:
    mask = torch.zeros(1, 80, 128)
    mask[:, :, 64:] = 1
    region = placed(replace(prompt(1.0), mask=mask, strength=0.5))
    assert isinstance(region.weight, torch.Tensor)
    assert region.weight.shape == (1, 1, 40, 64)
    assert region.weight[0, 0, 5].tolist() == [0.0] * 32 + [0.5] * 32


def test_a_mask_within_an_area_is_cut_to_it_and_not_feathered() -> None:
    mask = torch.linspace(0, 1, 64).expand(1, 40, 64)
    region = placed(replace(prompt(1.0), mask=mask, area=(40, 32, 0, 32)))
    assert isinstance(region.weight, torch.Tensor)
    torch.testing.assert_close(region.weight[0, 0], mask[0, :, 32:])


@pytest.mark.parametrize(
    ("start", "end", "works", "rests"),
    [
        (0.0, 1.0, (1e6, 14.6, 0.01), ()),
        (0.0, 0.5, (14.6, 1.7), (1.5, 0.03)),
        (0.5, 1.0, (1.5, 0.01), (14.6, 1.7)),
    ],
)
def test_a_range_of_the_way_is_a_range_of_noise_levels(
    start: float, end: float, works: tuple[float, ...], rests: tuple[float, ...]
) -> None:
    region = placed(replace(prompt(1.0), start=start, end=end))
    assert 1.5 < tiny_model().schedule.sigma(499.5) < 1.7
    assert all(region.period.holds(sigma) for sigma in works)
    assert not any(region.period.holds(sigma) for sigma in rests)


def test_the_ranges_of_a_plain_conditioning_are_endless() -> None:
    region = placed(prompt(1.0))
    assert region.period == Period(math.inf, 0.0)
