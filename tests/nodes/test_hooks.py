"""Hooks in workflows, and the numbers of their keyframes."""

from pathlib import Path

import pytest
import torch

from diffusion.sampling.hooks import Hook, Keyframe
from diffusion.types import Cond
from graph.folders import Folders
from nodes.hooked_conditioning import (
    combine_default,
    combine_pairs,
    set_pair_properties_and_combine,
    set_properties,
)
from nodes.hooks import (
    combine_two,
    keyframe,
    keyframes_between,
    keyframes_from_floats,
    set_keyframes,
    timesteps_range,
)
from tests.factories.loras import tiny_lora
from tests.nodes.studio import Prompt, Studio, pixels, text_to_image

LORA = "style.safetensors"


@pytest.fixture
def own(tmp_path: Path, tiny_models: Path) -> Studio:
    tiny_lora(tmp_path / "loras" / LORA)
    return Studio(Folders(tmp_path, models=tiny_models, extra={"loras": [tmp_path / "loras"]}))


def picture(studio: Studio, prompt: Prompt) -> bytes:
    ran = studio.run(prompt)
    assert ran.messages == []
    return pixels(ran.files[0])


def hooked(**hook: object) -> Prompt:
    """The usual graph with a hook upon its prompt alone."""
    prompt = text_to_image(steps=2, positive=["31", 0])
    inputs = {"lora_name": LORA, "strength_model": 1.0, "strength_clip": 0.0, **hook}
    prompt["30"] = {"class_type": "CreateHookLora", "inputs": inputs}
    inputs = {"cond_NEW": ["6", 0], "strength": 1.0, "set_cond_area": "default", "hooks": ["30", 0]}
    prompt["31"] = {"class_type": "ConditioningSetProperties", "inputs": inputs}
    return prompt


def test_a_hook_changes_the_picture_and_only_while_it_is_there(own: Studio) -> None:
    plain = picture(own, text_to_image(steps=2))
    changed = picture(own, hooked())
    assert changed != plain
    assert picture(own, hooked(strength_model=0.0)) == plain
    own.executor.cache.clear()
    assert picture(own, hooked()) == changed
    assert picture(own, text_to_image(steps=2)) == plain


def test_keyframes_of_strength_zero_take_it_away_later(own: Studio) -> None:
    prompt = hooked()
    prompt["32"] = {
        "class_type": "CreateHookKeyframe",
        "inputs": {"strength_mult": 1.0, "start_percent": 0.0},
    }
    prompt["33"] = {
        "class_type": "CreateHookKeyframe",
        "inputs": {"strength_mult": 0.0, "start_percent": 0.3, "prev_hook_kf": ["32", 0]},
    }
    prompt["34"] = {"class_type": "SetHookKeyframes", "inputs": {"hooks": ["30", 0], "hook_kf": ["33", 0]}}
    prompt["31"]["inputs"]["hooks"] = ["34", 0]
    pictures = {picture(own, text_to_image(steps=2)), picture(own, hooked()), picture(own, prompt)}
    assert len(pictures) == 3


def test_the_text_encoder_under_hooks_is_the_one_with_the_lora(own: Studio) -> None:
    prompt = text_to_image(steps=2)
    inputs = {"lora_name": LORA, "strength_model": 1.0, "strength_clip": 0.7}
    prompt["30"] = {"class_type": "CreateHookLora", "inputs": inputs}
    told = {"clip": ["4", 1], "hooks": ["30", 0], "apply_to_conds": False, "schedule_clip": False}
    prompt["31"] = {"class_type": "SetClipHooks", "inputs": told}
    prompt["6"]["inputs"]["clip"] = ["31", 0]
    laid = text_to_image(steps=2)
    inputs = {
        "model": ["4", 0],
        "clip": ["4", 1],
        "lora_name": LORA,
        "strength_model": 0.0,
        "strength_clip": 0.7,
    }
    laid["30"] = {"class_type": "LoraLoader", "inputs": inputs}
    laid["6"]["inputs"]["clip"] = ["30", 1]
    assert picture(own, prompt) == picture(own, laid) != picture(own, text_to_image(steps=2))
    told["apply_to_conds"] = True
    assert picture(own, prompt) != picture(own, laid)
    told["schedule_clip"] = True
    assert own.run(prompt).messages == []


