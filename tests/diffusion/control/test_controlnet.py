"""ControlNets agree with diffusers' for the same weights, from files of either layout."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import ControlNetModel, ControlNetUnionModel
from safetensors.torch import save_file
from torch import Tensor

from diffusion.control.controlnet import NetControl, of_kind, union_kinds
from diffusion.control.file import open_control
from diffusion.errors import CheckpointError, DiffusionError
from diffusion.networks.controlnet import ControlNet, ControlNetConfig, UnionConfig
from diffusion.networks.unet import Residuals, UNet, UNetConfig
from diffusion.sampling.conditioning import Box
from diffusion.types import Control
from tests.diffusion.control.oracles import (
    SD1,
    XL,
    Asked,
    asked,
    close,
    enlivened,
    model_of,
    narrower,
    saved,
    sizes,
    their_key,
    unets,
)

HINTS = (4, 4, 6, 6, 8, 8, 10)
UNION = UnionConfig(kinds=6, width=8, layers=1, sinusoids=4)
SHAPES = pytest.mark.parametrize("config", [SD1, XL], ids=["sd1", "xl"])
HINT = torch.rand(1, 64, 96, 3, generator=torch.Generator().manual_seed(5))


def control_key(key: str, blocks: int) -> str:
    """A key of ours as diffusers has it."""
    hint = re.fullmatch(r"input_hint_block\.(\d+)\.(.+)", key)
    if hint is None:
        return their_key(key, blocks)
    number = int(hint[1]) // 2
    name = "conv_in" if number == 0 else "conv_out" if number == len(HINTS) else f"blocks.{number - 1}"
    return f"controlnet_cond_embedding.{name}.{hint[2]}"


def ours(config: UNetConfig, union: UnionConfig | None = None) -> ControlNet:
    torch.manual_seed(2)
    network = ControlNet(ControlNetConfig(config, hint_widths=HINTS, union=union))
    return enlivened(network.eval().requires_grad_(False))


def theirs(network: ControlNet) -> ControlNetModel | ControlNetUnionModel:
    config, union = network.config.unet, network.config.union
    told = {**sizes(config), "conditioning_embedding_out_channels": (4, 6, 8, 10)}
    if union is None:
        other = ControlNetModel(**told)
    else:
        told["addition_time_embed_dim"] = union.sinusoids
        other = ControlNetUnionModel(
            **told, num_control_type=union.kinds, num_trans_channel=union.width, num_proj_channel=union.width
        )
    weights = {control_key(key, config.blocks): value for key, value in network.state_dict().items()}
    other.load_state_dict(weights)
    return other.eval().requires_grad_(False)


def their_answer(other: ControlNetModel, given: Asked, **more: object) -> tuple[list[Tensor], Tensor]:
    pixels = HINT.movedim(-1, 1).expand(2, -1, -1, -1)
    skips, middle = other(
        given.x,
        given.timesteps,
        encoder_hidden_states=given.context,
        controlnet_cond=more.pop("hints", pixels),
        added_cond_kwargs=dict(given.told),
        return_dict=False,
        **more,
    )
    return skips, middle


def residuals(net: NetControl, unet: UNet, given: Asked, hint: Tensor = HINT, **where: object) -> Residuals:
    prepared = net.prepare(Control(net, hint), given.x[:1], model_of(unet))
    return net.residuals(prepared, given.call(**where))


def agree(found: Residuals, expected: tuple[list[Tensor], Tensor]) -> None:
    skips, middle = expected
    assert list(found.skips) == list(range(len(skips)))
    for index, skip in enumerate(skips):
        close(found.skips[index], skip)
    assert found.middle is not None
    close(found.middle, middle)


@SHAPES
def test_it_agrees_with_diffusers_and_steers_the_unet_as_there(config: UNetConfig) -> None:
    network, given = ours(config), asked(config)
    unet, their_unet = unets(config)
    skips, middle = their_answer(theirs(network), given)
    found = residuals(NetControl(network, torch.float32), unet, given)
    agree(found, (skips, middle))
    expected = their_unet(
        given.x,
        given.timesteps,
        encoder_hidden_states=given.context,
        added_cond_kwargs=dict(given.told),
        down_block_additional_residuals=skips,
        mid_block_additional_residual=middle,
    ).sample
    close(unet(given.x, given.timesteps, given.context, given.vector, residuals=found), expected)


@SHAPES
@pytest.mark.parametrize("layout", ["original", "prefixed", "diffusers"])
def test_files_of_every_layout_give_the_same_network(config: UNetConfig, layout: str, tmp_path: Path) -> None:
    network = ours(config)
    weights = network.state_dict()
    if layout == "prefixed":
        weights = {f"control_model.{key}": value for key, value in weights.items()}
    if layout == "diffusers":
        weights = theirs(network).state_dict()
    net = open_control(saved(weights, tmp_path / "net.safetensors"))
    assert isinstance(net, NetControl)
    assert net.network.config == network.config
    assert all(
        torch.equal(value, net.network.state_dict()[key]) for key, value in network.state_dict().items()
    )


def test_networks_of_sd2_and_sdxl_have_heads_64_wide(tmp_path: Path) -> None:
    wide = UNetConfig(widths=(128, 128), depths=(0, 1), blocks=1, context_width=12, linear_projection=True)
    weights = ControlNet(ControlNetConfig(wide, hint_widths=HINTS)).state_dict()
    path = tmp_path / "net.safetensors"
    save_file({key: value.contiguous() for key, value in weights.items()}, path)
    net = open_control(path)
    assert isinstance(net, NetControl)
    assert net.network.config.unet.heads_of(128) == 2


@pytest.mark.parametrize("kind", range(3))
def test_a_union_agrees_with_diffusers_and_is_told_its_kind(kind: int, tmp_path: Path) -> None:
    network, given = ours(XL, UNION), asked(XL)
    other = theirs(network)
    net = open_control(saved(other.state_dict(), tmp_path / "union.safetensors"))
    told = of_kind(net, union_kinds()[kind + 1])
    assert isinstance(told, NetControl)
    chosen = torch.zeros(2, UNION.kinds)
    chosen[:, kind] = 1
    pixels = HINT.movedim(-1, 1).expand(2, -1, -1, -1)
    expected = their_answer(other, given, hints=[pixels], control_type=chosen, control_type_idx=[kind])
    agree(residuals(told, unets(XL)[0], given), expected)


def test_a_union_left_to_itself_is_told_nothing() -> None:
    net = NetControl(ours(XL, UNION), torch.float32, kind=2)
    auto = of_kind(net, "auto")
    assert auto.kind is None
    assert not torch.equal(
        net.network.features(HINT.movedim(-1, 1), 0), net.network.features(HINT.movedim(-1, 1))
    )


def test_a_kind_that_a_union_does_not_know_is_an_error() -> None:
    with pytest.raises(DiffusionError, match=r"knows 6 kinds of hints \(openpose, .*\); tile is none"):
        of_kind(NetControl(ours(XL, UNION), torch.float32), "tile")


def test_other_networks_stay_as_they_are_whatever_kind_they_are_told() -> None:
    net = NetControl(ours(SD1), torch.float32)
    assert of_kind(net, "depth") is net


def test_a_network_of_another_family_is_refused_with_both_widths() -> None:
    unet = UNet(narrower(SD1))
    with pytest.raises(DiffusionError, match="prompts of width 12, the model 16"):
        residuals(NetControl(ours(SD1), torch.float32), unet, asked(SD1))


def test_a_small_network_that_reads_no_prompt_fits_any_width() -> None:
    small = replace(SD1, depths=(0, 0, 0), middle_depth=-1)
    net, given = NetControl(ours(small), torch.float32), asked(SD1)
    unet = unets(SD1)[0]
    found = residuals(net, unet, given)
    assert unet(given.x, given.timesteps, given.context, residuals=found).shape == given.x.shape
    with pytest.raises(DiffusionError, match=r"channels \(8, 16, 16\), the model \(8, 16, 32\)"):
        residuals(net, UNet(replace(SD1, widths=(8, 16, 32))), given)


def test_a_hint_of_any_size_is_fitted_to_the_latents() -> None:
    unet, given = unets(SD1)[0], asked(SD1)
    net = NetControl(ours(SD1), torch.float32)
    enlarged = HINT.repeat_interleave(2, 1).repeat_interleave(2, 2)
    framed = torch.nn.functional.pad(enlarged, (0, 0, 10, 10), value=0.5)  # wider: its sides are cut off
    expected = residuals(net, unet, given)
    for hint in (enlarged, framed):
        found = residuals(net, unet, given, hint)
        assert all(torch.equal(x, expected.skips[index]) for index, x in found.skips.items())


def test_a_hint_may_have_channels_to_spare_but_not_too_few() -> None:
    unet, given = unets(SD1)[0], asked(SD1)
    net = NetControl(ours(SD1), torch.float32)
    transparent = torch.cat([HINT, torch.zeros(1, 64, 96, 1)], -1)
    found, expected = (residuals(net, unet, given, hint) for hint in (transparent, HINT))
    assert torch.equal(found.skips[0], expected.skips[0])
    masked = NetControl(ControlNet(ControlNetConfig(SD1, 4, HINTS)), torch.float32)
    with pytest.raises(DiffusionError, match=r"pictures of 4 channels, this one has 3: .*AliMamaApply"):
        residuals(masked, unet, given)


def test_each_picture_of_a_batch_follows_its_own_hint() -> None:
    unet, given = unets(SD1)[0], asked(SD1)
    net = NetControl(ours(SD1), torch.float32)
    both = torch.cat([HINT, HINT.flip(1)])
    prepared = net.prepare(Control(net, both), given.x, model_of(unet))
    found = net.residuals(prepared, given.call(parts=1))
    alone = [residuals(net, unet, given, hint) for hint in both.split(1)]
    for index, x in found.skips.items():
        close(x, torch.cat([alone[row].skips[index][row : row + 1] for row in range(2)]))


def test_a_part_of_the_picture_sees_its_part_of_the_hint() -> None:
    unet, given = unets(SD1)[0], asked(SD1, 4, 6)
    net = NetControl(ours(SD1), torch.float32)
    prepared = net.prepare(Control(net, HINT), torch.zeros(1, 4, 8, 12), model_of(unet))
    corner = net.residuals(prepared, given.call(box=Box(4, 6, 4, 6)))
    features = prepared.features[..., 4:, 6:]
    expected = net.network(given.x, given.timesteps, given.context, features)
    assert all(torch.equal(x, expected.skips[index]) for index, x in corner.skips.items())


def test_its_number_format_may_be_another_than_the_models() -> None:
    unet, given = unets(SD1)[0], asked(SD1)
    expected = residuals(NetControl(ours(SD1), torch.float32), unet, given)
    found = residuals(NetControl(ours(SD1).to(torch.bfloat16), torch.bfloat16), unet, given)
    for index, x in found.skips.items():
        assert (x.float() - expected.skips[index]).norm() < 0.03 * expected.skips[index].norm()
    assert unet(given.x, given.timesteps, given.context, residuals=found).dtype == torch.float32


def test_a_prompt_is_projected_once_for_all_steps() -> None:
    unet, given = unets(SD1)[0], asked(SD1)
    net = NetControl(ours(SD1), torch.float32)
    prepared = net.prepare(Control(net, HINT), given.x[:1], model_of(unet))
    first = prepared.projected(given.context, torch.float32)
    assert prepared.projected(given.context, torch.float32) is first
    assert prepared.projected(given.context.clone(), torch.float32) is not first


def test_weights_stored_as_differences_are_added_to_the_models(tmp_path: Path) -> None:
    network, unet = ours(SD1), unets(SD1)[0]
    plain = unet.state_dict()
    stored = {
        key: value - plain[key] if key in plain else value for key, value in network.state_dict().items()
    }
    marked = {f"control_model.{key}": value for key, value in stored.items()} | {"difference": torch.zeros(1)}
    path = saved(marked, tmp_path / "diff.safetensors")
    net = open_control(path, model=model_of(unet))
    assert isinstance(net, NetControl)
    for key, value in network.state_dict().items():
        close(net.network.state_dict()[key], value)
    with pytest.raises(CheckpointError, match="DiffControlNetLoader"):
        open_control(path)
    with pytest.raises(CheckpointError, match="does not fit the model"):
        open_control(path, model=model_of(UNet(narrower(SD1))))


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = saved({"some.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match=r"other\.safetensors holds no ControlNet"):
        open_control(path)
    path = saved(unets(SD1)[0].state_dict(), tmp_path / "unet.safetensors")
    with pytest.raises(CheckpointError, match=r"unet\.safetensors"):
        open_control(path)
