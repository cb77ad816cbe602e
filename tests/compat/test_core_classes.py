"""Heddle's nodes as the classes that packs look up, call and derive from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest
import torch
from PIL import Image as Pillow

from compat import core_classes
from compat.current import running
from compat.file_names import FileNames
from diffusion.errors import PartMissing
from diffusion.types import Latent
from graph.context import Context
from graph.errors import Cancelled
from graph.events import NodeProgress
from graph.node import Expand, Result, node
from graph.schema import FileIn, Lazy, Range
from nodes import image, image_files, latent, vae
from tests.compat.conftest import Host


class Pair(NamedTuple):
    low: int
    high: int


@node("toys", name="Around", display_name="Around it")
def around(context: Context, *, value: Annotated[int, Range(0, 9)] = 5, width: int = 1) -> Pair:
    """Two numbers around one."""
    context.progress(1, 1)
    return Pair(value - width, value + width)


@node("toys", name="Load", lazy_status=lambda **_: [])
def load(
    *, lora: Annotated[str, FileIn("loras", empty=("None",))], other: Annotated[int | None, Lazy()] = None
) -> str:
    """Says what it was given."""
    return f"{lora} {other}"


@node("toys", name="Show", is_output=True)
def show(*, text: str) -> Result:
    """Shows a text."""
    return Result(ui={"text": [text]})


@node("toys", name="Grow")
def grow(*, value: int) -> int:
    """Adds a node."""
    return Expand({"1": {}}, ["1", 0])  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def filled(host: Host) -> dict[str, Any]:
    core_classes.fill(
        [
            around,
            load,
            show,
            grow,
            image.scale_image,
            image_files.save_image,
            image_files.preview_image,
            latent.upscale_latent_by,
            vae.encode,
        ]
    )
    return core_classes.NODE_CLASS_MAPPINGS


def door(statement: str) -> dict[str, Any]:
    """What a pack gets by an import."""
    namespace: dict[str, Any] = {}
    exec(statement, namespace)
    return namespace


def test_a_class_says_of_itself_what_the_schema_says(filled: dict[str, Any]) -> None:
    cls = filled["Around"]
    assert cls.INPUT_TYPES() == {
        "required": {"value": ("INT", {"min": 0, "max": 9, "default": 5}), "width": ("INT", {"default": 1})}
    }
    assert (cls.RETURN_TYPES, cls.RETURN_NAMES, cls.CATEGORY) == (("INT", "INT"), ("LOW", "HIGH"), "toys")
    assert (cls.OUTPUT_NODE, cls.INPUT_IS_LIST, cls.OUTPUT_IS_LIST) == (False, False, (False, False))
    assert cls.DESCRIPTION == "Two numbers around one."
    assert core_classes.NODE_DISPLAY_NAME_MAPPINGS["Around"] == "Around it"


def test_a_drop_down_of_files_follows_its_folder_in_a_packs_node(filled: dict[str, Any], host: Host) -> None:
    (host.folders.models / "loras").mkdir(parents=True)
    (host.folders.models / "loras" / "a.pt").write_bytes(b"")
    found = filled["Load"].INPUT_TYPES()
    names = found["required"]["lora"][0]
    assert isinstance(names, FileNames)
    assert (list(names), names.folder, names.before) == (["None", "a.pt"], "loras", ("None",))
    assert found["optional"]["other"][1]["lazy"] is True


def test_an_instance_is_called_by_place_or_name(filled: dict[str, Any], host: Host) -> None:
    made = filled["Around"]()
    method = getattr(made, made.FUNCTION)
    assert method(3) == (2, 4)
    assert method(3, width=2) == (1, 5)
    assert host.said == []
    with running(host.context()):
        method(value=3)
    assert [type(event) for event in host.said] == [NodeProgress]


def test_a_call_belongs_to_the_run_of_the_pack(filled: dict[str, Any], called: Context) -> None:
    called.cancel.set()
    with pytest.raises(Cancelled):
        filled["Around"]().execute(1)


def test_what_a_node_shows_or_adds_comes_as_a_dict(filled: dict[str, Any]) -> None:
    assert filled["Show"]().execute(text="hi") == {"ui": {"text": ["hi"]}, "result": ()}
    assert filled["Grow"]().execute(1) == {"expand": {"1": {}}, "result": (["1", 0],), "ui": {}}
    assert filled["Load"]().execute("a", other=2) == ("a 2",)


def test_core_classes_have_the_methods_that_packs_call(filled: dict[str, Any]) -> None:
    scaler = door("from nodes import ImageScale")["ImageScale"]
    assert scaler is filled["ImageScale"]
    assert scaler.FUNCTION == "upscale"
    out = scaler().upscale(torch.rand(1, 8, 8, 3), "bilinear", 4, 2, "disabled")
    assert out[0].shape == (1, 2, 4, 3)


def test_latents_are_taken_in_both_forms_and_given_in_the_fields(filled: dict[str, Any]) -> None:
    scaler = filled["LatentUpscaleBy"]()
    for given in ({"samples": torch.zeros(1, 4, 2, 2), "own": 1}, Latent(torch.zeros(1, 4, 2, 2))):
        (found,) = scaler.upscale(given, "bilinear", 2.0)
        assert found.pop("own", 1) == 1
        assert [(name, value.shape[-1]) for name, value in found.items()] == [("samples", 4)]


def test_methods_take_their_parameters_in_the_fields_order(filled: dict[str, Any]) -> None:
    with pytest.raises(PartMissing):  # of the VAE; pixels in its place would raise something else
        filled["VAEEncode"]().encode(None, torch.zeros(1, 8, 8, 3))


def test_pictures_are_saved_with_what_the_pack_gives_for_metadata(filled: dict[str, Any], host: Host) -> None:
    with running(host.context()):
        shown = filled["SaveImage"]().save_images(
            torch.rand(1, 4, 4, 3), "a", {"1": {}}, {"workflow": {"v": 1}}
        )
    place = shown["ui"]["images"][0]
    assert (place["filename"], place["type"]) == ("a_00001_.png", "output")
    with Pillow.open(host.folders.directory("output") / place["filename"]) as picture:
        assert picture.text == {"prompt": '{"1": {}}', "workflow": '{"v": 1}'}  # type: ignore[attr-defined]


def test_a_class_derived_by_a_pack_writes_where_it_says(host: Host, tmp_path: Path) -> None:
    source = """
