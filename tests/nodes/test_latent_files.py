"""Latents to files and back, in the format that others write and read."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from diffusion.types import Latent
from graph.context import Context
from graph.events import Event
from graph.folders import Folders
from nodes.api import Latent as LatentSocket
from nodes.api import node
from nodes.errors import LatentError
from nodes.latent_files import load_latent, save_latent
from tests.nodes.studio import Studio


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "input").mkdir()
    return Folders(tmp_path)


def unheard(_: Event) -> None:
    """Where nobody listens."""


def context(folders: Folders, **more: Any) -> Context:
    return Context("1", "run", folders, unheard, **more)


def written(folders: Folders, name: str, **tensors: torch.Tensor) -> str:
    safetensors.torch.save_file(tensors, folders.directory("input") / name)
    return name


def header(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    told: dict[str, Any] = json.loads(data[8 : 8 + length])
    return told


def test_a_saved_latent_comes_back(folders: Folders) -> None:
    latent = Latent(torch.randn(2, 16, 3, 5)[..., :4])  # not contiguous
    shown = save_latent(context(folders), samples=latent, filename_prefix="latents/x").ui
    assert shown == {"latents": [{"filename": "x_00001_.latent", "subfolder": "latents", "type": "output"}]}
    path = folders.directory("output") / "latents" / "x_00001_.latent"
    path.rename(folders.directory("input") / "x.latent")
    assert folders.list("input_latents") == ["x.latent"]
    assert torch.equal(load_latent(context(folders), latent="x.latent").samples, latent.samples)


def test_files_are_numbered_and_named_as_others_expect(folders: Folders) -> None:
    for number in (1, 2):
        save_latent(context(folders), samples=Latent(torch.zeros(1, 4, 2, 2)))
        told = header(folders.directory("output") / "latents" / f"ComfyUI_0000{number}_.latent")
        assert told["latent_tensor"]["shape"] == [1, 4, 2, 2]
        assert told["latent_format_version_0"]["shape"] == [0]
        assert "__metadata__" not in told


def test_the_workflow_is_in_the_header_unless_nothing_shall_be_told(folders: Folders) -> None:
    prompt, workflow = {"1": {"class_type": "SaveLatent", "inputs": {}}}, {"nodes": ["ä"]}
    run = context(folders, prompt=prompt, extra_pnginfo={"workflow": workflow})
    save_latent(run, samples=Latent(torch.zeros(1, 4, 2, 2)), filename_prefix="told")
    texts = header(folders.directory("output") / "told_00001_.latent")["__metadata__"]
    assert {key: json.loads(text) for key, text in texts.items()} == {"prompt": prompt, "workflow": workflow}
    silent = context(folders, prompt=prompt, extra_pnginfo=None)
    save_latent(silent, samples=Latent(torch.zeros(1, 4, 2, 2)), filename_prefix="silent")
    assert "__metadata__" not in header(folders.directory("output") / "silent_00001_.latent")


def test_old_files_hold_scaled_latents(folders: Folders) -> None:
    name = written(folders, "old.latent", latent_tensor=torch.full((1, 4, 2, 2), 0.18215))
    assert torch.allclose(load_latent(context(folders), latent=name).samples, torch.ones(1, 4, 2, 2))


def test_latents_of_half_precision_are_widened(folders: Folders) -> None:
    half = torch.ones(1, 4, 2, 2, dtype=torch.bfloat16)
    name = written(folders, "half.latent", latent_tensor=half, latent_format_version_0=torch.empty(0))
    assert load_latent(context(folders), latent=name).samples.dtype == torch.float32


def test_files_of_something_else_are_named_in_the_error(folders: Folders) -> None:
    other = written(folders, "other.latent", weight=torch.zeros(3))
    flat = written(folders, "flat.latent", latent_tensor=torch.zeros(3))
    (folders.directory("input") / "text.latent").write_text("hello")
    for name, said in ((other, "weight"), (flat, r"\(3,\)"), ("text.latent", "cut short")):
        with pytest.raises(LatentError, match=f"{name}.*{said}"):
            load_latent(context(folders), latent=name)


def test_a_changed_file_is_read_anew(studio: Studio) -> None:
    path = studio.folders.directory("input") / "a.latent"
    seen: list[float] = []

    @node("test", is_output=True, not_idempotent=True)
    def look(*, samples: LatentSocket) -> None:
        """Remember what came."""
        seen.append(samples.samples.mean().item())

    reader = Studio(studio.folders, extra=[look])
    prompt = {
        "1": {"class_type": "LoadLatent", "inputs": {"latent": "a.latent"}},
        "2": {"class_type": "Look", "inputs": {"samples": ["1", 0]}},
    }
    for value in (1.0, 2.0):
        tensors = {"latent_tensor": torch.full((1, 4, int(value), 2), value)}
        safetensors.torch.save_file({**tensors, "latent_format_version_0": torch.empty(0)}, path)
        assert reader.run(prompt).messages == []
    assert seen == [1.0, 2.0]


def test_a_latent_just_saved_is_read_from_the_output_folder(studio: Studio) -> None:
    empty = {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 3}}
    save = {"class_type": "SaveLatent", "inputs": {"samples": ["1", 0], "filename_prefix": "latents/a"}}
    assert studio.run({"1": empty, "2": save}).messages == []
    name = "latents/a_00001_.latent [output]"
    load = {"class_type": "LoadLatent", "inputs": {"latent": name}}
    ran = studio.run({"1": load, "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}})
    assert ran.messages == []
    assert json.loads(ran.outcome.outputs["2"]["text"][0])["samples"] == "tensor float32 (3, 4, 8, 8)"
