"""Conditionings that only fill in what the others leave of the picture."""

import dataclasses

import torch
from torch import Tensor

from diffusion.sampling.conditioning import Box, Region
from diffusion.sampling.guidance import average
from diffusion.sampling.schedules import Period

X = torch.zeros(1, 4, 6, 8)


def region(weight: float | Tensor, box: Box | None = None, *, fallback: bool = False) -> Region:
    return Region(torch.zeros(1, 1, 1), box or Box(0, 0, 6, 8), weight, Period(), fallback=fallback)


def filled(value: float, of: Region) -> tuple[Region, Tensor]:
    return of, torch.full((1, 4, of.box.height, of.box.width), value)


def test_it_holds_where_no_other_does_and_nowhere_else() -> None:
    left = region(1.0, Box(0, 0, 6, 3))
    found = average([filled(5.0, left), filled(-1.0, region(1.0, fallback=True))], X)
    assert found is not None
    assert found.covered is not None
    assert bool(found.covered.all())
    assert torch.equal(found.x0[..., :3], torch.full((1, 4, 6, 3), 5.0))
    assert torch.equal(found.x0[..., 3:], torch.full((1, 4, 6, 5), -1.0))


def test_it_fills_up_what_weighs_less_than_one_and_the_order_does_not_matter() -> None:
    quarter = filled(4.0, region(torch.full((1, 1, 6, 8), 0.25)))
    default = filled(0.0, region(1.0, fallback=True))
    for parts in ([quarter, default], [default, quarter]):
        found = average(parts, X)
        assert found is not None
        torch.testing.assert_close(found.x0, torch.ones(1, 4, 6, 8))


def test_under_a_conditioning_of_the_whole_picture_it_counts_for_nothing() -> None:
    found = average([filled(2.0, region(1.0)), filled(9.0, region(1.0, fallback=True))], X)
    assert found is not None
    torch.testing.assert_close(found.x0, torch.full_like(X, 2.0))
    alone = average([filled(9.0, region(1.0, fallback=True))], X)
    assert alone is not None
    torch.testing.assert_close(alone.x0, torch.full_like(X, 9.0))


def test_others_are_averaged_as_without_it() -> None:
    first, second = filled(1.0, region(1.0)), filled(4.0, region(2.0))
    plain, found = (
        average([first, second], X),
        average([first, second, filled(9.0, region(1.0, fallback=True))], X),
    )
    assert plain is not None
    assert found is not None
    torch.testing.assert_close(found.x0, plain.x0)
    assert dataclasses.replace(first[0], fallback=True).fallback
