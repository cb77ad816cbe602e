"""Merges and saved models in workflows."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from graph.folders import Folders
from nodes.merging import merge_sd1
from tests.factories import tiny_sd1
from tests.nodes.studio import CHECKPOINT, Prompt, Studio, pixels, text_to_image


@pytest.fixture(scope="module")
def second_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd1(tmp_path_factory.mktemp("more") / "second.safetensors", seed=1)


@pytest.fixture
def own(tmp_path: Path, tiny_models: Path, second_model: Path) -> Studio:
    """A studio with a second checkpoint, which finds what it saves."""
    outputs = tmp_path / "output" / "checkpoints"
    folders = {"checkpoints": [second_model.parent, outputs], "loras": [tmp_path / "output" / "loras"]}
    return Studio(Folders(tmp_path, models=tiny_models, extra=folders))


def merged(name: str, **inputs: Any) -> Prompt:
    prompt = text_to_image(steps=2, model=["20", 0])
    prompt["10"] = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "second.safetensors"}}
    prompt["20"] = {"class_type": name, "inputs": {"model1": ["4", 0], "model2": ["10", 0], **inputs}}
    return prompt


def picture(studio: Studio, prompt: Prompt) -> bytes:
    ran = studio.run(prompt)
    assert ran.messages == []
    return pixels(ran.files[0])


def test_ratios_lead_from_the_second_model_to_the_first(own: Studio) -> None:
    first = picture(own, text_to_image(steps=2))
    second = picture(
        own, {**merged("ModelMergeSimple", ratio=1.0), "3": text_to_image(steps=2, model=["10", 0])["3"]}
    )
    assert picture(own, merged("ModelMergeSimple", ratio=1.0)) == first
    assert picture(own, merged("ModelMergeSimple", ratio=0.0)) == second
    assert picture(own, merged("ModelMergeSimple", ratio=0.5)) not in (first, second)


def test_blocks_merge_by_their_own_ratios(own: Studio) -> None:
    half = picture(own, merged("ModelMergeSimple", ratio=0.5))
    assert picture(own, merged("ModelMergeBlocks", input=0.5, middle=0.5, out=0.5)) == half
    names = [spec.name for spec in merge_sd1.schema.inputs[2:]]
    assert picture(own, merged("ModelMergeSD1", **dict.fromkeys(names, 0.5))) == half
    ratios = {**dict.fromkeys(names, 0.5), "output_blocks.3.": 1.0}
    assert picture(own, merged("ModelMergeSD1", **ratios)) != half


def test_subtracting_and_adding_come_back_to_the_first(own: Studio) -> None:
    prompt = merged("ModelMergeSubtract", multiplier=1.0)
    prompt["21"] = {"class_type": "ModelMergeAdd", "inputs": {"model1": ["10", 0], "model2": ["20", 0]}}
    prompt["3"]["inputs"]["model"] = ["21", 0]
    again, first = picture(own, prompt), picture(own, text_to_image(steps=2))
    assert max(abs(a - b) for a, b in zip(again, first, strict=True)) <= 2


def test_text_encoders_and_vaes_merge(own: Studio) -> None:
    plain = picture(own, text_to_image(steps=2))
    prompt = merged("ModelMergeSimple", ratio=1.0)
    prompt["30"] = {
        "class_type": "CLIPMergeSimple",
        "inputs": {"clip1": ["4", 1], "clip2": ["10", 1], "ratio": 0.5},
    }
    prompt["6"]["inputs"]["clip"] = ["30", 0]
    assert picture(own, prompt) != plain
    prompt = merged("ModelMergeSimple", ratio=1.0)
    prompt["30"] = {
        "class_type": "VAEMergeSimple",
        "inputs": {"vae1": ["4", 2], "vae2": ["10", 2], "ratio": 0.5},
    }
    prompt["8"]["inputs"]["vae"] = ["30", 0]
    assert picture(own, prompt) != plain


def test_a_saved_checkpoint_makes_the_picture_of_what_was_saved(own: Studio, tmp_path: Path) -> None:
    prompt = merged("ModelMergeSimple", ratio=0.3)
    wanted = picture(own, prompt)
    parts = {"model": ["20", 0], "clip": ["4", 1], "vae": ["4", 2]}
    prompt["40"] = {"class_type": "CheckpointSave", "inputs": {**parts, "filename_prefix": "checkpoints/mix"}}
    ran = own.run(prompt, pnginfo={"workflow": {"nodes": []}})
    assert ran.messages == []
    assert ran.outcome.outputs["40"]["files"] == [
        {"filename": "mix_00001_.safetensors", "subfolder": "checkpoints", "type": "output"}
    ]
    again = text_to_image(steps=2)
    again["4"]["inputs"]["ckpt_name"] = "mix_00001_.safetensors"
    assert picture(own, again) == wanted
    assert "mix_00001_.safetensors" in [path.name for path in (tmp_path / "output" / "checkpoints").iterdir()]


def test_every_part_can_be_saved_alone_with_its_workflow(own: Studio, tmp_path: Path) -> None:
    loader = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}}
    prompt: Prompt = {
        "1": loader,
        "2": {"class_type": "ModelSave", "inputs": {"model": ["1", 0], "filename_prefix": "m/a"}},
        "3": {"class_type": "CLIPSave", "inputs": {"clip": ["1", 1], "filename_prefix": "c/a"}},
        "4": {"class_type": "VAESave", "inputs": {"vae": ["1", 2], "filename_prefix": "v/a"}},
    }
    ran = own.run(prompt, pnginfo={"workflow": {"nodes": []}})
    assert ran.messages == []
    output = tmp_path / "output"
    model, clip, vae = (
        load_file(output / name)
        for name in ("m/a_00001_.safetensors", "c/a_clip_l_00001_.safetensors", "v/a_00001_.safetensors")
    )
    assert "model.diffusion_model.out.2.weight" in model
    assert "text_model.final_layer_norm.weight" in clip
    assert "decoder.conv_out.weight" in vae
    from safetensors import safe_open

    with safe_open(output / "m/a_00001_.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["workflow"]) == {"nodes": []}
        assert json.loads(file.metadata()["prompt"])["1"] == loader


@pytest.mark.parametrize("kind", ["standard", "full_diff"])
def test_a_difference_saved_as_a_lora_leads_to_the_first_model(
    own: Studio, tmp_path: Path, kind: str
) -> None:
    prompt = merged("ModelMergeSubtract", multiplier=1.0)
    inputs = {
        "filename_prefix": "loras/diff",
        "rank": 4096,
        "lora_type": kind,
        "bias_diff": True,
        "model_diff": ["20", 0],
    }
    prompt["40"] = {"class_type": "LoraSave", "inputs": inputs}
    del prompt["3"], prompt["8"], prompt["9"]
    assert own.run(prompt).messages == []
    tensors = load_file(tmp_path / "output" / "loras" / "diff_00001_.safetensors")
    assert (
        any(key.endswith(".diff" if kind == "full_diff" else ".lora_mid.weight") for key in tensors)
        or kind == "standard"
    )
    prompt = merged("ModelMergeSimple", ratio=1.0)
    inputs = {"model": ["10", 0], "lora_name": "diff_00001_.safetensors", "strength_model": 1.0}
    prompt["20"] = {"class_type": "LoraLoaderModelOnly", "inputs": inputs}
    first, found = (torch.tensor(list(picture(own, one))) for one in (text_to_image(steps=2), prompt))
    second = torch.tensor(list(picture(own, {**prompt, "3": text_to_image(steps=2, model=["10", 0])["3"]})))
    assert (found - first).float().abs().mean() < (second - first).float().abs().mean() / 4


def test_nothing_to_save_is_said(own: Studio) -> None:
    inputs = {"filename_prefix": "loras/none", "rank": 4, "lora_type": "standard", "bias_diff": True}
    ran = own.run({"1": {"class_type": "LoraSave", "inputs": inputs}})
    assert "there is no difference to save" in ran.messages[0]
