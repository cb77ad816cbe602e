"""Reading and writing picture files as nodes, in real folders."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from graph.context import Context
from graph.errors import FolderError, InvalidWorkflow
from graph.events import Event
from graph.folders import Folders
from nodes.errors import PictureError
from nodes.image_files import load_image, load_image_mask, preview_image, preview_mask, save_image
from tests.nodes.studio import Prompt, Studio

PROMPT = {"9": {"class_type": "SaveImage", "inputs": {"text": "Häuschen"}}}
WORKFLOW = {"nodes": [], "version": 0.4}


def context(base: Path, **more: object) -> Context:
    return Context("9", "run", Folders(base), emit=list[Event]().append, **more)  # type: ignore[arg-type]


def shown(result: object) -> list[dict[str, str]]:
    images = result.ui["images"]  # type: ignore[attr-defined]
    assert isinstance(images, list)
    return images


def texts(path: Path) -> dict[str, str]:
    with Pillow.open(path) as picture:
        return dict(picture.text)  # type: ignore[attr-defined]


def test_a_batch_becomes_numbered_files_that_carry_their_workflow(tmp_path: Path) -> None:
    here = context(tmp_path, prompt=PROMPT, extra_pnginfo={"workflow": WORKFLOW})
    images = torch.rand(2, 5, 7, 3)
    files = shown(save_image(here, images=images, filename_prefix="ComfyUI"))
    assert files == [{"filename": f"ComfyUI_0000{n}_.png", "subfolder": "", "type": "output"} for n in (1, 2)]
    for image, file in zip(images, files, strict=True):
        path = tmp_path / "output" / file["filename"]
        with Pillow.open(path) as picture:
            assert np.array_equal(np.asarray(picture), (image.numpy() * 255).round())
        assert json.loads(texts(path)["prompt"]) == PROMPT
        assert json.loads(texts(path)["workflow"]) == WORKFLOW


def test_where_metadata_are_turned_off_the_graph_is_not_written_either(tmp_path: Path) -> None:
    here = context(tmp_path, prompt=PROMPT, extra_pnginfo=None)
    shown(save_image(here, images=torch.rand(1, 5, 7, 3), filename_prefix="bare"))
    assert texts(tmp_path / "output" / "bare_00001_.png") == {}


def test_without_a_workflow_there_are_no_texts(tmp_path: Path) -> None:
    files = shown(save_image(context(tmp_path), images=torch.rand(1, 4, 4, 3), filename_prefix="a"))
    assert texts(tmp_path / "output" / files[0]["filename"]) == {}


def test_numbers_go_on_after_the_highest(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "a_00041_.png").write_bytes(b"")
    files = shown(save_image(context(tmp_path), images=torch.rand(1, 4, 4, 3), filename_prefix="a"))
    assert files[0]["filename"] == "a_00042_.png"


def test_tokens_and_subfolders_of_the_prefix_are_filled_in(tmp_path: Path) -> None:
    prefix = "set/%width%x%height%_%batch_num%"
    files = shown(save_image(context(tmp_path), images=torch.rand(2, 5, 7, 3), filename_prefix=prefix))
    assert [(file["subfolder"], file["filename"]) for file in files] == [
        ("set", "7x5_0_00001_.png"),
        ("set", "7x5_1_00001_.png"),
    ]
    again = shown(save_image(context(tmp_path), images=torch.rand(1, 5, 7, 3), filename_prefix=prefix))
    assert again[0]["filename"] == "7x5_0_00002_.png"
    assert (tmp_path / "output" / "set" / "7x5_1_00001_.png").is_file()


@pytest.mark.parametrize("prefix", ["../out", "/etc/out", "a/../../out", "C:out", "a\\b", "%2e%2e/out"])
def test_a_prefix_never_leaves_the_output_folder(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(FolderError):
        save_image(context(tmp_path / "base"), images=torch.rand(1, 4, 4, 3), filename_prefix=prefix)
    assert not list(tmp_path.rglob("*.png"))


def test_pictures_that_are_not_numbers_are_an_error_and_no_file(tmp_path: Path) -> None:
    images = torch.full((1, 4, 4, 3), float("nan"))
    with pytest.raises(PictureError, match="not numbers"):
        save_image(context(tmp_path), images=images, filename_prefix="a")
    assert not list(tmp_path.rglob("*.png"))


def test_a_preview_goes_to_the_temp_folder(tmp_path: Path) -> None:
    files = shown(
        preview_image(context(tmp_path, prompt=PROMPT, extra_pnginfo={}), images=torch.rand(1, 4, 4, 3))
    )
    assert files[0]["type"] == "temp"
    assert json.loads(texts(tmp_path / "temp" / files[0]["filename"])["prompt"]) == PROMPT


def example(base: Path) -> Path:
    """A picture with a transparent corner in the input folder."""
    pixels = np.full((4, 6, 4), (10, 20, 30, 255), dtype=np.uint8)
    pixels[0, 0, 3] = 0
    path = base / "input" / "a.png"
    path.parent.mkdir(exist_ok=True)
    Pillow.fromarray(pixels).save(path)
    return path


def test_a_picture_loads_with_its_mask(tmp_path: Path) -> None:
    example(tmp_path)
    image, mask = load_image(context(tmp_path), image="a.png")
    assert image.shape == (1, 4, 6, 3)
    assert (image[0, 0, 0] * 255).round().tolist() == [10, 20, 30]
    assert mask.sum() == mask[0, 0, 0] == 1


@pytest.mark.parametrize(("channel", "value"), [("red", 10), ("green", 20), ("blue", 30), ("alpha", 0)])
def test_a_mask_is_one_channel(tmp_path: Path, channel: str, value: int) -> None:
    example(tmp_path)
    mask = load_image_mask(context(tmp_path), image="a.png", channel=channel)
    assert mask.shape == (1, 4, 6)
    assert round(mask[0, 1, 1].item() * 255) == value


def load_and_save(name: str) -> Prompt:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": name}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "copy"}},
    }


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(studio: Studio) -> None:
    path = example(studio.folders.base)
    assert studio.run(load_and_save("a.png")).types == ["LoadImage", "SaveImage"]
    assert studio.run(load_and_save("a.png")).types == []
    Pillow.new("RGB", (2, 2)).save(path)
    assert studio.run(load_and_save("a.png")).types == ["LoadImage", "SaveImage"]


def test_a_result_can_be_loaded_by_its_marked_name(studio: Studio) -> None:
    example(studio.folders.base)
    studio.run(load_and_save("a.png"))
    ran = studio.run(load_and_save("copy_00001_.png [output]"))
    assert ran.outcome.status == "success"
    assert ran.files[0].name == "copy_00002_.png"


def test_a_missing_file_is_told_before_anything_runs(studio: Studio) -> None:
    example(studio.folders.base)
    with pytest.raises(InvalidWorkflow, match=r"b\.png.*a\.png"):
        studio.run(load_and_save("b.png"))


def test_a_damaged_file_is_an_error_of_its_node(studio: Studio) -> None:
    (studio.folders.base / "input" / "a.png").write_bytes(b"no picture")
    ran = studio.run(load_and_save("a.png"))
    assert ran.outcome.status == "error"
    assert "a.png is not a picture of a known format" in ran.messages[0]


def load_output(name: str) -> Prompt:
    return {
        "1": {"class_type": "LoadImageOutput", "inputs": {"image": name}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "again"}},
    }


@pytest.mark.parametrize("name", ["copy_00001_.png [output]", "copy_00001_.png"])
def test_a_result_is_loaded_from_the_output_folder_and_anew_when_it_has_changed(
    studio: Studio, name: str
) -> None:
    example(studio.folders.base)
    (first,) = studio.run(load_and_save("a.png")).files
    assert studio.run(load_output(name)).types == ["LoadImageOutput", "SaveImage"]
    assert studio.run(load_output(name)).types == []
    Pillow.new("RGB", (3, 2)).save(first)
    assert studio.run(load_output(name)).types == ["LoadImageOutput", "SaveImage"]


def test_a_result_that_is_not_there_is_told_before_anything_runs(studio: Studio) -> None:
    (studio.folders.base / "output").mkdir()
    with pytest.raises(InvalidWorkflow, match=r"image: 'b\.png \[output\]' not in"):
        studio.run(load_output("b.png [output]"))


def test_masks_are_shown_as_grey_pictures_of_the_temp_folder(tmp_path: Path) -> None:
    masks = torch.tensor([[[0.0, 1.0]], [[0.2, 0.6]]])
    files = shown(preview_mask(context(tmp_path), mask=masks))
    assert [file["type"] for file in files] == ["temp", "temp"]
    with Pillow.open(tmp_path / "temp" / files[1]["filename"]) as picture:
        assert np.asarray(picture).tolist() == [[[51] * 3, [153] * 3]]
