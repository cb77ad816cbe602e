"""What a model says of itself without its weights being read: its header, and what lies beside it."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from graph.folders import PICTURES
from server import pictures

LARGEST_WHOLE_HEADER = 8 << 20  # bytes of a safetensors header that is read for what the file is
LARGEST_NOTE = 1 << 20  # bytes of a text file beside a model
LONGEST_VALUE = 1 << 14  # characters of metadata that are sent on; pictures and lists of captions are longer
PREVIEW = 512  # pixels along the longer side
WORDS = 24  # trigger words that are told at most
UNKNOWN = "unknown"  # the role of a file that no rule knows
ARCHITECTURES = (  # how a file's metadata begin to name its family
    ("stable-diffusion-xl", "sdxl"),
    ("sdxl", "sdxl"),
    ("stable-diffusion-v1", "sd1"),
    ("sd_1", "sd1"),
    ("sd_v1", "sd1"),
    ("stable-diffusion-v2", "sd2"),
    ("sd_2", "sd2"),
    ("sd_v2", "sd2"),
)
ADAPTERS = {"lora": "lora", "lycoris": "lora", "textual-inversion": "embedding", "controlnet": "controlnet"}


class Kind(Protocol):
    """What a weights file is; empty texts for what its keys do not tell."""

    @property
    def role(self) -> str: ...

    @property
    def family(self) -> str: ...


# Tells a file by the shapes of its tensors and its metadata.
Identify = Callable[[Mapping[str, tuple[int, ...]], Mapping[str, str]], Kind]


@dataclass(frozen=True)
class Header:
    """What the beginning of a safetensors file says."""

    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


def header(path: Path, largest: int) -> Header | None:
    """The header of a file, damaged entries left out; None when it is none or too long."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > largest:
                return None
            content = json.loads(file.read(size))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    said = content.pop("__metadata__", None)
    metadata = said if isinstance(said, dict) else {}
    shapes = {key: shape for key, entry in content.items() if (shape := _shape(entry)) is not None}
    return Header(shapes, {key: text for key, text in metadata.items() if isinstance(text, str)})


def _shape(entry: object) -> tuple[int, ...] | None:
    shape = entry.get("shape") if isinstance(entry, dict) else None
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        return None
    return tuple(shape)


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files of a model that is a folder."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def preview(path: Path) -> bytes | None:
    """A small WEBP of what a model makes: a picture beside its file, or one inside; None for neither."""
    return next((small for source in _pictures(path) if (small := _small(source)) is not None), None)


def _pictures(path: Path) -> Iterator[Path | io.BytesIO]:
    for middle in ("", ".preview"):
        for suffix in PICTURES:
            beside = path.with_name(f"{path.stem}{middle}{suffix}")
            if beside.is_file():
                yield beside
    if path.suffix == ".safetensors" and (found := header(path, LARGEST_WHOLE_HEADER)):
        yield from _covers(found.metadata.get("ssmd_cover_images", ""))


def _covers(text: str) -> Iterator[io.BytesIO]:
    for picture in _json(text, list):
        with_prefix = picture if isinstance(picture, str) else ""
        try:
            yield io.BytesIO(base64.b64decode(with_prefix.rpartition("base64,")[2], validate=True))
        except binascii.Error:
            continue


def _small(source: Path | io.BytesIO) -> bytes | None:
    try:
        image = pictures.read(source)
    except pictures.NotAPicture:
        return None
    image = image if image.mode in ("RGB", "RGBA") else image.convert("RGBA")
    image.thumbnail((PREVIEW, PREVIEW))
    out = io.BytesIO()
    image.save(out, "WEBP", quality=pictures.DEFAULT_QUALITY)
    return out.getvalue()


def about(path: Path, identify: Identify | None = None) -> dict[str, Any]:
    """What is known of a model without reading its weights; null for what is not."""
    found = (header(path, LARGEST_WHOLE_HEADER) if path.is_file() else None) or Header()
    kind, family = _kind(found, identify)
    metadata = {key: text for key, text in found.metadata.items() if len(text) <= LONGEST_VALUE}
    words = list(dict.fromkeys([*_noted_words(path), *_words(found.metadata)]))[:WORDS]
    return {"kind": kind, "family": family, "size": size_of(path), "words": words, "metadata": metadata}


def _kind(found: Header, identify: Identify | None) -> tuple[str | None, str | None]:
    """Kind and family, by the tensors where there are rules for them, else by what the file says."""
    said = _said_kind(found.metadata)
    if identify is None or not found.shapes:
        return said
    kind = identify(found.shapes, found.metadata)
    return (said[0] if kind.role == UNKNOWN else kind.role), kind.family or said[1]


def _said_kind(metadata: Mapping[str, str]) -> tuple[str | None, str | None]:
    architecture, _, adapter = metadata.get("modelspec.architecture", "").lower().partition("/")
    kind = ADAPTERS.get(adapter) if adapter else "checkpoint" if architecture else None
    kind = "lora" if "ss_network_module" in metadata else kind
    named = (architecture, metadata.get("ss_base_model_version", "").lower())
    family = next(
        (family for text in named for start, family in ARCHITECTURES if text.startswith(start)), None
    )
    return kind, family


def _words(metadata: Mapping[str, str]) -> list[str]:
    """Trigger words that a file names, else the captions that it was trained on, the most frequent first."""
    said = _split(metadata.get("modelspec.trigger_phrase", ""))
    if said:
        return said
    counts: Counter[str] = Counter()
    for tags in _json(metadata.get("ss_tag_frequency", ""), dict).values():
        for tag, count in tags.items() if isinstance(tags, dict) else ():
            counts[tag.strip()] += count if type(count) is int else 0
    return [tag for tag, _ in counts.most_common(WORDS) if tag]


def _noted_words(path: Path) -> list[str]:
    """Trigger words from the files that other programs put beside a model."""
    site = _note(path.with_suffix(".civitai.info")).get("trainedWords")
    own = _note(path.with_suffix(".json")).get("activation text")
    texts = [*(site if isinstance(site, list) else ()), own]
    return [word for text in texts if isinstance(text, str) for word in _split(text)]


def _note(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return dict(_json(file.read(LARGEST_NOTE), dict))
    except OSError:
        return {}


def _json(text: str | bytes, kind: type[Any]) -> Any:
    """A JSON value of a kind; an empty one for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return kind()
    return value if isinstance(value, kind) else kind()


def _split(text: str) -> list[str]:
    return [word for part in text.split(",") if (word := part.strip())]
