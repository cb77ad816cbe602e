"""`ui`: what V3 nodes show, and the writing of the files behind it."""

from __future__ import annotations

import io
import json
import wave
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from compat.comfy.cli_args import args
from compat.current import current
from graph.context import Context
from graph.errors import HeddleError
from nodes import pictures

from ._io import FolderType

PREVIEW_PREFIX = "preview"
AUDIO_SUFFIXES = {"wav": ".wav"}  # format -> ending of its files
EXIF_MODEL, EXIF_MAKE = 0x0110, 0x010F  # the tags in which WebP files carry a workflow


class ShowError(HeddleError):
    """What a node wants to show cannot be written."""


class SavedResult(dict[str, Any]):
    """Where a written file is, as clients read it."""

    def __init__(self, filename: str, subfolder: str, type: FolderType | str) -> None:  # noqa: A002
        super().__init__(filename=filename, subfolder=subfolder, type=FolderType(type).value)

    @property
    def filename(self) -> str:
        """Its name."""
        return str(self["filename"])

    @property
    def subfolder(self) -> str:
        """Inside its folder."""
        return str(self["subfolder"])

    @property
    def type(self) -> FolderType:
        """Its folder."""
        return FolderType(self["type"])


class Shown(ABC):
    """Something that a node shows."""

    @abstractmethod
    def as_dict(self) -> dict[str, list[Any]]:
        """As the history has it: lists by key."""


class SavedImages(Shown):
    """Pictures that were written."""

    def __init__(self, results: Iterable[SavedResult], is_animated: bool = False, **_: Any) -> None:
        self.results = list(results)
        self.is_animated = is_animated

    def as_dict(self) -> dict[str, list[Any]]:
        return {"images": list(self.results)} | ({"animated": [True]} if self.is_animated else {})


class SavedAudios(Shown):
    """Sounds that were written."""

    def __init__(self, results: Iterable[SavedResult], **_: Any) -> None:
        self.results = list(results)

    def as_dict(self) -> dict[str, list[Any]]:
        return {"audio": list(self.results)}


# Where files go, and what is written into them


def running_context(what: str) -> Context:
    """The call that wants to write. Raises ShowError where there is none."""
    context = current()
    if context is None:
        raise ShowError(f"{what} writes into the folders of a run, so it has to be called by a running node")
    return context


def folder_of(folder_type: FolderType | str) -> str:
    """The name of a folder. Raises ValueError for one that is none."""
    return FolderType(folder_type).value


def workflow_texts(cls: Any) -> dict[str, Any]:
    """What a node's files say of the run: what the node asked to be told, by name, where files may say it."""
    if args.disable_metadata:
        return {}
    hidden = getattr(cls, "hidden", None)
    texts = {"prompt": getattr(hidden, "prompt", None), **(getattr(hidden, "extra_pnginfo", None) or {})}
    return {str(key): value for key, value in texts.items() if value is not None}


def stored(
    data: bytes, folder_type: FolderType | str, prefix: str, suffix: str, values: Mapping[str, object]
) -> SavedResult:
    """Write a file under the next free number of its prefix."""
    folder = folder_of(folder_type)
    place = running_context("a node's result").folders.save_path(folder, prefix, values)
    name = place.name(suffix=suffix)
    pictures.write_whole(place.directory / name, data)
    return SavedResult(name, place.subfolder, folder)


def sizes(images: Tensor, index: int = 0) -> dict[str, object]:
    """What a prefix may name of a picture of a batch (B, H, W, C)."""
    return {"width": images.shape[2], "height": images.shape[1], "batch_num": index}


def as_batch(images: Tensor) -> Tensor:
    """One picture (H, W, C) as a batch of one."""
    return images.unsqueeze(0) if images.ndim == 3 else images


def frames_of(images: Tensor) -> list[Pillow.Image]:
    """A batch as pictures."""
    return [Pillow.fromarray(pictures.to_bytes(image)) for image in images]


