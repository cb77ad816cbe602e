"""How two layers with transparency make one: the operators of Porter and Duff, and blends beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor

Mode: TypeAlias = Literal[
    "ADD", "CLEAR", "DARKEN", "DST", "DST_ATOP", "DST_IN", "DST_OUT", "DST_OVER", "LIGHTEN", "MULTIPLY",
    "OVERLAY", "SCREEN", "SRC", "SRC_ATOP", "SRC_IN", "SRC_OUT", "SRC_OVER", "XOR",
]  # fmt: skip
FAINT: Final = 1e-5  # alpha below which there is no colour


class Layer(NamedTuple):
    """Colours (B, H, W, 3) multiplied by their alpha (B, H, W, 1)."""

    colour: Tensor
    alpha: Tensor


def layer(image: Tensor, alpha: Tensor) -> Layer:
    """A layer of plain colours (B, H, W, 3) and their alpha (B, H, W)."""
    cover = alpha.unsqueeze(-1)
    return Layer(image[..., :3] * cover, cover)


def plain(made: Layer) -> tuple[Tensor, Tensor]:
    """(colours no longer multiplied by alpha, black where nothing is; alpha (B, H, W))."""
    colour = torch.where(made.alpha > FAINT, made.colour / made.alpha.clamp_min(FAINT), 0.0)
    return colour.clamp(0.0, 1.0), made.alpha.clamp(0.0, 1.0).squeeze(-1)


def composite(source: Layer, destination: Layer, mode: Mode) -> Layer:
    """Both layers as one."""
    if mode not in FRACTIONS:
        return MIXTURES[mode](source, destination)
    of_source, of_destination = FRACTIONS[mode]
    ours, theirs = of_source(destination.alpha), of_destination(source.alpha)
    colour = ours * source.colour + theirs * destination.colour
    return Layer(colour, ours * source.alpha + theirs * destination.alpha)


def inside(other: Tensor) -> Tensor:
    """As much as the other layer covers."""
    return other


def outside(other: Tensor) -> Tensor:
    """As much as the other layer leaves bare."""
    return 1.0 - other


# Porter and Duff, Compositing Digital Images, 1984, section 4: which fraction of the source and of the
# destination is left, each from the alpha of the other.
Fraction = Callable[[Tensor], Tensor]
FRACTIONS: Final[Mapping[str, tuple[Fraction, Fraction]]] = {
    "CLEAR": (torch.zeros_like, torch.zeros_like),
    "SRC": (torch.ones_like, torch.zeros_like),
    "DST": (torch.zeros_like, torch.ones_like),
    "SRC_OVER": (torch.ones_like, outside),
    "DST_OVER": (outside, torch.ones_like),
    "SRC_IN": (inside, torch.zeros_like),
    "DST_IN": (torch.zeros_like, inside),
    "SRC_OUT": (outside, torch.zeros_like),
    "DST_OUT": (torch.zeros_like, outside),
    "SRC_ATOP": (inside, outside),
    "DST_ATOP": (outside, inside),
    "XOR": (outside, outside),
}


def union(s: Layer, d: Layer) -> Tensor:
    """Alpha of what either layer covers."""
    return s.alpha + d.alpha - s.alpha * d.alpha


def add(s: Layer, d: Layer) -> Layer:
    """Both together, held to white and to opaque ("plus")."""
    return Layer((s.colour + d.colour).clamp(max=1.0), (s.alpha + d.alpha).clamp(max=1.0))


def chosen(choose: Callable[[Tensor, Tensor], Tensor], s: Layer, d: Layer) -> Layer:
    """Each layer where it is alone, and one of both colours where they meet."""
    alone = (1.0 - d.alpha) * s.colour + (1.0 - s.alpha) * d.colour
    return Layer(alone + choose(s.colour, d.colour), union(s, d))


def overlay(s: Layer, d: Layer) -> Layer:
    """Multiplied where the destination is dark, screened where it is bright, as Android documents it."""
    dark = 2.0 * s.colour * d.colour
    bright = s.alpha * d.alpha - 2.0 * (d.alpha - s.colour) * (s.alpha - d.colour)
    return Layer(torch.where(2.0 * d.colour < d.alpha, dark, bright), union(s, d))


# Not among the operators of 1984; the names and formulas are those of Android's PorterDuff.Mode.
MIXTURES: Final[Mapping[str, Callable[[Layer, Layer], Layer]]] = {
    "ADD": add,
    "DARKEN": lambda s, d: chosen(torch.minimum, s, d),
    "LIGHTEN": lambda s, d: chosen(torch.maximum, s, d),
    "MULTIPLY": lambda s, d: Layer(s.colour * d.colour, s.alpha * d.alpha),
    "OVERLAY": overlay,
    "SCREEN": lambda s, d: Layer(s.colour + d.colour - s.colour * d.colour, union(s, d)),
}
