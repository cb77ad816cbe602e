"""Pictures upon one another, and colour apart from transparency."""

import pytest
import torch
from PIL import Image as Pillow

from nodes.compositing import composite_masked, composite_porter_duff, join_alpha, split_alpha


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_picture_is_pasted_at_its_place() -> None:
    below, above = noise(1, 8, 9, 3), noise(1, 3, 4, 3, seed=2)
    result = composite_masked(destination=below, source=above, x=2, y=5)
    expected = below.clone()
    expected[:, 5:8, 2:6] = above
    assert torch.equal(result, expected)
    assert torch.equal(below, noise(1, 8, 9, 3))


def test_what_lies_outside_is_left_out() -> None:
    below, above = torch.zeros(1, 4, 4, 3), torch.ones(1, 3, 3, 3)
    assert composite_masked(destination=below, source=above, x=3, y=2).sum() == 2 * 3
    mask = torch.ones(1, 3, 3)
    assert torch.equal(composite_masked(destination=below, source=above, x=4, y=9, mask=mask), below)


def test_a_mask_says_how_much_is_pasted() -> None:
    below, above, mask = noise(1, 4, 4, 3), noise(1, 4, 4, 3, seed=2), noise(1, 4, 4, seed=3)
    result = composite_masked(destination=below, source=above, mask=mask)
    share = mask.unsqueeze(-1)
    assert torch.allclose(result, share * above + (1 - share) * below, atol=1e-6)
    assert torch.equal(composite_masked(destination=below, source=above, mask=mask * 0), below)


def test_a_mask_is_fitted_to_the_source_before_it_is_cut() -> None:
    mask = torch.tensor([[[1.0, 0.0]]])
    result = composite_masked(
        destination=torch.zeros(1, 2, 4, 3), source=torch.ones(1, 2, 8, 3), x=1, mask=mask
    )
    assert result[0, 0, :, 0].tolist() == [0, 1, 1, pytest.approx(0.875)]


def test_a_resized_source_covers_the_destination() -> None:
    result = composite_masked(
        destination=torch.zeros(1, 6, 7, 3), source=torch.ones(1, 2, 2, 3), resize_source=True
    )
    assert result.shape == (1, 6, 7, 3)
    assert result.min() == 1


def test_one_source_goes_upon_each_destination_and_channels_are_fitted() -> None:
    result = composite_masked(destination=noise(3, 4, 4, 4), source=torch.ones(1, 4, 4, 3))
    assert result.shape == (3, 4, 4, 4)
    assert result.min() == 1
    assert composite_masked(destination=noise(2, 4, 4, 3), source=noise(1, 2, 2, 4)).shape == (2, 4, 4, 3)


def test_transparency_is_kept_as_one_minus_the_mask_and_comes_back() -> None:
    image, mask = noise(1, 3, 4, 3), noise(1, 3, 4, seed=2)
    joined = join_alpha(image=image, alpha=mask)
    assert torch.equal(joined[..., 3], 1 - mask)
    colours, found = split_alpha(image=joined)
    assert torch.equal(colours, image)
    assert torch.allclose(found, mask)


def test_a_mask_is_fitted_and_the_shorter_batch_repeated() -> None:
    assert join_alpha(image=noise(1, 6, 8, 4), alpha=noise(3, 3, 4)).shape == (3, 6, 8, 4)
    assert join_alpha(image=noise(2, 6, 8, 3), alpha=noise(1, 6, 8)).shape == (2, 6, 8, 4)


def test_a_picture_without_transparency_has_an_empty_mask() -> None:
    image, mask = split_alpha(image=noise(2, 3, 4, 3))
    assert mask.shape == (2, 3, 4)
    assert mask.max() == 0
    assert image.shape == (2, 3, 4, 3)


def pillow(image: torch.Tensor, mask: torch.Tensor) -> Pillow.Image:
    data = torch.cat([image, 1 - mask.unsqueeze(-1)], dim=-1)[0]
    return Pillow.fromarray((data * 255).round().to(torch.uint8).numpy())


def test_one_picture_over_another_is_what_pillow_makes_of_them() -> None:
    source, destination = noise(1, 6, 6, 3), noise(1, 6, 6, 3, seed=2)
    hidden, bare = noise(1, 6, 6, seed=3), noise(1, 6, 6, seed=4)
    image, mask = composite_porter_duff(
        source=source, source_alpha=hidden, destination=destination, destination_alpha=bare, mode="SRC_OVER"
    )
    both = Pillow.alpha_composite(pillow(destination, bare), pillow(source, hidden))
    expected = torch.tensor(both.get_flattened_data()).reshape(1, 6, 6, 4) / 255
    assert (torch.cat([image, 1 - mask.unsqueeze(-1)], dim=-1) - expected).abs().max() < 4 / 255


def test_masks_of_layers_are_one_where_they_are_transparent() -> None:
    source, destination = torch.full((1, 2, 2, 3), 0.2), torch.full((1, 2, 2, 3), 0.7)
    clear, solid = torch.ones(1, 2, 2), torch.zeros(1, 2, 2)
    image, mask = composite_porter_duff(
        source=source, source_alpha=clear, destination=destination, destination_alpha=solid, mode="SRC_OVER"
    )
    assert torch.allclose(image, destination)
    assert mask.max() == 0
    image, mask = composite_porter_duff(
        source=source, source_alpha=solid, destination=destination, destination_alpha=solid, mode="CLEAR"
    )
    assert image.max() == 0
    assert mask.min() == 1


def test_layers_take_the_size_of_the_destination() -> None:
    image, mask = composite_porter_duff(
        source=noise(2, 3, 3, 4),
        source_alpha=noise(1, 5, 5),
        destination=noise(1, 4, 6, 3),
        destination_alpha=noise(1, 4, 6),
        mode="XOR",
    )
    assert image.shape == (2, 4, 6, 3)
    assert mask.shape == (2, 4, 6)
