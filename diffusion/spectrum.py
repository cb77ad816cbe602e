"""Coarse and fine in latents and features, weighed apart by their frequencies."""

from __future__ import annotations

import torch
from torch import Tensor


def rescaled_frequencies(x: Tensor, cutoff: int, low: float, high: float) -> Tensor:
    """(B, C, H, W) whose frequencies within a square of `cutoff` around zero weigh `low`, others `high`."""
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
