"""Conditionings mixed, placed and timed: known vectors, and which fields change."""

import dataclasses
from typing import Any

import pytest
import torch

from diffusion.types import Cond, Conditioning
from nodes import conditioning
from nodes.api import Mask, node
from nodes.errors import ConditioningError
from tests.nodes.studio import Studio, pixels, text_to_image

SHAPE = (1, 3, 2)


def cond(value: float, tokens: int = 3, pooled: float | None = None, **fields: Any) -> Conditioning:
    vector = None if pooled is None else torch.full((1, 4), pooled)
    return (Cond(torch.full((1, tokens, 2), value), vector, **fields),)


def told_otherwise(value: Any, plain: Any) -> bool:
    return value is not plain if isinstance(value, torch.Tensor) else value != plain


def fields(given: Conditioning) -> dict[str, Any]:
    """What differs from a plain conditioning of the same text."""
    (one,) = given
    plain = Cond(one.context)
    names = [
        field.name for field in dataclasses.fields(one) if field.name not in ("context", "extra", "facts")
    ]
    return {
        name: getattr(one, name) for name in names if told_otherwise(getattr(one, name), getattr(plain, name))
    }


def test_combining_keeps_both_in_their_order() -> None:
    a, b = cond(1), cond(2)
    assert conditioning.combine(conditioning_1=a, conditioning_2=b) == (*a, *b)


def test_an_average_weighs_vectors_of_words_and_of_whole_texts() -> None:
    (mixed,) = conditioning.average(
        conditioning_to=cond(4.0, pooled=8.0, strength=0.5, start=0.25),
        conditioning_from=cond(2.0, pooled=0.0) + cond(99.0),
        conditioning_to_strength=0.75,
    )
    assert torch.equal(mixed.context, torch.full(SHAPE, 3.5))
    assert mixed.pooled is not None
    assert torch.equal(mixed.pooled, torch.full((1, 4), 6.0))
    assert (mixed.strength, mixed.start) == (0.5, 0.25)


def test_the_other_text_is_cut_or_filled_up_with_zeros() -> None:
    for tokens, expected in ((5, [3, 3, 3]), (1, [3, 2, 2])):
        (mixed,) = conditioning.average(
            conditioning_to=cond(4.0), conditioning_from=cond(2.0, tokens), conditioning_to_strength=0.5
        )
        assert mixed.context[0, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("own", "other", "expected"), [(None, 3.0, 3.0), (5.0, None, 5.0), (None, None, None)]
)
def test_where_one_has_no_vector_of_the_whole_it_is_the_others(
    own: float | None, other: float | None, expected: float | None
) -> None:
    (mixed,) = conditioning.average(
        conditioning_to=cond(1.0, pooled=own),
        conditioning_from=cond(2.0, pooled=other),
        conditioning_to_strength=0.5,
    )
    assert (None if mixed.pooled is None else mixed.pooled[0, 0].item()) == expected


def test_concatenation_lengthens_every_text_by_the_first_of_the_other() -> None:
    long = conditioning.concat(
        conditioning_to=cond(1.0, pooled=5.0) + cond(3.0, 1), conditioning_from=cond(2.0, 2) + cond(9.0)
    )
    assert [one.context[0, :, 0].tolist() for one in long] == [[1, 1, 1, 2, 2], [3, 2, 2]]
    assert long[0].pooled is not None
    assert long[0].pooled[0, 0] == 5.0


@pytest.mark.parametrize("node", [conditioning.average, conditioning.concat])
def test_nothing_to_take_from_is_an_error_that_says_where(node: Any) -> None:
    with pytest.raises(ConditioningError, match="conditioning_from"):
        node(conditioning_to=cond(1.0), conditioning_from=())


