"""People found by tiny models, held against transformers' own post-processing."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import AutoImageProcessor, VitPoseForPoseEstimation, YolosForObjectDetection

from diffusion.errors import CheckpointError, PartMissing
from diffusion.vision.pose import (
    FROM_COCO,
    find_poses,
    open_detector,
    open_pose_model,
    people,
    person_of,
)
from tests.diffusion.vision import models

COCO = (
    "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow",
    "right elbow", "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee",
    "left ankle", "right ankle",
)  # fmt: skip
OPENPOSE = (
    "nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow",
    "left wrist", "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle",
    "right eye", "left eye", "right ear", "left ear",
)  # fmt: skip


def picture(batch: int = 1) -> Tensor:
    bytes_ = torch.randint(0, 256, (batch, 60, 48, 3), generator=torch.Generator().manual_seed(3))
    return bytes_ / 255


def as_bytes(image: Tensor) -> object:
    return (image[0] * 255).round().to(torch.uint8).numpy()


def test_points_are_those_of_transformers_under_openposes_numbers(tmp_path: Path) -> None:
    folder, image = models.vitpose(tmp_path / "pose"), picture()
    processor, network = (
        AutoImageProcessor.from_pretrained(folder),
        VitPoseForPoseEstimation.from_pretrained(folder),
    )
    boxes = [[(0.0, 0.0, 48.0, 60.0)]]
    with torch.no_grad():
        outputs = network.eval()(**processor(images=as_bytes(image), boxes=boxes, return_tensors="pt"))
    theirs = processor.post_process_pose_estimation(outputs, boxes=boxes)[0][0]
    pose = find_poses(open_pose_model(folder), image, None, 0.3, -1e9)[0]
    assert (pose.width, pose.height, len(pose.people)) == (48, 60, 1)
    body = pose.people[0].body
    for index, name in enumerate(OPENPOSE):
        if name != "neck":
            assert body[index] == pytest.approx(theirs["keypoints"][COCO.index(name)].tolist(), abs=1e-3)


def test_every_point_has_its_name_and_the_neck_lies_between_the_shoulders() -> None:
    points = torch.stack([torch.arange(17.0), 100 + torch.arange(17.0)], dim=1)
    body = person_of(points, torch.ones(17), 0.5).body
    names = ["neck" if index < 0 else COCO[index] for index in FROM_COCO]
    assert tuple(names) == OPENPOSE
    assert body[1] == (5.5, 105.5)
    assert body[0] == (0.0, 100.0)


def test_points_that_are_not_sure_are_left_out_and_the_neck_with_its_shoulders() -> None:
    sure = torch.ones(17)
    sure[COCO.index("left shoulder")] = 0.2
    body = person_of(torch.rand(17, 2), sure, 0.5).body
    assert body[OPENPOSE.index("left shoulder")] is None
    assert body[1] is None
    assert sum(joint is None for joint in body) == 2


def test_boxes_are_those_of_people_the_surest_first(tmp_path: Path) -> None:
    folder, image = models.yolos(tmp_path / "yolos", labels=("dog", "person", "cat")), picture()
    processor, network = (
        AutoImageProcessor.from_pretrained(folder),
        YolosForObjectDetection.from_pretrained(folder),
    )
    with torch.no_grad():
        outputs = network.eval()(**processor(images=as_bytes(image), return_tensors="pt"))
    theirs = processor.post_process_object_detection(outputs, threshold=0.0, target_sizes=[(60, 48)])[0]
    persons = theirs["labels"] == 1
    assert 0 < persons.sum() <= len(persons)
    order = theirs["scores"][persons].argsort(descending=True)
    corners = theirs["boxes"][persons][order]
    expected = torch.cat([corners[:, :2], corners[:, 2:] - corners[:, :2]], dim=1)
    found = people(open_detector(folder), image[0], 0.0)
    torch.testing.assert_close(torch.tensor(found), expected, atol=1e-3, rtol=0)
    assert people(open_detector(folder), image[0], 1.0) == []


def test_each_person_of_a_detector_gets_a_skeleton_and_no_person_none(tmp_path: Path) -> None:
    model = open_pose_model(models.vitpose(tmp_path / "pose"))
    detector = open_detector(models.yolos(tmp_path / "yolos", labels=("dog", "person", "cat")))
    image = picture(batch=2)
    poses = find_poses(model, image, detector, 0.0, 0.0)
    assert [len(pose.people) for pose in poses] == [len(people(detector, one, 0.0)) for one in image]
    assert find_poses(model, image, detector, 1.0, 0.0)[0].people == ()


def test_a_vitpose_of_experts_is_told_which_one_to_ask(tmp_path: Path) -> None:
    model = open_pose_model(models.vitpose(tmp_path / "plus", experts=6))
    assert len(find_poses(model, picture(), None, 0.3, 0.0)[0].people) == 1


def test_models_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="finds 21 points; wanted are the 17 of COCO"):
        open_pose_model(models.vitpose(tmp_path / "hand", labels=21))
    with pytest.raises(CheckpointError, match="zoo knows no 'person'; it knows ape, bear"):
        open_detector(models.yolos(tmp_path / "zoo", labels=("ape", "bear")))
    with pytest.raises(PartMissing, match="models/pose"):
        find_poses(None, picture(), None, 0.3, 0.3)
