"""What may be changed inside a denoising network from outside: the places to step in, and where one is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from torch import Tensor

Section: TypeAlias = Literal["input", "middle", "output"]
Where: TypeAlias = tuple[str, int, int]  # section, block, transformer block
Attend: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Pass:
    """One way through a network: at which noise level, and what its rows are."""

    sigma: float
    size: tuple[int, int]  # height and width of the latents
    negative: tuple[bool, ...] = (False,)  # for each of the equal parts of the rows: of the negative prompt


@dataclass(frozen=True)
class Place:
    """Where in a network: a block and, inside it, one of its transformer blocks."""

    way: Pass
    section: Section
    block: int  # number within the section
    layer: int = 0  # number of the transformer block within the block
    kind: Literal["self", "cross"] = "self"
    size: tuple[int, int] = (0, 0)  # height and width of the features here
    heads: int = 1

    @property
    def where(self) -> Where:
        """The transformer block, whichever of its attentions."""
        return self.section, self.block, self.layer


class Tweak:
    """A change of a network's ways; each method is a place to step in and changes nothing here.

    Tensors: x (B, N, C) tokens of a feature map in rows, h and skip (B, C, H, W).
    """

    def begin(self) -> Tweak:
        """What works during one sampling; a tweak that remembers something begins anew."""
        return self

    def sources(self, place: Place, source: Tensor) -> tuple[Tensor, Tensor]:
        """From what keys and values are made, each (B, T, D). At cross-attention asked once a sampling."""
        del place
        return source, source

    def layer(self, place: Place, x: Tensor, proceed: Callable[[Tensor], Tensor]) -> Tensor:
        """Around a whole attention layer: normed tokens in, what is added to the stream out."""
        del place
        return proceed(x)

    def attend(self, place: Place, q: Tensor, k: Tensor, v: Tensor, proceed: Attend) -> Tensor:
        """Around softmax(q k^T) v: q (B, N, C), k and v (B, T, C) -> (B, N, C)."""
        del place
        return proceed(q, k, v)

    def between(self, place: Place, x: Tensor) -> Tensor:
        """The stream after self-attention, before cross-attention."""
        del place
        return x

    def leaving(self, place: Place, h: Tensor) -> Tensor:
        """What comes out of a block of the way down or of the middle."""
        del place
        return h

    def onward(self, place: Place, h: Tensor) -> Tensor:
        """What goes on from a block of the way down, once its skip has been taken."""
        del place
        return h

    def joining(self, place: Place, h: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        """What goes into a block of the way up, before it is put together with its skip."""
        del place
        return h, skip


def attended(tweaks: Sequence[Tweak], place: Place, attend: Attend) -> Attend:
    """Attention as all tweaks would have it, the first outermost."""
    for tweak in reversed(tweaks):
        attend = _attend_around(tweak, place, attend)
    return attend


def _attend_around(tweak: Tweak, place: Place, inner: Attend) -> Attend:
    return lambda q, k, v: tweak.attend(place, q, k, v, inner)


def layered(
    tweaks: Sequence[Tweak], place: Place, layer: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    """An attention layer as all tweaks would have it, the first outermost."""
    for tweak in reversed(tweaks):
        layer = _layer_around(tweak, place, layer)
    return layer


def _layer_around(
    tweak: Tweak, place: Place, inner: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    return lambda x: tweak.layer(place, x, inner)


def sourced(tweaks: Sequence[Tweak], place: Place, source: Tensor) -> tuple[Tensor, Tensor]:
    """From what keys and values are made; several tweaks change keys and values each in turn."""
    keys, values = source, source
    for tweak in tweaks:
        keys, values = tweak.sources(place, keys)[0], tweak.sources(place, values)[1]
    return keys, values
