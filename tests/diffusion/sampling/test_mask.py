"""Masks at the size of latents, and what they keep."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from diffusion.sampling.mask import Keeping, fitted, repeated

LATENT = torch.randn((3, 4, 8, 12), generator=torch.Generator().manual_seed(0))
NOISE = torch.randn((3, 4, 8, 12), generator=torch.Generator().manual_seed(1))


class Says:
    """A denoiser that answers as it is told to, and with half of that unguided."""

    def __init__(self, answer: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.answer = answer
        self.given: list[torch.Tensor] = []

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        return self.both(x, sigma)[0]

    def both(self, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
        del sigma
        self.given.append(x)
        return self.answer(x), self.answer(x) / 2


@pytest.mark.parametrize("shape", [(64, 96), (1, 64, 96), (1, 1, 64, 96)])
def test_a_mask_of_any_form_is_resized_bilinearly(shape: tuple[int, ...]) -> None:
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(2))
    expected = F.interpolate(mask.reshape(1, 1, 64, 96), size=(8, 12), mode="bilinear", align_corners=False)
    torch.testing.assert_close(fitted(mask, LATENT), expected)


def test_masks_are_used_over_again_for_more_pictures() -> None:
    masks = torch.stack([torch.zeros(8, 12), torch.ones(8, 12)])
    assert fitted(masks, LATENT)[:, 0, 0, 0].tolist() == [0, 1, 0]


def test_rows_repeat_in_order_and_surplus_ones_are_dropped() -> None:
    batch = torch.arange(3)
    assert repeated(batch, 7).tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert repeated(batch, 2).tolist() == [0, 1]


def test_the_kept_part_is_given_at_its_noise_level_and_answered_clean() -> None:
    mask = torch.zeros(1, 1, 8, 12)
    mask[..., 6:] = 1
    says = Says(lambda x: torch.full_like(x, 3.0))
    x = torch.full_like(LATENT, 9.0)
    answer, unguided = Keeping(says, LATENT, NOISE, lambda _: mask).both(x, 2.5)
    torch.testing.assert_close(says.given[0][..., :6], (LATENT + 2.5 * NOISE)[..., :6])
    torch.testing.assert_close(says.given[0][..., 6:], x[..., 6:])
    torch.testing.assert_close(answer[..., :6], LATENT[..., :6])
    torch.testing.assert_close(unguided[..., :6], LATENT[..., :6])
    assert bool((answer[..., 6:] == 3).all())
    assert bool((unguided[..., 6:] == 1.5).all())


def test_half_a_mask_is_half_of_each() -> None:
    mask = torch.full((1, 1, 8, 12), 0.5)
    answer = Keeping(Says(lambda x: x), LATENT, NOISE, lambda _: mask)(torch.zeros_like(LATENT), 2.0)
    torch.testing.assert_close(answer, 0.25 * (LATENT + 2 * NOISE) + 0.5 * LATENT)
