"""Animations: their frames, their pace, and the workflow that they carry."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from PIL import ImageSequence

from graph.context import Context
from graph.events import Event
from graph.folders import Folders
from graph.node import Result
from nodes.animation import save_animated_png, save_animated_webp
from nodes.errors import PictureError

PROMPT = {"9": {"class_type": "SaveAnimatedPNG", "inputs": {"text": "Häuschen"}}}
PNGINFO = {"workflow": {"nodes": [], "version": 0.4}, "note": {"by": "me"}}
EXPECTED = {"prompt": PROMPT, **PNGINFO}


def context(base: Path, **more: object) -> Context:
    return Context("9", "run", Folders(base), emit=list[Event]().append, **more)  # type: ignore[arg-type]


def told(base: Path) -> Context:
    return context(base, prompt=PROMPT, extra_pnginfo=PNGINFO)


def batch() -> torch.Tensor:
    levels = torch.randint(0, 256, (3, 6, 8, 3), generator=torch.Generator().manual_seed(0))
    return levels / 255


def written(base: Path, result: Result) -> Path:
    (file,) = result.ui["images"]
    assert result.ui["animated"] == [True]
    assert file["type"] == "output"
    return base / "output" / str(file["subfolder"]) / str(file["filename"])


def frames(path: Path) -> list[tuple[torch.Tensor, float]]:
    """(the picture, how many milliseconds it is shown) of each frame."""
    with Pillow.open(path) as file:
        return [
            (torch.from_numpy(np.asarray(frame.convert("RGB")) / 255).float(), frame.info["duration"])
            for frame in ImageSequence.Iterator(file)
        ]


def test_each_frame_of_a_png_is_shown_as_long_as_the_rate_says(tmp_path: Path) -> None:
    path = written(tmp_path, save_animated_png(context(tmp_path), images=batch(), fps=8.0))
    assert path.name == "ComfyUI_00001_.png"
    found = frames(path)
    assert [duration for _, duration in found] == [125.0] * 3
    for (picture, _), image in zip(found, batch(), strict=True):
        assert torch.allclose(picture, image, atol=1e-6)


@pytest.mark.parametrize("method", ["default", "fastest", "slowest"])
def test_each_frame_of_a_lossless_webp_is_kept(tmp_path: Path, method: str) -> None:
    result = save_animated_webp(context(tmp_path), images=batch(), fps=20.0, method=method)
    path = written(tmp_path, result)
    assert path.suffix == ".webp"
    found = frames(path)
    assert [duration for _, duration in found] == [50] * 3
    for (picture, _), image in zip(found, batch(), strict=True):
        assert torch.allclose(picture, image, atol=1e-6)


def test_a_lossy_webp_is_smaller(tmp_path: Path) -> None:
    smooth = torch.linspace(0, 1, 64).reshape(1, 1, 64, 1).expand(2, 64, 64, 3) * torch.tensor(
        [[[[0.2]]], [[[1.0]]]]
    )
    noisy = (smooth + 0.1 * torch.rand(2, 64, 64, 3, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    sizes = [
        written(
            tmp_path,
            save_animated_webp(
                context(tmp_path), images=noisy, lossless=lossless, quality=30, method="default"
            ),
        )
        .stat()
        .st_size
        for lossless in (True, False)
    ]
    assert sizes[1] < sizes[0] / 4


def chunks(path: Path) -> list[tuple[str, bytes]]:
    """(kind, data) of each chunk of a PNG."""
    data, at, found = path.read_bytes(), 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append((data[at + 4 : at + 8].decode(), data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def test_an_animated_png_carries_its_workflow_behind_its_pictures(tmp_path: Path) -> None:
    path = written(tmp_path, save_animated_png(told(tmp_path), images=batch()))
    found = chunks(path)
    own = [data.split(b"\0", 1) for kind, data in found if kind == "comf"]
    assert {key.decode(): json.loads(text) for key, text in own} == EXPECTED
    kinds = [kind for kind, _ in found]
    assert kinds.index("comf") > kinds.index("IDAT")


def test_an_animated_webp_carries_its_workflow_as_exif(tmp_path: Path) -> None:
    path = written(tmp_path, save_animated_webp(told(tmp_path), images=batch(), method="default"))
    with Pillow.open(path) as file:
        tags = {tag: text.split(":", 1) for tag, text in file.getexif().items()}
    assert {key: json.loads(text) for key, text in tags.values()} == EXPECTED
    assert {tag: key for tag, (key, _) in tags.items()} == {0x110: "prompt", 0x10F: "workflow", 0x10E: "note"}


def test_where_metadata_are_turned_off_nothing_is_carried(tmp_path: Path) -> None:
    here = context(tmp_path, prompt=PROMPT, extra_pnginfo=None)
    png = written(tmp_path, save_animated_png(here, images=batch()))
    assert "comf" not in {kind for kind, _ in chunks(png)}
    webp = written(tmp_path, save_animated_webp(here, images=batch(), method="default"))
    assert b"EXIF" not in webp.read_bytes()


def test_one_picture_and_tokens_of_the_prefix_are_fine(tmp_path: Path) -> None:
    result = save_animated_png(context(tmp_path), images=batch()[:1], filename_prefix="set/%width%x%height%")
    assert written(tmp_path, result) == tmp_path / "output" / "set" / "8x6_00001_.png"
    assert written(tmp_path, result).is_file()


def test_pictures_that_are_not_numbers_are_an_error_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="not numbers"):
        save_animated_png(context(tmp_path), images=batch() * float("nan"))
    assert not list(tmp_path.rglob("*.png"))
