"""The world is the same for the same seed, and its captions name what its scenes hold."""

from __future__ import annotations

import random

import numpy as np
import pytest

from diffusion.training import captions
from diffusion.training.album import draw_training
from diffusion.training.painter import paint, pixels
from diffusion.training.world import ATTRIBUTES, SEA_KINDS, Scene, scene_of, training_scene


@pytest.mark.parametrize("seed", range(8))
def test_a_seed_draws_the_same_picture_every_time(seed: int) -> None:
    assert np.array_equal(pixels(scene_of(seed), 64), pixels(scene_of(seed), 64))


def test_seeds_draw_different_pictures() -> None:
    assert len({paint(scene_of(seed), 32).tobytes() for seed in range(50)}) == 50


def test_every_value_of_every_attribute_occurs() -> None:
    scenes = [scene_of(seed) for seed in range(300)]
    for name, values in ATTRIBUTES.items():
        assert {getattr(scene, name) for scene in scenes} == set(values)


def test_only_what_floats_or_flies_is_at_sea() -> None:
    scenes = [scene_of(seed) for seed in range(300)]
    assert {scene.kind for scene in scenes if scene.ground == "sea"} == set(SEA_KINDS)
    assert all(scene.ground == "sea" for scene in scenes if scene.kind == "boat")


def test_training_never_shows_a_held_out_combination() -> None:
    assert any(scene_of(seed).held_out for seed in range(300))
    assert not any(training_scene(seed).held_out for seed in range(300))


def test_a_training_picture_is_drawn_from_its_seed() -> None:
    assert draw_training(5).shape == (128, 128, 3)


def names_in(text: str, scene: Scene) -> dict[str, bool]:
    """Whether a caption holds one of the names of each attribute of the scene."""
    ground = captions.GROUND_PHRASES[scene.ground] + captions.ABOVE_PHRASES[scene.ground]
    return {
        "time": any(phrase in text for phrase in captions.TIME_PHRASES[scene.time]),
        "ground": any(phrase in text for phrase in ground),
        "kind": any(name in text for name in captions.KIND_NAMES[scene.kind]),
        "colour": any(name in text for name in captions.COLOUR_NAMES[scene.colour]),
    }


@pytest.mark.parametrize("seed", range(40))
def test_a_whole_caption_names_all_four_attributes(seed: int) -> None:
    scene = scene_of(seed)
    assert all(names_in(captions.caption(scene, random.Random(seed), whole=True), scene).values())


@pytest.mark.parametrize("seed", range(40))
def test_a_caption_names_no_other_colour(seed: int) -> None:
    scene = scene_of(seed)
    words = captions.caption(scene, random.Random(seed)).replace(",", "").split()
    others = [names for colour, names in captions.COLOUR_NAMES.items() if colour != scene.colour]
    assert not set(words) & {name for names in others for name in names}


def test_captions_sometimes_leave_attributes_out() -> None:
    scene = scene_of(3)
    found = [names_in(captions.caption(scene, random.Random(i)), scene) for i in range(100)]
    assert any(all(names.values()) for names in found)
    assert any(not names["colour"] for names in found)
