"""LoRAs, hypernetworks and factors in workflows."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from graph.folders import Folders
from tests.factories.loras import tiny_lora
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image

LORA = "style.safetensors"


@pytest.fixture
def own(tmp_path: Path, tiny_models: Path) -> Studio:
    """A studio with a LoRA for its checkpoint."""
    tiny_lora(tmp_path / "loras" / LORA)
    folders = {"loras": [tmp_path / "loras"], "hypernetworks": [tmp_path / "hyper"]}
    return Studio(Folders(tmp_path, models=tiny_models, extra=folders))


def with_lora(strength: float = 1.0, clip: float = 1.0, **changes: object) -> Prompt:
    prompt = text_to_image(steps=2, model=["20", 0], **changes)
    inputs = {
        "model": ["4", 0],
        "clip": ["4", 1],
        "lora_name": LORA,
        "strength_model": strength,
        "strength_clip": clip,
    }
    prompt["20"] = {"class_type": "LoraLoader", "inputs": inputs}
    for node in ("6", "7"):
        prompt[node]["inputs"]["clip"] = ["20", 1]
    return prompt


def picture(studio: Studio, prompt: Prompt) -> bytes:
    ran = studio.run(prompt)
    assert ran.messages == []
    return pixels(ran.files[0])


def test_on_it_changes_the_picture_and_off_every_bit_is_as_without_it(own: Studio) -> None:
    plain = picture(own, text_to_image(steps=2))
    changed = picture(own, with_lora())
    assert changed != plain
    assert picture(own, with_lora(0.0, 0.0)) == plain
    assert picture(own, text_to_image(steps=2)) == plain
    assert picture(own, with_lora()) == changed
    assert len({picture(own, with_lora(strength, 0.0)) for strength in (0.0, 0.5, 1.0)}) == 3


def test_another_strength_neither_opens_the_checkpoint_nor_the_file_again(
    own: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.run(with_lora(1.0))
    opened: list[Path] = []
    monkeypatch.setattr("nodes.loras.open_lora", opened.append)
    ran = own.run(with_lora(0.5))
    assert ran.messages == []
    assert "CheckpointLoaderSimple" not in ran.types
    assert opened == []


def test_a_file_replaced_under_its_name_is_opened_again(own: Studio, tmp_path: Path) -> None:
    first = picture(own, with_lora())
    path = tmp_path / "loras" / LORA
    doubled = {key: t * 2 if key.endswith("up.weight") else t for key, t in load_file(path).items()}
    path.unlink()
    save_file(doubled, path, {"other": "header"})
    assert picture(own, with_lora()) != first


def test_the_loader_for_models_alone_is_the_other_without_its_text_part(own: Studio) -> None:
    prompt = text_to_image(steps=2, model=["20", 0])
    inputs = {"model": ["4", 0], "lora_name": LORA, "strength_model": 0.8}
    prompt["20"] = {"class_type": "LoraLoaderModelOnly", "inputs": inputs}
    assert picture(own, prompt) == picture(own, with_lora(0.8, 0.0))


def test_a_stack_of_two_is_their_sum_in_any_order(own: Studio) -> None:
    def stacked(first: float, second: float) -> bytes:
        prompt = with_lora(first, 0.0)
        inputs = {"model": ["20", 0], "lora_name": LORA, "strength_model": second}
        prompt["21"] = {"class_type": "LoraLoaderModelOnly", "inputs": inputs}
        prompt["3"]["inputs"]["model"] = ["21", 0]
        return picture(own, prompt)

    once = picture(own, with_lora(0.75, 0.0))
    for found in (stacked(0.5, 0.25), stacked(0.25, 0.5)):
        assert max(abs(a - b) for a, b in zip(found, once, strict=True)) <= 2


def test_a_file_that_is_no_lora_is_an_error_of_its_node(own: Studio, tmp_path: Path) -> None:
    save_file({"emb_params": torch.ones(2, 32)}, tmp_path / "loras" / "ink.safetensors")
    prompt = with_lora()
    prompt["20"]["inputs"]["lora_name"] = "ink.safetensors"
    assert "ink.safetensors is a textual inversion embedding, not a LoRA" in own.run(prompt).messages[0]


def test_a_hypernetwork_changes_the_picture_and_strength_zero_does_not(own: Studio, tmp_path: Path) -> None:
    layer = {"linear.0.weight": torch.eye(32), "linear.0.bias": torch.ones(32)}
    (tmp_path / "hyper").mkdir()
    torch.save({32: [layer, layer], "activation_func": "relu"}, tmp_path / "hyper" / "ink.pt")
    prompt = text_to_image(steps=2, model=["20", 0])
    inputs = {"model": ["4", 0], "hypernetwork_name": "ink.pt", "strength": 1.0}
    prompt["20"] = {"class_type": "HypernetworkLoader", "inputs": inputs}
    plain = picture(own, text_to_image(steps=2))
    assert picture(own, prompt) != plain
    prompt["20"]["inputs"]["strength"] = 0.0
    assert picture(own, prompt) == plain


@pytest.mark.parametrize("name", ["UNetSelfAttentionMultiply", "UNetCrossAttentionMultiply"])
def test_scaled_projections_of_attention_change_the_picture(own: Studio, name: str) -> None:
    prompt = text_to_image(steps=2, model=["20", 0])
    factors = {"q": 1.0, "k": 1.0, "v": 1.0, "out": 1.0}
    prompt["20"] = {"class_type": name, "inputs": {"model": ["4", 0], **factors}}
    plain = picture(own, text_to_image(steps=2))
    assert picture(own, prompt) == plain
    prompt["20"]["inputs"]["out"] = 0.0
    assert picture(own, prompt) != plain


def test_the_text_encoder_and_what_attention_adds_are_scaled_too(own: Studio) -> None:
    plain = picture(own, text_to_image(steps=2))
    prompt = text_to_image(steps=2)
    factors = {"q": 1.0, "k": 1.0, "v": 0.5, "out": 1.0}
    prompt["20"] = {"class_type": "CLIPAttentionMultiply", "inputs": {"clip": ["4", 1], **factors}}
    prompt["6"]["inputs"]["clip"] = ["20", 0]
    assert picture(own, prompt) != plain
    prompt = text_to_image(steps=2, model=["20", 0])
    outs = {"self_structural": 0.5, "self_temporal": 0.0, "cross_structural": 1.0, "cross_temporal": 0.0}
    prompt["20"] = {"class_type": "UNetTemporalAttentionMultiply", "inputs": {"model": ["4", 0], **outs}}
    assert picture(own, prompt) != plain
