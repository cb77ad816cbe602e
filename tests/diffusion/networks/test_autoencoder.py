"""The autoencoder agrees with diffusers' for the same weights, in the checkpoints' own key layout."""

from __future__ import annotations

import re

import pytest
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig

TINY = AutoencoderConfig(widths=(8, 8, 16), blocks=1, norm_groups=4)
PLAIN = AutoencoderConfig(widths=(8, 16), blocks=2, latent_channels=16, norm_groups=4, quant_convs=False)
NAMES = (
    (r"^encoder\.down\.(\d+)\.block\.", r"encoder.down_blocks.\1.resnets."),
    (r"^encoder\.down\.(\d+)\.downsample\.", r"encoder.down_blocks.\1.downsamplers.0."),
    (r"\.mid\.block_1\.", ".mid_block.resnets.0."),
    (r"\.mid\.block_2\.", ".mid_block.resnets.1."),
    (r"\.mid\.attn_1\.norm\.", ".mid_block.attentions.0.group_norm."),
    (r"\.mid\.attn_1\.proj_out\.", ".mid_block.attentions.0.to_out.0."),
    (r"\.mid\.attn_1\.([qkv])\.", r".mid_block.attentions.0.to_\1."),
    (r"\.norm_out\.", ".conv_norm_out."),
    (r"\.nin_shortcut\.", ".conv_shortcut."),
)


def theirs(config: AutoencoderConfig) -> AutoencoderKL:
    levels = len(config.widths)
    return AutoencoderKL(
        block_out_channels=config.widths,
        layers_per_block=config.blocks,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        latent_channels=config.latent_channels,
        norm_num_groups=config.norm_groups,
        use_quant_conv=config.quant_convs,
        use_post_quant_conv=config.quant_convs,
    ).eval()


def renamed(key: str, levels: int) -> str:
    """A key of ours as diffusers has it; its decoder counts levels from the coarsest."""
    for ours, other in NAMES:
        key = re.sub(ours, other, key)
    found = re.match(r"decoder\.up\.(\d+)\.(block|upsample)\.(.*)", key)
    if not found:
        return key
    place = "resnets" if found[2] == "block" else "upsamplers.0"
    return f"decoder.up_blocks.{levels - 1 - int(found[1])}.{place}.{found[3]}"


def converted(weights: dict[str, Tensor], levels: int) -> dict[str, Tensor]:
    """Our weights for diffusers, whose attention is linear where ours is a 1x1 convolution."""
    named = {renamed(key, levels): value for key, value in weights.items()}
    return {
        key: value.flatten(1) if ".attentions." in key and value.ndim == 4 else value
        for key, value in named.items()
    }


def pair(config: AutoencoderConfig) -> tuple[Autoencoder, AutoencoderKL]:
    torch.manual_seed(0)
    ours, other = Autoencoder(config).eval(), theirs(config)
    other.load_state_dict(converted(ours.state_dict(), len(config.widths)))
    return ours, other


@pytest.mark.parametrize("config", [TINY, PLAIN], ids=["quant", "plain"])
@torch.no_grad()
def test_encoding_agrees_with_diffusers(config: AutoencoderConfig) -> None:
    ours, other = pair(config)
    pixels = torch.rand(2, 3, 16, 24) * 2 - 1
    expected = other.encode(pixels).latent_dist
    mean, logvar = ours.encode_moments(pixels)
    torch.testing.assert_close(mean, expected.mean, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(logvar, expected.logvar, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("config", [TINY, PLAIN], ids=["quant", "plain"])
@torch.no_grad()
def test_decoding_agrees_with_diffusers(config: AutoencoderConfig) -> None:
    ours, other = pair(config)
    latents = torch.randn(2, config.latent_channels, 4, 6)
    torch.testing.assert_close(ours.decode(latents), other.decode(latents).sample, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("config", [TINY, PLAIN], ids=["quant", "plain"])
def test_its_sizes_are_told_by_its_weights(config: AutoencoderConfig) -> None:
    with torch.device("meta"):
        weights = Autoencoder(config).state_dict()
    assert AutoencoderConfig.from_weights(weights, norm_groups=4) == config


@torch.no_grad()
def test_the_latents_are_smaller_by_the_downscale() -> None:
    model = Autoencoder(TINY)
    mean, _ = model.encode_moments(torch.zeros(1, 3, 16, 24))
    assert model.downscale == 4
    assert mean.shape == (1, model.latent_channels, 4, 6)
    assert model.decode(mean).shape == (1, 3, 16, 24)


def test_it_is_built_on_no_device_and_takes_weights_by_assignment() -> None:
    weights = Autoencoder(TINY).state_dict()
    with torch.device("meta"):
        model = Autoencoder(TINY)
    model.load_state_dict(weights, assign=True)
    assert model.decode(torch.zeros(1, 4, 2, 2)).device.type == "cpu"
