"""What ready-made workflows say of themselves, and which models they need."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from graph.folders import MODEL_FOLDERS
from server.templates import FAMILIES, LOADERS, Needed, needed, template, templates

OURS = Path(__file__).parent.parent.parent / "workflows"
SUBJECTS = {
    "text to image",
    "image to image",
    "inpaint",
    "control",
    "adapters",
    "upscale",
    "sampling",
    "training",
    "tools",
}


def node(kind: str, *values: Any, mode: int = 0, **properties: Any) -> dict[str, Any]:
    return {"type": kind, "widgets_values": list(values), "mode": mode, "properties": properties}


def test_models_come_from_loaders_lists_and_prompts_each_once() -> None:
    inner = {
        "nodes": [
            node("VAELoader", "v.safetensors"),
            node("DualCLIPLoader", "l.safetensors", "g.safetensors", "sdxl"),
        ]
    }
    listed = [{"name": "c.safetensors", "directory": "checkpoints", "url": "https://example.org/c"}]
    document = {
        "models": listed,
        "nodes": [
            node("CheckpointLoader", "v1.yaml", "c.safetensors"),
            node(
                "ControlNetLoader",
                r"sub\net.safetensors",
                models=[{"name": "x", "directory": "loras"}, {}, 3],
            ),
            node("LoraLoader", "muted.safetensors", mode=2),
            node("LoraLoader", "bypassed.safetensors", mode=4),
            node("VAELoader", "pixel_space"),
            node("MarkdownNote", "write embedding:NAME"),
            node("UpscaleModelLoader"),
            {"type": "LoraLoader", "widgets_values": {"lora_name": "x"}},
            {"type": ["LoraLoader"], "widgets_values": [None]},
            7,
        ],
        "definitions": {"subgraphs": [inner, 5]},
    }
    assert needed(document) == [
        Needed("c.safetensors", "checkpoints", "https://example.org/c"),
        Needed("x", "loras"),
        Needed("sub/net.safetensors", "controlnet"),
        Needed("v.safetensors", "vae"),
        Needed("l.safetensors", "text_encoders"),
        Needed("g.safetensors", "text_encoders"),
    ]


@pytest.mark.parametrize("document", [{}, {"nodes": 3}, {"extra": 1, "models": {}, "definitions": []}])
def test_a_strange_document_is_a_template_without_facts(document: dict[str, Any]) -> None:
    found = template("a_b.json", document)
    assert (found.title, found.description, found.tags, found.models) == ("A b", "", (), ())


def test_the_loaders_choose_from_folders_that_there_are() -> None:
    assert {folder for inputs in LOADERS.values() for folder in inputs if folder} <= set(MODEL_FOLDERS)


@pytest.mark.parametrize("file", sorted(OURS.glob("*.json")), ids=lambda file: file.stem)
def test_each_workflow_of_ours_says_what_it_is_for(file: Path) -> None:
    found = template(file.name, json.loads(file.read_text("utf-8")))
    assert json.loads(file.read_text("utf-8"))["extra"]["title"] == found.title
    assert re.fullmatch(r"[A-Z].+[a-z0-9]\.", found.description)
    assert ". " not in found.description  # one sentence
    assert set(found.tags) <= SUBJECTS | set(FAMILIES)
    assert found.subject in found.tags
    assert sum(tag in FAMILIES for tag in found.tags) == (found.name != "upscale_model.json")


@pytest.mark.parametrize("file", sorted(OURS.glob("*.json")), ids=lambda file: file.stem)
def test_the_models_of_each_workflow_of_ours_are_those_of_its_note(file: Path) -> None:
    document = json.loads(file.read_text("utf-8"))
    notes = [
        value
        for each in document["nodes"]
        if each["type"] == "MarkdownNote"
        for value in each["widgets_values"]
    ]
    written = {
        name.rstrip("/")
        for note in notes
        for name in re.findall(r"`models/([^`]+)`", note.split("## Use")[0])
    }
    models = {f"{model.directory}/{model.name}" for model in needed(document)}
    without = {name.rpartition(".")[0] if name.startswith("embeddings/") else name for name in written}
    assert models == (without if notes else {"checkpoints/heddle-demo.safetensors"})


def test_the_titles_of_ours_are_all_different() -> None:
    titles = [found.title for found in templates(OURS)]
    assert len(titles) == len(set(titles)) == len(list(OURS.glob("*.json")))
