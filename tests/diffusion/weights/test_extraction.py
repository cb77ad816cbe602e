"""Differences turned into LoRA files, and laid on again."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from diffusion.families.family import Checkpoint
from diffusion.types import Model
from diffusion.weights.checkpoint import open_checkpoint
from diffusion.weights.extraction import extracted, factored
from diffusion.weights.lora import open_lora, with_lora
from diffusion.weights.merging import merged_encoders, merged_models, subtracted
from tests.factories import tiny_sd1


def rand(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def product(up: Tensor, down: Tensor) -> Tensor:
    return up.flatten(1).double() @ down.flatten(1).double()


@pytest.mark.parametrize("shape", [(12, 8), (8, 12), (8, 4, 3, 3), (8, 8, 1, 1)])
def test_at_full_rank_the_factors_give_the_difference_back(shape: tuple[int, ...]) -> None:
    difference = rand(*shape)
    up, down = factored(difference, 99)
    rank = min(shape[0], difference[0].numel())
    assert up.shape == (shape[0], rank, *[1] * (len(shape) - 2))
    assert down.shape == (rank, *shape[1:])
    torch.testing.assert_close(product(up, down), difference.double().flatten(1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(12, 8), (8, 12)])
def test_below_it_they_are_as_near_as_singular_values_allow(shape: tuple[int, ...]) -> None:
    difference = rand(*shape)
    up, down = factored(difference, 3)
    left = torch.linalg.svdvals(difference.double())[3:]
    error = (difference.double() - product(up, down)).norm()
    torch.testing.assert_close(error, left.norm(), rtol=1e-5, atol=0)
    torch.testing.assert_close(up.norm(dim=0), down.norm(dim=1), rtol=1e-4, atol=0)


def test_a_difference_of_low_rank_is_found_whole_and_nothing_is_nothing() -> None:
    difference = rand(12, 2) @ rand(2, 8)
    torch.testing.assert_close(product(*factored(difference, 4)), difference.double(), rtol=1e-4, atol=1e-4)
    up, down = factored(torch.zeros(4, 4), 2)
    assert not up.any() or not down.any()
    assert not product(up, down).any()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkpoint, Checkpoint]:
    folder = tmp_path_factory.mktemp("pair")
    first, second = (open_checkpoint(tiny_sd1(folder / f"{seed}.safetensors", seed=seed)) for seed in (0, 1))
    return first, second


@pytest.mark.parametrize("whole", [False, True])
def test_a_difference_saved_and_laid_upon_the_second_model_is_the_first(
    pair: tuple[Checkpoint, Checkpoint], tmp_path: Path, whole: bool
) -> None:
    first, second = pair
    model = merged_models(first.model, second.model, subtracted(1.0))
    text = merged_encoders(first.text, second.text, subtracted(1.0))
    heard: list[tuple[int, int]] = []
    tensors = extracted(
        model, text, rank=9999, whole=whole, each=lambda done, total: heard.append((done, total))
    )
    save_file(tensors, tmp_path / "x.safetensors")
    found, encoder = with_lora(
        second.model,
        second.text,
        open_lora(tmp_path / "x.safetensors"),
        model_strength=1.0,
        text_strength=1.0,
    )
    assert heard[-1][0] == heard[-1][1] == len(heard)
    check_same(found, first.model)
    assert encoder is not None
    assert first.text is not None
    ours, theirs = (one.towers[0].network.state_dict() for one in (encoder, first.text))
    for name in ours:
        torch.testing.assert_close(ours[name], theirs[name], rtol=0, atol=2e-2)


def check_same(found: Model | None, wanted: Model | None) -> None:
    assert found is not None
    assert wanted is not None
    theirs = wanted.network.state_dict()
    for name, tensor in found.network.state_dict().items():
        torch.testing.assert_close(tensor, theirs[name], rtol=0, atol=2e-2)  # the file is in float16


def test_biases_are_left_out_where_they_are_not_wanted_and_kohya_names_are_used(
    pair: tuple[Checkpoint, Checkpoint],
) -> None:
    model = merged_models(pair[0].model, pair[1].model, subtracted(1.0))
    tensors = extracted(model, None, rank=2, biases=False)
    assert not any(key.endswith((".diff", ".diff_b")) for key in tensors)
    up = tensors["lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_up.weight"]
    assert up.shape == (32, 2)
    assert up.dtype == torch.float16
    same = merged_models(pair[0].model, pair[0].model, subtracted(1.0))
    assert extracted(same, None, rank=2) == {}
