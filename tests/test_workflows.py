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
from graph.schema import Schema
from tests.factory import USUAL, write
from tests.nodes.studio import Prompt, Studio, pixels

ROOT = Path(__file__).parent.parent
WORKFLOWS = {path.stem: path for path in sorted((ROOT / "workflows").glob("*.json"))}
FIRST = ("text_to_image", "image_to_image", "inpaint", "hires_fix")  # that need the bundled model and no more
# Width and height of the pictures that are saved; those beside the bundled model are made at an eighth.
SIZES = {
    "text_to_image": (128, 128),
    "image_to_image": (128, 128),
    "inpaint": (128, 128),
    "hires_fix": (192, 192),
    "demo_controlnet": (128, 128),
    "demo_embedding": (128, 128),
    "demo_lora": (128, 128),
    "sd2_text_to_image": (96, 96),
    "sdxl_base_refiner": (128, 128),
    "sdxl_turbo": (64, 64),
    "outpaint": (96, 64),
    "regional_prompts": (96, 64),
    "unclip_variations": (96, 96),
    "hires_fix_upscale": (128, 128),
    "latent_tools": (96, 96),
    "tiled": (192, 192),
    "upscale_model": (512, 512),  # twice that of the picture that comes with Heddle
    **dict.fromkeys(
        (
            "controlnet_canny", "controlnet_mix", "custom_sampling", "depth_control", "gligen_boxes",
            "guidance_tools", "hypernetwork", "inpaint_crop_and_stitch", "inpaint_model", "instruct_pix2pix",
            "ip_adapter", "lcm_lora", "lora_stack", "model_merge", "sd2_depth", "sd_upscaler_4x",
            "style_model", "t2i_adapter", "textual_inversion",
        ),
        (64, 64),
    ),
}  # fmt: skip
WHOLE = {*FIRST, "demo_controlnet", "demo_embedding", "demo_lora"}  # small as they are
LENGTHS = {
    "width", "height", "x", "y", "left", "top", "right", "bottom", "tile_size", "overlap", "context_padding"
}  # fmt: skip
VIRTUAL = {"Note", "MarkdownNote"}

Document = dict[str, Any]


def document(name: str) -> Document:
    found: Document = json.loads(WORKFLOWS[name].read_text(encoding="utf-8"))
    return found


def tiny(prompt: Prompt, schemas: Mapping[str, Schema], steps: int = 2, part: int = 1) -> Prompt:
    """The same graph with few steps, all lengths a part of what they are."""
    for node in prompt.values():
        inputs, schema = node["inputs"], schemas[node["class_type"]]
        if schema.name == "KSamplerAdvanced":
            for name in ("start_at_step", "end_at_step"):
                inputs[name] = min(1, inputs[name]) if inputs[name] < 10000 else 10000
        if "steps" in inputs:
            inputs["steps"] = min(steps, inputs["steps"])
        for name in LENGTHS & inputs.keys():
            if isinstance(inputs[name], int):
                spec = schema.input(name)
                assert spec is not None
                inputs[name] = max(spec.options.get("min", 0), inputs[name] // part)
    return prompt


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny files under the names that the workflows use."""
    folder = tmp_path_factory.mktemp("models")
    for name, kind in USUAL.items():
        write(folder / name, kind)
    return folder


@pytest.fixture
def studio(tmp_path: Path, models: Path) -> Studio:
    return Studio(Folders(tmp_path, input=ROOT / "input", models=models))


def api(studio: Studio, name: str, steps: int = 2) -> Prompt:
    """The workflow in API form, as the canvas would send it, made small."""
    schemas = studio.executor.registry.schemas
    return tiny(to_api(document(name), schemas), schemas, steps, part=1 if name in WHOLE else 8)


def test_every_system_has_its_workflow() -> None:
    assert set(WORKFLOWS) == set(SIZES)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_runs_and_its_picture_carries_it(studio: Studio, name: str) -> None:
    prompt = api(studio, name)
    ran = studio.run(prompt, pnginfo={"workflow": document(name)})
    assert ran.messages == []
    assert ran.outcome.status == "success"
    assert set(ran.outcome.executed) == set(prompt)
    saved = [path for path in ran.files if path.parent.name == "output"]
    assert len(saved) == sum(node["class_type"] == "SaveImage" for node in prompt.values())
    for path in saved:
        with Pillow.open(path) as picture:
            texts = dict(picture.text)  # type: ignore[attr-defined]
            assert picture.size == SIZES[name]
            assert len(set(picture.convert("L").tobytes())) > 16  # a picture, not a flat colour
        assert json.loads(texts["prompt"]) == prompt
        assert json.loads(texts["workflow"]) == document(name)


@pytest.mark.parametrize("name", FIRST)
def test_a_workflow_gives_its_picture_again_from_the_file(studio: Studio, name: str) -> None:
    first = studio.run(api(studio, name), pnginfo={"workflow": document(name)}).files[-1]
    with Pillow.open(first) as picture:
        prompt = json.loads(picture.text["prompt"])  # type: ignore[attr-defined]
        workflow = json.loads(picture.text["workflow"])  # type: ignore[attr-defined]
    schemas = studio.executor.registry.schemas
    assert tiny(to_api(workflow, schemas), schemas) == prompt
    studio.executor.cache.clear()
    assert pixels(studio.run(prompt).files[-1]) == pixels(first)


@pytest.mark.parametrize("name", FIRST)
def test_queued_again_unchanged_no_node_runs(studio: Studio, name: str) -> None:
    files = studio.run(api(studio, name, 1)).files
    again = studio.run(api(studio, name, 1))
    assert again.types == []
    assert set(again.files) == set(files)


@pytest.mark.parametrize("name", FIRST)
def test_another_prompt_loads_neither_the_model_nor_the_picture_again(studio: Studio, name: str) -> None:
    studio.run(api(studio, name, 1))
    prompt = api(studio, name, 1)
    prompt["6"]["inputs"]["text"] = "a purple tent in the desert at night"
    types = studio.run(prompt).types
    assert types.count("CLIPTextEncode") == 1
    assert not {"CheckpointLoaderSimple", "LoadImage", "VAEEncode", "VAEEncodeForInpaint"} & set(types)


def test_painting_anew_keeps_what_is_not_erased(studio: Studio) -> None:
    """Both results decode from latents that are equal far from the hole, so their far corners are near."""
    first = api(studio, "inpaint")
    second = api(studio, "inpaint")
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
        required = {spec.name for spec in schema.inputs if spec.required}
        assert all(found["link"] is not None for found in node["inputs"] if found["name"] in required)
        assert [(out["name"], out["type"]) for out in node["outputs"]] == [
            (o.name, o.type) for o in schema.outputs
        ]


@pytest.mark.parametrize("name", sorted(set(WORKFLOWS) - set(FIRST)))
def test_a_note_says_which_files_go_where(name: str) -> None:
    found = document(name)
    (text,) = [node["widgets_values"][0] for node in found["nodes"] if node["type"] == "MarkdownNote"]
    values = [
        value for node in found["nodes"] for value in node["widgets_values"] if node["type"] not in VIRTUAL
    ]
    homes = {Path(path).name: f"models/{path}" for path in USUAL}
    used = {homes[value] for value in values if value in homes}
    assert used
    assert all(f"`{path}" in text for path in used)


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
