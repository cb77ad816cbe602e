"""People as OpenPose's points: read from its JSON, written to it, drawn as its coloured sticks."""

from __future__ import annotations

import colorsys
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import torch

from diffusion.errors import DiffusionError
from diffusion.types import Image
from diffusion.vision.drawing import WHITE, Canvas, Point, blank, disc, ellipse, stroke

Joint: TypeAlias = Point | None  # None: not seen
Frame: TypeAlias = Mapping[str, Any]  # OpenPose's JSON: people, canvas_width, canvas_height

# The 18 points: nose, neck, right shoulder, elbow, wrist, left ones, right hip, knee, ankle, left ones,
# right eye, left eye, right ear, left ear.
BODY: Final = 18
HAND: Final = 21
# From the 25 points of OpenPose's newer model, which has a middle of the hips and feet besides.
FROM_BODY_25: Final = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
LIMBS: Final = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
    (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
COLOURS: Final = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
    (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255),
    (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
FARTHEST: Final = 1e6  # pixels
LIMB_LIGHT: Final = 0.6  # of a limb beside its points
FINGERS: Final = tuple(
    (0 if joint == 0 else 4 * finger + joint, 4 * finger + joint + 1)
    for finger in range(5)
    for joint in range(4)
)
HAND_COLOUR: Final = (0.0, 0.0, 1.0)
# Pixels, as OpenPose's users draw them.
LIMB_WIDTH, POINT_RADIUS, FACE_RADIUS, FINGER_WIDTH = 8.0, 4.0, 3.0, 2.0


@dataclass(frozen=True)
class Person:
    """The points of one person, in pixels; hands and face have none where they were not looked for."""

    body: tuple[Joint, ...] = (None,) * BODY
    left_hand: tuple[Joint, ...] = ()
    right_hand: tuple[Joint, ...] = ()
    face: tuple[Joint, ...] = ()


@dataclass(frozen=True)
class Pose:
    """The people of one picture, and its size."""

    people: tuple[Person, ...]
    width: int
    height: int


def read_poses(text: str) -> tuple[Pose, ...]:
    """The poses of a text in OpenPose's JSON: one frame, or a list of them. Raises DiffusionError."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise DiffusionError(f"the keypoints are not JSON: {str(problem)[:200]}") from problem
    return poses_of(content)


def poses_of(content: object) -> tuple[Pose, ...]:
    """The poses of one frame or several, as plain values. Raises DiffusionError."""
    frames = content if isinstance(content, list | tuple) else [content]
    return tuple(pose_of(frame) for frame in frames)


def pose_of(frame: object) -> Pose:
    """The pose of one frame; without a size of its own it is as large as its points reach."""
    if not isinstance(frame, Mapping) or not isinstance(frame.get("people"), list):
        raise DiffusionError(
            'a pose is {"people": [{"pose_keypoints_2d": [x, y, confidence, …]}], "canvas_width": …, '
            f'"canvas_height": …}}; this is {str(frame)[:80]}'
        )
    people = [person for person in frame["people"] if isinstance(person, Mapping)]
    width, height = side(frame, "canvas_width"), side(frame, "canvas_height")
    scale = (width or 1, height or 1)
    read = tuple(person_of(person, scale) for person in people)
    reach = [joint for person in read for joint in joints_of(person)]
    return Pose(
        read,
        width or round(max((x for x, _ in reach), default=0)) + 1,
        height or round(max((y for _, y in reach), default=0)) + 1,
    )


def side(frame: Frame, name: str) -> int:
    """A side of the canvas in pixels; 0 where it is not told."""
    value = frame.get(name, 0)
    return int(value) if isinstance(value, int | float) and 0 < value < 1 << 15 else 0


def person_of(person: Frame, scale: tuple[int, int]) -> Person:
    """One person of a frame."""
    body = numbers_of(person, "pose_keypoints_2d")
    if len(body) not in (0, 3 * BODY, 3 * 25):
        raise DiffusionError(
            f"pose_keypoints_2d holds {len(body)} numbers; 18 or 25 points make {3 * BODY} or {3 * 25}"
        )
    points = joints(body, scale) or (None,) * BODY
    return Person(
        body=tuple(points[index] for index in FROM_BODY_25) if len(points) == 25 else points,
        left_hand=joints(numbers_of(person, "hand_left_keypoints_2d"), scale),
        right_hand=joints(numbers_of(person, "hand_right_keypoints_2d"), scale),
        face=joints(numbers_of(person, "face_keypoints_2d"), scale),
    )


def numbers_of(person: Frame, name: str) -> list[float]:
    """A list of numbers, empty where it is missing."""
    values = person.get(name) or []
    if not isinstance(values, Sequence) or not all(isinstance(value, int | float) for value in values):
        raise DiffusionError(f"{name} is a list of numbers x, y, confidence, …; it is {str(values)[:80]}")
    numbers = [float(value) for value in values]
    if not all(math.isfinite(number) and abs(number) < FARTHEST for number in numbers):
        raise DiffusionError(f"{name} holds what is not a finite number, or lies outside of any picture")
    return numbers


def joints(numbers: Sequence[float], scale: tuple[int, int]) -> tuple[Joint, ...]:
    """Points of x, y, confidence; those of no confidence are not there. Parts of a canvas become pixels."""
    points = [tuple(numbers[start : start + 3]) for start in range(0, len(numbers) - 2, 3)]
    across, down = scale if all(0 <= number <= 1 for x, y, _ in points for number in (x, y)) else (1, 1)
    return tuple((x * across, y * down) if sure > 0 else None for x, y, sure in points)


def joints_of(person: Person) -> list[Point]:
    """Every point that was seen."""
    every = (*person.body, *person.left_hand, *person.right_hand, *person.face)
    return [joint for joint in every if joint is not None]


def written(pose: Pose) -> dict[str, Any]:
    """A pose as OpenPose's JSON."""
    return {
        "people": [
            {
                "pose_keypoints_2d": flat(person.body),
                "hand_left_keypoints_2d": flat(person.left_hand),
                "hand_right_keypoints_2d": flat(person.right_hand),
                "face_keypoints_2d": flat(person.face),
            }
            for person in pose.people
        ],
        "canvas_width": pose.width,
        "canvas_height": pose.height,
    }


def flat(points: Sequence[Joint]) -> list[float]:
    """x, y and confidence of each point."""
    return [number for point in points for number in ((*point, 1.0) if point else (0.0, 0.0, 0.0))]


def draw_poses(
    poses: Sequence[Pose], width: int = 0, height: int = 0, *, hands: bool = True, face: bool = True
) -> Image:
    """Coloured sticks on black, (B, H, W, 3); a size of 0 is the first pose's, and others are stretched."""
    if not poses:
        return torch.zeros(1, height or 1, width or 1, 3)
    size = (width or poses[0].width, height or poses[0].height)
    return torch.stack([torch.from_numpy(drawn(pose, *size, hands=hands, face=face)) for pose in poses])


def drawn(pose: Pose, width: int, height: int, *, hands: bool, face: bool) -> Canvas:
    """One pose on a canvas of this size."""
    canvas = blank(height, width)
    for person in pose.people:
        across, down = width / pose.width, height / pose.height
        draw_body(canvas, moved(person.body, across, down))
        if hands:
            draw_hand(canvas, moved(person.left_hand, across, down))
            draw_hand(canvas, moved(person.right_hand, across, down))
        for joint in moved(person.face, across, down) if face else ():
            if joint:
                disc(canvas, joint, FACE_RADIUS, WHITE)
    return canvas


def moved(points: Sequence[Joint], across: float, down: float) -> list[Joint]:
    """Points on a canvas stretched so much."""
    return [point and (point[0] * across, point[1] * down) for point in points]


def draw_body(canvas: Canvas, points: Sequence[Joint]) -> None:
    """Limbs as ellipses in darker colours, points above them."""
    for (first, second), colour in zip(LIMBS, COLOURS, strict=False):
        start, end = points[first], points[second]
        if start and end:
            ellipse(canvas, start, end, LIMB_WIDTH, shade(colour, LIMB_LIGHT))
    for point, colour in zip(points, COLOURS, strict=True):
        if point:
            disc(canvas, point, POINT_RADIUS, shade(colour))


def shade(colour: tuple[int, int, int], light: float = 1.0) -> tuple[float, float, float]:
    """Bytes as parts of 1."""
    red, green, blue = (light * byte / 255 for byte in colour)
    return red, green, blue


def draw_hand(canvas: Canvas, points: Sequence[Joint]) -> None:
    """Fingers in the colours of the rainbow, points in blue."""
    if len(points) != HAND:
        return
    for index, (first, second) in enumerate(FINGERS):
        start, end = points[first], points[second]
        if start and end:
            stroke(canvas, start, end, FINGER_WIDTH, colorsys.hsv_to_rgb(index / len(FINGERS), 1.0, 1.0))
    for point in points:
        if point:
            disc(canvas, point, POINT_RADIUS, HAND_COLOUR)
