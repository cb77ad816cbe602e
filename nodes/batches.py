"""Fits batches to one another: how many there are of each, and how many channels they have."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from diffusion.sampling.mask import repeated as rows_repeated
from nodes.errors import NodeError


class BatchError(NodeError):
    """Batches that cannot be joined or taken apart as asked."""


def repeated(batch: Tensor, count: int) -> Tensor:
    """The batch with its items repeated in turn, or cut off, to this many."""
    if len(batch) == 0:
        raise BatchError("the batch is empty; at least one picture or mask is needed")
    return rows_repeated(batch, count)


def equally_many(*batches: Tensor) -> tuple[Tensor, ...]:
    """Every batch repeated to the count of the longest."""
    count = max(map(len, batches))
    return tuple(repeated(batch, count) for batch in batches)


def with_channels(image: Tensor, channels: int) -> Tensor:
    """(..., C) with opaque alpha added, or what is beyond `channels` dropped."""
    return F.pad(image, (0, channels - image.shape[-1]), value=1.0)


def equal_channels(*images: Tensor) -> tuple[Tensor, ...]:
    """Every picture with as many channels as the richest, the added ones opaque."""
    channels = max(image.shape[-1] for image in images)
    return tuple(with_channels(image, channels) for image in images)
