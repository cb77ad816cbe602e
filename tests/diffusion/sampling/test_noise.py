"""Where chance comes from, held against torch's global generator and torchsde."""

import math
from types import ModuleType

import pytest
import torch
from torch import Tensor

from diffusion.sampling.noise import ancestral_noise, brownian_noise, fresh_noise, make_noise, redrawn
from diffusion.types import Latent

SHAPE = (3, 4, 8, 8)


@pytest.fixture(autouse=True)
def _global_generator_is_left_alone() -> object:
    before = torch.get_rng_state()
    yield
    assert torch.equal(torch.get_rng_state(), before)


def drawn_globally(seed: int, *shapes: tuple[int, ...]) -> list[Tensor]:
    """What plain torch draws after seeding."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return [torch.randn(shape) for shape in shapes]


def test_a_batch_is_drawn_in_one_call() -> None:
    noise = make_noise(Latent(torch.zeros(SHAPE)), 42)
    assert noise.dtype == torch.float32
    assert torch.equal(noise, drawn_globally(42, SHAPE)[0])


def test_pictures_of_a_batch_get_different_noise() -> None:
    noise = make_noise(Latent(torch.zeros(SHAPE)), 42)
    assert not torch.allclose(noise[0], noise[1])


def test_a_batch_index_picks_from_single_draws() -> None:
    latent = Latent(torch.zeros((4, *SHAPE[1:])), batch_index=(5, 0, 2, 2))
    singles = drawn_globally(42, *[(1, *SHAPE[1:])] * 6)
    expected = torch.cat([singles[5], singles[0], singles[2], singles[2]])
    assert torch.equal(make_noise(latent, 42), expected)


def test_noise_is_float32_whatever_the_latent_is() -> None:
    assert make_noise(Latent(torch.zeros(SHAPE, dtype=torch.bfloat16)), 1).dtype == torch.float32


@pytest.mark.parametrize("seed", [0, 2**63, 2**64 - 1])
def test_every_seed_of_64_bits_works(seed: int) -> None:
    x = torch.zeros(SHAPE)
    assert bool(make_noise(Latent(x), seed).isfinite().all())
    assert bool(redrawn(x, seed).isfinite().all())
    assert bool(brownian_noise(x, [2.0, 1.0, 0.0], seed)(2.0, 1.0).isfinite().all())


def test_noise_drawn_anew_comes_from_the_next_seed() -> None:
    assert torch.equal(redrawn(torch.zeros(SHAPE), 42), drawn_globally(43, SHAPE)[0])


def test_ancestral_noise_is_what_the_seeded_global_generator_would_draw() -> None:
    noise = ancestral_noise(torch.zeros(SHAPE), [], 7)
    first, second = drawn_globally(7, SHAPE, SHAPE)
    assert torch.equal(noise(2.0, 1.0), first)
    assert torch.equal(noise(1.0, 0.5), second)


def test_brownian_noise_is_that_of_k_diffusion(k_diffusion: ModuleType) -> None:
    x, levels = torch.zeros(SHAPE), [14.5, 5.0, 1.0, 0.03125, 0.0]
    theirs = k_diffusion.BrownianTreeNoiseSampler(x, 0.03125, 14.5, seed=7)
    ours = brownian_noise(x, levels, 7)
    for pair in ((14.5, 5.0), (5.0, 2.0), (5.0, 1.0)):
        torch.testing.assert_close(ours(*pair), theirs(*pair), rtol=1e-6, atol=1e-6)


def test_the_parts_of_a_brownian_path_sum_to_the_whole() -> None:
    noise = brownian_noise(torch.zeros(SHAPE), [10.0, 3.0, 1.0, 0.0], 3)
    parts = math.sqrt(7) * noise(10.0, 3.0) + math.sqrt(2) * noise(3.0, 1.0)
    torch.testing.assert_close(parts, 3 * noise(10.0, 1.0), rtol=1e-5, atol=1e-5)


def test_a_path_whose_ends_round_outwards_draws_without_a_warning() -> None:
    """torchsde rounds a path's ends to six digits and warns of queries outside; warnings are errors here."""
    noise = brownian_noise(torch.zeros(SHAPE), [14.6146416, 1.0, 0.02916759, 0.0], 3)
    assert bool(noise(14.6146416, 1.0).isfinite().all())
    assert bool(noise(1.0, 0.02916759).isfinite().all())


def test_upwards_a_brownian_path_is_walked_backwards() -> None:
    noise = brownian_noise(torch.zeros(SHAPE), [10.0, 3.0, 1.0, 0.0], 3)
    torch.testing.assert_close(noise(1.0, 3.0), -noise(3.0, 1.0))
    assert torch.equal(noise(3.0, 3.0), torch.zeros(SHAPE))


def test_fresh_noise_is_like_what_it_is_given() -> None:
    fresh = fresh_noise(torch.zeros(SHAPE), [], 7)
    first, second = drawn_globally(7, SHAPE, (1, 4, 16, 16))
    assert torch.equal(fresh(torch.zeros(SHAPE)), first)
    assert torch.equal(fresh(torch.ones((1, 4, 16, 16))), second)
