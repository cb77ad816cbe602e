"""Any value as text, alone and in a run."""

import json
from typing import Any

import pytest
import torch

from diffusion.types import Cond, Latent
from nodes.preview_any import preview_any
from tests.nodes.studio import CHECKPOINT, Prompt, Studio


def shown(value: Any) -> str:
    (text,) = preview_any(source=value).ui["text"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\n{b}", "a\n{b}"),
        (3, "3"),
        (0.1, "0.1"),
        (True, "True"),
        (None, "None"),
        ({"ä": [1, (2, None)]}, '{"ä": [1, [2, null]]}'),
        (torch.zeros(1, 4, 2, 2), '"tensor float32 (1, 4, 2, 2)"'),
    ],
)
def test_plain_values(value: object, expected: str) -> None:
    assert shown(value) == expected


def test_latents_and_conditionings_tell_their_fields_and_shapes() -> None:
    latent = json.loads(shown(Latent(torch.zeros(2, 16, 4, 4), batch_index=(0, 3))))
    assert (latent["samples"], latent["batch_index"]) == ("tensor float32 (2, 16, 4, 4)", [0, 3])
    (cond,) = json.loads(shown((Cond(torch.zeros(1, 77, 8), strength=0.5),)))
    assert (cond["context"], cond["strength"]) == ("tensor float32 (1, 77, 8)", 0.5)


def test_what_json_cannot_say_is_shown_as_python_does() -> None:
    circle: list[object] = []
    circle.append(circle)
    assert shown(circle) == "[[...]]"
    assert shown({(1, 2): 3}) == "{(1, 2): 3}"
    assert shown([{1, 2}]) == '["{1, 2}"]'


def preview(source: Prompt, link: str, slot: int = 0) -> Prompt:
    return {**source, "p": {"class_type": "PreviewAny", "inputs": {"source": [link, slot]}}}


def test_a_model_can_be_looked_at(studio: Studio) -> None:
    loader: Prompt = {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}}}
    ran = studio.run(preview(loader, "4"))
    assert ran.messages == []
    (text,) = ran.outcome.outputs["p"]["text"]
    assert json.loads(text)["family"] == "sd1"


def test_latents_rebatched_are_looked_at_one_by_one(studio: Studio) -> None:
    graph: Prompt = {
        "1": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 3}},
        "2": {"class_type": "RebatchLatents", "inputs": {"latents": ["1", 0], "batch_size": 2}},
    }
    ran = studio.run(preview(graph, "2"))
    assert ran.messages == []
    batches = [json.loads(text)["samples"] for text in ran.outcome.outputs["p"]["text"]]
    assert batches == ["tensor float32 (2, 4, 8, 8)", "tensor float32 (1, 4, 8, 8)"]


def test_latents_are_batched_by_as_many_links_as_there_are(studio: Studio) -> None:
    graph: Prompt = {
        "1": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 2}},
        "2": {
            "class_type": "BatchLatentsNode",
            "inputs": {f"latents.latent{place}": ["1", 0] for place in range(3)},
        },
        "3": {
            "class_type": "LatentOperationSharpen",
            "inputs": {"sharpen_radius": 3, "sigma": 1.0, "alpha": 0.1},
        },
        "4": {"class_type": "LatentApplyOperation", "inputs": {"samples": ["2", 0], "operation": ["3", 0]}},
    }
    ran = studio.run(preview(graph, "4"))
    assert ran.messages == []
    told = json.loads(ran.outcome.outputs["p"]["text"][0])
    assert (told["samples"], told["batch_index"]) == ("tensor float32 (6, 4, 8, 8)", [0, 1] * 3)


def test_a_custom_drop_down_gives_what_was_written_into_it(studio: Studio) -> None:
    written = {"choice": "second", "option1": "first", "option2": "second"}
    ran = studio.run(preview({"1": {"class_type": "CustomCombo", "inputs": written}}, "1"))
    assert ran.messages == []
    assert ran.outcome.outputs["p"]["text"] == ["second"]
