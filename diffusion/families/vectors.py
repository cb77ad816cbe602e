"""What families' networks are told as one vector beside the time: sizes, aesthetics, pictures' embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.families.channels import diffused, noise_level
from diffusion.networks.layers import timestep_embedding
from diffusion.sampling.inputs import Occasion
from diffusion.sampling.schedules import NoiseSchedule
from diffusion.types import Cond, PictureSize
from diffusion.vision.clip_vision import ClipVisionOutput

UNCLIP = "unclip_conditioning"  # among a conditioning's facts: the pictures that unCLIP is to follow
SINUSOIDS = 256  # numbers for each size
SIZES, REFINER_SIZES = 6, 5
AESTHETIC, NEGATIVE_AESTHETIC = 6.0, 2.5  # scores out of 10, as the refiner was published
MERGED_LEVEL = 0.05  # noise upon the sum of several pictures' embeddings, in parts of the schedule


@dataclass(frozen=True, eq=False)
class PooledAndSizes:
    """The pooled text, then sinusoids of the picture's history (Podell et al. 2023, section 2.2)."""

    width: int  # of the whole vector
    refiner: bool = False
    downscale: int = 8  # pixels along a side of one latent

    def __call__(self, cond: Cond, occasion: Occasion) -> Tensor:
        """(1, width)."""
        size = cond.size or size_of(occasion.latent, self.downscale)
        numbers = refiner_numbers(size, negative=occasion.negative) if self.refiner else base_numbers(size)
        told = sinusoids(numbers)
        pooled = pooled_of(cond, self.width - told.shape[1])
        return torch.cat([pooled, told.expand(len(pooled), -1)], 1)


@dataclass(frozen=True, eq=False)
class NoisedEmbeddings:
    """unCLIP: pictures' embeddings with noise upon them, then sinusoids of its level (Ramesh et al. 2022)."""

    schedule: NoiseSchedule
    mean: Tensor  # (D,) of all embeddings
    std: Tensor  # (D,)

    def __call__(self, cond: Cond, occasion: Occasion) -> Tensor:
        """(1, 2 * D); zeros without a picture."""
        pictures = cond.facts.get(UNCLIP, ())
        if not pictures:
            return torch.zeros(1, 2 * len(self.mean))
        rows = [self.row(picture, occasion.seed) for picture in pictures]
        if len(rows) == 1:
            return rows[0]
        embedding = torch.stack(rows).sum(0)[:, : len(self.mean)]
        return self.noised(embedding, round((len(self.schedule.sigmas) - 1) * MERGED_LEVEL), occasion.seed)

    def row(self, picture: UnclipPicture, seed: int) -> Tensor:
        """(1, 2 * D) of one picture."""
        embedding = picture.seen.image_embeds[:1].float()
        if embedding.shape[1] != len(self.mean):
            raise DiffusionError(
                f"this unCLIP model reads picture embeddings of width {len(self.mean)}, this one has "
                f"{embedding.shape[1]}: encode the picture with the image encoder of the same checkpoint"
            )
        level = round((len(self.schedule.sigmas) - 1) * min(max(picture.noise_augmentation, 0.0), 1.0))
        return self.noised(embedding, level, seed) * picture.strength

    def noised(self, embedding: Tensor, level: int, seed: int) -> Tensor:
        """(1, D) with noise, in the scale of all embeddings, and the level: (1, 2 * D)."""
        scaled = (embedding - self.mean) / self.std
        noised = diffused(scaled, self.schedule, level, seed) * self.std + self.mean
        told = timestep_embedding(torch.tensor([float(level)]), len(self.mean))
        return torch.cat([noised, told], 1)


@dataclass(frozen=True, eq=False)
class UnclipPicture:
    """A picture that unCLIP is to follow."""

    seen: ClipVisionOutput  # whose first embedding counts
    strength: float
    noise_augmentation: float  # 0 close to the picture … 1 nothing of it


@dataclass(frozen=True, eq=False)
class NoiseClass:
    """The level of noise upon the picture that an upscaler is shown, as a class."""

    most: int

    def __call__(self, cond: Cond, occasion: Occasion) -> Tensor:
        """(1,) integer."""
        del occasion
        return torch.tensor([noise_level(cond, self.most)])


def base_numbers(size: PictureSize) -> tuple[float, ...]:
    """Original size, crop, target size: heights before widths."""
    target = (
        size.height if size.target_height is None else size.target_height,
        size.width if size.target_width is None else size.target_width,
    )
    return (size.height, size.width, size.crop_top, size.crop_left, *target)


def refiner_numbers(size: PictureSize, *, negative: bool) -> tuple[float, ...]:
    """Original size, crop, aesthetic score."""
    usual = NEGATIVE_AESTHETIC if negative else AESTHETIC
    score = usual if size.aesthetic_score is None else size.aesthetic_score
    return (size.height, size.width, size.crop_top, size.crop_left, score)


def sinusoids(numbers: Sequence[float]) -> Tensor:
    """(1, 256 for each number)."""
    return timestep_embedding(torch.tensor(numbers, dtype=torch.float32), SINUSOIDS).reshape(1, -1)


def size_of(latent: Tensor, downscale: int) -> PictureSize:
    """The history of a picture that was made at the latents' size."""
    height, width = latent.shape[-2:]
    return PictureSize(height * downscale, width * downscale)


def pooled_of(cond: Cond, width: int) -> Tensor:
    """(1, width) the pooled text; zeros where there is none."""
    if cond.pooled is None:
        return torch.zeros(1, width)
    if cond.pooled.shape[-1] != width:
        raise DiffusionError(
            f"this model reads a pooled text of width {width}, this conditioning has one of "
            f"{cond.pooled.shape[-1]}: encode the text with the CLIP of the same model"
        )
    return cond.pooled.reshape(-1, width).float().cpu()
