"""Each workflow that comes with Heddle: tidy, complete, and run end to end with tiny random weights."""

import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from graph.canvas import to_api
from graph.folders import Folders
from tests.factories import tiny_sd1
from tests.nodes.studio import CHECKPOINT, Prompt, Studio, pixels

ROOT = Path(__file__).parent.parent
WORKFLOWS = {path.stem: path for path in sorted((ROOT / "workflows").glob("*.json"))}
BUNDLED = "heddle-demo.safetensors"
SIZES = {"text_to_image": 128, "image_to_image": 128, "inpaint": 128, "hires_fix": 192}
VIRTUAL = {"Note", "MarkdownNote"}

Document = dict[str, Any]


def document(name: str) -> Document:
    found: Document = json.loads(WORKFLOWS[name].read_text(encoding="utf-8"))
    return found


def tiny(prompt: Prompt, steps: int = 2) -> Prompt:
    """The same graph with the tiny checkpoint and few steps."""
    for node in prompt.values():
        if node["inputs"].get("ckpt_name") == BUNDLED:
            node["inputs"]["ckpt_name"] = CHECKPOINT
        if "steps" in node["inputs"]:
            node["inputs"]["steps"] = steps
    return prompt


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_sd1(folder / "checkpoints" / CHECKPOINT)
    return folder


@pytest.fixture
def studio(tmp_path: Path, models: Path) -> Studio:
    return Studio(Folders(tmp_path, input=ROOT / "input", models=models))


def api(studio: Studio, name: str) -> Prompt:
    """The workflow in API form, as the canvas would send it."""
    converted: Prompt = to_api(document(name), studio.executor.registry.schemas)
    return converted


def test_the_four_workflows_are_there() -> None:
    assert set(WORKFLOWS) == set(SIZES)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_runs_and_its_picture_carries_it(studio: Studio, name: str) -> None:
    prompt = tiny(api(studio, name))
    ran = studio.run(prompt, pnginfo={"workflow": document(name)})
    assert ran.messages == []
    assert ran.outcome.status == "success"
    assert set(ran.outcome.executed) == set(prompt)
    final = next(path for path in ran.files if path.parent.name == "output")
    with Pillow.open(final) as picture:
        texts = dict(picture.text)  # type: ignore[attr-defined]
        assert picture.size == (SIZES[name], SIZES[name])
        assert len(set(picture.convert("L").tobytes())) > 16  # a picture, not a flat colour
    assert json.loads(texts["prompt"]) == prompt
    assert json.loads(texts["workflow"]) == document(name)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_gives_its_picture_again_from_the_file(studio: Studio, name: str) -> None:
    first = studio.run(tiny(api(studio, name)), pnginfo={"workflow": document(name)}).files[-1]
    with Pillow.open(first) as picture:
        prompt = json.loads(picture.text["prompt"])  # type: ignore[attr-defined]
        workflow = json.loads(picture.text["workflow"])  # type: ignore[attr-defined]
    assert tiny(to_api(workflow, studio.executor.registry.schemas)) == prompt
    studio.executor.cache.clear()
    assert pixels(studio.run(prompt).files[-1]) == pixels(first)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_queued_again_unchanged_no_node_runs(studio: Studio, name: str) -> None:
    files = studio.run(tiny(api(studio, name), 1)).files
    again = studio.run(tiny(api(studio, name), 1))
    assert again.types == []
    assert set(again.files) == set(files)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_another_prompt_loads_neither_the_model_nor_the_picture_again(studio: Studio, name: str) -> None:
    studio.run(tiny(api(studio, name), 1))
    prompt = tiny(api(studio, name), 1)
    prompt["6"]["inputs"]["text"] = "a purple tent in the desert at night"
    types = studio.run(prompt).types
    assert types.count("CLIPTextEncode") == 1
    assert not {"CheckpointLoaderSimple", "LoadImage", "VAEEncode", "VAEEncodeForInpaint"} & set(types)


