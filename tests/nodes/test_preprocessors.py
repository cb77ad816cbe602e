"""Preprocessors in workflows: from a picture in the input folder to a control picture."""

from pathlib import Path

import pytest
import torch
from PIL import Image as Pillow
from PIL import ImageDraw
from torch import Tensor

from nodes.pictures import read_image
from nodes.preprocessors import canny, inpaint
from tests.nodes.studio import Prompt, Studio

PLAIN = {
    "Canny": {"low_threshold": 0.4, "high_threshold": 0.8},
    "SoftEdgePreprocessor": {"sensitivity": 1.0, "safe": True},
    "ScribblePreprocessor": {"sensitivity": 1.0, "threshold": 0.3, "thickness": 3},
    "LineSegmentPreprocessor": {"threshold": 0.1, "min_length": 20.0, "thickness": 1.0},
    "InvertLineArtPreprocessor": {},
    "DarkLinePreprocessor": {"sigma": 6.0, "sensitivity": 1.0},
    "RemoveDetailPreprocessor": {"factor": 8},
    "BlurPreprocessor": {"sigma": 3.0},
    "RecolourPreprocessor": {"kind": "luminance", "gamma": 1.0},
}


@pytest.fixture
def house(studio: Studio) -> Path:
    """A drawn house in the input folder."""
    path = studio.folders.directory("input") / "house.png"
    picture = Pillow.new("RGB", (96, 80), (150, 190, 230))
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((24, 34, 72, 72), fill=(200, 90, 60), outline=(20, 20, 20))
    drawing.polygon(((18, 34), (48, 10), (78, 34)), fill=(90, 40, 40))
    picture.save(path)
    return path


def workflow(class_type: str, inputs: dict[str, object]) -> Prompt:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "house.png"}},
        "2": {"class_type": class_type, "inputs": {"image": ["1", 0], **inputs}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "control"}},
    }


@pytest.mark.parametrize("class_type", PLAIN)
def test_a_picture_becomes_a_control_picture_of_its_size(
    studio: Studio, house: Path, class_type: str
) -> None:
    ran = studio.run(workflow(class_type, PLAIN[class_type]))
    assert ran.messages == []
    made, source = read_image(ran.files[0]), read_image(house)
    assert made.shape == source.shape
    assert made.std() > 0.01
    assert not torch.equal(made, source)


def test_the_defaults_of_canny_are_those_of_the_field() -> None:
    image = torch.rand(1, 24, 24, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(canny(image=image), canny(image=image, low_threshold=0.4, high_threshold=0.8))


def test_a_hole_is_marked_with_minus_one() -> None:
    image: Tensor = torch.full((1, 8, 8, 3), 0.5)
    mask = torch.zeros(1, 8, 8)
    mask[0, 0, 0] = 1.0
    assert inpaint(image=image, mask=mask)[0, 0, 0].tolist() == [-1, -1, -1]


def test_crossed_thresholds_are_an_error_of_the_node(studio: Studio, house: Path) -> None:
    ran = studio.run(workflow("Canny", {"low_threshold": 0.9, "high_threshold": 0.1}))
    assert "swap them" in ran.messages[0]
