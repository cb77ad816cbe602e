"""Latents as vectors: closed forms, and what is fitted to what."""

import math

import pytest
import torch

from diffusion.types import Latent
from nodes.errors import LatentError
from nodes.latent_arithmetic import (
    add_latents,
    blend_latents,
    interpolate_latents,
    multiply_latent,
    subtract_latents,
)


def latent(*shape: int, seed: int = 1) -> Latent:
    samples = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return Latent(samples, noise_mask=torch.ones(1, 1, 8, 8), batch_index=(3, 4), extra={"kept": 1})


def pair(first: list[float], second: list[float]) -> tuple[Latent, Latent]:
    """Two latents of one place each."""
    a, b = (torch.tensor(vector).reshape(1, -1, 1, 1) for vector in (first, second))
    return Latent(a), Latent(b)


def test_sums_differences_and_multiples_are_what_they_say() -> None:
    a, b = latent(2, 4, 6, 5, seed=1), latent(2, 4, 6, 5, seed=2)
    assert torch.equal(add_latents(samples1=a, samples2=b).samples, a.samples + b.samples)
    assert torch.equal(subtract_latents(samples1=a, samples2=b).samples, a.samples - b.samples)
    assert torch.equal(multiply_latent(samples=a, multiplier=-2.5).samples, a.samples * -2.5)


def test_masks_indices_and_what_packs_left_are_those_of_the_first() -> None:
    a, b = latent(2, 4, 6, 5), Latent(torch.zeros(2, 4, 6, 5))
    for node in (add_latents, subtract_latents, interpolate_latents, blend_latents):
        result = node(samples1=a, samples2=b)
        assert (result.noise_mask is a.noise_mask, result.batch_index) == (True, (3, 4))
        assert result.extra == {"kept": 1}


def test_the_second_is_cropped_to_the_aspect_resized_and_repeated() -> None:
    zero = Latent(torch.zeros(3, 16, 4, 4))
    stripes = torch.arange(8.0).expand(1, 16, 4, 8)  # columns 2 to 5 are the middle square
    total = add_latents(samples1=zero, samples2=Latent(stripes)).samples
    assert torch.equal(total, torch.arange(2.0, 6.0).expand(3, 16, 4, 4))


def test_latents_with_frames_are_fitted_frame_by_frame() -> None:
    video, small = Latent(torch.zeros(1, 4, 3, 4, 4)), Latent(torch.zeros(1, 4, 3, 2, 2))
    small.samples[0, :, 1] = 1.0
    total = add_latents(samples1=video, samples2=small).samples
    assert total.shape == (1, 4, 3, 4, 4)
    assert total[0, :, 1].min() == 1.0
    assert total[0, :, [0, 2]].abs().max() == 0.0


def test_latents_of_other_channels_do_not_go_together() -> None:
    with pytest.raises(LatentError, match=r"\(1, 16, 4, 4\)"):
        add_latents(samples1=latent(1, 4, 4, 4), samples2=latent(1, 16, 4, 4))


def test_interpolation_between_perpendicular_vectors_keeps_their_average_length() -> None:
    a, b = pair([2.0, 0.0], [0.0, 4.0])
    half = interpolate_latents(samples1=a, samples2=b, ratio=0.5).samples.flatten()
    assert torch.allclose(half, torch.tensor([3.0, 3.0]) / math.sqrt(2))
    for ratio, end in ((1.0, a), (0.0, b)):
        assert torch.equal(interpolate_latents(samples1=a, samples2=b, ratio=ratio).samples, end.samples)


def test_interpolation_with_nothing_gives_numbers() -> None:
    a, b = pair([0.0, 0.0], [0.0, 4.0])
    half = interpolate_latents(samples1=a, samples2=b, ratio=0.5).samples.flatten()
    assert torch.equal(half, torch.tensor([0.0, 2.0]))


def test_a_blend_is_a_weighted_average() -> None:
    a, b = latent(1, 4, 3, 3, seed=1), latent(1, 4, 3, 3, seed=2)
    blend = blend_latents(samples1=a, samples2=b, blend_factor=0.25).samples
    assert torch.allclose(blend, 0.25 * a.samples + 0.75 * b.samples)
