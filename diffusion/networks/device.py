"""Where a network's weights are and in which number format: what goes into it is brought there."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def device_of(network: nn.Module, otherwise: torch.device | None = None) -> torch.device:
    """Where the network's weights are; `otherwise`, or the CPU, if it has none."""
    weight = next(network.parameters(), None)
    return (otherwise or torch.device("cpu")) if weight is None else weight.device


def as_weights(network: nn.Module, x: Tensor) -> Tensor:
    """The tensor on the device and in the format of the network's weights; as it is if there are none."""
    weight = next((part for part in network.parameters() if part.is_floating_point()), None)
    return x if weight is None else x.to(weight.device, weight.dtype)