class ImageSaveHelper:
    """Writes pictures: (B, H, W, C) in [0, 1]."""

    @staticmethod
    def save_images(
        images: Tensor,
        filename_prefix: str,
        folder_type: FolderType | str,
        cls: Any,
        compress_level: int = 4,  # noqa: ARG004 - all PNGs are compressed lightly
        **_: Any,
    ) -> list[SavedResult]:
        """One PNG for each picture."""
        images = as_batch(images)
        pictures.check_finite(images)
        texts = workflow_texts(cls)
        return [
            stored(
                pictures.encode_png(image, texts), folder_type, filename_prefix, ".png", sizes(images, index)
            )
            for index, image in enumerate(images)
        ]

    @staticmethod
    def get_save_images_ui(
        images: Tensor, filename_prefix: str, cls: Any, compress_level: int = 4, **_: Any
    ) -> SavedImages:
        """Write to the output folder, and show."""
        found = ImageSaveHelper.save_images(images, filename_prefix, FolderType.output, cls, compress_level)
        return SavedImages(found)

    @staticmethod
    def save_animated_png(
        images: Tensor,
        filename_prefix: str,
        folder_type: FolderType | str,
        cls: Any,
        fps: float,
        compress_level: int = 4,
        **_: Any,
    ) -> SavedResult:
        """All pictures as one moving PNG."""
        info = PngInfo()
        for key, value in workflow_texts(cls).items():
            text = key.encode("latin-1", "replace") + b"\0" + json.dumps(value).encode()
            info.add(b"comf", text, after_idat=True)
        return animated(
            images,
            filename_prefix,
            folder_type,
            ".png",
            fps,
            format="PNG",
            pnginfo=info,
            compress_level=compress_level,
        )

    @staticmethod
    def get_save_animated_png_ui(
        images: Tensor, filename_prefix: str, cls: Any, fps: float, compress_level: int = 4, **_: Any
    ) -> SavedImages:
        """Write to the output folder, and show."""
        output = FolderType.output
        found = ImageSaveHelper.save_animated_png(images, filename_prefix, output, cls, fps, compress_level)
        return SavedImages([found], is_animated=len(images) > 1)

    @staticmethod
    def save_animated_webp(
        images: Tensor,
        filename_prefix: str,
        folder_type: FolderType | str,
        cls: Any,
        fps: float,
        lossless: bool = True,
        quality: int = 80,
        method: int = 4,
        **_: Any,
    ) -> SavedResult:
        """All pictures as one moving WebP."""
        exif = Pillow.Exif()
        for tag, (key, value) in zip(webp_tags(), webp_texts(cls), strict=False):
            exif[tag] = f"{key}:{json.dumps(value)}"
        return animated(
            images, filename_prefix, folder_type, ".webp", fps, format="WEBP", exif=exif, lossless=lossless,
            quality=quality, method=method,
        )  # fmt: skip

    @staticmethod
    def get_save_animated_webp_ui(
        images: Tensor,
        filename_prefix: str,
        cls: Any,
        fps: float,
        lossless: bool = True,
        quality: int = 80,
        method: int = 4,
        **_: Any,
    ) -> SavedImages:
        """Write to the output folder, and show."""
        output = FolderType.output
        found = ImageSaveHelper.save_animated_webp(
            images, filename_prefix, output, cls, fps, lossless, quality, method
        )
        return SavedImages([found], is_animated=len(images) > 1)


def webp_tags() -> Iterable[int]:
    """The EXIF tags that carry texts: the prompt's first, further ones downwards from another."""
    yield EXIF_MODEL
    yield from range(EXIF_MAKE, 0, -1)


def webp_texts(cls: Any) -> list[tuple[str, Any]]:
    """The texts, the prompt first; an empty one where there is none, to keep its place."""
    texts = workflow_texts(cls)
    return [] if not texts else [("prompt", texts.pop("prompt", None)), *texts.items()]


def animated(
    images: Tensor, prefix: str, folder_type: FolderType | str, suffix: str, fps: float, **options: Any
) -> SavedResult:
    """Write the pictures of a batch as one moving one."""
    images = as_batch(images)
    pictures.check_finite(images)
    first, *rest = frames_of(images)
    buffer = io.BytesIO()
    first.save(buffer, save_all=True, append_images=rest, duration=round(1000 / fps), **options)
    return stored(buffer.getvalue(), folder_type, prefix, suffix, sizes(images))


# Sound


