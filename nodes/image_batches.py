"""Nodes that put batches of pictures together and take them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from nodes.api import Autogrow, Image, Option, OutputName, Range, Socket, node
from nodes.batches import BatchError, equal_channels
from nodes.resampling import fit_image

Count = Annotated[int, Range(1, 4096)]
Grown = Annotated[list[Tensor], Autogrow(Image, "image", least=2, most=50)]
Batches = Annotated[list[Tensor], Socket("IMAGE")]
BatchSize = Annotated[list[int], Socket("INT"), Range(1, 4096), Option(default=1)]
ImageList = Annotated[list[Tensor], Socket("IMAGE")]


class Size(NamedTuple):
    """The measures of a batch, in pixels and pictures."""

    width: Annotated[int, OutputName("width")]
    height: Annotated[int, OutputName("height")]
    batch_size: Annotated[int, OutputName("batch_size")]


@node("image", name="GetImageSize", display_name="Get Image Size", lane="cpu")
def image_size(*, image: Image) -> Size:
    """How wide and high the pictures are, and how many."""
    count, height, width = image.shape[:3]
    return Size(width, height, count)


@node("image", name="BatchImagesNode", display_name="Batch Images", lane="cpu")
def batch_all_images(*, images: Grown) -> Image:
    """All pictures in one batch, fitted to the size of the first."""
    if not images:
        raise BatchError("images has no picture linked; link at least one")
    height, width = images[0].shape[1:3]
    fitted = [fit_image(image, width, height, "bilinear", "center") for image in images]
    return torch.cat(equal_channels(*fitted))


@node("image/batch", name="ImageFromBatch", display_name="Get Image from Batch", lane="cpu")
def image_from_batch(
    *, image: Image, batch_index: Annotated[int, Range(0, 4095)] = 0, length: Count = 1
) -> Image:
    """Some pictures of a batch, from an index on; what lies behind the end is left out."""
    start = min(batch_index, len(image) - 1)
    return image[start : start + length].clone()


@node("image/batch", name="RepeatImageBatch", display_name="Repeat Image Batch", lane="cpu")
def repeat_image_batch(*, image: Image, amount: Count = 1) -> Image:
    """The whole batch several times, one after another."""
    return image.repeat(amount, 1, 1, 1)


@node(
    "image/batch",
    name="RebatchImages",
    display_name="Rebatch Images",
    takes_lists=True,
    list_outputs=[True],
    lane="cpu",
)
def rebatch_images(*, images: Batches, batch_size: BatchSize) -> ImageList:
    """The same pictures in batches of another size; pictures of different sizes never share one."""
    return list(rebatched(images, batch_size[0]))


def rebatched(batches: Sequence[Tensor], size: int) -> Iterator[Tensor]:
    """Full batches as long as there are enough pictures of one shape in a row."""
    waiting: list[Tensor] = []
    for picture in (picture for batch in batches for picture in batch):
        if waiting and (len(waiting) == size or waiting[0].shape != picture.shape):
            yield torch.stack(waiting)
            waiting = []
        waiting.append(picture)
    if waiting:
        yield torch.stack(waiting)
