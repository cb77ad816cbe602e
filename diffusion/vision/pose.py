"""People found in pictures: a detector draws boxes around them, ViTPose finds the joints in each box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor

from diffusion.errors import CheckpointError
from diffusion.networks.device import device_of
from diffusion.types import Image
from diffusion.vision.pretrained import Pretrained, on_cpu, open_pretrained, pictures_of, prepared, present
from diffusion.vision.skeleton import Joint, Person, Pose

Box: TypeAlias = tuple[float, float, float, float]  # left, top, width, height in pixels

PERSON: Final = "person"
COCO: Final = 17  # points: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles, each left first
SHOULDERS: Final = (5, 6)
NECK: Final = -1  # between the shoulders: COCO has none
# For each of OpenPose's 18 points the one of COCO's 17.
FROM_COCO: Final = (0, NECK, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
COCO_EXPERT: Final = 0  # of ViTPose+'s data sets


def open_pose_model(folder: Path) -> Pretrained:
    """The ViTPose model of a folder in transformers' layout. Raises CheckpointError."""
    from transformers import VitPoseForPoseEstimation

    model = open_pretrained(folder, VitPoseForPoseEstimation, "pose model")
    points = getattr(model.config, "num_labels", COCO)
    if points != COCO:
        raise CheckpointError(f"{folder.name} finds {points} points; wanted are the {COCO} of COCO")
    return model


def open_detector(folder: Path) -> Pretrained:
    """The detector (RT-DETR, DETR, YOLOS …) of a folder in transformers' layout. Raises CheckpointError."""
    from transformers import AutoModelForObjectDetection

    model = open_pretrained(folder, AutoModelForObjectDetection, "object detector")
    if not person_labels(model.config):
        known = ", ".join(list(model.config.id2label.values())[:10])
        raise CheckpointError(f"{folder.name} knows no {PERSON!r}; it knows {known} …")
    return model


def person_labels(config: Any) -> set[int]:
    """The numbers by which a detector calls people."""
    labels: Mapping[int, str] = config.id2label
    return {int(number) for number, label in labels.items() if label.lower() == PERSON}


@torch.no_grad()
def find_poses(
    model: Pretrained | None,
    image: Image,
    detector: Pretrained | None,
    box_threshold: float,
    joint_threshold: float,
) -> tuple[Pose, ...]:
    """The people of each picture; without a detector one, who fills it."""
    model = present(model, "pose")
    return tuple(
        find_pose(model, picture, detector, box_threshold, joint_threshold) for picture in pictures_of(image)
    )


def find_pose(
    model: Pretrained,
    picture: Tensor,
    detector: Pretrained | None,
    box_threshold: float,
    joint_threshold: float,
) -> Pose:
    """The people of one picture (H, W, 3)."""
    height, width = picture.shape[:2]
    boxes = [(0.0, 0.0, float(width), float(height))]
    if detector is not None:
        boxes = people(detector, picture, box_threshold)
    if not boxes:
        return Pose((), width, height)
    inputs = prepared(model, picture, boxes=[boxes])
    outputs = on_cpu(model.network(**inputs, **expert(model, len(boxes))))
    found = model.processor.post_process_pose_estimation(outputs, boxes=[boxes])[0]
    persons = tuple(person_of(each["keypoints"], each["scores"], joint_threshold) for each in found)
    return Pose(persons, width, height)


def expert(model: Pretrained, boxes: int) -> dict[str, Tensor]:
    """ViTPose+ has an expert for each data set and wants to be told which."""
    if model.config.backbone_config.num_experts <= 1:
        return {}
    return {"dataset_index": torch.full((boxes,), COCO_EXPERT, device=device_of(model.network))}


def people(detector: Pretrained, picture: Tensor, threshold: float) -> list[Box]:
    """Boxes around people, those that the detector is surest of first."""
    outputs = on_cpu(detector.network(**prepared(detector, picture)))
    found = detector.processor.post_process_object_detection(
        outputs, threshold=threshold, target_sizes=[tuple(picture.shape[:2])]
    )[0]
    wanted = person_labels(detector.config)
    rows = zip(found["scores"].tolist(), found["labels"].tolist(), found["boxes"].tolist(), strict=True)
    kept = sorted(((score, box) for score, label, box in rows if label in wanted), reverse=True)
    return [(left, top, right - left, bottom - top) for _, (left, top, right, bottom) in kept]


def person_of(points: Tensor, scores: Tensor, threshold: float) -> Person:
    """COCO's points (17, 2) and how sure each is, as OpenPose's."""
    joints = [
        as_joint(point, score, threshold)
        for point, score in zip(points.tolist(), scores.tolist(), strict=True)
    ]
    return Person(tuple(neck(joints) if index == NECK else joints[index] for index in FROM_COCO))


def as_joint(point: Sequence[float], score: float, threshold: float) -> Joint:
    """A point that is sure enough."""
    return (point[0], point[1]) if score >= threshold else None


def neck(joints: Sequence[Joint]) -> Joint:
    """Between the shoulders, where both are seen."""
    left, right = (joints[index] for index in SHOULDERS)
    return None if left is None or right is None else ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2)
