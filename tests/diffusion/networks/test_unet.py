"""The UNet agrees with diffusers' for the same weights, in the checkpoints' own key layout."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch import Tensor

from diffusion.networks.unet import UNet, UNetConfig

SD1 = UNetConfig(widths=(8, 16), depths=(1, 0), blocks=2, context_width=12, heads=2, norm_groups=4)
SD2 = UNetConfig(
    widths=(8, 16),
    depths=(0, 2),
    middle_depth=2,
    blocks=1,
    context_width=12,
    heads=None,
    head_dim=4,
    norm_groups=4,
    linear_projection=True,
)
RESIDUAL = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
ENDS = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "input_blocks.0.0": "conv_in",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}


def theirs(config: UNetConfig, **more: Any) -> UNet2DConditionModel:
    """Diffusers' UNet of the same sizes; its `attention_head_dim` is really the number of heads."""
    heads = tuple(config.heads_of(width) for width in config.widths)
    deep = [depth > 0 for depth in config.depths]
    return UNet2DConditionModel(
        block_out_channels=config.widths,
        layers_per_block=config.blocks,
        down_block_types=tuple("CrossAttnDownBlock2D" if d else "DownBlock2D" for d in deep),
        up_block_types=tuple("CrossAttnUpBlock2D" if d else "UpBlock2D" for d in reversed(deep)),
        transformer_layers_per_block=tuple(max(1, depth) for depth in config.depths),
        cross_attention_dim=config.context_width,
        attention_head_dim=heads,
        norm_num_groups=config.norm_groups,
        use_linear_projection=config.linear_projection,
        **more,
    ).eval()


def renamed(key: str, config: UNetConfig) -> str:
    """A key of ours as diffusers has it."""
    for ours, other in ENDS.items():
        if key.startswith(ours + "."):
            return key.replace(ours, other, 1)
    part, rest = key.split(".", 1)
    if part == "middle_block":
        index, rest = rest.split(".", 1)
        layer = {"0": "resnets.0", "1": "attentions.0", "2": "resnets.1"}[index]
        return f"mid_block.{layer}.{inner(rest)}"
    number, layer, rest = rest.split(".", 2)
    side = "down_blocks" if part == "input_blocks" else "up_blocks"
    level, place = divmod(int(number) - (part == "input_blocks"), config.blocks + 1)
    if rest.startswith("op."):
        return f"{side}.{level}.downsamplers.0.conv.{rest[3:]}"
    if rest.startswith("conv."):
        return f"{side}.{level}.upsamplers.0.{rest}"
    kind = "resnets" if layer == "0" else "attentions"
    return f"{side}.{level}.{kind}.{place}.{inner(rest)}"


def inner(rest: str) -> str:
    """What follows a block's number, with the residual block's names translated."""
    for ours, other in RESIDUAL.items():
        rest = re.sub(rf"^{re.escape(ours)}\.", other + ".", rest)
    return rest


def pair(config: UNetConfig) -> tuple[UNet, UNet2DConditionModel]:
    torch.manual_seed(0)
    ours, other = UNet(config).eval(), theirs(config)
    other.load_state_dict({renamed(key, config): value for key, value in ours.state_dict().items()})
    return ours, other


def inputs(config: UNetConfig, height: int = 8, width: int = 12) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(2, 4, height, width), torch.tensor([3, 981]), torch.randn(2, 7, config.context_width)


@pytest.mark.parametrize("config", [SD1, SD2], ids=["sd1", "sd2"])
@torch.no_grad()
def test_it_agrees_with_diffusers(config: UNetConfig) -> None:
    ours, other = pair(config)
    x, timesteps, context = inputs(config)
    expected = other(x, timesteps, encoder_hidden_states=context).sample
    torch.testing.assert_close(ours(x, timesteps, context), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("config", [SD1, SD2], ids=["sd1", "sd2"])
def test_its_sizes_are_told_by_its_weights(config: UNetConfig) -> None:
    with torch.device("meta"):
        weights = UNet(config).state_dict()
    told = UNetConfig.from_weights(weights, heads=config.heads, head_dim=config.head_dim, norm_groups=4)
    assert told == config


def test_the_usual_checkpoint_has_eight_heads() -> None:
    with torch.device("meta"):
        weights = UNet(SD1).state_dict()
    assert UNetConfig.from_weights(weights, norm_groups=4).heads_of(16) == 8


def test_it_is_built_on_no_device_and_takes_weights_by_assignment() -> None:
    weights = UNet(SD1).state_dict()
    with torch.device("meta"):
        model = UNet(SD1)
    model.load_state_dict(weights, assign=True)
    x, timesteps, context = inputs(SD1)
    assert model(x, timesteps, context).device.type == "cpu"


@torch.no_grad()
def test_a_prompt_projected_once_gives_the_same() -> None:
    model = UNet(SD2).eval()
    x, timesteps, context = inputs(SD2)
    projected = model.project_context(context)
    torch.testing.assert_close(model(x, timesteps, projected), model(x, timesteps, context))


@pytest.mark.parametrize("size", [(7, 9), (5, 12), (1, 3)])
@torch.no_grad()
def test_sizes_that_do_not_halve_come_back_as_they_were(size: tuple[int, int]) -> None:
    x, timesteps, context = inputs(SD1, *size)
    assert UNet(SD1)(x, timesteps, context).shape == x.shape


@torch.no_grad()
def test_a_vector_is_added_to_the_time() -> None:
    config = UNetConfig(
        widths=(8, 16), depths=(0, 1), blocks=1, context_width=12, vector_width=5, heads=2, norm_groups=4
    )
    model = UNet(config).eval()
    assert UNetConfig.from_weights(model.state_dict(), heads=2, norm_groups=4) == config
    x, timesteps, context = inputs(config)
    first, second = (model(x, timesteps, context, torch.full((2, 5), value)) for value in (0.0, 1.0))
    assert not torch.allclose(first, second)


@pytest.mark.parametrize(
    "thinned",
    [
        {"middle_depth": -1},
        {"middle_depth": -2},
        {"middle_depth": 0},
        {"blocks": 2, "down_depths": ((0, 0), (1, 2)), "depths": (0, 2), "up_depths": ((2, 0, 1), (0, 0, 0))},
        {"crossed": (False, True), "depths": (0, 1), "context_width": 12},
    ],
)
@torch.no_grad()
def test_parts_that_are_missing_or_differ_are_told_by_the_weights(thinned: dict[str, Any]) -> None:
    config = replace(SD2, **thinned)
    model = UNet(config).eval()
    assert UNetConfig.from_weights(model.state_dict(), head_dim=4, norm_groups=4) == config
    x, timesteps, context = inputs(config)
    assert model(x, timesteps, context).shape == x.shape


@torch.no_grad()
def test_a_level_without_attention_to_itself_attends_to_the_prompt_twice() -> None:
    config = replace(SD2, depths=(0, 1), middle_depth=1, crossed=(False, True))
    ours = UNet(config).eval()
    other = theirs(config, only_cross_attention=(False, True))
    other.load_state_dict({renamed(key, config): value for key, value in ours.state_dict().items()})
    x, timesteps, context = inputs(config)
    expected = other(x, timesteps, encoder_hidden_states=context).sample
    torch.testing.assert_close(ours(x, timesteps, context), expected, atol=1e-4, rtol=1e-4)
