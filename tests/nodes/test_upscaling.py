"""Upscale models in workflows."""

from pathlib import Path

import pytest
import torch
from PIL import Image as Pillow
from safetensors.torch import save_file

from graph.events import NodeProgress
from graph.folders import Folders
from nodes.pictures import read_image
from tests.diffusion.vision.test_upscaling import by_hand, compact_weights
from tests.nodes.studio import Prompt, Studio


@pytest.fixture
def upscaler(tmp_path: Path) -> Studio:
    """A studio with a picture and a tiny model that doubles."""
    (tmp_path / "input").mkdir()
    Pillow.effect_noise((40, 24), 60).convert("RGB").save(tmp_path / "input" / "small.png")
    models = tmp_path / "models" / "upscale_models"
    models.mkdir(parents=True)
    save_file(compact_weights(), models / "x2.safetensors")
    return Studio(Folders(tmp_path))


def workflow(model: str = "x2.safetensors") -> Prompt:
    upscale = {"upscale_model": ["2", 0], "image": ["1", 0]}
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "small.png"}},
        "2": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": model}},
        "3": {"class_type": "ImageUpscaleWithModel", "inputs": upscale},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "large"}},
    }


def test_a_picture_is_enlarged_by_the_model(upscaler: Studio) -> None:
    ran = upscaler.run(workflow())
    assert ran.messages == []
    small = read_image(upscaler.folders.directory("input") / "small.png")
    expected = by_hand(compact_weights(), small, 2)
    torch.testing.assert_close(read_image(ran.files[0]), expected, atol=0.6 / 255, rtol=0)
    progress = [event for event in ran.events if isinstance(event, NodeProgress) and event.node_id == "3"]
    assert [(event.value, event.total) for event in progress] == [(1, 1)]


def test_a_file_that_is_no_upscale_model_is_an_error_of_the_loader(upscaler: Studio) -> None:
    path = upscaler.folders.directory("upscale_models") / "lora.safetensors"
    save_file({"lora_up.weight": torch.ones(2, 2)}, path)
    assert "lora.safetensors holds no upscale model" in upscaler.run(workflow("lora.safetensors")).messages[0]
