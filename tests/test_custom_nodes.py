"""The example packs: they load, they are nodes like any other, and they do what they say."""

from pathlib import Path

import pytest
import torch
from PIL import Image as Pillow

from compat.packs import offers_of
from graph.folders import Folders
from graph.node import NodeType
from graph.plugins import Pack, load_packs
from tests.nodes.studio import Prompt, Studio

PACKS = Path(__file__).parent.parent / "custom_nodes"


@pytest.fixture(scope="module")
def packs() -> dict[str, Pack]:
    return {pack.name: pack for pack in load_packs(PACKS, offers_of)}


@pytest.fixture(scope="module")
def nodes(packs: dict[str, Pack]) -> dict[str, NodeType]:
    return {found.schema.name: found for pack in packs.values() for found in pack.node_types}


def test_the_packs_load_with_their_nodes(packs: dict[str, Pack]) -> None:
    assert {pack.error for pack in packs.values()} == {None}
    names = {name: {found.schema.name for found in pack.node_types} for name, pack in packs.items()}
    assert names == {
        "postcard": {"Duotone", "Postcard"},
        "vignette": {"Vignette"},
        "contact_sheet": {"ContactSheet"},
    }


def test_each_says_which_pack_it_is_of_and_what_it_does(nodes: dict[str, NodeType]) -> None:
    modules = {name: found.schema.module for name, found in nodes.items()}
    assert modules == {
        "ContactSheet": "custom_nodes.contact_sheet",
        "Duotone": "custom_nodes.postcard",
        "Postcard": "custom_nodes.postcard",
        "Vignette": "custom_nodes.vignette",
    }
    assert all(found.schema.description for found in nodes.values())


def test_the_postcard_has_a_widget_of_every_kind(nodes: dict[str, NodeType]) -> None:
    inputs = {spec.name: spec for spec in nodes["Postcard"].schema.inputs}
    assert [spec.type for spec in inputs.values()] == [
        "IMAGE", "STRING", "INT", "INT", "COMBO", "INT", "INT", "BOOLEAN",
    ]  # fmt: skip
    assert inputs["caption"].options["multiline"]
    assert inputs["text_size"].options["display"] == "slider"
    assert inputs["paper"].options["display"] == "color"
    assert inputs["align"].choices == ("left", "center", "right")


def test_a_vignette_darkens_the_corners_and_not_the_middle(nodes: dict[str, NodeType]) -> None:
    image = nodes["Vignette"](torch.ones(2, 33, 33, 3), strength=0.5)
    assert image.shape == (2, 33, 33, 3)
    assert image[0, 16, 16].tolist() == [1.0, 1.0, 1.0]
    assert torch.allclose(image[1, [0, 0, -1, -1], [0, -1, 0, -1]], torch.tensor(0.5))
    assert torch.equal(nodes["Vignette"](image, strength=0.0), image)


def test_a_duotone_runs_from_one_ink_to_the_other(nodes: dict[str, NodeType]) -> None:
    grey = torch.linspace(0, 1, 5).reshape(1, 1, 5, 1).expand(1, 1, 5, 3)
    printed = nodes["Duotone"](grey, shadows=0x000080, highlights=0xFF8000, contrast=1.0) * 255
    assert torch.allclose(printed[0, 0, 0], torch.tensor([0.0, 0.0, 128.0]), atol=1e-3)
    assert torch.allclose(printed[0, 0, 4], torch.tensor([255.0, 128.0, 0.0]), atol=1e-3)
    assert torch.equal(nodes["Duotone"](grey, amount=0.0), grey)


def test_a_postcard_frames_the_picture_untouched_above_its_caption(nodes: dict[str, NodeType]) -> None:
    picture = torch.rand(2, 40, 60, 3).mul(255).round() / 255
    card = nodes["Postcard"](picture, caption="one\ntwo", border=10, text_size=20, paper=0xFFFFFF, ink=0)
    assert card.shape == (2, 40 + 20 + 60, 60 + 20, 3)
    assert torch.allclose(card[:, 10:50, 10:70], picture)
    assert card[:, 52:-8].min() < 0.2  # ink below the picture
    assert card[0, 0, 0].tolist() == [1.0, 1.0, 1.0]


def test_a_postcard_without_words_has_no_strip(nodes: dict[str, NodeType]) -> None:
    card = nodes["Postcard"](torch.rand(1, 8, 8, 3), caption="", border=0, frame=False)
    assert card.shape == (1, 8, 8, 3)


@pytest.mark.parametrize(("align", "side"), [("left", slice(0, 50)), ("right", slice(50, 100))])
def test_the_caption_stands_where_it_is_aligned(nodes: dict[str, NodeType], align: str, side: slice) -> None:
    card = nodes["Postcard"](
        torch.ones(1, 10, 100, 3),
        caption="ab",
        border=0,
        text_size=20,
        align=align,
        paper=0xFFFFFF,
        frame=False,
    )
    strip = card[0, 10:]
    other = slice(50, 100) if side.start == 0 else slice(0, 50)
    assert strip[:, side].min() < 0.5
    assert strip[:, other].min() == 1


def test_a_graph_of_packs_nodes_runs_end_to_end(tmp_path: Path, nodes: dict[str, NodeType]) -> None:
    studio = Studio(Folders(tmp_path), extra=nodes.values())
    card = {
        "image": ["2", 0], "caption": "Hello", "border": 8, "text_size": 12, "align": "center",
        "paper": 0xFFFFFF, "ink": 0, "frame": True,
    }  # fmt: skip
    prompt: Prompt = {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 48, "batch_size": 1, "color": 0x808080},
        },
        "2": {"class_type": "Vignette", "inputs": {"image": ["1", 0], "strength": 1, "softness": 1}},
        "3": {"class_type": "Postcard", "inputs": card},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "card"}},
    }
    with Pillow.open(studio.run(prompt).files[0]) as picture:
        assert picture.size == (80, 82)
        assert picture.getpixel((8, 8)) == (0, 0, 0)
        assert picture.getpixel((40, 32)) != (0, 0, 0)


def test_a_new_file_with_a_typed_function_is_a_node(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from nodes.api import Image, node\n\n\n"
        '@node("image")\ndef flip(image: Image) -> Image:\n    """Mirror."""\n    return image.flip(2)\n'
    )
    (tmp_path / "broken.py").write_text("import no_such_module\n")
    found = {pack.name: pack for pack in load_packs(tmp_path)}
    assert [node.schema.name for node in found["mine"].node_types] == ["Flip"]
    assert "no_such_module" in (found["broken"].error or "")


def test_a_contact_sheet_lays_pictures_out_in_rows(tmp_path: Path, nodes: dict[str, NodeType]) -> None:
    studio = Studio(Folders(tmp_path), extra=[nodes["ContactSheet"]])
    pictures = {"width": 6, "height": 4, "batch_size": 3, "color": 0}
    sheet = {"images": ["1", 0], "columns": 2, "gap": 2}
    prompt: Prompt = {
        "1": {"class_type": "EmptyImage", "inputs": pictures},
        "2": {"class_type": "ContactSheet", "inputs": sheet},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "sheet"}},
    }
    with Pillow.open(studio.run(prompt).files[0]) as picture:
        assert picture.size == (14, 10)
        assert [picture.getpixel(at)[0] for at in ((0, 0), (6, 0), (8, 0), (0, 6), (8, 6))] == [
            0,
            255,
            0,
            0,
            255,
        ]  # type: ignore[index]
