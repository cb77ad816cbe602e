"""What nodes of the newer style show: files, progress, and values that need no file."""

import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image as Pillow

from compat.comfy import cli_args
from compat.comfy_api.latest import ComfyAPISync, Input, InputImpl, Types, ui
from compat.comfy_api.latest._input_impl import VideoError
from graph.context import Context
from graph.events import NodePreview, NodeProgress
from graph.folders import Folders
from tests.compat.conftest import Host
from tests.compat.v3 import Nodes, load_nodes, run


@pytest.fixture
def nodes(host: Host) -> Nodes:
    return load_nodes()


def image(frames: int = 2) -> torch.Tensor:
    return torch.linspace(0, 1, frames * 4 * 6 * 3).reshape(frames, 4, 6, 3)


def place(folders: Folders, shown: Mapping[str, str]) -> Path:
    return folders.directory(shown["type"]) / shown["subfolder"] / shown["filename"]


def test_stored_pictures_carry_the_workflow(nodes: Nodes, host: Host) -> None:
    context = Context(
        "7", "run", host.folders, host.said.append, prompt={"7": 1}, extra_pnginfo={"workflow": {"a": 2}}
    )
    shown = run(nodes["V3Storing"], context, images=image(), filename_prefix="sub/v3").ui["images"]
    assert shown == [
        {"filename": f"v3_0000{number}_.png", "subfolder": "sub", "type": "output"} for number in (1, 2)
    ]
    with Pillow.open(place(host.folders, shown[0])) as picture:
        assert picture.size == (6, 4)
        assert picture.info == {"prompt": '{"7": 1}', "workflow": '{"a": 2}'}


def test_without_a_workflow_pictures_carry_none(nodes: Nodes, host: Host) -> None:
    context = Context("7", "run", host.folders, host.said.append)
    shown = run(nodes["V3Storing"], context, images=image(1), filename_prefix="v3").ui["images"]
    with Pillow.open(place(host.folders, shown[0])) as picture:
        assert picture.info == {}


def test_files_carry_no_workflow_where_they_must_not(
    nodes: Nodes, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_args.args, "disable_metadata", True)
    shown = run(nodes["V3Storing"], host.context(), images=image(1), filename_prefix="v3").ui["images"]
    with Pillow.open(place(host.folders, shown[0])) as picture:
        assert picture.info == {}


def previewed(nodes: Nodes, host: Host, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = run(nodes["V3Previewing"], host.context(), images=image(), kind=kind).ui
    return found


def test_pictures_and_masks_are_shown_without_being_kept(nodes: Nodes, host: Host) -> None:
    for kind in ("image", "mask"):
        shown = previewed(nodes, host, kind)
        assert shown["animated"] == [False]
        assert [entry["type"] for entry in shown["images"]] == ["temp", "temp"]
        with Pillow.open(place(host.folders, shown["images"][0])) as picture:
            assert (picture.size, picture.mode) == ((6, 4), "RGB")


def test_words_videos_and_bodies_are_shown(nodes: Nodes, host: Host) -> None:
    assert previewed(nodes, host, "text") == {"text": ["some words"]}
    clip = {"filename": "a.mp4", "subfolder": "clips", "type": "output"}
    assert previewed(nodes, host, "video") == {"images": [clip], "animated": [True]}
    model, camera, behind = previewed(nodes, host, "3d")["result"]
    assert (model, camera) == ("mesh.glb", {"fov": 35})
    assert (host.folders.directory("temp").parent / behind).is_file()


@pytest.mark.parametrize(("kind", "suffix"), [("webp", ".webp"), ("apng", ".png")])
def test_moving_pictures_hold_all_frames_and_the_workflow(
    kind: str, suffix: str, nodes: Nodes, host: Host
) -> None:
    shown = previewed(nodes, host, kind)
    assert shown["animated"] == [True]
    path = place(host.folders, shown["images"][0])
    assert path.suffix == suffix
    assert b'{"7": {"class_type": "Pack"' in path.read_bytes()
    with Pillow.open(path) as picture:
        assert getattr(picture, "n_frames", 1) == 2


def test_sound_is_written_as_wav(nodes: Nodes, host: Host) -> None:
    for kind in ("audio", "wav"):
        (shown,) = previewed(nodes, host, kind)["audio"]
        with wave.open(str(place(host.folders, shown))) as file:
            assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 4)
            samples = torch.frombuffer(bytearray(file.readframes(4)), dtype=torch.int16)
        assert samples[0] == -32767  # the first sample of the first channel, then that of the second
        assert samples[1] == round(32767 / 7)


def test_a_format_that_needs_a_library_says_what_can_be_written(nodes: Nodes, host: Host) -> None:
    with pytest.raises(Exception, match=r"cannot write sound as 'mp3'.*it can write wav"):
        previewed(nodes, host, "mp3")


def test_broken_pictures_are_not_written(nodes: Nodes, host: Host) -> None:
    with pytest.raises(Exception, match="not numbers"):
        run(nodes["V3Storing"], host.context(), images=image() / 0, filename_prefix="x")


def test_helpers_outside_of_a_run_say_where_they_belong() -> None:
    with pytest.raises(Exception, match="has to be called by a running node"):
        ui.PreviewImage(image())
    with pytest.raises(Exception, match="has to be called by a running node"):
        ComfyAPISync().execution.set_progress(1, 2)


def test_progress_and_previews_reach_the_canvas(nodes: Nodes, host: Host) -> None:
    run(nodes["V3Stepping"], host.context(), image=torch.rand(1, 600, 1200, 3))
    told = [
        (event.node_id, event.value, event.total) for event in host.said if isinstance(event, NodeProgress)
    ]
    assert told == [("7", 1, 2), ("other", 2, 2)]
    (preview,) = [event for event in host.said if isinstance(event, NodePreview)]
    (host.folders.base / "p.jpg").parent.mkdir(parents=True, exist_ok=True)
    (host.folders.base / "p.jpg").write_bytes(preview.data)
    with Pillow.open(host.folders.base / "p.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (512, 256))


def test_videos_are_held_and_what_needs_a_library_says_so(tmp_path: Path) -> None:
    film = InputImpl.VideoFromFile(str(tmp_path / "a.mp4"))
    assert isinstance(film, Input.Video)
    assert film.get_stream_source() == str(tmp_path / "a.mp4")
    with pytest.raises(VideoError, match="cannot decode"):
        film.get_components()
    assert Types.VideoContainer.get_extension("auto") == "mp4"
    assert Types.VideoCodec.as_input() == ["auto", "h264"]
