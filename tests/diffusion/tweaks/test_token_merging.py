"""Token merging against one that goes token by token."""

import pytest
import torch
from torch import Tensor

from diffusion.networks.tweaks import Pass, Place
from diffusion.tweaks.token_merging import Match, TokenMerging, partition
from tests.diffusion.guidance.saying import guided, normal, unet_model

SIZES = [(8, 8), (4, 12), (7, 9), (2, 5), (3, 2)]


def place(height: int, width: int) -> Place:
    return Place(Pass(1.0, (height, width)), "input", 1, size=(height, width))


def chance() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("size", SIZES)
def test_one_token_of_each_whole_square_takes_others_in(size: tuple[int, int]) -> None:
    takers, others = partition(size, chance())
    height, width = size
    assert sorted([*takers.tolist(), *others.tolist()]) == list(range(height * width))
    squares = {(token // width // 2, token % width // 2) for token in takers.tolist()}
    assert len(squares) == len(takers) == (height // 2) * (width // 2)


def by_hand(x: Tensor, size: tuple[int, int], count: int) -> tuple[Tensor, list[int]]:
    """Merged tokens of one picture (T + K, C), and for each token of the picture which of them it became."""
    takers, others = (part.tolist() for part in partition(size, chance()))
    tokens = x.double()
    cosine = torch.nn.functional.cosine_similarity(tokens[others][:, None], tokens[takers][None], dim=-1)
    best = [(float(row.max()), int(row.argmax()), other) for row, other in zip(cosine, others, strict=True)]
    best.sort(key=lambda entry: -entry[0])
    groups = [[taker] for taker in takers]
    for _, taker, other in best[:count]:
        groups[taker].append(other)
    groups += [[other] for _, _, other in best[count:]]
    became = {token: number for number, group in enumerate(groups) for token in group}
    return torch.stack([x[group].mean(0) for group in groups]), [became[token] for token in range(len(x))]


@pytest.mark.parametrize("ratio", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("size", SIZES)
def test_tokens_are_merged_and_parted_as_by_hand(size: tuple[int, int], ratio: float) -> None:
    x = normal(2, size[0] * size[1], 6)
    seen: list[Tensor] = []

    def proceed(merged: Tensor) -> Tensor:
        seen.append(merged)
        return merged * 2

    found = TokenMerging(ratio).begin().layer(place(*size), x, proceed)
    takers = (size[0] // 2) * (size[1] // 2)
    count = min(int(x.shape[1] * ratio), x.shape[1] - takers)
    assert found.shape == x.shape
    if count > 0:
        assert seen[0].shape[1] == x.shape[1] - count
        for picture in range(2):
            merged, became = by_hand(x[picture], size, count)
            torch.testing.assert_close(seen[0][picture], merged)
            torch.testing.assert_close(found[picture], 2 * merged[became])


def test_no_tokens_merged_change_no_bit() -> None:
    x = normal(2, 4, 8, 12)
    assert torch.equal(guided(unet_model(tweaks=(TokenMerging(0.0),)), x), guided(unet_model(), x))


def test_tokens_that_are_all_the_same_lose_nothing() -> None:
    x = normal(1, 1, 6).expand(2, 16, 6)
    found = TokenMerging(0.5).begin().layer(place(4, 4), x, lambda merged: 3 * merged)
    torch.testing.assert_close(found, 3 * x)


def test_it_works_at_full_size_only_and_on_self_attention_only() -> None:
    x = normal(1, 16, 6)
    smaller = Place(Pass(1.0, (8, 8)), "input", 1, size=(4, 4))
    cross = Place(Pass(1.0, (4, 4)), "input", 1, kind="cross", size=(4, 4))
    row = Place(Pass(1.0, (1, 16)), "input", 1, size=(1, 16))
    for at in (smaller, cross, row):
        assert TokenMerging(0.5).begin().layer(at, x, lambda tokens: tokens) is x


@pytest.mark.parametrize("size", [(8, 12), (7, 9), (1, 8), (2, 2)])
def test_all_sizes_go_through_a_network_and_come_out_the_same_each_time(size: tuple[int, int]) -> None:
    x = normal(2, 4, *size)
    merging = unet_model(tweaks=(TokenMerging(0.5),))
    found = guided(merging, x)
    assert found.shape == x.shape
    assert torch.equal(guided(merging, x), found)
    assert torch.equal(found, guided(unet_model(), x)) == (min(size) == 1)


def test_a_match_gathers_rows_of_its_own_picture() -> None:
    x = torch.cat([normal(1, 16, 6), normal(1, 16, 6, seed=1)])
    match = Match.of(x, (4, 4), 8, chance())
    alone = Match.of(x[1:], (4, 4), 8, chance())
    torch.testing.assert_close(match.merged(x)[1:], alone.merged(x[1:]))
