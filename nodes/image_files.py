"""Nodes that read pictures from files and write them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from nodes import pictures
from nodes.api import Context, FileIn, Image, Mask, Option, Result, Socket, node
from nodes.masks import as_masks

PictureFile = Annotated[str, FileIn("input", upload="image")]
NEWEST: Final = {"route": "/internal/files/output", "refresh_button": True, "control_after_refresh": "first"}
OutputFile = Annotated[str, Socket("COMBO"), Option(image_upload=True, image_folder="output", remote=NEWEST)]
PREVIEW_PREFIX = "preview"


class LoadedImage(NamedTuple):
    """A picture, and what is transparent in it."""

    image: Image
    mask: Mask


@node("image", name="LoadImage", display_name="Load Image", lane="disk")
def load_image(context: Context, *, image: PictureFile) -> LoadedImage:
    """Read a picture; the mask is 1 where it is transparent. The frames of an animation become a batch."""
    path = file_named(context, image)
    return LoadedImage(pictures.read_image(path), pictures.read_mask(path))


@node("mask", name="LoadImageMask", display_name="Load Image (as Mask)", lane="disk")
def load_image_mask(
    context: Context, *, image: PictureFile, channel: Literal["alpha", "red", "green", "blue"]
) -> Mask:
    """Read one channel of a picture as a mask; alpha gives 1 where the picture is transparent."""
    path = file_named(context, image)
    return pictures.read_mask(path) if channel == "alpha" else pictures.read_channel(path, channel)


@node(
    "image",
    name="LoadImageOutput",
    display_name="Load Image (from Outputs)",
    lane="disk",
    experimental=True,
)
def load_image_output(context: Context, *, image: OutputFile) -> LoadedImage:
    """Read a picture of the output folder, as `Load Image` does."""
    path = context.folders.resolve(*context.folders.annotated(image, "output"))
    return LoadedImage(pictures.read_image(path), pictures.read_mask(path))


@node("image", name="SaveImage", display_name="Save Image", is_output=True, lane="disk")
def save_image(context: Context, *, images: Image, filename_prefix: str = "ComfyUI") -> Result:
    """Write pictures to the output folder as PNG files that carry their workflow."""
    return written(context, images, "output", filename_prefix)


@node("image", name="PreviewImage", display_name="Preview Image", is_output=True, lane="disk")
def preview_image(context: Context, *, images: Image) -> Result:
    """Show pictures without keeping them."""
    return written(context, images, "temp", PREVIEW_PREFIX)


@node("mask", name="MaskPreview", display_name="Preview Mask", is_output=True, lane="disk")
def preview_mask(context: Context, *, mask: Mask) -> Result:
    """Show masks as grey pictures, without keeping them."""
    return written(context, as_masks(mask).unsqueeze(-1).expand(-1, -1, -1, 3), "temp", PREVIEW_PREFIX)


def file_named(context: Context, name: str) -> Path:
    """The file of the input folder, or of another one for `name [output]`."""
    return context.folders.resolve(*context.folders.annotated(name))


def written(context: Context, images: Image, folder: str, prefix: str) -> Result:
    """Write each picture of a batch under the next free number; the result says where they are."""
    pictures.check_finite(images)
    texts = texts_of(context)
    files = []
    for index, image in enumerate(images):
        size = {"width": image.shape[1], "height": image.shape[0]}
        place = context.folders.save_path(folder, prefix, {**size, "batch_num": index})
        pictures.write_whole(place.directory / place.name(), pictures.encode_png(image, texts))
        files.append(place.reference(place.name()))
    return Result(ui={"images": files})


def texts_of(context: Context) -> dict[str, object]:
    """What a file says of its making: the graph and the canvas's own; nothing where that is turned off."""
    if context.extra_pnginfo is None:
        return {}
    texts = {"prompt": context.prompt, **context.extra_pnginfo}
    return {key: value for key, value in texts.items() if value is not None}
