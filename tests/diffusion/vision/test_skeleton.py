"""OpenPose's JSON and its coloured sticks."""

import json
from collections.abc import Sequence

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.vision.skeleton import (
    COLOURS,
    FINGERS,
    LIMBS,
    Person,
    Pose,
    draw_poses,
    poses_of,
    read_poses,
    written,
)

# A person in a picture of 100 x 200, standing and facing us: their right is our left.
STANDING = (
    (50, 30), (50, 50), (35, 50), (30, 80), (28, 110), (65, 50), (70, 80), (72, 110),
    (42, 110), (40, 145), (40, 180), (58, 110), (60, 145), (60, 180),
    (46, 26), (54, 26), (41, 29), (59, 29),
)  # fmt: skip


def flat(points: Sequence[tuple[float, float]]) -> list[float]:
    return [number for x, y in points for number in (x, y, 1.0)]


def frame(numbers: list[float], width: int = 100, height: int = 200) -> dict[str, object]:
    return {"people": [{"pose_keypoints_2d": numbers}], "canvas_width": width, "canvas_height": height}


def test_a_text_becomes_points_and_back() -> None:
    poses = read_poses(json.dumps(frame(flat(STANDING))))
    assert poses == (Pose((Person(tuple((float(x), float(y)) for x, y in STANDING)),), 100, 200),)
    assert poses_of([written(poses[0])]) == poses


def test_points_of_no_confidence_are_not_there() -> None:
    numbers = flat(STANDING)
    numbers[3 * 4 + 2] = 0.0
    body = poses_of(frame(numbers))[0].people[0].body
    assert body[4] is None
    assert body[3] == (30.0, 80.0)


def test_parts_of_a_canvas_become_pixels() -> None:
    parts = [number for x, y in STANDING for number in (x / 100, y / 200, 0.9)]
    assert poses_of(frame(parts))[0].people[0].body[8] == pytest.approx((42, 110))


def test_the_25_points_of_the_newer_model_lose_hips_and_feet() -> None:
    points = [(float(index), 50.0) for index in range(25)]
    body = poses_of(frame(flat(points)))[0].people[0].body
    assert [joint[0] for joint in body if joint] == [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        9,
        10,
        11,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
    ]


def test_sticks_and_points_have_the_colours_of_openpose() -> None:
    drawn = draw_poses(poses_of(frame(flat(STANDING))))[0]
    assert drawn.shape == (200, 100, 3)
    for point, colour in zip(STANDING, COLOURS, strict=True):
        torch.testing.assert_close(drawn[point[1], point[0]], torch.tensor(colour) / 255)
    for (first, second), colour in list(zip(LIMBS, COLOURS, strict=False))[2:12]:
        middle = [(a + b) // 2 for a, b in zip(STANDING[first], STANDING[second], strict=True)]
        torch.testing.assert_close(
            drawn[middle[1], middle[0]], torch.tensor(colour) * 0.6 / 255, atol=2e-3, rtol=0
        )
    assert drawn[:10].max() == 0


def test_a_limb_needs_both_its_ends() -> None:
    numbers = flat(STANDING)
    numbers[3 * 3 + 2] = 0.0  # the right elbow
    drawn = draw_poses(poses_of(frame(numbers)))[0]
    assert drawn[95, 29].max() == 0
    assert drawn[110, 28].max() == 1


def test_a_pose_is_stretched_to_the_size_that_is_asked_for() -> None:
    poses = poses_of(frame(flat(STANDING)))
    large = draw_poses(poses, 200, 400)[0]
    assert large.shape == (400, 200, 3)
    torch.testing.assert_close(large[220, 84], torch.tensor(COLOURS[8]) / 255)
    both = draw_poses((*poses, *poses_of(frame(flat(STANDING), 50, 400))))
    assert both.shape == (2, 200, 100, 3)


def test_hands_and_face_are_drawn_where_they_are_wanted() -> None:
    assert FINGERS[:5] == ((0, 1), (1, 2), (2, 3), (3, 4), (0, 5))
    assert FINGERS[-1] == (19, 20)
    hand = [(10.0 + 2 * index, 10.0) for index in range(21)]
    person = {"hand_left_keypoints_2d": flat(hand), "face_keypoints_2d": flat([(80.0, 80.0)])}
    poses = poses_of({"people": [person], "canvas_width": 100, "canvas_height": 100})
    drawn = draw_poses(poses)[0]
    assert drawn[10, 30].tolist() == [0, 0, 1]
    assert drawn[80, 80].tolist() == [1, 1, 1]
    assert draw_poses(poses, hands=False, face=False).max() == 0


def test_a_canvas_of_no_size_is_as_large_as_its_points_reach() -> None:
    pose = poses_of({"people": [{"pose_keypoints_2d": flat(STANDING)}]})[0]
    assert (pose.width, pose.height) == (73, 181)
    assert draw_poses(poses_of({"people": []})).shape == (1, 1, 1, 3)
    assert draw_poses((), 8, 16).shape == (1, 16, 8, 3)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "are not JSON"),
        ("[1, 2]", "a pose is .*this is 1"),
        ('{"people": 3}', "a pose is"),
        ('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', "holds 3 numbers; 18 or 25 points make 54 or 75"),
        ('{"people": [{"pose_keypoints_2d": ["a"]}]}', "is a list of numbers"),
        ('{"people": [{"face_keypoints_2d": 5}]}', "is a list of numbers"),
        ("[" * 5000, "are not JSON"),
    ],
)
def test_what_is_no_pose_is_refused_with_what_would_be_one(text: str, complaint: str) -> None:
    with pytest.raises(DiffusionError, match=complaint):
        read_poses(text)


@pytest.mark.parametrize("wild", [float("nan"), float("inf"), 1e30])
def test_numbers_that_lie_nowhere_are_refused(wild: float) -> None:
    with pytest.raises(DiffusionError, match="not a finite number"):
        read_poses(json.dumps(frame([wild, *flat(STANDING)[1:]])))


def test_points_beside_the_picture_are_cut_off() -> None:
    beside = flat([(x - 60.0, y - 1000.0) for x, y in STANDING])
    assert draw_poses(poses_of(frame(beside))).max() == 0
