"""Networks from pictures to pictures: upscalers, small autoencoders for previews, models of transformers."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from tests.diffusion.vision import models
from tests.factory.networks import Weights, weights
from tests.factory.storing import store

FEATURES, GROWTH, DENSE = 8, 32, 1  # channels, those that a convolution adds, residual dense blocks
COLOURS = 3


def esrgan_old(path: Path, doublings: int = 2) -> None:
    """ESRGAN as first published, its layers numbered in a row."""
    found = conv("model.0", 3, FEATURES)
    for block in range(DENSE):
        for part in (1, 2, 3):
            found |= dense(f"model.1.sub.{block}.RDB{part}.conv", ".0")
    found |= conv(f"model.1.sub.{DENSE}", FEATURES, FEATURES)
    numbers = [3 * (step + 1) for step in range(doublings)]
    for number in (*numbers, numbers[-1] + 2):
        found |= conv(f"model.{number}", FEATURES, FEATURES)
    store(path, found | conv(f"model.{numbers[-1] + 4}", FEATURES, 3))


def esrgan(path: Path, scale: int = 4) -> None:
    """ESRGAN as BasicSR saves it; at smaller scales pixels are folded into channels first."""
    found = conv("conv_first", 3 * (4 // scale) ** 2, FEATURES)
    for block in range(DENSE):
        for part in (1, 2, 3):
            found |= dense(f"body.{block}.rdb{part}.conv")
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        found |= conv(name, FEATURES, FEATURES)
    store(path, found | conv("conv_last", FEATURES, 3), around="params_ema")


def dense(place: str, behind: str = "") -> Weights:
    """Five convolutions, each of which reads all before it."""
    found: Weights = {}
    for number in range(1, 6):
        outputs = FEATURES if number == 5 else GROWTH
        found |= conv(f"{place}{number}{behind}", FEATURES + (number - 1) * GROWTH, outputs)
    return found


def conv(name: str, inputs: int, outputs: int) -> Weights:
    """A 3x3 convolution."""
    layer = nn.Conv2d(inputs, outputs, 3)
    nn.init.normal_(layer.weight, std=(9 * inputs) ** -0.5)
    if outputs == COLOURS:
        nn.init.constant_(layer.get_parameter("bias"), 0.5)  # a middling grey
    return weights(layer, f"{name}.")


def taesd(path: Path, width: int = 16) -> None:
    """TAESD's decoder, whose layers bear numbers alone; those without weights are counted too."""
    found = weights(nn.Conv2d(4, width, 3), "1.")
    for number in (3, 4, 5, 8, 9, 10, 13, 14, 15, 18):
        for layer in (0, 2, 4):
            found |= weights(nn.Conv2d(width, width, 3), f"{number}.conv.{layer}.")
    for number in (7, 12, 17):
        found |= weights(nn.Conv2d(width, width, 3, bias=False), f"{number}.")
    store(path, found | weights(nn.Conv2d(width, 3, 3), "19."))


def depth(path: Path) -> None:
    """Depth Anything."""
    models.depth_anything(path)


def segmentation(path: Path) -> None:
    """UperNet."""
    models.upernet(path)


def pose(path: Path) -> None:
    """ViTPose."""
    models.vitpose(path)


def detection(path: Path) -> None:
    """YOLOS."""
    models.yolos(path)
