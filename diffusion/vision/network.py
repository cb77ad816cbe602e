"""What goes into a network of any make: moved to where its weights are, in their number format."""

from __future__ import annotations

from torch import Tensor, nn


def as_weights(network: nn.Module, x: Tensor) -> Tensor:
    """The tensor on the device and in the format of the network's weights; as it is if there are none."""
    weight = next((part for part in network.parameters() if part.is_floating_point()), None)
    return x if weight is None else x.to(weight.device, weight.dtype)
