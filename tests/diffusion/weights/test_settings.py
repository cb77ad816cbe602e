"""What the config files of a diffusers folder say."""

from __future__ import annotations

from typing import Any

import pytest

from diffusion.errors import CheckpointError
from diffusion.weights.settings import Settings, folder_settings, settings_of

WIDTHS = [320, 640, 1280, 1280]


@pytest.mark.parametrize(
    ("unet", "heads", "head_dim"),
    [
        ({"attention_head_dim": 8, "block_out_channels": WIDTHS}, 8, None),
        ({"attention_head_dim": [5, 10, 20, 20], "block_out_channels": WIDTHS}, None, 64),
        ({"attention_head_dim": [6, 12, 24, 24], "block_out_channels": [384, 768, 1536, 1536]}, None, 64),
        ({"attention_head_dim": [8, 8, 8, 8], "block_out_channels": WIDTHS}, 8, None),
        (
            {"num_attention_heads": [5, 10, 20], "attention_head_dim": 8, "block_out_channels": WIDTHS[:3]},
            None,
            64,
        ),
        ({}, None, None),
    ],
)
def test_heads_are_told_by_their_number_or_their_width(
    unet: dict[str, Any], heads: int | None, head_dim: int | None
) -> None:
    settings = folder_settings({"unet": unet})
    assert (settings.unet_heads, settings.unet_head_dim) == (heads, head_dim)


@pytest.mark.parametrize(
    "unet",
    [
        {"attention_head_dim": [5, 10, 30, 20], "block_out_channels": WIDTHS},
        {"attention_head_dim": [0, 10, 20, 20], "block_out_channels": WIDTHS},
        {"attention_head_dim": ["a"], "block_out_channels": [1]},
        {"attention_head_dim": [5, 10], "block_out_channels": None},
    ],
)
def test_heads_that_follow_no_rule_are_refused(unet: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError):
        folder_settings({"unet": unet})


def test_one_text_tower_is_read_at_its_last_layer_and_two_are_not() -> None:
    one, two = {"num_attention_heads": 16, "hidden_act": "gelu"}, {"num_attention_heads": 20}
    alone = folder_settings({"text_encoder": one})
    assert (alone.text_layer, alone.text_heads, alone.text_activation) == (-1, 16, "gelu")
    both = folder_settings({"text_encoder": one, "text_encoder_2": two})
    assert (both.text_layer, both.text_heads, both.text_2_heads) == (None, 16, 20)
    assert folder_settings({"text_encoder_2": two}).text_layer is None


def test_a_folder_without_a_scheduler_says_nothing_of_its_prediction() -> None:
    assert folder_settings({"unet": {}}) == Settings()
    assert folder_settings({"scheduler": {"beta_start": 0.1}}).prediction == "epsilon"


@pytest.mark.parametrize(
    "config", [{"text_layer": 0}, {"text_layer": "-1"}, {"unet_head_dim": 0}, {"text_2_activation": 3}]
)
def test_impossible_settings_are_refused_by_name(config: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match=f"the setting {next(iter(config))} of the checkpoint"):
        settings_of(config)