from nodes import PreviewImage, SaveImage

class Mine(PreviewImage):
    RETURN_TYPES = ()
    FUNCTION = "show"
    def show(self, pictures):
        return self.save_images(pictures, "mine")

class Elsewhere(SaveImage):
    def __init__(self, there):
        super().__init__()
        self.output_dir = there
"""
    made = door(source)
    place = made["Mine"]().show(torch.rand(1, 4, 4, 3))["ui"]["images"][0]
    assert place["type"] == "temp"
    assert place["filename"].startswith("mine_temp_")
    assert (host.folders.directory("temp") / place["filename"]).is_file()
    made["Elsewhere"](str(tmp_path / "there")).save_images(torch.rand(1, 4, 4, 3), "b")
    assert (tmp_path / "there" / "b_00001_.png").is_file()


def test_packs_see_each_others_classes_and_none_replaces_the_hosts(filled: dict[str, Any]) -> None:
    class Theirs:
        pass

    core_classes.add("Theirs", Theirs, "Their node")
    core_classes.add("Around", Theirs)
    seen = door("import nodes")["nodes"]
    assert seen.NODE_CLASS_MAPPINGS["Theirs"] is Theirs
    assert seen.NODE_CLASS_MAPPINGS["Around"] is not Theirs
    assert seen.NODE_DISPLAY_NAME_MAPPINGS["Theirs"] == "Their node"
    assert core_classes.mappings() == (seen.NODE_CLASS_MAPPINGS, seen.NODE_DISPLAY_NAME_MAPPINGS)
    assert not hasattr(seen, "Theirs")


def test_packs_notice_an_interrupted_run(called: Context) -> None:
    seen = door("import nodes")["nodes"]
    seen.before_node_execution()
    seen.interrupt_processing()
    with pytest.raises(Cancelled):
        seen.before_node_execution()
