"""Deep shrink: the inner blocks work on smaller features while the picture's layout is found ("Kohya")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from diffusion.networks.tweaks import Place, Tweak
from diffusion.sampling.schedules import Period


@dataclass(frozen=True, eq=False)
class DeepShrink(Tweak):
    """Shrinks what leaves block number `block` of the way down, and grows it again where a skip is larger.

    `after_skip`: the block's own skip keeps its size.
    """

    block: int
    shrink: Callable[[Tensor], Tensor]
    grow: Callable[[Tensor, tuple[int, int]], Tensor]
    period: Period
    after_skip: bool = True

    def leaving(self, place: Place, h: Tensor) -> Tensor:
        """Smaller, skip and all."""
        return h if self.after_skip or not self.hits(place) else self.shrink(h)

    def onward(self, place: Place, h: Tensor) -> Tensor:
        """Smaller, behind the skip."""
        return self.shrink(h) if self.after_skip and self.hits(place) else h

    def joining(self, place: Place, h: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        """As large as the skip."""
        del place
        if h.shape[-2:] != skip.shape[-2:]:
            h = self.grow(h, (skip.shape[-2], skip.shape[-1]))
        return h, skip

    def hits(self, place: Place) -> bool:
        """Whether this is where it shrinks."""
        here = place.section == "input" and place.block == self.block
        return here and self.period.holds(place.way.sigma)
