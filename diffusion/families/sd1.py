"""Stable Diffusion 1.x (Rombach et al. 2022): a UNet told by CLIP's text tower, in latents of 8x8 pixels."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

import torch
from torch import nn

from diffusion.families.family import Checkpoint, Family
from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.sampling.schedules import NoiseSchedule, linear_noise_schedule, zero_terminal_snr
from diffusion.text.clip import ClipConfig, text_tower
from diffusion.text.embeddings import Lookup
from diffusion.text.tokenizer import VOCABULARY, clip_tokenizer
from diffusion.types import LatentFormat, Model, Prediction, TextEncoder, TextTower, Vae
from diffusion.weights.archive import Archive
from diffusion.weights.loading import Placement, load_network
from diffusion.weights.patched import Weights
from diffusion.weights.precision import Precision, model_dtype, text_dtype, vae_dtype
from diffusion.weights.settings import Settings

UNET = "model.diffusion_model."
VAE = "first_stage_model."
# The oldest checkpoints were saved before transformers put `text_model.` between.
TEXT = ("cond_stage_model.transformer.text_model.", "cond_stage_model.transformer.")
NOT_WEIGHTS = ("embeddings.position_ids",)  # in old text towers: 0, 1, 2, …
TRAINING_ONLY = ("loss.", "model_ema.")  # in autoencoders saved with their discriminator

HEADS = 8
NORM_GROUPS = 32
# Rows of channels, then the bias, for latents of Stable Diffusion 1: a least-squares fit that was published
# on Hugging Face's forum ("Decoding latents to RGB without upscaling", 2022).
PREVIEW = (
    (0.298, 0.207, 0.208),
    (0.187, 0.286, 0.173),
    (-0.158, 0.189, 0.264),
    (-0.184, -0.271, -0.473),
    (0.0, 0.0, 0.0),
)
LATENTS = LatentFormat(channels=4, scale=0.18215, rgb=PREVIEW)


def claims(keys: Set[str]) -> bool:
    """A UNet with cross-attention and no vector input, and no text tower but CLIP-L's."""
    return (
        f"{UNET}input_blocks.0.0.weight" in keys
        and any(key.startswith(UNET) and key.endswith(".attn2.to_k.weight") for key in keys)
        and f"{UNET}label_emb.0.0.weight" not in keys
        and not any(key.startswith(("cond_stage_model.model.", "conditioner.")) for key in keys)
    )


def build(archive: Archive, settings: Settings, precision: Precision, lookup: Lookup) -> Checkpoint:
    """The parts that the archive holds."""
    text = archive.below(*TEXT).without(*NOT_WEIGHTS)
    vae = archive.below(VAE).without(*TRAINING_ONLY)
    prediction = prediction_of(archive, settings)
    return Checkpoint(
        model=build_model(archive.below(UNET), settings, precision, prediction),
        text=build_text(text, settings, precision, lookup) if text.entries else None,
        vae=build_vae(vae, settings, precision) if vae.entries else None,
    )


def build_model(archive: Archive, settings: Settings, precision: Precision, prediction: Prediction) -> Model:
    """The UNet and its noise."""
    heads, groups = settings.unet_heads or HEADS, settings.unet_norm_groups or NORM_GROUPS
    dtype = model_dtype(precision, archive.parameters)

    def network() -> UNet:
        config = UNetConfig.from_weights(archive.shapes(), heads=heads, norm_groups=groups)
        if any(width % heads for width, depth in zip(config.widths, config.depths, strict=True) if depth):
            raise ValueError(f"{heads} heads do not share {config.widths} channels")
        return UNet(config)

    return Model(
        weights=Weights(load_network(network, archive, Placement(dtype, channels_last=True), "UNet")),
        schedule=schedule_of(settings),
        prediction=prediction,
        latents=latents_of(settings),
        family=SD1.name,
        dtype=dtype,
    )


def build_text(archive: Archive, settings: Settings, precision: Precision, lookup: Lookup) -> TextEncoder:
    """CLIP's text tower."""
    activation = settings.text_activation or "quick_gelu"

    def network() -> nn.Module:
        config = ClipConfig.from_weights(archive.shapes(), heads=settings.text_heads, activation=activation)
        if config.vocabulary < VOCABULARY:
            raise ValueError(f"it knows {config.vocabulary} tokens, CLIP {VOCABULARY}")
        return text_tower(config)

    tower = load_network(network, archive, Placement(text_dtype(precision)), "text encoder")
    return TextEncoder((TextTower("clip_l", Weights(tower), clip_tokenizer()),), lookup)


def build_vae(archive: Archive, settings: Settings, precision: Precision) -> Vae:
    """The autoencoder."""
    groups = settings.vae_norm_groups or NORM_GROUPS
    dtype = vae_dtype(precision, archive.parameters)

    def network() -> Autoencoder:
        return Autoencoder(AutoencoderConfig.from_weights(archive.shapes(), norm_groups=groups))

    autoencoder = load_network(network, archive, Placement(dtype, channels_last=True), "VAE")
    latents = replace(
        latents_of(settings), channels=autoencoder.latent_channels, downscale=autoencoder.downscale
    )
    return Vae(Weights(autoencoder), latents, dtype)


def latents_of(settings: Settings) -> LatentFormat:
    """The latent format of this checkpoint."""
    return replace(
        LATENTS, scale=settings.latent_scale or LATENTS.scale, rgb=settings.latent_rgb or LATENTS.rgb
    )


def prediction_of(archive: Archive, settings: Settings) -> Prediction:
    """What the UNet predicts: said by the settings, else by the mark `v_pred`, else noise."""
    if settings.prediction is not None:
        return settings.prediction
    return "v" if "v_pred" in archive.entries else SD1.prediction


def schedule_of(settings: Settings) -> NoiseSchedule:
    """The noise levels that the UNet was trained on."""
    schedule = linear_noise_schedule(settings.beta_start or 0.00085, settings.beta_end or 0.012)
    return zero_terminal_snr(schedule) if settings.zero_terminal_snr else schedule


SD1 = Family(
    name="sd1",
    claims=claims,
    build=build,
    latents=LATENTS,
    dtypes=(torch.float16, torch.bfloat16),  # trained and published in float16, whose mantissa is longer
)
