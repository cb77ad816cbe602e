"""Which parts of a picture are worked on: masks at the size of latents, and keeping what they leave out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.sampling.prediction import noised
from diffusion.sampling.step import GuidedDenoise


def planes_of(mask: Tensor) -> Tensor:
    """A mask (H, W), (B, H, W) or (B, 1, H, W) as (B, 1, H, W)."""
    return mask.reshape(-1, 1, *mask.shape[-2:])


def fitted(mask: Tensor, latent: Tensor) -> Tensor:
    """A mask (H, W), (B, H, W) or (B, 1, H, W) of any size as (1 or B, 1, h, w), to go with a latent."""
    planes = planes_of(mask).to(latent.device, torch.float32)
    planes = F.interpolate(planes, size=latent.shape[-2:], mode="bilinear")
    return planes if len(planes) == 1 else repeated(planes, len(latent))


def repeated(batch: Tensor, count: int) -> Tensor:
    """The rows of a batch over again until there are this many."""
    return batch if len(batch) == count else batch[torch.arange(count) % len(batch)]


def fade(start: int, length: int, whole: int, edge: int) -> Tensor:
    """(length,) weights along one side of what lies inside a larger whole from `start` on.

    They rise to 1 over `edge` latents from each end that is not the whole's own; an edge of 0 is sharp.
    """
    rise = (torch.arange(1, length + 1) / max(edge, 1)).clamp(max=1.0)
    weights = rise if start > 0 else torch.ones(length)
    return weights * rise.flip(0) if start + length < whole else weights


class Keeping:
    """A denoiser held to a latent where its mask is 0: noisy in what it is given, clean in what it says.

    `mask(sigma)` is (1 or B, 1, h, w); it may differ from one noise level to another.
    """

    def __init__(
        self, denoise: GuidedDenoise, latent: Tensor, noise: Tensor, mask: Callable[[float], Tensor]
    ) -> None:
        self.denoise, self.latent, self.noise, self.mask = denoise, latent, noise, mask

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """x0 of noisy latents."""
        mask = self.mask(sigma)
        return self.held(self.denoise(self.mixed(x, sigma, mask), sigma), mask)

    def both(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        """x0, and the x0 that was not guided."""
        mask = self.mask(sigma)
        guided, unguided = self.denoise.both(self.mixed(x, sigma, mask), sigma)
        return self.held(guided, mask), self.held(unguided, mask)

    def mixed(self, x: Tensor, sigma: float, mask: Tensor) -> Tensor:
        """The latent at this noise level where it is kept."""
        return x * mask + noised(self.latent, self.noise, sigma) * (1 - mask)

    def held(self, x0: Tensor, mask: Tensor) -> Tensor:
        """The latent itself where it is kept."""
        return x0 * mask + self.latent * (1 - mask)

    def ended(self, x: Tensor, levels: Sequence[float]) -> Tensor:
        """Where sampling to clean latents ended, with the latent itself where nothing of it was to change.

        Some samplers (dpm_fast, dpm_adaptive) stop before the last level, and leave its noise there too.
        """
        if levels[-1] > 0 or x.shape != self.latent.shape:
            return x
        return torch.where(self.mask(levels[-2]) == 0, self.latent, x)
