"""Resizing, held against closed forms and against the properties that each method is chosen for."""

import math

import pytest
import torch
import torch.nn.functional as F

from nodes.resampling import (
    ImageMethod,
    LatentMethod,
    bislerp,
    crop_to_aspect,
    fit,
    fit_image,
    keep_aspect,
    padded,
    resize,
    slerp,
)

Method = ImageMethod | LatentMethod
METHODS: tuple[Method, ...] = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos", "bislerp")
OVERSHOOTING: tuple[ImageMethod, ...] = ("bicubic", "lanczos")


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_the_size_asked_for(method: Method) -> None:
    assert resize(noise(2, 4, 6, 10), 15, 7, method).shape == (2, 4, 7, 15)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_keeps_a_plain_colour(method: Method) -> None:
    plain = torch.full((1, 3, 6, 6), 0.25)
    assert torch.allclose(resize(plain, 9, 5, method), torch.tensor(0.25), atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_size_that_is_there_already_changes_nothing(method: Method) -> None:
    x = noise(1, 4, 6, 10)
    assert torch.equal(resize(x, 10, 6, method), x)


def test_area_averages_whole_blocks() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert resize(x, 2, 2, "area").flatten().tolist() == [2.5, 4.5, 10.5, 12.5]


def test_lanczos_keeps_more_than_eight_bits() -> None:
    faint = torch.linspace(0.5, 0.501, 64).expand(1, 1, 64, 64)
    assert len(set(fit_image(faint.movedim(1, -1), 128, 128, "lanczos").flatten().tolist())) > 32


def test_a_picture_stays_in_its_range_where_the_filter_overshoots() -> None:
    edge = torch.zeros(1, 8, 8, 3)
    edge[:, :, 4:] = 1.0
    for method in OVERSHOOTING:
        raw = resize(edge.movedim(-1, 1), 32, 32, method)
        assert raw.max() > 1.0
        fitted = fit_image(edge, 32, 32, method)
        assert fitted.min() == 0.0
        assert fitted.max() == 1.0


def test_zero_for_a_side_keeps_the_aspect() -> None:
    assert keep_aspect(0, 0, (300, 200)) == (300, 200)
    assert keep_aspect(150, 0, (300, 200)) == (150, 100)
    assert keep_aspect(0, 100, (300, 200)) == (150, 100)
    assert keep_aspect(7, 9, (300, 200)) == (7, 9)
    assert keep_aspect(1, 0, (300, 20)) == (1, 1)


def test_a_centre_crop_takes_as_much_from_both_sides() -> None:
    x = torch.arange(10.0).reshape(1, 1, 1, 10).expand(1, 1, 4, 10)
    assert crop_to_aspect(x, 1, 1)[0, 0, 0].tolist() == [3, 4, 5, 6]
    assert crop_to_aspect(x.mT, 1, 1)[0, 0, :, 0].tolist() == [3, 4, 5, 6]
    assert crop_to_aspect(x, 5, 2).shape == x.shape


def test_cropping_does_not_stretch() -> None:
    wide = torch.zeros(1, 1, 8, 16)
    wide[..., 4:12] = 1.0
    assert fit(wide, 4, 4, "area", "center").min() == 1.0
    assert fit(wide, 4, 4, "area", "disabled").min() == 0.0


def test_the_turn_from_east_to_north_passes_north_east() -> None:
    east, north = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 4.0])
    half = slerp(east, north, torch.tensor(0.5))
    assert torch.allclose(half, torch.tensor([3.0, 3.0]) / math.sqrt(2))  # 45 degrees, mean length 3
    assert torch.allclose(slerp(east, north, torch.tensor(0.0)), east)
    assert torch.allclose(slerp(east, north, torch.tensor(1.0)), north)


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 0.0], [-1.0, 0.0]), ([0.0, 0.0], [1.0, 0.0]), ([1.0, 2.0], [2.0, 4.0]), ([0.0, 0.0], [0.0, 0.0])],
)
def test_vectors_without_a_plane_to_turn_in_are_blended_straight(a: list[float], b: list[float]) -> None:
    first, second = torch.tensor(a), torch.tensor(b)
    assert torch.allclose(slerp(first, second, torch.tensor(0.5)), (first + second) / 2)


def test_bislerp_keeps_the_strength_that_bilinear_loses() -> None:
    x = noise(1, 16, 32, 32)
    length = x.norm(dim=1).mean()
    assert bislerp(x, 64, 64).norm(dim=1).mean() > 0.97 * length
    assert F.interpolate(x, size=(64, 64), mode="bilinear").norm(dim=1).mean() < 0.85 * length


def test_bislerp_is_bilinear_where_all_vectors_point_one_way() -> None:
    x = noise(1, 1, 6, 8).abs() * torch.tensor([1.0, 2.0, -3.0, 0.5]).reshape(1, 4, 1, 1)
    assert torch.allclose(bislerp(x, 20, 15), F.interpolate(x, size=(15, 20), mode="bilinear"), atol=1e-5)


def test_bislerp_is_exact_between_two_columns() -> None:
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).reshape(1, 2, 1, 2)  # column 0 east, column 1 north
    turned = bislerp(x, 4, 1)[0, :, 0]  # (2, 4): shares 0, 1/4, 3/4, 1 after the edges are held
    angles = torch.atan2(turned[1], turned[0]) * 2 / math.pi
    assert torch.allclose(angles, torch.tensor([0.0, 0.25, 0.75, 1.0]), atol=1e-6)
    assert torch.allclose(turned.norm(dim=0), torch.ones(4), atol=1e-6)


def test_a_padded_axis_gets_the_odd_pixel_at_its_end() -> None:
    image = torch.ones(1, 2, 2, 1)
    assert padded(image, 2, 5)[0, 0, :, 0].tolist() == [0, 1, 1, 0, 0]
    assert padded(image, 1, 3, 0.5)[0, :, 0, 0].tolist() == [1, 1, 0.5]
    assert torch.equal(padded(image, 1, 2), image)
