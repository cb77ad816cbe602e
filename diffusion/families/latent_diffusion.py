"""What the families of latent diffusion share: a UNet, CLIP's text towers and a KL autoencoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from diffusion import vae as autoencoders
from diffusion.errors import CheckpointError
from diffusion.families.channels import GREY_SIDE, Depth, MaskAndPicture, Picture
from diffusion.families.family import Checkpoint, Shapes
from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.sampling.continuous import continuous_schedule
from diffusion.sampling.inputs import NetworkInputs, Occasion
from diffusion.sampling.schedules import NoiseSchedule, linear_noise_schedule, zero_terminal_snr
from diffusion.text.embeddings import Lookup
from diffusion.text.towers import Told, TowerKind, build_tower, first_told, tower_weights
from diffusion.types import Cond, LatentFormat, Model, Prediction, TextEncoder, Vae
from diffusion.weights.archive import Archive
from diffusion.weights.loading import Placement, load_network
from diffusion.weights.patched import Weights
from diffusion.weights.precision import Precision, model_dtype, vae_dtype
from diffusion.weights.settings import Settings

UNET = "model.diffusion_model."
VAE = "first_stage_model."
TRAINING_ONLY = ("loss.", "model_ema.")  # in autoencoders saved with their discriminator
# Where the text towers of a diffusers folder are put.
FIRST_TEXT, SECOND_TEXT = "text_encoder.", "text_encoder_2."
NORM_GROUPS = 32
VELOCITY_MARK, ZERO_SNR_MARK = "v_pred", "ztsnr"  # empty tensors that some checkpoints carry

# Of models with continuous noise levels (CosXL), each with its usual value.
EDM_MARKS: Mapping[str, float] = {"edm_vpred.sigma_min": 0.002, "edm_vpred.sigma_max": 120.0}
NORMALIZED_MARKS = ("edm_mean", "edm_std")
MARKS = (VELOCITY_MARK, ZERO_SNR_MARK, *EDM_MARKS, *NORMALIZED_MARKS)  # beside the networks

Show = Callable[[Cond, Occasion], Tensor]


@dataclass(frozen=True)
class Tower:
    """A text tower of a family, and where its files keep it."""

    kind: TowerKind
    prefixes: tuple[str, ...]
    told: Callable[[Settings], Told] = first_told


@dataclass(frozen=True)
class Anatomy:
    """What a family has of its own."""

    name: str
    latents: LatentFormat
    towers: tuple[Tower, ...]
    heads: int | None = None
    head_dim: int | None = None
    betas: tuple[float, float] = (0.00085, 0.012)
    predicts: Callable[[Archive], Prediction] = lambda _: "epsilon"
    vector: Callable[[UNetConfig, Archive], Show | None] = lambda _config, _archive: None
    beside: Callable[[UNetConfig, Archive, LatentFormat, Vae | None], Show | None] | None = None


@dataclass(frozen=True, eq=False)
class Inputs(NetworkInputs):
    """What a family's network takes, each made by a function of its own."""

    numbers: Show | None = None
    channels: Show | None = None

    def vector(self, cond: Cond, occasion: Occasion) -> Tensor | None:
        """(1 or B, V) numbers, or classes (1 or B,)."""
        return None if self.numbers is None else self.numbers(cond, occasion)

    def beside(self, cond: Cond, occasion: Occasion) -> Tensor | None:
        """(1 or B, C', h, w) channels behind the noisy latents."""
        return None if self.channels is None else self.channels(cond, occasion)


def is_unet(shapes: Shapes) -> bool:
    """Whether there is a UNet with cross-attention, and none over time as well."""
    return (
        f"{UNET}input_blocks.0.0.weight" in shapes
        and any(key.startswith(UNET) and key.endswith(".attn2.to_k.weight") for key in shapes)
        and not any(key.startswith(UNET) and ".time_stack." in key for key in shapes)
    )


def has_matrices(shapes: Shapes) -> bool:
    """Whether the projections around a UNet's transformers are matrices, as in all but the first family."""
    return any(
        len(shape) == 2
        for key, shape in shapes.items()
        if key.startswith(UNET) and key.endswith(".proj_in.weight")
    )


def attends_at_once(shapes: Shapes) -> bool:
    """Whether a UNet attends at full resolution."""
    return any(key.startswith(f"{UNET}input_blocks.1.1.") for key in shapes)


def halvings(shapes: Shapes) -> int:
    """How often a UNet halves the size."""
    return sum(key.startswith(f"{UNET}input_blocks.") and key.endswith(".0.op.weight") for key in shapes)


def build(
    anatomy: Anatomy, archive: Archive, settings: Settings, precision: Precision, lookup: Lookup
) -> Checkpoint:
    """The parts that an archive holds."""
    weights = archive.below(VAE).without(*TRAINING_ONLY)
    vae = build_vae(weights, settings, precision, anatomy.latents) if weights.entries else None
    has_unet = archive.below(UNET).entries
    return Checkpoint(
        model=build_model(anatomy, archive, settings, precision, vae) if has_unet else None,
        text=build_text(anatomy, archive, settings, precision, lookup),
        vae=vae,
    )


