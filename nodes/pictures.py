"""Picture files: reads them into tensors, and writes PNGs that carry their workflow."""

from __future__ import annotations

import io
import json
import struct
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as Pillow
from PIL import ImageOps, ImageSequence, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from diffusion.weights.writing import whole_file
from nodes.errors import PictureError

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
MAX_FRAME_PIXELS: Final = 80_000_000  # of one frame; about a gigabyte as floats
MAX_FILE_PIXELS: Final = 200_000_000  # of all frames together
NO_MASK: Final = (1, 64, 64)  # what a picture without transparency gives as its mask

Floats = npt.NDArray[np.float32]


def read_image(path: Path) -> Tensor:
    """All frames that have the size of the first, upright: (B, H, W, 3) in [0, 1]."""
    return stacked([rgb(frame) for frame in frames(path)])


def read_mask(path: Path) -> Tensor:
    """1 where the picture is transparent, (B, H, W); zeros (1, 64, 64) where it has no transparency."""
    alphas = [plane(frame, "A") for frame in frames(path)]
    if any(alpha is None for alpha in alphas):
        return torch.zeros(NO_MASK)
    return 1.0 - stacked([alpha for alpha in alphas if alpha is not None])


def read_channel(path: Path, channel: str) -> Tensor:
    """One of the planes "red", "green", "blue" as (B, H, W)."""
    return read_image(path)[..., ("red", "green", "blue").index(channel)].contiguous()


def stacked(arrays: list[Floats]) -> Tensor:
    """Arrays of one shape as one tensor of its own memory."""
    return torch.from_numpy(np.stack(arrays))


def frames(path: Path) -> list[Pillow.Image]:
    """The decoded frames of a file, or an error that names it. Limits are judged by the header alone."""
    try:
        with opened(path) as file:
            check_size(file, path.name)
            return list(decoded(file))
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise PictureError(f"{path.name} is damaged or cut short: {error}") from error


def opened(path: Path) -> Pillow.Image:
    """The file with its header read and no pixel decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        try:
            return Pillow.open(path, formats=readable())
        except UnidentifiedImageError as error:
            known = ", ".join(FORMATS)
            raise PictureError(f"{path.name} is not a picture of a known format ({known})") from error
        except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
            raise PictureError(too_large(path.name, str(error))) from error


def readable() -> list[str]:
    """The formats on the list that this build of Pillow can read."""
    Pillow.init()
    return [name for name in FORMATS if name in Pillow.OPEN]


def check_size(file: Pillow.Image, name: str) -> None:
    """Refuse what would take more memory than any picture should."""
    pixels = file.width * file.height
    count = getattr(file, "n_frames", 1)
    if pixels > MAX_FRAME_PIXELS or pixels * count > MAX_FILE_PIXELS:
        raise PictureError(too_large(name, f"{file.width} x {file.height} pixels, {count} frame(s)"))


def too_large(name: str, found: str) -> str:
    """The message for a picture beyond the limits."""
    most, all_frames = MAX_FRAME_PIXELS // 10**6, MAX_FILE_PIXELS // 10**6
    return (
        f"{name} is too large: {found}; at most {most} million pixels a frame and {all_frames} million in all"
    )


def decoded(file: Pillow.Image) -> Iterator[Pillow.Image]:
    """Frames turned upright; those of another size than the first (thumbnails, other pages) are left out."""
    size: tuple[int, int] | None = None
    for index, frame in enumerate(ImageSequence.Iterator(file)):
        if index and file.format == "MPO":  # a photograph; what follows is its thumbnail, depth or gain map
            return
        upright = ImageOps.exif_transpose(frame)
        size = size or upright.size
        if upright.size == size:
            yield upright.copy()


def rgb(frame: Pillow.Image) -> Floats:
    """(H, W, 3) in [0, 1]; transparency is dropped, not blended, so that erased pixels keep their colour."""
    if is_deep(frame):
        grey = deep(frame)
        return np.stack([grey, grey, grey], axis=-1)
    colours = frame.convert("RGBA").convert("RGB") if transparent(frame) else frame.convert("RGB")
    return np.asarray(colours, dtype=np.float32) / 255.0


def is_deep(frame: Pillow.Image) -> bool:
    """Whether the frame is grey with more than 8 bits."""
    return frame.mode in ("I", "F") or frame.mode.startswith("I;16")


def deep(frame: Pillow.Image) -> Floats:
    """A grey picture of more than 8 bits: integers are 16-bit, floats already run from 0 to 1."""
    values = np.asarray(frame, dtype=np.float32)
    return np.clip(values if frame.mode == "F" else values / 65535.0, 0.0, 1.0)


def transparent(frame: Pillow.Image) -> bool:
    """Whether the frame has an alpha plane, or a colour marked as transparent."""
    return "A" in frame.getbands() or ("transparency" in frame.info and not is_deep(frame))


def plane(frame: Pillow.Image, band: str) -> Floats | None:
    """One band of the frame as RGBA, (H, W) in [0, 1]; no alpha is None."""
    if band == "A" and not transparent(frame):
        return None
    return np.asarray(frame.convert("RGBA").getchannel(band), dtype=np.float32) / 255.0


def to_bytes(image: Tensor) -> npt.NDArray[np.uint8]:
    """(H, W, C) in [0, 1] -> bytes, rounded to the nearest so that what was read from a file is kept."""
    return (image.detach().cpu().float().clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).numpy()


def check_finite(images: Tensor) -> None:
    """Refuse to write a black picture where the numbers went wrong."""
    if bool(torch.isfinite(images).all()):
        return
    wrong = [index for index, image in enumerate(images) if not bool(torch.isfinite(image).all())]
    raise PictureError(
        f"picture {', '.join(map(str, wrong))} of {len(images)} holds values that are not numbers (NaN or "
        "infinity), so nothing was written; a lower cfg, another sampler, or a wider precision usually helps"
    )


def encode_png(image: Tensor, texts: Mapping[str, object]) -> bytes:
    """(H, W, C) as a PNG, lightly compressed (level 1), each text as ASCII-escaped JSON in a tEXt chunk."""
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, json.dumps(value))
    buffer = io.BytesIO()
    pixels = to_bytes(image)
    Pillow.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(
        buffer, "PNG", pnginfo=info, compress_level=1
    )
    return buffer.getvalue()


def write_whole(path: Path, data: bytes) -> None:
    """Write so that the name shows the whole file or none of it."""
    with whole_file(path) as file:
        file.write(data)
