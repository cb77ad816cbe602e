"""Merges against their closed forms, made only when used."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from diffusion.errors import CheckpointError, PartMissing
from diffusion.families.family import Checkpoint
from diffusion.types import Model
from diffusion.weights.checkpoint import open_checkpoint
from diffusion.weights.merging import (
    added,
    by_block,
    merged_encoders,
    merged_models,
    merged_vaes,
    mixed,
    scaled_attention_out,
    scaled_encoder,
    scaled_model,
    subtracted,
    towards,
)
from diffusion.weights.patched import Weights
from tests.factories import tiny_sd1


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkpoint, Checkpoint]:
    folder = tmp_path_factory.mktemp("pair")
    first, second = (open_checkpoint(tiny_sd1(folder / f"{seed}.safetensors", seed=seed)) for seed in (0, 1))
    return first, second


def state(network: nn.Module) -> dict[str, Tensor]:
    return dict(network.state_dict())


def models(pair: tuple[Checkpoint, Checkpoint]) -> tuple[Model, Model]:
    first, second = pair
    assert first.model is not None
    assert second.model is not None
    return first.model, second.model


def close(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found.double(), wanted, rtol=1e-6, atol=1e-6)


def test_a_ratio_is_how_much_of_the_first_there_is(pair: tuple[Checkpoint, Checkpoint]) -> None:
    first, second = models(pair)
    found = state(merged_models(first, second, towards(0.3)).network)
    ours, theirs = state(first.network), state(second.network)
    for name, tensor in found.items():
        close(tensor, 0.3 * ours[name].double() + 0.7 * theirs[name].double())


def test_ratio_one_is_the_first_network_itself_and_zero_has_the_bits_of_the_second(
    pair: tuple[Checkpoint, Checkpoint],
) -> None:
    first, second = models(pair)
    assert merged_models(first, second, towards(1.0)).network is first.network
    other = state(merged_models(first, second, towards(0.0)).network)
    assert all(torch.equal(other[name], tensor) for name, tensor in state(second.network).items())


def test_a_difference_added_to_its_second_model_gives_back_the_first(
    pair: tuple[Checkpoint, Checkpoint],
) -> None:
    first, second = models(pair)
    difference = merged_models(first, second, subtracted(1.0))
    again = merged_models(second, difference, added)
    for name, tensor in state(again.network).items():
        close(tensor, state(first.network)[name].double())
    half = state(merged_models(first, second, subtracted(0.5)).network)
    close(half["out.2.weight"], 0.5 * state(difference.network)["out.2.weight"].double())


def test_nothing_is_made_before_it_is_used_and_then_only_the_last_network(
    pair: tuple[Checkpoint, Checkpoint],
) -> None:
    first, second = models(pair)
    difference = merged_models(first, second, subtracted(1.0))
    last = merged_models(first, difference, added)
    assert last.network is last.network
    assert difference.weights.made is first.weights.plain
    assert first.weights.made is first.weights.plain


def test_blocks_have_ratios_by_the_longest_beginning_and_others_the_first(
    pair: tuple[Checkpoint, Checkpoint],
) -> None:
    first, second = models(pair)
    shares = by_block({"input": 1.0, "input_blocks.1.": 0.25, "middle": 0.0, "out": 0.5})
    found, ours, theirs = (
        state(network)
        for network in (merged_models(first, second, shares).network, first.network, second.network)
    )
    ratios = {
        "time_embed.0.weight": 1.0, "input_blocks.0.0.weight": 1.0,
        "input_blocks.10.0.in_layers.2.weight": 1.0, "input_blocks.1.0.in_layers.2.weight": 0.25,
        "middle_block.0.in_layers.2.weight": 0.0,
        "output_blocks.3.0.in_layers.2.weight": 0.5, "out.2.weight": 0.5,
    }  # fmt: skip
    for name, ratio in ratios.items():
        close(found[name], ratio * ours[name].double() + (1 - ratio) * theirs[name].double())


def test_text_encoders_merge_tower_by_tower_and_vaes_too(pair: tuple[Checkpoint, Checkpoint]) -> None:
    first, second = pair
    text = merged_encoders(first.text, second.text, towards(0.5)).towers[0]
    assert first.text is not None
    assert second.text is not None
    ours, theirs = (state(encoder.towers[0].network) for encoder in (first.text, second.text))
    name = "encoder.layers.1.mlp.fc1.weight"
    close(state(text.network)[name], (ours[name].double() + theirs[name].double()) / 2)
    vae = merged_vaes(first.vae, second.vae, towards(0.5))
    assert first.vae is not None
    assert second.vae is not None
    ours, theirs = state(first.vae.network), state(second.vae.network)
    close(
        state(vae.network)["decoder.conv_in.bias"],
        (ours["decoder.conv_in.bias"].double() + theirs["decoder.conv_in.bias"].double()) / 2,
    )


def conv(inputs: int, outputs: int = 2) -> Weights:
    network = nn.Sequential(nn.Conv2d(inputs, outputs, 3))
    return Weights(network.requires_grad_(False))


def test_a_model_for_inpainting_keeps_the_channels_that_the_other_lacks() -> None:
    first, second = conv(9), conv(4)
    found = mixed(first, second, added, "two").tensor("0.weight")
    ours, theirs = first.plain_tensors["0.weight"], second.plain_tensors["0.weight"]
    assert torch.equal(found[:, :4], ours[:, :4] + theirs)
    assert torch.equal(found[:, 4:], ours[:, 4:])


def test_other_shapes_are_refused_with_the_tensor_and_both_of_them() -> None:
    with pytest.raises(CheckpointError, match=r"0\.weight has \(2, 4, 3, 3\) .* \(3, 4, 3, 3\)"):
        mixed(conv(4), conv(4, 3), added, "two")
    with pytest.raises(CheckpointError, match="give the one for inpainting first"):
        mixed(conv(4), conv(9), added, "two")
    with pytest.raises(CheckpointError, match="no tensor of one name"):
        mixed(conv(4), Weights(nn.Linear(2, 2)), added, "two")


def test_missing_parts_and_other_towers_are_said(pair: tuple[Checkpoint, Checkpoint]) -> None:
    first, second = pair
    with pytest.raises(PartMissing, match="two models"):
        merged_models(first.model, None, added)
    assert second.text is not None
    tower = replace(second.text.towers[0], name="clip_h")
    with pytest.raises(CheckpointError, match="one has clip_l, the other clip_h"):
        merged_encoders(first.text, replace(second.text, towers=(tower,)), added)


def test_projections_of_attention_are_scaled_with_their_biases(pair: tuple[Checkpoint, Checkpoint]) -> None:
    model, _ = models(pair)
    found, ours = state(scaled_model(model, {".attn1.to_out.0": 0.5}).network), state(model.network)
    changed = {name for name in ours if not torch.equal(found[name], ours[name])}
    assert changed == {name for name in ours if ".attn1.to_out.0." in name}
    assert {name.rpartition(".")[2] for name in changed} == {"weight", "bias"}
    assert all(torch.equal(found[name], ours[name] * 0.5) for name in changed)
    assert scaled_model(model, {".attn1.to_q": 1.0}) is model
    assert pair[0].text is not None
    text = scaled_encoder(pair[0].text, {".self_attn.q_proj": 2.0}).towers[0].weights
    name = "encoder.layers.0.self_attn.q_proj.bias"
    assert torch.equal(text.tensor(name), text.plain_tensors[name] * 2)


def test_what_attention_adds_is_scaled_apart_for_self_and_cross(pair: tuple[Checkpoint, Checkpoint]) -> None:
    model, _ = models(pair)
    found, ours = state(scaled_attention_out(model, (0.5, 2.0), (9.0, 9.0)).network), state(model.network)
    for name, tensor in ours.items():
        factor = 0.5 if ".attn1.to_out.0." in name else 2.0 if ".attn2.to_out.0." in name else 1.0
        assert torch.equal(found[name], tensor * factor)
    assert scaled_attention_out(model, (1.0, 1.0), (9.0, 9.0)) is model


def test_a_merge_of_half_precision_models_is_rounded_once(tmp_path: Path) -> None:
    first, second = (
        open_checkpoint(tiny_sd1(tmp_path / f"{seed}.safetensors", seed=seed), dtype=torch.bfloat16).model
        for seed in (0, 1)
    )
    assert first is not None
    assert second is not None
    name = "middle_block.0.in_layers.2.weight"
    found = merged_models(first, second, towards(0.3)).network.state_dict()[name]
    ours, theirs = (model.network.state_dict()[name].float() for model in (first, second))
    assert torch.equal(found, (0.3 * ours + 0.7 * theirs).bfloat16())
