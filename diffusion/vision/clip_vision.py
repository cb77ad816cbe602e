"""Pictures as what CLIP sees in them: fitted to the encoder, and encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.errors import DiffusionError, PartMissing
from diffusion.networks.device import as_weights
from diffusion.types import Image
from diffusion.vision.image_encoder import ImageEncoder

Colour: TypeAlias = tuple[float, float, float]
Crop: TypeAlias = Literal["center", "none"]

CLIP_MEAN: Colour = (0.48145466, 0.4578275, 0.40821073)  # of the pictures that CLIP was trained on, RGB
CLIP_STD: Colour = (0.26862954, 0.26130258, 0.27577711)
SIGLIP_MEAN: Colour = (0.5, 0.5, 0.5)
SIGLIP_STD: Colour = (0.5, 0.5, 0.5)


@dataclass(frozen=True, eq=False)
class ClipVision:
    """An image encoder and the form in which it wants pictures."""

    network: ImageEncoder
    size: int  # pixels a side
    mean: Colour
    std: Colour
    dtype: torch.dtype


@dataclass(frozen=True, eq=False)
class ClipVisionOutput:
    """What an image encoder says of a batch of pictures, float32 on the CPU."""

    image_embeds: Tensor  # (B, D), projected into the space that texts share
    last_hidden_state: Tensor  # (B, tokens, width), behind the last layer; of SigLIP normed
    penultimate_hidden_states: Tensor  # (B, tokens, width), behind the layer before it


@torch.no_grad()
def encode_image(encoder: ClipVision | None, image: Image, crop: Crop = "center") -> ClipVisionOutput:
    """Pictures (B, H, W, 3) as embeddings; "none" squeezes the whole into a square, "center" cuts one out."""
    if encoder is None:
        raise PartMissing(
            "there is no image encoder: the checkpoint holds none, load one from models/clip_vision"
        )
    return seen_in(encoder, preprocess(image, encoder.size, encoder.mean, encoder.std, crop))


@torch.no_grad()
def encode_nothing(encoder: ClipVision) -> ClipVisionOutput:
    """What an encoder says of pixels that are zero behind its normalization."""
    return seen_in(encoder, torch.zeros(1, 3, encoder.size, encoder.size))


def seen_in(encoder: ClipVision, pixels: Tensor) -> ClipVisionOutput:
    """What an encoder says of normalized pixels (B, 3, size, size)."""
    said = encoder.network(as_weights(encoder.network, pixels))
    embeds, last, penultimate = (part.float().cpu() for part in said)
    return ClipVisionOutput(embeds, last, penultimate)


def preprocess(image: Image, size: int, mean: Colour, std: Colour, crop: Crop) -> Tensor:
    """(B, H, W, 3) in [0, 1] -> (B, 3, size, size), normalized; in between as bytes, as training saw them."""
    if image.ndim != 4 or image.shape[-1] not in (1, 3, 4):
        raise DiffusionError(f"pictures have the shape (B, H, W, 3), these have {tuple(image.shape)}")
    x = image[..., :3].float().expand(-1, -1, -1, 3).movedim(-1, 1)
    x = fit_to_square(x, size, crop)
    x = (x.clamp(0, 1) * 255).round() / 255
    return (x - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def fit_to_square(x: Tensor, size: int, crop: Crop) -> Tensor:
    """(B, C, H, W) -> (B, C, size, size) by bicubic resampling."""
    height, width = x.shape[-2:]
    if crop == "none":
        return resized(x, size, size)
    scale = size / min(height, width)
    x = resized(x, round(height * scale), round(width * scale))
    top, left = (x.shape[-2] - size) // 2, (x.shape[-1] - size) // 2
    return x[..., top : top + size, left : left + size]


def resized(x: Tensor, height: int, width: int) -> Tensor:
    """As Pillow's bicubic filter does, widened when shrinking."""
    if x.shape[-2:] == (height, width):
        return x
    return F.interpolate(x, size=(height, width), mode="bicubic", antialias=True)
