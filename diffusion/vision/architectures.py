"""The door to spandrel, which knows the networks of upscale models, also where there is no torchvision.

spandrel imports torchvision for two functions that upscaling does not need (LaMa, an inpainting network, and
RestoreFormer, a face restorer). A torchvision that was built for another torch breaks transformers too, so
it is not among our dependencies: where it cannot be imported, these functions are lent while spandrel loads.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from diffusion.errors import PartMissing

NAMES = ("torchvision", "torchvision.transforms", "torchvision.transforms.functional")


def load_spandrel() -> Any:
    """The package (untyped), imported once. Raises PartMissing where it is not installed."""
    if "spandrel" in sys.modules:
        return sys.modules["spandrel"]
    try:
        if has_torchvision():
            return importlib.import_module("spandrel")
        with lent_torchvision():
            return importlib.import_module("spandrel")
    except ModuleNotFoundError as missing:
        raise PartMissing(
            f"upscale models need the package {missing.name!r}: "
            "pip install einops, then pip install --no-deps spandrel"
        ) from missing


def has_torchvision() -> bool:
    """Whether torchvision is there and was built for this torch."""
    try:
        importlib.import_module(NAMES[-1])
    except (ImportError, RuntimeError, OSError):
        return False
    return True


@contextmanager
def lent_torchvision() -> Iterator[None]:
    """While this lasts, what spandrel wants of torchvision can be imported."""
    from transformers.utils import is_torchvision_available

    is_torchvision_available()  # is remembered, so that nothing is told of what is only lent
    modules = [ModuleType(name) for name in NAMES]
    functional = modules[-1]
    for name, value in (("normalize", normalize), ("rotate", rotate), ("InterpolationMode", Interpolation)):
        setattr(functional, name, value)
    sys.modules.update(zip(NAMES, modules, strict=True))
    try:
        yield
    finally:
        for name in NAMES:
            sys.modules.pop(name, None)


class Interpolation(Enum):
    """The one kind that is asked for by name."""

    BILINEAR = "bilinear"


def normalize(x: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(…, C, H, W) with the mean taken off each channel, in units of its deviation."""
    shape = (-1, 1, 1)
    return (x - torch.tensor(mean).to(x).view(shape)) / torch.tensor(std).to(x).view(shape)


def rotate(*_: object, **__: object) -> Tensor:
    """A step of some inpainting networks, which are no upscalers."""
    raise PartMissing("this inpainting network needs the package torchvision: pip install torchvision")
