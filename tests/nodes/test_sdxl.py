"""SDXL in graphs: whole checkpoints, parts from files of their own, texts with sizes, the refiner."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file
from torch import Tensor

from graph.folders import Folders
from tests.factories import tiny_sd1
from tests.factories.original_layout import openclip, original_clip, original_unet, original_vae
from tests.factories.relatives import TOLD, sdxl_oracles, tiny_folder, tiny_refiner, tiny_sd2, tiny_sdxl
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image

CHECKPOINT, REFINER = "sdxl.safetensors", "refiner.safetensors"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SDXL as one file, as one file for each part, and as a folder; its refiner; relatives."""
    path, oracles = tmp_path_factory.mktemp("models"), sdxl_oracles()
    tiny_sdxl(path / "checkpoints" / CHECKPOINT, oracles)
    tiny_refiner(path / "checkpoints" / REFINER)
    tiny_sd1(path / "checkpoints" / "sd1.safetensors")
    tiny_sd2(path / "checkpoints" / "sd2.safetensors")
    tiny_folder(path / "checkpoints" / "sdxl", oracles)
    alone(path / "diffusion_models" / "unet.safetensors", original_unet(oracles.unet), unet_head_dim=8)
    alone(path / "vae" / "vae.safetensors", original_vae(oracles.vae))
    texts = path / "text_encoders"
    alone(texts / "l.safetensors", original_clip(oracles.texts[0]), text_heads=TOLD["text_heads"])
    alone(texts / "g.safetensors", openclip(oracles.texts[1]), text_heads=TOLD["text_2_heads"])
    return path


