"""What is what in a picture, painted in the colours of ADE20K, by UperNet, SegFormer, Mask2Former and kin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.types import Image
from diffusion.vision.palette import ADE20K
from diffusion.vision.pretrained import (
    Loader,
    Pretrained,
    on_cpu,
    open_pretrained,
    pictures_of,
    prepared,
    present,
)

WHAT = "segmentation model"


def open_segmentation_model(folder: Path) -> Pretrained:
    """The segmentation model of a folder in transformers' layout. Raises CheckpointError."""
    return open_pretrained(folder, loader_of(folder), WHAT)


def loader_of(folder: Path) -> Loader:
    """The class that builds the network which a folder's config names."""
    from transformers import (
        AutoConfig,
        AutoModelForSemanticSegmentation,
        AutoModelForUniversalSegmentation,
    )

    try:
        config = AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CheckpointError(
            f"{folder.name}/config.json is of no known model: {str(problem)[:200]}"
        ) from problem
    kinds: tuple[Any, ...] = (AutoModelForSemanticSegmentation, AutoModelForUniversalSegmentation)
    for kind in kinds:
        if type(config) in kind._model_mapping:
            loader: Loader = kind
            return loader
    raise CheckpointError(f"{folder.name} is a {config.model_type!r}, which is no {WHAT}")


@torch.no_grad()
def segments(model: Pretrained | None, image: Image) -> Image:
    """Each pixel in the colour of its class, (B, H, W, 3)."""
    model = present(model, "segmentation")
    return painted(torch.stack([classes(model, picture) for picture in pictures_of(image)]))


def classes(model: Pretrained, picture: Tensor) -> Tensor:
    """(H, W, 3) -> the number of each pixel's class (H, W)."""
    outputs = on_cpu(model.network(**prepared(model, picture)))
    size = tuple(picture.shape[:2])
    found: Tensor = model.processor.post_process_semantic_segmentation(outputs, target_sizes=[size])[0]
    return found.long()


def painted(numbers: Tensor) -> Image:
    """Classes (B, H, W) as colours; past ADE20K's 150 they begin again, and what has no class is black."""
    colours = torch.tensor(ADE20K) / 255
    return torch.where((numbers >= 0)[..., None], colours[numbers % len(ADE20K)], 0.0)
