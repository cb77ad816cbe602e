"""Every tiny file is recognised as what it stands for, and opened by the node that is for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from diffusion.weights.archive import PICKLES, open_archive
from diffusion.weights.conversion import write as as_safetensors
from diffusion.weights.identity.identify import identify_archive
from diffusion.weights.identity.kinds import HOMES
from graph.folders import Folders
from tests.factory import KINDS, USUAL, plain_name, write
from tests.factory.__main__ import main
from tests.nodes.studio import Prompt, Studio

TOLD_APART = [kind for kind, made in KINDS.items() if made.identity is not None]
# What opens a kind, and the input that names the file.
LOADERS = {
    "checkpoints": ("CheckpointLoaderSimple", "ckpt_name"),
    "diffusion_models": ("UNETLoader", "unet_name"),
    "vae": ("VAELoader", "vae_name"),
    "text_encoders": ("CLIPLoader", "clip_name"),
    "clip_vision": ("CLIPVisionLoader", "clip_name"),
    "controlnet": ("ControlNetLoader", "control_net_name"),
    "gligen": ("GLIGENLoader", "gligen_name"),
    "style_models": ("StyleModelLoader", "style_model_name"),
    "ipadapter": ("IPAdapterLoader", "ipadapter_name"),
    "photomaker": ("PhotoMakerLoader", "photomaker_model_name"),
    "upscale_models": ("UpscaleModelLoader", "model_name"),
    "depth": ("DepthModelLoader", "model_name"),
    "segmentation": ("SegmentationModelLoader", "model_name"),
    "pose": ("PoseModelLoader", "model_name"),
    "detection": ("DetectionModelLoader", "model_name"),
}
OPENED = [kind for kind, made in KINDS.items() if made.folder in LOADERS]
LORAS = [kind for kind, made in KINDS.items() if made.folder == "loras"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Studio:
    return Studio(Folders(tmp_path_factory.mktemp("heddle"), models=models))


def written(models: Path, kind: str) -> Path:
    """The file of a kind, written once."""
    path = models / plain_name(kind)
    return path if path.exists() else write(path, kind)


@pytest.mark.parametrize("kind", TOLD_APART)
def test_a_tiny_file_is_recognised_as_what_it_stands_for(models: Path, tmp_path: Path, kind: str) -> None:
    path = written(models, kind)
    if path.suffix in PICKLES:  # of which nothing is told before they are converted
        path = tmp_path / "converted.safetensors"
        as_safetensors(models / plain_name(kind), path, half=False)
    found = identify_archive(open_archive(path))
    assert (found.role, found.family, found.variant) == KINDS[kind].identity


@pytest.mark.parametrize("kind", TOLD_APART)
def test_a_kind_lies_in_the_folder_where_it_belongs(kind: str) -> None:
    identity = KINDS[kind].identity
    assert identity is not None
    assert {role: home.folder for role, home in HOMES.items()}[identity[0]] == KINDS[kind].folder  # type: ignore[index]


@pytest.mark.parametrize("kind", OPENED)
def test_a_tiny_file_is_opened_by_its_node(models: Path, studio: Studio, kind: str) -> None:
    name = written(models, kind).name
    loader, entry = LOADERS[KINDS[kind].folder]
    inputs: dict[str, Any] = {entry: name}
    if loader == "UNETLoader":
        inputs["weight_dtype"] = "default"
    if loader == "CLIPLoader":
        inputs["type"] = "stable_diffusion"
    prompt = {
        "1": {"class_type": loader, "inputs": inputs},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }
    ran = studio.run(prompt)
    assert ran.messages == []


def patched(lora: str, checkpoint: str) -> Prompt:
    """A picture with a LoRA."""
    sampled: dict[str, Any] = {
        "seed": 1, "steps": 1, "cfg": 2.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0
    }  # fmt: skip
    patch: dict[str, Any] = {"lora_name": lora, "strength_model": 1.0, "strength_clip": 1.0}
    links = {"model": ["2", 0], "positive": ["3", 0], "negative": ["3", 0], "latent_image": ["4", 0]}
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        "2": {"class_type": "LoraLoader", "inputs": patch | {"model": ["1", 0], "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["2", 1], "text": "a house"}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": sampled | links},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
    }


@pytest.mark.parametrize("kind", LORAS)
def test_a_lora_changes_the_picture_of_its_family_and_nothing_of_it_is_left_over(
    models: Path, studio: Studio, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    family = next((family for family in ("sdxl", "sd2") if kind.endswith(family)), "sd1")
    lora, checkpoint = written(models, kind).name, written(models, family).name
    prompt = patched(lora, checkpoint)
    changed = studio.run(prompt)
    assert changed.messages == []
    assert not [record for record in caplog.records if "match nothing" in record.getMessage()]
    prompt["2"]["inputs"] |= {"strength_model": 0.0, "strength_clip": 0.0}
    plain = studio.run(prompt)
    first, second = (ran.files[0].read_bytes() for ran in (changed, plain))
    assert first != second


@pytest.mark.parametrize("kind", ["embedding-sdxl", "esrgan-4x", "t2i-adapter-light"])
def test_the_same_seed_gives_the_same_numbers_and_another_gives_others(tmp_path: Path, kind: str) -> None:
    name = Path(plain_name(kind)).name
    paths = [write(tmp_path / str(n) / name, kind, seed) for n, seed in enumerate((0, 0, 1))]
    first, again, other = (dict(open_archive(path).tensors()) for path in paths)
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


def test_the_command_writes_kinds_under_plain_and_given_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(tmp_path), "--only", "taesd", "--as", "embeddings/mine.safetensors=embedding-sd1"])
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"vae_approx/taesd.safetensors", "embeddings/mine.safetensors"}
    assert "embeddings/mine.safetensors" in capsys.readouterr().out


def test_a_kind_that_is_none_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--as", "loras/x.safetensors=sd9"])
    assert "'loras/x.safetensors=sd9' is not FOLDER/NAME=KIND" in capsys.readouterr().err


def test_the_usual_names_are_of_known_kinds_in_their_folders() -> None:
    assert all(KINDS[kind].folder == name.split("/")[0] for name, kind in USUAL.items())