def test_an_area_is_in_latents_and_takes_the_place_of_another() -> None:
    given = cond(1, share=(1, 1, 0, 0), bounds=True, start=0.5)
    placed = conditioning.set_area(conditioning=given, width=128, height=72, x=16, y=8, strength=0.5)
    assert fields(placed) == {"area": (9, 16, 1, 2), "strength": 0.5, "start": 0.5}
    assert placed[0].context is given[0].context


def test_an_area_in_parts_takes_the_place_of_one_in_latents() -> None:
    given = cond(1, area=(8, 8, 0, 0), bounds=True)
    placed = conditioning.set_area_percentage(conditioning=given, width=0.5, height=0.25, x=0.1, y=0.2)
    assert fields(placed) == {"share": (0.25, 0.5, 0.2, 0.1)}


def test_strength_is_all_that_it_changes() -> None:
    given = cond(1, area=(8, 8, 0, 0))
    changed = conditioning.set_area_strength(conditioning=given, strength=3.0)
    assert fields(changed) == {"area": (8, 8, 0, 0), "strength": 3.0}


def test_a_mask_has_a_strength_of_its_own_and_may_bound_the_area() -> None:
    plane = torch.ones(6, 7)
    for mask, shape in ((plane, (1, 6, 7)), (plane.expand(2, 6, 7), (2, 6, 7))):
        masked = conditioning.set_mask(
            conditioning=cond(1, strength=2.0), mask=mask, strength=0.5, set_cond_area="mask bounds"
        )
        told = fields(masked)
        assert told.pop("mask").shape == shape
        assert told == {"strength": 2.0, "mask_strength": 0.5, "bounds": True}
    free = conditioning.set_mask(conditioning=masked, mask=plane, set_cond_area="default")
    assert not free[0].bounds


def test_a_part_of_sampling() -> None:
    timed = conditioning.set_timestep_range(conditioning=cond(1) + cond(2), start=0.25, end=0.75)
    assert [(one.start, one.end) for one in timed] == [(0.25, 0.75)] * 2


def test_zeroing_leaves_where_and_when_it_holds() -> None:
    given = cond(1, pooled=2.0, strength=0.5)
    (zero,) = conditioning.zero_out(conditioning=given)
    assert torch.equal(zero.context, torch.zeros(SHAPE))
    assert zero.pooled is not None
    assert zero.pooled.abs().max() == 0
    assert zero.strength == 0.5
    assert given[0].context.min() == 1
    assert conditioning.zero_out(conditioning=cond(1))[0].pooled is None


@node("test")
def left_half() -> Mask:
    """A mask of the left half."""
    mask = torch.zeros(1, 48, 64)
    mask[..., :32] = 1
    return mask


PLACES: dict[str, dict[str, Any]] = {
    "ConditioningSetArea": {"width": 64, "height": 64, "x": 0, "y": 0, "strength": 1.0},
    "ConditioningSetAreaPercentage": {"width": 0.5, "height": 1, "x": 0.5, "y": 0, "strength": 1.0},
    "ConditioningSetMask": {"mask": ["m", 0], "strength": 1.0, "set_cond_area": "mask bounds"},
    "ConditioningSetTimestepRange": {"start": 0.0, "end": 0.5},
    "ConditioningZeroOut": {},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_second_prompt_with_a_place_changes_the_picture(studio: Studio, place: str) -> None:
    drawn = Studio(studio.folders, extra=[left_half])
    prompt = text_to_image()
    plain = drawn.run(prompt)
    prompt["m"] = {"class_type": "LeftHalf", "inputs": {}}
    prompt["p"] = {"class_type": place, "inputs": {"conditioning": ["7", 0], **PLACES[place]}}
    both = {"conditioning_1": ["6", 0], "conditioning_2": ["p", 0]}
    prompt["b"] = {"class_type": "ConditioningCombine", "inputs": both}
    prompt["3"]["inputs"]["positive"] = ["b", 0]
    placed = drawn.run(prompt)
    assert placed.messages == []
    assert pixels(placed.files[0]) != pixels(plain.files[0])
