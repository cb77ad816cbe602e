"""FreeU: stronger features and weaker skips on the way up (Si et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.networks.tweaks import Place, Tweak
from diffusion.spectrum import rescaled_frequencies

LOWEST = 1  # around zero, along both sides


@dataclass(frozen=True)
class FreeU(Tweak):
    """Equations 4 and 5 of the paper: features times b, the lowest frequencies of skips times s.

    `scales` gives (b, s) by the number of channels. `by_structure`: b grows with how much there is at a place
    (the second version); otherwise it is the same everywhere.
    """

    scales: Mapping[int, tuple[float, float]]
    by_structure: bool = False

    def joining(self, place: Place, h: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        """The first half of the features' channels stronger, the skip's coarse part weaker."""
        del place
        scale = self.scales.get(h.shape[1])
        if scale is None:
            return h, skip
        b, s = scale
        half = h.shape[1] // 2
        strength = structure(h) * (b - 1) + 1 if self.by_structure else b
        return torch.cat([h[:, :half] * strength, h[:, half:]], dim=1), coarse_scaled(skip, s)


def structure(h: Tensor) -> Tensor:
    """The mean over channels, from 0 where it is least to 1 where it is most, (B, 1, H, W)."""
    mean = h.mean(1, keepdim=True)
    low, high = mean.amin((2, 3), keepdim=True), mean.amax((2, 3), keepdim=True)
    return (mean - low) / (high - low).clamp(min=1e-6)


def coarse_scaled(skip: Tensor, scale: float) -> Tensor:
    """(B, C, H, W) whose lowest frequencies are scaled."""
    return skip if scale == 1 else rescaled_frequencies(skip, LOWEST, scale, 1.0)
