"""Nodes that find and draw how people stand."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, TypeAlias

from diffusion.vision import pose, skeleton
from diffusion.vision.pretrained import Pretrained
from nodes.api import Context, FileIn, Image, Range, Socket, Text, Tooltip, node

PoseModel: TypeAlias = Annotated[Pretrained, Socket("POSE_MODEL")]
Detector: TypeAlias = Annotated[Pretrained, Socket("DETECTION_MODEL")]
PoseKeypoint: TypeAlias = Annotated[list[dict[str, Any]], Socket("POSE_KEYPOINT")]
"""One frame of OpenPose's JSON for each picture."""

PoseFolder = Annotated[
    str,
    FileIn("pose"),
    Tooltip("A folder in models/pose with config.json, preprocessor_config.json and model.safetensors."),
]
DetectorFolder = Annotated[
    str,
    FileIn("detection"),
    Tooltip("A folder in models/detection with config.json, preprocessor_config.json and model.safetensors."),
]
Sureness = Annotated[float, Range(0.0, 1.0, 0.01)]
Pixels = Annotated[int, Range(0, 16384, 8)]


class Found(NamedTuple):
    """A drawing, and what it was drawn from."""

    image: Image
    pose_keypoint: PoseKeypoint


@node("loaders", name="PoseModelLoader", display_name="Load Pose Model")
def load_pose_model(context: Context, *, model_name: PoseFolder) -> PoseModel:
    """Open a ViTPose model in transformers' layout."""
    return pose.open_pose_model(context.folders.resolve("pose", model_name))


@node("loaders", name="DetectionModelLoader", display_name="Load Detection Model")
def load_detector(context: Context, *, model_name: DetectorFolder) -> Detector:
    """Open an object detector in transformers' layout, such as RT-DETR, that knows people."""
    return pose.open_detector(context.folders.resolve("detection", model_name))


@node("image/preprocessors", name="PosePreprocessor", display_name="Pose (OpenPose Sticks)")
def find_pose(
    *,
    pose_model: PoseModel,
    image: Image,
    box_threshold: Sureness = 0.3,
    joint_threshold: Sureness = 0.3,
    detection_model: Detector | None = None,
) -> Found:
    """How people stand, as OpenPose's coloured sticks; without a detector one person fills the picture."""
    poses = pose.find_poses(pose_model, image, detection_model, box_threshold, joint_threshold)
    return Found(skeleton.draw_poses(poses), [skeleton.written(each) for each in poses])


@node("image/preprocessors", name="PoseDraw", display_name="Draw Pose", lane="cpu")
def draw_pose(
    *,
    keypoints: Annotated[
        str, Text(multiline=True, placeholder='{"people": [{"pose_keypoints_2d": [...]}]}')
    ] = "",
    width: Pixels = 0,
    height: Pixels = 0,
    hands: bool = True,
    face: bool = True,
    pose_keypoint: PoseKeypoint | None = None,
) -> Image:
    """Coloured sticks from OpenPose's JSON, typed in or linked; a size of 0 is the one that it tells."""
    poses = skeleton.read_poses(keypoints) if pose_keypoint is None else skeleton.poses_of(pose_keypoint)
    return skeleton.draw_poses(poses, width, height, hands=hands, face=face)
