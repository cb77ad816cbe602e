"""GLIGEN agrees with diffusers' gated UNet for the same weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from diffusion.control.grounding import MOST, Grounder, Grounding, grounded, open_gligen
from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.gligen import Gligen, GligenConfig
from diffusion.networks.transformer import SpatialTransformer
from diffusion.networks.tweaks import Pass
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.types import Cond
from diffusion.weights.reach import reachable_modules
from tests.diffusion.control.oracles import SD1, XL, asked, close, enlivened, saved, their_key, unets

SHAPES = pytest.mark.parametrize("config", [SD1, XL], ids=["sd1", "xl"])
PHRASE = 12  # diffusers takes phrases to be as wide as the prompt's tokens


def named_layers(config: UNetConfig) -> dict[str, int]:
    """The blocks of a UNet by their names, with their channels."""
    unet = UNet(config)
    return {
        f"{name}.transformer_blocks.{index}": part.proj_in.weight.shape[0]
        for name, part in unet.named_modules()
        if isinstance(part, SpatialTransformer)
        for index in range(len(part.transformer_blocks))
    }


def published(config: UNetConfig) -> dict[str, Tensor]:
    """The weights under the names of GLIGEN's files."""
    torch.manual_seed(2)
    layers = named_layers(config)
    network = Gligen(GligenConfig(PHRASE, 512, config.context_width, tuple(layers.values())))
    weights = enlivened(network.requires_grad_(False)).state_dict()
    names = {f"fusers.{index}": f"{name}.fuser" for index, name in enumerate(layers)}
    return {
        ".".join([names[".".join(key.split(".")[:2])], *key.split(".")[2:]])
        if key.startswith("fusers.")
        else key: value
        for key, value in weights.items()
    }


def gligen(config: UNetConfig, folder: Path, prefix: str = "") -> Grounder:
    weights = {prefix + key: value for key, value in published(config).items()}
    return open_gligen(saved(weights, folder / "gligen.safetensors"))


BOXES = ((8, 16, 56, 48), (0, 0, 96, 64))  # left, top, right, bottom in pixels


def phrases() -> list[Tensor]:
    torch.manual_seed(6)
    return [torch.randn(1, PHRASE) for _ in BOXES]


def prompt(grounder: Grounder, context: Tensor) -> Cond:
    conditioning = (Cond(context),)
    for phrase, box in zip(phrases(), BOXES, strict=True):
        conditioning = grounded(conditioning, grounder, phrase, box)
    return conditioning[0]


@SHAPES
@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_it_agrees_with_diffusers(config: UNetConfig, prefix: str, tmp_path: Path) -> None:
    unet, other = unets(config, attention_type="gated")
    weights = {their_key(key, config.blocks): value for key, value in published(config).items()}
    missing, unexpected = other.load_state_dict(weights, strict=False)
    assert unexpected == []
    assert not any("fuser" in key or "position_net" in key for key in missing)
    boxes, embeddings, there = torch.zeros(2, MOST, 4), torch.zeros(2, MOST, PHRASE), torch.zeros(2, MOST)
    for index, (phrase, box) in enumerate(zip(phrases(), BOXES, strict=True)):
        boxes[:, index] = torch.tensor(box) / torch.tensor([96, 64, 96, 64])
        embeddings[:, index], there[:, index] = phrase, 1
    given = asked(config)
    expected = other(
        given.x,
        given.timesteps,
        encoder_hidden_states=given.context,
        added_cond_kwargs=dict(given.told),
        cross_attention_kwargs={
            "gligen": {"boxes": boxes, "positive_embeddings": embeddings, "masks": there}
        },
    ).sample
    cond, way = prompt(gligen(config, tmp_path, prefix), given.context), Pass(1.0, (8, 12))
    found = unet(given.x, given.timesteps, given.context, given.vector, tweaks=cond.tweaks, way=way)
    close(found, expected)
    assert not torch.allclose(
        unet(given.x, given.timesteps, given.context, given.vector), expected, atol=1e-3
    )


def test_further_boxes_join_the_first(tmp_path: Path) -> None:
    grounder = gligen(SD1, tmp_path)
    (tweak,) = prompt(grounder, torch.zeros(1, 7, 12)).tweaks
    assert isinstance(tweak, Grounding)
    assert tweak.boxes == BOXES
    other = replace(grounder)
    both = grounded((prompt(grounder, torch.zeros(1, 7, 12)),), other, phrases()[0], BOXES[0])
    assert len(both[0].tweaks) == 2


def test_its_weights_are_found_by_a_lease(tmp_path: Path) -> None:
    grounder = gligen(SD1, tmp_path)
    assert reachable_modules((prompt(grounder, torch.zeros(1, 7, 12)),)) == (grounder.network,)


def test_phrases_of_another_encoder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DiffusionError, match="phrases of width 12, the text encoder's have 5"):
        grounded((Cond(torch.zeros(1, 7, 12)),), gligen(SD1, tmp_path), torch.zeros(1, 5), BOXES[0])


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"other\.safetensors holds no GLIGEN"):
        open_gligen(saved({"some.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors"))
