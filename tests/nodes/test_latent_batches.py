"""Batches of latents: which pictures, masks and noises come together."""

import torch

from diffusion.sampling.noise import make_noise
from diffusion.types import Latent
from nodes.latent_batches import (
    batch_latents,
    batch_many_latents,
    latent_batch_seed_behavior,
    latent_from_batch,
    rebatch_latents,
    repeat_latent_batch,
)


def numbers(*values: float, size: int = 4, channels: int = 4) -> torch.Tensor:
    """One picture for each number, filled with it."""
    return (
        torch.tensor(values, dtype=torch.float32)
        .reshape(-1, 1, 1, 1)
        .expand(-1, channels, size, size)
        .contiguous()
    )


def firsts(batch: torch.Tensor | None) -> list[float]:
    """The number of each picture."""
    assert batch is not None
    return batch[:, 0, 0, 0].tolist()


def test_a_batch_of_two_keeps_the_noise_of_each() -> None:
    both = batch_latents(samples1=Latent(numbers(1, 2)), samples2=Latent(numbers(3), batch_index=(7,)))
    assert firsts(both.samples) == [1, 2, 3]
    assert both.batch_index == (0, 1, 7)


def test_many_latents_are_fitted_to_the_size_of_the_first() -> None:
    many = batch_many_latents(latents=[Latent(numbers(n, size=size)) for n, size in ((1, 4), (2, 6), (3, 2))])
    assert firsts(many.samples) == [1, 2, 3]
    assert many.samples.shape == (3, 4, 4, 4)
    assert many.batch_index == (0, 0, 0)


def test_a_picture_taken_from_a_batch_has_the_noise_and_mask_that_it_had() -> None:
    batch = Latent(torch.zeros(4, 4, 8, 8), noise_mask=numbers(0, 1, channels=1))
    taken = latent_from_batch(samples=batch, batch_index=1, length=2)
    assert taken.batch_index == (1, 2)
    assert firsts(taken.noise_mask) == [1, 0]  # two masks for four pictures take turns
    assert torch.equal(make_noise(taken, 5), make_noise(batch, 5)[1:3])
    again = latent_from_batch(samples=taken, batch_index=1, length=1)
    assert again.batch_index == (2,)


def test_taking_beyond_the_end_takes_the_last_and_one_mask_serves_all() -> None:
    mask = torch.ones(1, 1, 16, 16)
    taken = latent_from_batch(samples=Latent(numbers(1, 2, 3), noise_mask=mask), batch_index=9, length=5)
    assert firsts(taken.samples) == [3]
    assert taken.noise_mask is mask


def test_what_is_taken_shares_no_memory_with_the_batch() -> None:
    batch = Latent(numbers(1, 2))
    latent_from_batch(samples=batch).samples.zero_()
    assert firsts(batch.samples) == [1, 2]


def test_repeating_repeats_masks_and_counts_indices_on() -> None:
    batch = Latent(numbers(1, 2, 3), noise_mask=numbers(0, 1, channels=1), batch_index=(4, 2, 3))
    many = repeat_latent_batch(samples=batch, amount=2)
    assert firsts(many.samples) == [1, 2, 3, 1, 2, 3]
    assert firsts(many.noise_mask) == [0, 1, 0, 0, 1, 0]
    assert many.batch_index == (4, 2, 3, 7, 5, 6)


def test_repeating_leaves_one_mask_and_no_index_as_they_are() -> None:
    mask = torch.ones(1, 1, 4, 4)
    many = repeat_latent_batch(samples=Latent(torch.zeros(1, 4, 3, 2, 2), noise_mask=mask), amount=3)
    assert many.samples.shape == (3, 4, 3, 2, 2)
    assert many.noise_mask is mask
    assert many.batch_index is None


def test_batches_of_another_size_go_on_across_latents_and_break_where_the_size_changes() -> None:
    given = [
        Latent(numbers(1, 2, 3)),
        Latent(numbers(4, 5), batch_index=(8, 9)),
        Latent(numbers(6, size=2)),
        Latent(numbers(7)),
    ]
    batches = rebatch_latents(latents=given, batch_size=[2, 99])
    assert [firsts(one.samples) for one in batches] == [[1, 2], [3, 4], [5], [6], [7]]
    assert [one.batch_index for one in batches] == [(0, 1), (2, 8), (9,), (5,), (6,)]
    assert [one.noise_mask for one in batches] == [None] * 5


def test_masks_follow_their_pictures_into_other_batches() -> None:
    given = [
        Latent(numbers(1, 2), noise_mask=numbers(0, 0.5, channels=1, size=8)),
        Latent(numbers(3)),
        Latent(numbers(4), noise_mask=numbers(0.25, channels=1, size=16)),
    ]
    (batch,) = rebatch_latents(latents=given, batch_size=[9])
    assert firsts(batch.noise_mask) == [0, 0.5, 1, 0.25]
    assert batch.noise_mask.shape == (4, 1, 8, 8)


def test_fixed_seeds_give_every_picture_the_first_noise_and_random_ones_their_own() -> None:
    batch = Latent(torch.zeros(3, 4, 8, 8))
    noise = make_noise(latent_batch_seed_behavior(samples=batch, seed_behavior="fixed"), 1)
    assert torch.equal(noise[0], noise[1])
    assert torch.equal(noise[0], noise[2])
    chosen = latent_batch_seed_behavior(samples=Latent(numbers(1, 2), batch_index=(6, 2)))
    assert chosen.batch_index == (6, 6)
    free = latent_batch_seed_behavior(samples=chosen, seed_behavior="random")
    assert free.batch_index is None
