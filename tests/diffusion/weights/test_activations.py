"""What is remembered of calls is told apart by modules and shapes, and does not grow without end."""

from __future__ import annotations

import torch

from diffusion.weights.activations import MOST, SLACK, Lesson, Lessons, key_of


def test_calls_are_of_one_kind_when_modules_and_shapes_are_alike() -> None:
    lessons = Lessons()
    small, large = torch.zeros(1, 4), torch.zeros(2, 4)
    lesson = lessons.of(key_of([("UNet", 10)], [small]))
    assert lessons.of(key_of([("UNet", 10)], [torch.ones(1, 4)])) is lesson
    others = [key_of([("UNet", 11)], [small]), key_of([("UNet", 10)], [large]), key_of([], [small])]
    assert all(lessons.of(key) is not lesson for key in others)
    assert len(list(lessons)) == 4


def test_what_is_forgotten_begins_afresh() -> None:
    lessons, key = Lessons(), key_of([("UNet", 10)], [])
    lessons.of(key).at_once = 1
    lessons.forget(key)
    assert lessons.of(key).at_once is None


def test_lessons_do_not_grow_without_end() -> None:
    lessons = Lessons()
    first = lessons.of(key_of([("UNet", 1)], []))
    for nbytes in range(2 * MOST):
        lessons.of(key_of([("UNet", nbytes)], [torch.zeros(1)]))
    assert len(lessons) == MOST
    assert lessons.of(key_of([("UNet", 1)], [])) is not first


def test_a_little_more_than_was_measured_is_left_free() -> None:
    assert Lesson().reserve is None
    assert Lesson(activations=1600).reserve == 1600 + 1600 // SLACK
