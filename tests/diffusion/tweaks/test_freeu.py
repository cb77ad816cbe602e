"""FreeU against diffusers, and at which widths of real networks it works."""

from dataclasses import dataclass, field, replace

import pytest
import torch
from diffusers.utils.torch_utils import apply_freeu
from torch import Tensor

from diffusion.networks.tweaks import Pass, Place, Tweak
from diffusion.networks.unet import UNetConfig
from diffusion.tweaks.freeu import FreeU, coarse_scaled, structure
from nodes.attention import freeu_first, freeu_second
from tests.diffusion.guidance.saying import SIZES, guided, normal, unet_model

PLACE = Place(Pass(1.0, (8, 8)), "output", 0)


@pytest.mark.parametrize("size", [(8, 8), (7, 12), (3, 2)])
@pytest.mark.parametrize("index", [0, 1])
def test_it_does_what_diffusers_does(index: int, size: tuple[int, int]) -> None:
    channels = (16, 8)[index]
    h, skip = normal(2, channels, *size), normal(2, 6, *size, seed=1)
    tweak = FreeU({16: (1.3, 0.9), 8: (1.4, 0.2)})
    found = tweak.joining(PLACE, h, skip)
    expected = apply_freeu(index, h.clone(), skip, b1=1.3, b2=1.4, s1=0.9, s2=0.2)
    torch.testing.assert_close(found[0], expected[0])
    torch.testing.assert_close(found[1], expected[1], rtol=1e-4, atol=1e-5)


def test_a_single_row_is_coarse_as_a_whole() -> None:
    skip = torch.full((1, 2, 1, 1), 3.0)
    torch.testing.assert_close(coarse_scaled(skip, 0.5), 0.5 * skip)


def test_the_second_version_follows_the_structure() -> None:
    h = normal(2, 16, 6, 6)
    found, _ = FreeU({16: (1.5, 1.0)}, by_structure=True).joining(PLACE, h, h)
    mean = h.mean(1)
    for picture in range(2):
        low, high = float(mean[picture].min()), float(mean[picture].max())
        factor = 1 + 0.5 * (mean[picture] - low) / (high - low)
        torch.testing.assert_close(found[picture, :8], h[picture, :8] * factor)
    assert torch.equal(found[:, 8:], h[:, 8:])


def test_features_that_are_the_same_everywhere_have_no_structure() -> None:
    assert structure(torch.ones(1, 4, 3, 3)).abs().max() == 0


def test_half_precision_stays_half_precision() -> None:
    h = normal(1, 16, 6, 6).bfloat16()
    found = FreeU({16: (1.5, 0.5)}, by_structure=True).joining(PLACE, h, h)
    assert [x.dtype for x in found] == [torch.bfloat16] * 2


def test_other_widths_are_left_alone() -> None:
    h = normal(1, 12, 4, 4)
    found = FreeU({16: (1.5, 0.5)}).joining(PLACE, h, h)
    assert found[0] is h
    assert found[1] is h


@pytest.mark.parametrize("by_structure", [False, True])
def test_factors_of_one_change_no_bit(by_structure: bool) -> None:
    x = normal(2, 4, 8, 12)
    neutral = FreeU({16: (1.0, 1.0), 8: (1.0, 1.0)}, by_structure)
    assert torch.equal(guided(unet_model(tweaks=(neutral,)), x), guided(unet_model(), x))


@dataclass(frozen=True)
class Noting(Tweak):
    """Which blocks of the way up come in at widths that a FreeU scales."""

    scales: dict[int, tuple[float, float]]
    found: list[tuple[int, float]] = field(default_factory=list)

    def joining(self, place: Place, h: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        scale = self.scales.get(h.shape[1])
        if scale is not None and len(self.found) < place.block + 1:
            self.found.append((place.block, scale[0]))
        return h, skip


SD1 = replace(SIZES, widths=(8, 16, 32, 32), depths=(1, 1, 1, 0), blocks=2)
SDXL = replace(SIZES, widths=(8, 16, 32), depths=(0, 1, 1), blocks=2)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (SD1, dict.fromkeys(range(7), 1) | {7: 2, 8: 2, 9: 2}),
        (SDXL, dict.fromkeys(range(4), 1) | {4: 2, 5: 2, 6: 2}),
    ],
    ids=["sd1", "sdxl"],
)
def test_the_node_scales_the_two_largest_widths_of_a_network(
    config: UNetConfig, expected: dict[int, int]
) -> None:
    model = unet_model(config)
    for node in (freeu_first, freeu_second):
        (tweak,) = node(model=model, b1=1.0, b2=2.0, s1=0.5, s2=0.25).tweaks
        assert tweak.scales == {32: (1.0, 0.5), 16: (2.0, 0.25)}
        noting = Noting(tweak.scales)
        guided(replace(model, tweaks=(noting,)), normal(1, 4, 16, 16))
        assert dict(noting.found) == expected
