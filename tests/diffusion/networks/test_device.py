"""Where weights are, and what is brought there."""

import torch
from torch import nn

from diffusion.networks.device import as_weights, device_of


def test_what_goes_in_takes_the_place_and_the_format_of_the_weights() -> None:
    network = nn.Linear(2, 2, device="meta", dtype=torch.float16)
    assert device_of(network) == torch.device("meta")
    moved = as_weights(network, torch.zeros(1, 2))
    assert (moved.device, moved.dtype) == (torch.device("meta"), torch.float16)


def test_a_network_without_weights_changes_nothing() -> None:
    x = torch.zeros(1, 2)
    assert as_weights(nn.Identity(), x) is x
    assert device_of(nn.Identity()) == torch.device("cpu")
    assert device_of(nn.Identity(), torch.device("meta")) == torch.device("meta")