def test_another_checkpoint_may_be_the_hook(own: Studio) -> None:
    prompt = hooked()
    inputs = {"ckpt_name": "tiny.safetensors", "strength_model": 1.0}
    prompt["30"] = {"class_type": "CreateHookModelAsLoraModelOnly", "inputs": inputs}
    plain = picture(own, text_to_image(steps=2))
    found = picture(own, prompt)  # the same weights, called apart
    assert max(abs(a - b) for a, b in zip(found, plain, strict=True)) <= 2


class Nothing:
    """A source that is never asked."""


def hook() -> Hook:
    return Hook(Nothing())  # type: ignore[arg-type]


def cond() -> Cond:
    return Cond(torch.zeros(1, 1, 1))


def test_keyframes_come_in_the_order_of_their_starts() -> None:
    later = keyframe(strength_mult=0.5, start_percent=0.6)
    both = keyframe(strength_mult=2.0, start_percent=0.1, prev_hook_kf=later)
    assert both == (Keyframe(2.0, 0.1), Keyframe(0.5, 0.6))


@pytest.mark.parametrize(
    ("interpolation", "middle"),
    [("linear", 0.5), ("ease_in", 0.25), ("ease_out", 0.75), ("ease_in_out", 0.5)],
)
def test_interpolated_keyframes_lead_from_one_strength_to_the_other(
    interpolation: str, middle: float
) -> None:
    found = keyframes_between(
        strength_start=1.0, strength_end=3.0, interpolation=interpolation, start_percent=0.2,
        end_percent=0.6, keyframes_count=3,
    )  # fmt: skip
    assert [one.start for one in found] == pytest.approx([0.2, 0.4, 0.6])
    assert [one.strength for one in found] == pytest.approx([1.0, 1.0 + 2 * middle, 3.0])


def test_numbers_become_keyframes_evenly_over_their_part() -> None:
    found = keyframes_from_floats(floats_strength=[1.0, 0.5, 0.0], start_percent=0.0, end_percent=0.5)
    assert found == (Keyframe(1.0, 0.0), Keyframe(0.5, 0.25), Keyframe(0.0, 0.5))
    assert keyframes_from_floats(floats_strength=0.3) == (Keyframe(0.3, 0.0),)


def test_hooks_combine_each_once_and_take_new_keyframes() -> None:
    first, second = hook(), hook()
    assert combine_two(hooks_A=(first,), hooks_B=(second, first)) == (first, second)
    assert combine_two() == ()
    (changed,) = set_keyframes(hooks=(first,), hook_kf=(Keyframe(0.5),))
    assert changed.keyframes == (Keyframe(0.5),)
    assert changed.source is first.source
    assert set_keyframes(hooks=(first,)) == (first,)


def test_properties_say_where_when_and_under_which_hooks() -> None:
    own, more = hook(), hook()
    given = (Cond(torch.zeros(1, 1, 1), strength=0.9, hooks=(own,)),)
    mask = torch.ones(1, 8, 8)
    (found,) = set_properties(
        cond_NEW=given,
        strength=0.5,
        set_cond_area="mask bounds",
        mask=mask,
        hooks=(more,),
        timesteps=(0.2, 0.6),
    )
    assert (found.strength, found.mask_strength, found.bounds) == (0.9, 0.5, True)
    assert (found.start, found.end, found.hooks) == (0.2, 0.6, (own, more))
    (same,) = set_properties(cond_NEW=given, strength=0.5, set_cond_area="default")
    assert (same.mask, same.mask_strength, same.start, same.end, same.hooks) == (None, 1.0, 0.0, 1.0, (own,))


def test_pairs_and_defaults_are_put_beside_the_others() -> None:
    first, second, third, fourth = ((cond(),) for _ in range(4))
    pair = combine_pairs(positive_A=first, negative_A=second, positive_B=third, negative_B=fourth)
    assert pair == ((*first, *third), (*second, *fourth))
    found = set_pair_properties_and_combine(
        positive=first, negative=second, positive_NEW=third, negative_NEW=fourth, set_cond_area="default",
        timesteps=(0.0, 0.5),
    )  # fmt: skip
    assert [one.end for one in (*found.positive, *found.negative)] == [1.0, 0.5, 1.0, 0.5]
    default = combine_default(cond=first, cond_DEFAULT=second, hooks=(hook(),))
    assert [one.fallback for one in default] == [False, True]
    assert len(default[1].hooks) == 1


def test_a_part_of_sampling_comes_with_what_is_before_and_after() -> None:
    found = timesteps_range(start_percent=0.25, end_percent=0.75)
    assert tuple(found) == ((0.25, 0.75), (0.0, 0.25), (0.75, 1.0))
