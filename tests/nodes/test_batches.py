"""Batches fitted to one another."""

import pytest
import torch

from nodes.batches import BatchError, equal_channels, equally_many, repeated, with_channels


def test_a_shorter_batch_is_repeated_in_turn() -> None:
    short, long = equally_many(torch.tensor([1, 2]), torch.arange(5))
    assert short.tolist() == [1, 2, 1, 2, 1]
    assert long.tolist() == [0, 1, 2, 3, 4]
    assert repeated(torch.arange(5), 2).tolist() == [0, 1]


def test_an_empty_batch_cannot_be_repeated() -> None:
    with pytest.raises(BatchError, match="empty; at least one"):
        repeated(torch.zeros(0, 2, 2), 1)


def test_added_alpha_is_opaque_and_surplus_alpha_is_dropped() -> None:
    assert with_channels(torch.zeros(1, 3), 4).tolist() == [[0, 0, 0, 1]]
    assert with_channels(torch.arange(4.0), 3).tolist() == [0, 1, 2]
    plain, rich = equal_channels(torch.zeros(1, 1, 1, 3), torch.zeros(1, 1, 1, 4))
    assert plain.shape == rich.shape
    assert plain[..., 3].item() == 1