def build_model(
    anatomy: Anatomy, archive: Archive, settings: Settings, precision: Precision, vae: Vae | None = None
) -> Model:
    """The UNet, its noise, and what it is told and shown. `vae`: what made its latents, if it is known."""
    if any(mark in archive.entries for mark in NORMALIZED_MARKS):
        raise CheckpointError(
            "this model normalizes its latents by mean and deviation (Playground 2.5), which is not "
            "supported: take one of SDXL's usual latents"
        )
    unet = archive.below(UNET)
    dtype = model_dtype(precision, unet.parameters)
    build_unet = partial(empty_unet, anatomy, unet, settings)
    network = load_network(build_unet, unet, Placement(dtype, channels_last=True), "UNet")
    latents = latents_of(settings, anatomy.latents)
    beside = anatomy.beside or usual_beside
    return Model(
        weights=Weights(network),
        schedule=schedule_of(settings, archive, anatomy.betas),
        prediction=prediction_of(settings, archive, anatomy),
        latents=latents,
        family=anatomy.name,
        dtype=dtype,
        inputs=Inputs(anatomy.vector(network.config, archive), beside(network.config, archive, latents, vae)),
    )


def empty_unet(anatomy: Anatomy, weights: Archive, settings: Settings) -> UNet:
    """A UNet without content, of the sizes that its weights tell."""
    heads, head_dim = anatomy.heads, anatomy.head_dim
    if settings.unet_heads or settings.unet_head_dim:
        heads, head_dim = settings.unet_heads, settings.unet_head_dim
    groups = settings.unet_norm_groups or NORM_GROUPS
    config = UNetConfig.from_weights(weights.shapes(), heads=heads, head_dim=head_dim, norm_groups=groups)
    for width, depth in zip(config.widths, config.depths, strict=True):
        count = config.heads_of(width)
        if depth and (not count or width % count):
            raise ValueError(f"{head_dim or count} {'channels a head' if head_dim else 'heads'} of {width}")
    return UNet(config)


def build_text(
    anatomy: Anatomy, archive: Archive, settings: Settings, precision: Precision, lookup: Lookup
) -> TextEncoder | None:
    """All of the family's text towers; None if one of them is missing."""
    found = [(tower, tower_weights(archive.below(*tower.prefixes))) for tower in anatomy.towers]
    if not all(weights.entries for _, weights in found):
        return None
    return TextEncoder(
        tuple(build_tower(weights, tower.kind, tower.told(settings), precision) for tower, weights in found),
        lookup,
    )


def build_vae(archive: Archive, settings: Settings, precision: Precision, latents: LatentFormat) -> Vae:
    """The autoencoder."""
    groups = settings.vae_norm_groups or NORM_GROUPS
    dtype = vae_dtype(precision, archive.parameters)

    def network() -> Autoencoder:
        return Autoencoder(AutoencoderConfig.from_weights(archive.shapes(), norm_groups=groups))

    autoencoder = load_network(network, archive, Placement(dtype, channels_last=True), "VAE")
    told = latents_of(settings, latents)
    sizes = replace(told, channels=autoencoder.latent_channels, downscale=autoencoder.downscale)
    return Vae(Weights(autoencoder), sizes, dtype)


def latents_of(settings: Settings, usual: LatentFormat) -> LatentFormat:
    """The latent format of this checkpoint."""
    return replace(usual, scale=settings.latent_scale or usual.scale, rgb=settings.latent_rgb or usual.rgb)


def prediction_of(settings: Settings, archive: Archive, anatomy: Anatomy) -> Prediction:
    """What the UNet predicts: said by the settings, else by its mark, else as the family's do."""
    if settings.prediction is not None:
        return settings.prediction
    marked = VELOCITY_MARK in archive.entries or is_edm(archive)
    return "v" if marked else anatomy.predicts(archive)


def schedule_of(settings: Settings, archive: Archive, betas: tuple[float, float]) -> NoiseSchedule:
    """The noise levels that the UNet was trained on."""
    if is_edm(archive):
        least, most = (
            float(tensor_of(archive, key)) if key in archive.entries else usual
            for key, usual in EDM_MARKS.items()
        )
        return continuous_schedule(least, most)
    schedule = linear_noise_schedule(settings.beta_start or betas[0], settings.beta_end or betas[1])
    marked = settings.zero_terminal_snr is None and ZERO_SNR_MARK in archive.entries
    return zero_terminal_snr(schedule) if settings.zero_terminal_snr or marked else schedule


def is_edm(archive: Archive) -> bool:
    """Whether a UNet was trained on continuous noise levels (Karras et al. 2022) to predict velocity."""
    return any(mark in archive.entries for mark in EDM_MARKS)


def tensor_of(archive: Archive, key: str) -> Tensor:
    """One tensor, read now."""
    ((_, tensor),) = Archive({key: archive.entries[key]}).tensors()
    return tensor


def usual_beside(config: UNetConfig, archive: Archive, latents: LatentFormat, vae: Vae | None) -> Show | None:
    """What a UNet of so many channels is shown beside the noisy latents."""
    more = config.input_channels - latents.channels
    if more == latents.channels + 1:
        return MaskAndPicture(latents.scale, latents.channels, lambda: grey_latents(vae, latents))
    if more == latents.channels:
        return Picture(latents.channels, latents.scale if is_edm(archive) else 1.0)
    return Depth() if more == 1 else None


@torch.no_grad()
def grey_latents(vae: Vae | None, latents: LatentFormat) -> Tensor:
    """Unscaled latents of a grey picture; zeros where no autoencoder is known."""
    if vae is None:
        return torch.zeros(1, latents.channels, 1, 1)
    return autoencoders.encode(vae, torch.full((1, GREY_SIDE, GREY_SIDE, 3), 0.5))