def test_painting_anew_keeps_what_is_not_erased(studio: Studio) -> None:
    """Both results decode from latents that are equal far from the hole, so their far corners are near."""
    first = tiny(api(studio, "inpaint"))
    second = tiny(api(studio, "inpaint"))
    second["3"]["inputs"]["seed"] += 1
    one, other = (Pillow.open(studio.run(prompt).files[0]).convert("L") for prompt in (first, second))
    differences = [abs(a - b) for a, b in zip(one.tobytes(), other.tobytes(), strict=True)]
    rows = [differences[row * 128 : (row + 1) * 128] for row in range(128)]
    hole = [value for row in rows[60:104] for value in row[20:76]]
    sky = [value for row in rows[:24] for value in row[96:]]
    assert sum(hole) / len(hole) > 2 * sum(sky) / len(sky)


def nodes_of(found: Document) -> Mapping[int, Document]:
    return {node["id"]: node for node in found["nodes"]}


def test_the_default_document_has_the_ids_that_everyone_knows() -> None:
    found = {node_id: node["type"] for node_id, node in nodes_of(document("text_to_image")).items()}
    assert found == {
        3: "KSampler", 4: "CheckpointLoaderSimple", 5: "EmptyLatentImage", 6: "CLIPTextEncode",
        7: "CLIPTextEncode", 8: "VAEDecode", 9: "SaveImage",
    }  # fmt: skip


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_documents_links_agree_from_both_ends_and_with_the_schemas(studio: Studio, name: str) -> None:
    found, schemas = document(name), studio.executor.registry.schemas
    nodes = nodes_of(found)
    for link_id, source, slot, target, place, kind in found["links"]:
        output, wanted = nodes[source]["outputs"][slot], nodes[target]["inputs"][place]
        assert link_id in output["links"]
        assert wanted["link"] == link_id
        assert output["type"] == wanted["type"] == kind
        assert schemas[nodes[source]["type"]].outputs[slot].type == kind
        assert schemas[nodes[target]["type"]].input(wanted["name"]) is not None
    assert found["last_link_id"] == max(link[0] for link in found["links"])
    assert found["last_node_id"] == max(nodes)
    assert found["version"] == 0.4


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_documents_sockets_are_those_of_the_schemas(studio: Studio, name: str) -> None:
    for node in document(name)["nodes"]:
        if node["type"] in VIRTUAL:
            continue
        schema = studio.executor.registry.schemas[node["type"]]
        sockets = [
            spec.name
            for spec in schema.inputs
            if spec.type not in ("COMBO", "INT", "FLOAT", "STRING", "BOOLEAN")
        ]
        assert sorted(found["name"] for found in node["inputs"]) == sorted(sockets)
        assert all(found["link"] is not None for found in node["inputs"])
        assert [(out["name"], out["type"]) for out in node["outputs"]] == [
            (o.name, o.type) for o in schema.outputs
        ]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_node_lies_over_another_and_links_run_to_the_right_or_down(name: str) -> None:
    found = document(name)
    nodes = nodes_of(found)
    for first, second in combinations(nodes.values(), 2):
        assert not overlap(first, second), f"{first['type']} and {second['type']}"
    for _, source, _, target, _, _ in found["links"]:
        start, end = nodes[source], nodes[target]
        right = end["pos"][0] >= start["pos"][0] + start["size"][0]
        below = end["pos"][1] >= start["pos"][1] + start["size"][1]
        assert right or below, f"{start['type']} to {end['type']}"


def overlap(first: Document, second: Document) -> bool:
    """Whether two nodes' boxes meet; the title stands 30 above the position."""
    title = 30
    apart = (
        first["pos"][0] + first["size"][0] <= second["pos"][0]
        or second["pos"][0] + second["size"][0] <= first["pos"][0]
        or first["pos"][1] + first["size"][1] <= second["pos"][1] - title
        or second["pos"][1] + second["size"][1] <= first["pos"][1] - title
    )
    return not apart


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_node_lies_whole_inside_a_group_or_outside(name: str) -> None:
    found = document(name)
    for group in found["groups"]:
        x, y, width, height = group["bounding"]
        for node in found["nodes"]:
            left, top = node["pos"][0], node["pos"][1] - 30
            right, foot = left + node["size"][0], node["pos"][1] + node["size"][1]
            within = left >= x and top >= y and right <= x + width and foot <= y + height
            without = right <= x or left >= x + width or foot <= y or top >= y + height
            assert within or without, f"{node['type']} lies on the edge of {group['title']!r}"
