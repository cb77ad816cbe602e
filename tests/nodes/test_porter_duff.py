"""Each operator against the formula for one pixel, written for plain numbers."""

from typing import get_args

import pytest
import torch

from nodes.porter_duff import FRACTIONS, MIXTURES, Mode, composite, layer, plain

MODES = get_args(Mode)


def one_pixel(mode: str, s: float, sa: float, d: float, da: float) -> tuple[float, float]:
    """(colour, alpha), both colours and the result multiplied by their alpha.

    The four parts of a pixel of the paper: only the source, only the destination, both, none.
    """
    both, only_s, only_d = sa * da, sa * (1 - da), da * (1 - sa)
    colour_s, colour_d = (s / sa if sa else 0), (d / da if da else 0)
    kept: dict[str, tuple[bool, bool, str]] = {  # (source alone, destination alone, who wins where both are)
        "CLEAR": (False, False, "-"),
        "SRC": (True, False, "s"),
        "DST": (False, True, "d"),
        "SRC_OVER": (True, True, "s"),
        "DST_OVER": (True, True, "d"),
        "SRC_IN": (False, False, "s"),
        "DST_IN": (False, False, "d"),
        "SRC_OUT": (True, False, "-"),
        "DST_OUT": (False, True, "-"),
        "SRC_ATOP": (False, True, "s"),
        "DST_ATOP": (True, False, "d"),
        "XOR": (True, True, "-"),
    }
    if mode in kept:
        with_s, with_d, winner = kept[mode]
        shared = {"s": colour_s, "d": colour_d, "-": 0.0}[winner] * both
        alpha = with_s * only_s + with_d * only_d + (winner != "-") * both
        return with_s * only_s * colour_s + with_d * only_d * colour_d + shared, alpha
    union = 1 - (1 - sa) * (1 - da)
    overlay = 2 * s * d if 2 * d < da else sa * da - 2 * (da - s) * (sa - d)
    return {
        "ADD": (min(1, s + d), min(1, sa + da)),
        "DARKEN": (s * (1 - da) + d * (1 - sa) + min(s, d), union),
        "LIGHTEN": (s * (1 - da) + d * (1 - sa) + max(s, d), union),
        "MULTIPLY": (s * d, sa * da),
        "OVERLAY": (overlay, union),
        "SCREEN": (1 - (1 - s) * (1 - d), union),
    }[mode]


@pytest.mark.parametrize("mode", MODES)
def test_each_pixel_is_the_formula_of_its_mode(mode: Mode) -> None:
    draw = torch.Generator().manual_seed(5)
    source, destination = torch.rand(1, 6, 6, 3, generator=draw), torch.rand(1, 6, 6, 3, generator=draw)
    cover, below = torch.rand(1, 6, 6, generator=draw), torch.rand(1, 6, 6, generator=draw)
    cover[0, 0], below[0, :, 0], cover[0, 1], below[0, :, 1] = 0, 0, 1, 1
    made = composite(layer(source, cover), layer(destination, below), mode)
    for y in range(6):
        for x in range(6):
            sa, da = cover[0, y, x].item(), below[0, y, x].item()
            for c in range(3):
                s, d = source[0, y, x, c].item() * sa, destination[0, y, x, c].item() * da
                colour, alpha = one_pixel(mode, s, sa, d, da)
                assert made.colour[0, y, x, c].item() == pytest.approx(colour, abs=1e-6)
                assert made.alpha[0, y, x, 0].item() == pytest.approx(alpha, abs=1e-6)


def test_every_mode_is_an_operator_or_a_mixture() -> None:
    assert FRACTIONS.keys() | MIXTURES.keys() == set(MODES)
    assert not FRACTIONS.keys() & MIXTURES.keys()


def test_plain_colours_come_back_and_are_black_where_nothing_is() -> None:
    image, alpha = torch.full((1, 1, 3, 3), 0.4), torch.tensor([[[1.0, 0.5, 0.0]]])
    colours, found = plain(layer(image, alpha))
    assert colours[0, 0, :, 0].tolist() == pytest.approx([0.4, 0.4, 0])
    assert torch.equal(found, alpha)