def alone(path: Path, weights: dict[str, Tensor], **told: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {key: tensor.detach().clone().contiguous() for key, tensor in weights.items()}
    save_file(held, path, {"heddle.config": json.dumps(told)})


@pytest.fixture
def studio(tmp_path: Path, models: Path) -> Studio:
    return Studio(Folders(tmp_path, models=models))


def from_file(name: str = CHECKPOINT, **changes: Any) -> Prompt:
    prompt = text_to_image(**{"steps": 2, **changes})
    prompt["4"]["inputs"]["ckpt_name"] = name
    return prompt


def sized(prompt: Prompt, **changes: int | str) -> Prompt:
    """The prompt with a text for each tower."""
    inputs: dict[str, Any] = {
        "clip": ["4", 1],
        "width": 64,
        "height": 48,
        "crop_w": 0,
        "crop_h": 0,
        "target_width": 64,
    }
    inputs |= {"target_height": 48, "text_g": "a red house", "text_l": "a red house", **changes}
    return {**prompt, "6": {"class_type": "CLIPTextEncodeSDXL", "inputs": inputs}}


def one_picture(studio: Studio, prompt: Prompt) -> bytes:
    ran = studio.run(prompt)
    assert ran.messages == []
    return pixels(ran.files[0])


def test_parts_from_files_of_their_own_make_the_picture_of_the_whole(studio: Studio) -> None:
    prompt = from_file()
    names = {"clip_name1": "g.safetensors", "clip_name2": "l.safetensors", "type": "sdxl", "device": "cpu"}
    parts: Prompt = {
        "10": {
            "class_type": "UNETLoader",
            "inputs": {"unet_name": "unet.safetensors", "weight_dtype": "default"},
        },
        "11": {"class_type": "DualCLIPLoader", "inputs": names},
        "12": {"class_type": "VAELoader", "inputs": {"vae_name": "vae.safetensors"}},
    }
    apart = json.loads(json.dumps({**prompt, **parts}))
    apart["3"]["inputs"]["model"] = ["10", 0]
    apart["6"]["inputs"]["clip"] = apart["7"]["inputs"]["clip"] = ["11", 0]
    apart["8"]["inputs"]["vae"] = ["12", 0]
    assert one_picture(studio, apart) == one_picture(studio, prompt)


def test_a_folder_makes_the_picture_of_the_file(studio: Studio) -> None:
    prompt = from_file()
    prompt["4"] = {"class_type": "DiffusersLoader", "inputs": {"model_path": "sdxl"}}
    assert one_picture(studio, prompt) == one_picture(studio, from_file())


def test_what_a_text_says_of_sizes_changes_the_picture_only_where_it_differs(studio: Studio) -> None:
    plain = one_picture(studio, from_file())
    assert one_picture(studio, sized(from_file())) == plain
    for change in ("width", "height", "crop_w", "crop_h", "target_width", "target_height"):
        assert one_picture(studio, sized(from_file(), **{change: 640})) != plain, change


def test_each_tower_reads_its_own_text(studio: Studio) -> None:
    texts = [("a red house", "a blue tent"), ("a blue tent", "a red house")]
    found = {one_picture(studio, sized(from_file(), text_g=second, text_l=first)) for second, first in texts}
    assert len(found | {one_picture(studio, from_file())}) == 3


def test_texts_for_two_towers_need_the_encoder_of_sdxl(studio: Studio) -> None:
    assert studio.run(sized(from_file(REFINER))).messages == []  # which reads one of the two
    prompt = sized(from_file("sd2.safetensors"))
    assert "reads with clip_h, but texts are given for clip_l, clip_g" in studio.run(prompt).messages[0]


def test_the_base_hands_over_to_the_refiner(studio: Studio) -> None:
    common = {"noise_seed": 7, "steps": 4, "cfg": 4.0, "sampler_name": "euler", "scheduler": "karras"}
    base = {
        **common, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
        "add_noise": "enable", "start_at_step": 0, "end_at_step": 1, "return_with_leftover_noise": "enable",
    }  # fmt: skip
    refiner = {
        **common, "model": ["20", 0], "positive": ["21", 0], "negative": ["22", 0], "latent_image": ["3", 0],
        "add_noise": "disable", "start_at_step": 1, "end_at_step": 10000,
        "return_with_leftover_noise": "disable",
    }  # fmt: skip
    text = {"ascore": 6.0, "width": 64, "height": 48, "text": "a red house", "clip": ["20", 1]}
    prompt = from_file()
    prompt |= {
        "3": {"class_type": "KSamplerAdvanced", "inputs": base},
        "20": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": REFINER}},
        "21": {"class_type": "CLIPTextEncodeSDXLRefiner", "inputs": text},
        "22": {"class_type": "CLIPTextEncodeSDXLRefiner", "inputs": {**text, "ascore": 2.5, "text": ""}},
        "23": {"class_type": "KSamplerAdvanced", "inputs": refiner},
    }
    prompt["8"]["inputs"]["samples"] = ["23", 0]
    first = one_picture(studio, prompt)
    prompt["21"]["inputs"]["ascore"] = 60.0
    assert one_picture(studio, prompt) != first


def test_another_text_for_control_networks_is_kept_beside(studio: Studio) -> None:
    prompt = from_file()
    inputs = {"clip": ["4", 1], "conditioning": ["6", 0], "text": "edges"}
    prompt["30"] = {"class_type": "CLIPTextEncodeControlnet", "inputs": inputs}
    prompt["3"]["inputs"]["positive"] = ["30", 0]
    assert one_picture(studio, prompt) == one_picture(studio, from_file())


def test_a_configuration_says_how_text_is_read_and_what_is_predicted(studio: Studio) -> None:
    found: dict[str, bytes] = {}
    for config in ("v1-inference.yaml", "v1-inference_clip_skip_2.yaml", "v2-inference-v.yaml"):
        prompt = from_file("sd1.safetensors")
        inputs = {"config_name": config, "ckpt_name": "sd1.safetensors"}
        prompt["4"] = {"class_type": "CheckpointLoader", "inputs": inputs}
        found[config] = one_picture(studio, prompt)
    assert found["v1-inference.yaml"] == one_picture(studio, from_file("sd1.safetensors"))
    assert len(set(found.values())) == 3


def test_a_checkpoint_without_an_image_encoder_still_gives_its_parts(studio: Studio) -> None:
    prompt = from_file()
    prompt["4"]["class_type"] = "unCLIPCheckpointLoader"
    assert one_picture(studio, prompt) == one_picture(studio, from_file())


@pytest.mark.parametrize(
    ("loader", "inputs", "known"),
    [
        ("CLIPLoader", {"clip_name": "g.safetensors", "type": "sd3"}, "stable_diffusion"),
        (
            "DualCLIPLoader",
            {"clip_name1": "g.safetensors", "clip_name2": "l.safetensors", "type": "flux"},
            "sdxl",
        ),
    ],
)
def test_a_kind_of_text_encoder_that_is_not_built_is_named(
    studio: Studio, loader: str, inputs: dict[str, str], known: str
) -> None:
    prompt = from_file()
    prompt["10"] = {"class_type": loader, "inputs": inputs}
    prompt["6"]["inputs"]["clip"] = ["10", 0]
    assert f"cannot be read here: choose '{known}'" in studio.run(prompt).messages[0]


def test_eight_bits_change_the_picture(studio: Studio) -> None:
    prompt = from_file()
    prompt["10"] = {
        "class_type": "UNETLoader",
        "inputs": {"unet_name": "unet.safetensors", "weight_dtype": "fp8_e4m3fn"},
    }
    prompt["3"]["inputs"]["model"] = ["10", 0]
    assert one_picture(studio, prompt) != one_picture(studio, from_file())
