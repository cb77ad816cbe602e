"""Opening weights by name, and what a run need not open again."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from graph.errors import InvalidWorkflow
from graph.folders import Folders
from nodes.loaders import embedding_files
from tests.factories import tiny_sd1
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image


def test_unchanged_nothing_runs_and_the_picture_is_still_shown(studio: Studio) -> None:
    first = studio.run(text_to_image())
    second = studio.run(text_to_image())
    assert len(first.types) == 7
    assert second.types == []
    assert second.files == first.files


def test_another_prompt_does_not_load_the_checkpoint_again(studio: Studio) -> None:
    studio.run(text_to_image())
    prompt = text_to_image()
    prompt["6"]["inputs"]["text"] = "a blue tent"
    assert studio.run(prompt).types == ["CLIPTextEncode", "KSampler", "VAEDecode", "SaveImage"]


def test_a_checkpoint_replaced_under_its_name_is_loaded_again(tmp_path: Path) -> None:
    path = tiny_sd1(tmp_path / "models" / "checkpoints" / "tiny.safetensors")
    studio = Studio(Folders(tmp_path))
    first = studio.run(text_to_image(steps=1)).files[0].read_bytes()
    path.unlink()
    tiny_sd1(path, seed=1)
    again = studio.run(text_to_image(steps=1))
    assert "CheckpointLoaderSimple" in again.types
    assert again.files[0].read_bytes() != first


def test_a_missing_checkpoint_names_those_that_are_near(studio: Studio) -> None:
    prompt = text_to_image()
    prompt["4"]["inputs"]["ckpt_name"] = "tinny.safetensors"
    with pytest.raises(InvalidWorkflow, match=r"tinny\.safetensors.*tiny\.safetensors"):
        studio.run(prompt)


def test_a_damaged_checkpoint_is_an_error_of_its_node(tmp_path: Path) -> None:
    path = tmp_path / "models" / "checkpoints" / "tiny.safetensors"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x10\0\0\0\0\0\0\0not json at all!")
    ran = Studio(Folders(tmp_path)).run(text_to_image())
    assert ran.outcome.status == "error"
    assert "tiny.safetensors" in ran.messages[0]


def test_a_vae_of_its_own_file_is_the_one_in_the_checkpoint(studio: Studio, tmp_path: Path) -> None:
    tiny_sd1(tmp_path / "vae" / "tiny_vae.safetensors", parts=("vae",))
    own = Studio(Folders(tmp_path, models=studio.folders.models, extra={"vae": [tmp_path / "vae"]}))
    whole = own.run(text_to_image()).files[0]
    prompt = text_to_image()
    prompt["10"] = {"class_type": "VAELoader", "inputs": {"vae_name": "tiny_vae.safetensors"}}
    prompt["8"]["inputs"]["vae"] = ["10", 0]
    ran = own.run(prompt)
    assert ran.types == ["VAELoader", "VAEDecode", "SaveImage"]
    assert pixels(ran.files[0]) == pixels(whole)


def test_an_embedding_is_found_with_and_without_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "models" / "embeddings" / "style" / "ink.safetensors"
    path.parent.mkdir(parents=True)
    save_file({"emb_params": torch.ones(2, 32)}, path)
    find = embedding_files(Folders(tmp_path))
    assert find("style/ink") == find("style/ink.safetensors") == path
    assert find("style") is None
    assert find("missing") is None
    assert find("../../secret") is None


def test_an_embedding_in_the_prompt_changes_the_picture(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "embeddings" / "ink.safetensors"
    path.parent.mkdir()
    save_file({"emb_params": torch.full((2, 32), 3.0)}, path)
    own = Studio(Folders(tmp_path, models=studio.folders.models, extra={"embeddings": [path.parent]}))
    with_word, without = prompt_of("a red house embedding:ink"), prompt_of("a red house")
    assert pixels(own.run(with_word).files[0]) != pixels(own.run(without).files[0])


def prompt_of(text: str) -> Prompt:
    prompt = text_to_image(steps=1)
    prompt["6"]["inputs"]["text"] = text
    return prompt


def test_an_earlier_layer_of_the_text_encoder_gives_another_picture(studio: Studio) -> None:
    prompt = text_to_image(steps=1)
    prompt["10"] = {"class_type": "CLIPSetLastLayer", "inputs": {"clip": ["4", 1], "stop_at_clip_layer": -2}}
    prompt["6"]["inputs"]["clip"] = ["10", 0]
    changed = pixels(studio.run(prompt).files[0])
    assert changed != pixels(studio.run(text_to_image(steps=1)).files[0])
    prompt["10"]["inputs"]["stop_at_clip_layer"] = -20
    assert "last layer -20 does not exist" in studio.run(prompt).messages[0]
