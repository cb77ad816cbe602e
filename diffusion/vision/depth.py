"""Depth maps by DPT, Depth Anything, GLPN and ZoeDepth."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from diffusion.types import Image
from diffusion.vision.gradient import as_image
from diffusion.vision.pretrained import Pretrained, open_pretrained, pictures_of, prepared, present

METRIC = ("glpn", "zoedepth")  # these tell metres; the others tell nearness, as MiDaS did
NEAREST = 1e-3  # metres


def open_depth_model(folder: Path) -> Pretrained:
    """The depth model of a folder in transformers' layout. Raises CheckpointError."""
    from transformers import AutoModelForDepthEstimation

    return open_pretrained(folder, AutoModelForDepthEstimation, "depth model")


@torch.no_grad()
def depth(model: Pretrained | None, image: Image) -> Image:
    """What is near is white, what is farthest black: (B, H, W, 3), each picture over its whole range."""
    model = present(model, "depth")
    planes = [spread(nearness(model, picture)) for picture in pictures_of(image)]
    return as_image(torch.stack(planes)[:, None])


def nearness(model: Pretrained, picture: Tensor) -> Tensor:
    """(H, W, 3) -> (H, W): the reciprocal of depth, but for scale and offset."""
    found = model.network(**prepared(model, picture)).predicted_depth.float().cpu()  # (1, h, w)
    height, width = picture.shape[:2]
    down, across = padding(model, height), padding(model, width)
    size = (height + 2 * down, width + 2 * across)
    plane = F.interpolate(found[:, None], size=size, mode="bicubic", align_corners=False)[0, 0]
    plane = plane[down : down + height, across : across + width]
    return 1 / plane.clamp(min=NEAREST) if tells_metres(model.config) else plane


def padding(model: Pretrained, length: int) -> int:
    """By how many pixels ZoeDepth's processor lengthens a side of the picture at both ends; others do not."""
    if model.config.model_type != "zoedepth" or not model.processor.do_pad:
        return 0
    return int(math.sqrt(length / 2) * 3)


def tells_metres(config: Any) -> bool:
    """Whether large numbers are far away."""
    return config.model_type in METRIC or getattr(config, "depth_estimation_type", "") == "metric"


def spread(plane: Tensor) -> Tensor:
    """Over the whole of [0, 1]; all black where nothing differs."""
    low, high = plane.min(), plane.max()
    return (plane - low) / (high - low) if high > low else torch.zeros_like(plane)
