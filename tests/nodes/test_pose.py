"""Depth, segments and poses in workflows: models from folders, and poses typed in."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image as Pillow

from graph.errors import InvalidWorkflow
from graph.folders import Folders
from nodes.pictures import read_image
from nodes.pose import draw_pose
from tests.diffusion.vision import models
from tests.diffusion.vision.test_skeleton import STANDING, flat, frame
from tests.nodes.studio import Prompt, Studio


@pytest.fixture
def studio_with_models(tmp_path: Path) -> Studio:
    (tmp_path / "input").mkdir()
    Pillow.effect_noise((48, 40), 60).convert("RGB").save(tmp_path / "input" / "scene.png")
    return Studio(Folders(tmp_path))


def workflow(nodes: Mapping[str, tuple[str, dict[str, object]]]) -> Prompt:
    """The scene as node 1, the given nodes, and a file of the node called "made"."""
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "scene.png"}},
        **{name: {"class_type": kind, "inputs": inputs} for name, (kind, inputs) in nodes.items()},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["made", 0], "filename_prefix": "made"}},
    }


def test_depth_comes_from_a_folder_in_models(studio_with_models: Studio) -> None:
    models.dpt(studio_with_models.folders.models / "depth" / "org" / "tiny")
    ran = studio_with_models.run(
        workflow(
            {
                "2": ("DepthModelLoader", {"model_name": "org/tiny"}),
                "made": ("DepthPreprocessor", {"depth_model": ["2", 0], "image": ["1", 0]}),
            }
        )
    )
    assert ran.messages == []
    made = read_image(ran.files[0])
    assert made.shape == (1, 40, 48, 3)
    assert (made.min(), made.max()) == (0, 1)


def test_segments_come_from_a_folder_in_models(studio_with_models: Studio) -> None:
    models.segformer(studio_with_models.folders.models / "segmentation" / "tiny")
    ran = studio_with_models.run(
        workflow(
            {
                "2": ("SegmentationModelLoader", {"model_name": "tiny"}),
                "made": ("SegmentationPreprocessor", {"segmentation_model": ["2", 0], "image": ["1", 0]}),
            }
        )
    )
    assert ran.messages == []
    assert read_image(ran.files[0]).shape == (1, 40, 48, 3)


def test_a_found_pose_can_be_drawn_anew_at_another_size(studio_with_models: Studio) -> None:
    models.vitpose(studio_with_models.folders.models / "pose" / "tiny")
    models.yolos(studio_with_models.folders.models / "detection" / "tiny")
    finding = {
        "pose_model": ["2", 0],
        "detection_model": ["3", 0],
        "image": ["1", 0],
        "box_threshold": 0.0,
        "joint_threshold": 0.0,
    }
    drawing = {"keypoints": "", "width": 96, "height": 80, "hands": True, "face": True}
    ran = studio_with_models.run(
        workflow(
            {
                "2": ("PoseModelLoader", {"model_name": "tiny"}),
                "3": ("DetectionModelLoader", {"model_name": "tiny"}),
                "4": ("PosePreprocessor", finding),
                "made": ("PoseDraw", {**drawing, "pose_keypoint": ["4", 1]}),
            }
        )
    )
    assert ran.messages == []
    assert read_image(ran.files[0]).shape == (1, 80, 96, 3)


def test_a_pose_is_drawn_from_text_alone() -> None:
    drawn = draw_pose(keypoints=json.dumps(frame(flat(STANDING))), width=200)
    assert drawn.shape == (1, 200, 200, 3)
    assert drawn.max() == 1


def test_a_folder_that_is_not_there_is_an_error_before_the_run(studio_with_models: Studio) -> None:
    prompt = workflow(
        {
            "2": ("DepthModelLoader", {"model_name": "missing"}),
            "made": ("DepthPreprocessor", {"depth_model": ["2", 0], "image": ["1", 0]}),
        }
    )
    with pytest.raises(InvalidWorkflow, match="missing"):
        studio_with_models.run(prompt)


def test_a_folder_without_weights_says_what_to_put_where(studio_with_models: Studio) -> None:
    folder = studio_with_models.folders.models / "depth" / "half"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    prompt = workflow(
        {
            "2": ("DepthModelLoader", {"model_name": "half"}),
            "made": ("DepthPreprocessor", {"depth_model": ["2", 0], "image": ["1", 0]}),
        }
    )
    said = studio_with_models.run(prompt).messages[0]
    assert "model.safetensors must be put into" in said
    assert str(folder) in said