class AudioSaveHelper:
    """Writes sounds: `waveform` (B, C, T) in [-1, 1] and `sample_rate`."""

    @staticmethod
    def save_audio(
        audio: Mapping[str, Any],
        filename_prefix: str,
        folder_type: FolderType | str,
        cls: Any,  # noqa: ARG004 - the files carry no workflow
        format: str = "flac",  # noqa: A002
        quality: str = "128k",  # noqa: ARG004 - of formats with losses
        **_: Any,
    ) -> list[SavedResult]:
        """One file for each sound of the batch. Raises ShowError for a format that cannot be written."""
        if format not in AUDIO_SUFFIXES:
            raise ShowError(
                f"Heddle cannot write sound as {format!r}: that needs a library it does not come with; "
                f"it can write {', '.join(AUDIO_SUFFIXES)}"
            )
        return [
            stored(
                encode_wav(waveform, int(audio["sample_rate"])),
                folder_type,
                filename_prefix,
                AUDIO_SUFFIXES[format],
                {"batch_num": index},
            )
            for index, waveform in enumerate(audio["waveform"])
        ]

    @staticmethod
    def get_save_audio_ui(
        audio: Mapping[str, Any],
        filename_prefix: str,
        cls: Any,
        format: str = "flac",  # noqa: A002
        quality: str = "128k",
        **_: Any,
    ) -> SavedAudios:
        """Write to the output folder, and show."""
        output = FolderType.output
        return SavedAudios(AudioSaveHelper.save_audio(audio, filename_prefix, output, cls, format, quality))


def encode_wav(waveform: Tensor, sample_rate: int) -> bytes:
    """(C, T) in [-1, 1] as 16-bit PCM, each sample rounded to the nearest."""
    scaled = (waveform.detach().cpu().float().clamp(-1.0, 1.0) * 32767.0).round().to(torch.int16)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(scaled.shape[0])
        file.setsampwidth(2)  # bytes of a sample
        file.setframerate(sample_rate)
        file.writeframes(scaled.t().contiguous().numpy().astype("<i2").tobytes())
    return buffer.getvalue()


# What is shown without being kept


class PreviewImage(Shown):
    """Pictures to look at, (B, H, W, C) in [0, 1]."""

    def __init__(self, image: Tensor, animated: bool = False, cls: Any = None, **_: Any) -> None:
        self.values = ImageSaveHelper.save_images(image, PREVIEW_PREFIX, FolderType.temp, cls)
        self.animated = animated

    def as_dict(self) -> dict[str, list[Any]]:
        return {"images": list(self.values), "animated": [self.animated]}


class PreviewMask(PreviewImage):
    """Masks to look at, (B, H, W) or (H, W) in [0, 1]."""

    def __init__(self, mask: Tensor, animated: bool = False, cls: Any = None, **_: Any) -> None:
        images = mask.reshape(-1, *mask.shape[-2:], 1).expand(-1, -1, -1, 3)
        super().__init__(images, animated, cls)


class PreviewAudio(Shown):
    """Sound to listen to."""

    def __init__(self, audio: Mapping[str, Any], cls: Any = None, **_: Any) -> None:
        self.values = AudioSaveHelper.save_audio(audio, PREVIEW_PREFIX, FolderType.temp, cls, format="wav")

    def as_dict(self) -> dict[str, list[Any]]:
        return {"audio": list(self.values)}


class PreviewVideo(Shown):
    """Videos that were written."""

    def __init__(self, values: Iterable[Mapping[str, Any]], **_: Any) -> None:
        self.values = list(values)

    def as_dict(self) -> dict[str, list[Any]]:
        return {"images": list(self.values), "animated": [True]}


class PreviewUI3D(Shown):
    """A body in a file, the camera that looks at it, and a picture behind it."""

    def __init__(self, model_file: Any, camera_info: Any, **more: Any) -> None:
        self.model_file, self.camera_info = model_file, camera_info
        self.background: str | None = None
        picture = more.get("bg_image")
        if picture is not None:
            found = ImageSaveHelper.save_images(picture, "bg", FolderType.temp, None)[0]
            self.background = f"temp/{found.filename}"

    def as_dict(self) -> dict[str, list[Any]]:
        return {"result": [self.model_file, self.camera_info, self.background]}


class PreviewText(Shown):
    """Text to read."""

    def __init__(self, value: str, **_: Any) -> None:
        self.value = value

    def as_dict(self) -> dict[str, list[Any]]:
        return {"text": [self.value]}


_UIOutput = Shown

__all__ = [
    "AudioSaveHelper", "ImageSaveHelper", "PreviewAudio", "PreviewImage", "PreviewMask", "PreviewText",
    "PreviewUI3D", "PreviewVideo", "SavedAudios", "SavedImages", "SavedResult", "Shown",
]  # fmt: skip
