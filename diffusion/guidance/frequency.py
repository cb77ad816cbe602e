"""Guidance that treats coarse and fine differently, and changes of latents in the midst of sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from diffusion.sampling.rules import Again, Answers, Rule


def rescaled_frequencies(x: Tensor, cutoff: int, low: float, high: float) -> Tensor:
    """(B, C, h, w) whose frequencies within a square of `cutoff` around zero weigh `low`, others `high`."""
    spectrum = torch.fft.fftshift(torch.fft.fft2(x.float()), dim=(-2, -1))
    rows, columns = x.shape[-2:]
    middle_row, middle_column = rows // 2, columns // 2
    weights = torch.full((rows, columns), high, device=x.device)
    weights[
        max(0, middle_row - cutoff) : middle_row + cutoff,
        max(0, middle_column - cutoff) : middle_column + cutoff,
    ] = low
    changed = torch.fft.ifft2(torch.fft.ifftshift(spectrum * weights, dim=(-2, -1)))
    out: Tensor = changed.real.to(x.dtype)
    return out


@dataclass(frozen=True)
class FreSca(Rule):
    """Guidance whose coarse and fine parts weigh differently (Huang et al. 2025, section 4)."""

    low: float = 1.0
    high: float = 1.25
    cutoff: int = 20

    def before(self, answers: Answers, again: Again) -> Answers:
        """The positive by the rescaled way from the negative."""
        del again
        negative = answers.negative
        if negative is None or self.low == self.high == 1:
            return answers
        way = rescaled_frequencies(answers.positive - negative, self.cutoff, self.low, self.high)
        return replace(answers, x0=(negative + way, *answers.x0[1:]))


@dataclass(frozen=True, eq=False)
class GuidanceOperation(Rule):
    """An operation on latents applied to the way from the negative to the positive at every step."""

    operation: Callable[..., Tensor]  # called with `latent`

    def before(self, answers: Answers, again: Again) -> Answers:
        """The positive by the changed way; without a negative the positive itself is changed."""
        del again
        negative = answers.negative
        if negative is None:
            return replace(answers, x0=(self.operation(latent=answers.positive), *answers.x0[1:]))
        way = self.operation(latent=answers.positive - negative)
        return replace(answers, x0=(negative + way, *answers.x0[1:]))
