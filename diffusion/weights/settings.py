"""What a checkpoint says of itself beside its weights: heads, groups, scale, prediction."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from diffusion.errors import CheckpointError
from diffusion.types import Prediction
from diffusion.weights.identity.sheet import HEADER_KEY


@dataclass(frozen=True)
class Settings:
    """Facts that weights cannot tell; None leaves the family its usual value."""

    family: str | None = None
    unet_heads: int | None = None
    unet_head_dim: int | None = None  # channels of one head, where heads grow with the width
    unet_norm_groups: int | None = None
    vae_norm_groups: int | None = None
    text_heads: int | None = None
    text_activation: str | None = None
    text_layer: int | None = None  # of the first text tower, counted from the end
    text_2_heads: int | None = None  # of SDXL's second text tower
    text_2_activation: str | None = None
    latent_scale: float | None = None
    latent_rgb: tuple[tuple[float, float, float], ...] | None = None
    prediction: Prediction | None = None
    zero_terminal_snr: bool | None = None
    beta_start: float | None = None
    beta_end: float | None = None
    native_size: int | None = None  # pixels along a side in training


def header_settings(metadata: Mapping[str, str]) -> Settings:
    """The settings in a file's header, if it has any; unknown names are for later versions and pass."""
    if HEADER_KEY not in metadata:
        return Settings()
    try:
        content = json.loads(metadata[HEADER_KEY])
    except (ValueError, RecursionError) as problem:
        raise CheckpointError(f"the header's {HEADER_KEY} is not JSON: {str(problem)[:200]}") from problem
    if not isinstance(content, dict):
        raise CheckpointError(f"the header's {HEADER_KEY} is not a JSON object")
    return settings_of(content)


def settings_of(content: Mapping[str, Any]) -> Settings:
    """Settings from plain values, each checked."""
    known = {field.name for field in fields(Settings)}
    values = {name: value for name, value in content.items() if name in known and value is not None}
    for name, value in values.items():
        if not acceptable(name, value):
            raise CheckpointError(f"the setting {name} of the checkpoint is {str(value)[:80]!r}")
    if "latent_rgb" in values:
        values["latent_rgb"] = tuple((float(r), float(g), float(b)) for r, g, b in values["latent_rgb"])
    return Settings(**values)


def acceptable(name: str, value: object) -> bool:
    """Whether a value can be what its name says."""
    if name == "prediction":
        return value in ("epsilon", "v")
    if name in ("family", "text_activation", "text_2_activation"):
        return isinstance(value, str)
    if name == "text_layer":
        return type(value) is int and -(1 << 8) < value < 0
    if name == "zero_terminal_snr":
        return isinstance(value, bool)
    if name == "latent_rgb":
        return isinstance(value, list | tuple) and all(is_colour(row) for row in value)
    if name in ("latent_scale", "beta_start", "beta_end"):
        return is_number(value) and value > 0  # type: ignore[operator]
    return type(value) is int and 0 < value <= 1 << 16


def is_colour(row: object) -> bool:
    """Whether a row has a red, a green and a blue number."""
    return isinstance(row, list | tuple) and len(row) == 3 and all(is_number(number) for number in row)


def is_number(value: object) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def folder_settings(configs: Mapping[str, Mapping[str, Any]]) -> Settings:
    """The settings in the config files of a diffusers folder, by the name of the part."""
    unet, vae, text, second = (
        configs.get(part, {}) for part in ("unet", "vae", "text_encoder", "text_encoder_2")
    )
    schedule = configs.get("scheduler", {})
    predictions = {"epsilon": "epsilon", "v_prediction": "v"}
    settings = settings_of(
        {
            **heads_told(unet),
            "unet_norm_groups": unet.get("norm_num_groups"),
            "vae_norm_groups": vae.get("norm_num_groups"),
            "latent_scale": vae.get("scaling_factor"),
            "text_heads": text.get("num_attention_heads"),
            "text_activation": text.get("hidden_act"),
            # Pipelines with one text tower read its last layer, and store no more than what they read.
            "text_layer": None if second or not text else -1,
            "text_2_heads": second.get("num_attention_heads"),
            "text_2_activation": second.get("hidden_act"),
            "prediction": predictions.get(schedule.get("prediction_type", "epsilon")) if schedule else None,
            "zero_terminal_snr": schedule.get("rescale_betas_zero_snr"),
            "beta_start": schedule.get("beta_start"),
            "beta_end": schedule.get("beta_end"),
        }
    )
    side, downscale = unet.get("sample_size"), 8
    return replace(settings, native_size=side * downscale) if type(side) is int else settings


def heads_told(unet: Mapping[str, Any]) -> dict[str, Any]:
    """How a UNet's channels are shared among heads.

    What diffusers calls `attention_head_dim` is the number of heads: one for all levels, or one for each.
    """
    heads = unet.get("num_attention_heads") or unet.get("attention_head_dim")
    widths = unet.get("block_out_channels")
    if not isinstance(heads, list):
        return {"unet_heads": heads}
    numbers = isinstance(widths, list) and all(type(n) is int and n > 0 for n in (*heads, *widths))
    sizes = {width // count for width, count in zip(widths or [], heads, strict=False)} if numbers else set()
    if len(sizes) == 1:
        return {"unet_head_dim": sizes.pop()}
    if len(set(map(str, heads))) == 1:
        return {"unet_heads": heads[0]}
    raise CheckpointError(f"a UNet with {heads} heads at its levels of {widths} channels is not known")
