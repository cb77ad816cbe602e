"""What a network is told beside noisy latents, time and prompt: a vector, and channels beside the latents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from diffusion.types import Cond


@dataclass(frozen=True, eq=False)
class Occasion:
    """For what a conditioning is made ready."""

    latent: Tensor  # (B, C, h, w) clean latents as the network sees them; their size and place count
    seed: int
    negative: bool  # whether it says what is not wanted
    mask: Tensor | None = None  # (1 or B, 1, h, w): 1 where the picture is worked on, if not everywhere


class NetworkInputs:
    """Nothing beside; families whose networks take more derive from it."""

    def vector(self, cond: Cond, occasion: Occasion) -> Tensor | None:
        """(1 or B, V) numbers, or a class (1 or B,), that are added to the time embedding."""
        del cond, occasion
        return None

    def beside(self, cond: Cond, occasion: Occasion) -> Tensor | None:
        """(1 or B, C', h, w) channels that go into the network behind the noisy latents."""
        del cond, occasion
        return None


NO_INPUTS = NetworkInputs()
