"""Control networks at work together: strengths, parts of sampling, masks, boxes, sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch
from torch import Tensor, nn

from diffusion.networks.unet import Residuals
from diffusion.sampling.conditioning import CONTROLS_CONTEXT, Box
from diffusion.sampling.control import ControlCall, Steering, added, lay, steer
from diffusion.sampling.guidance import Guidance
from diffusion.sampling.rules import Cfg
from diffusion.types import Cond, Control, Guider, Model
from diffusion.weights.patched import Weights
from diffusion.weights.reach import reach
from diffusion.weights.thrift import Thrift, spared
from tests.diffusion.guidance.saying import normal, unet_model, words

HINT = torch.zeros(1, 64, 96, 3)
WHOLE = (8, 12)
X = 3 * normal(2, 4, *WHOLE)
SIGMA = 2.0


@dataclass(frozen=True, eq=False)
class Toy:
    """Adds one number everywhere, at full size in the blocks, at half in the middle."""

    value: float
    weights: Weights = field(default_factory=lambda: Weights(nn.Linear(1, 1)))
    middle: bool = True
    asked: list[ControlCall] = field(default_factory=list)
    prepared: list[tuple[int, ...]] = field(default_factory=list)

    def prepare(self, control: Control, latent: Tensor, model: Model) -> float:
        self.prepared.append(tuple(latent.shape))
        return float(control.hint.mean())

    def residuals(self, prepared: float, call: ControlCall) -> Residuals:
        self.asked.append(call)
        rows, _, height, width = call.x.shape
        full = torch.full((rows, 8, height, width), self.value + prepared, dtype=call.x.dtype)
        half = torch.full((rows, 16, height // 2, width // 2), self.value + prepared, dtype=call.x.dtype)
        return Residuals({1: full}, {0: 2 * full}, half if self.middle else None)


def call(
    rows: int = 2, *, box: Box | None = None, parts: int = 1, pictures: slice | None = None
) -> ControlCall:
    box = box or Box(0, 0, *WHOLE)
    x = torch.zeros(rows, 4, box.height, box.width)
    times = torch.zeros(rows)
    return ControlCall(
        x,
        times,
        torch.zeros(rows, 3, 12),
        None,
        SIGMA,
        box,
        WHOLE,
        pictures or slice(0, rows // parts),
        parts,
    )


def laid(*controls: Control) -> list[Steering]:
    return [lay(control, X, unet_model()) for control in controls]


def steered(controls: Sequence[Control], asked: ControlCall) -> Residuals:
    found = steer(laid(*controls), asked)
    assert found is not None
    return found


def test_what_controls_add_is_summed_at_their_strengths() -> None:
    controls = [Control(Toy(1.0), HINT, 0.5), Control(Toy(10.0), HINT + 1, 2.0)]
    found = steered(controls, call())
    assert found.middle is not None
    assert set(found.blocks[1].unique().tolist()) == {0.5 * 1 + 2 * 11}
    assert set(found.skips[0].unique().tolist()) == {2 * (0.5 * 1 + 2 * 11)}
    assert set(found.middle.unique().tolist()) == {0.5 * 1 + 2 * 11}


def test_a_control_at_full_strength_alone_changes_no_bit_of_its_residuals() -> None:
    found = steered([Control(Toy(1.1), HINT)], call())
    assert torch.equal(found.blocks[1], torch.full((2, 8, 8, 12), 1.1))


def test_what_only_one_has_is_taken_as_it_is() -> None:
    one, other = normal(1, 2, 3, 3), normal(1, 2, 3, 3, seed=1)
    for middle in ((one, None), (None, one)):
        total = added(Residuals({1: one}, {}, middle[0]), Residuals({2: other}, {1: one}, middle[1]))
        assert total.middle is one
        assert total.blocks == {1: one, 2: other}
        assert total.skips == {1: one}
    assert added(Residuals(), Residuals()).middle is None


def test_controls_count_during_their_part_of_sampling_only_and_without_strength_are_not_asked() -> None:
    schedule = unet_model().schedule
    early, late, none = Toy(1.0), Toy(1.0), Toy(1.0)
    controls = [Control(early, HINT, end=0.5), Control(late, HINT, start=0.5), Control(none, HINT, 0.0)]
    for share in (0.1, 0.9):
        steer(laid(*controls), replace(call(), sigma=schedule.sigma_after(share)))
    assert (len(early.asked), len(late.asked), len(none.asked)) == (1, 1, 0)
    assert steer(laid(controls[2]), call()) is None
    assert steer([], call()) is None


# Masks


def left(pictures: int = 1) -> Tensor:
    """1 in the left half of the first picture, in the right half of the second, and so on."""
    half = (torch.arange(96) < 48).float().expand(1, 64, 96)
    return torch.cat([half if index % 2 == 0 else 1 - half for index in range(pictures)])


def test_a_mask_weighs_features_of_every_size() -> None:
    found = steered([Control(Toy(1.0), HINT, 3.0, mask=left())], call())
    assert found.middle is not None
    for x, width in ((found.blocks[1], 12), (found.skips[0] / 2, 12), (found.middle, 6)):
        columns = x.mean((0, 1, 2))
        assert columns[: width // 2 - 1].tolist() == [3.0] * (width // 2 - 1)
        assert columns[width // 2 + 1 :].abs().max() == 0


def test_a_mask_of_ones_is_no_mask() -> None:
    plain = steered([Control(Toy(1.0), HINT)], call())
    masked = steered([Control(Toy(1.0), HINT, mask=torch.ones(1, 64, 96))], call())
    torch.testing.assert_close(masked.blocks[1], plain.blocks[1])


def test_of_a_box_only_its_part_of_the_mask_counts() -> None:
    asked = call(box=Box(0, 4, 8, 4))
    columns = steered([Control(Toy(1.0), HINT, mask=left())], asked).blocks[1].mean((0, 1, 2))
    assert columns.tolist() == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("masks", "rows", "parts", "pictures", "expected"),
    [
        (2, 2, 1, slice(0, 2), "LR"),
        (2, 4, 2, slice(0, 2), "LRLR"),  # two prompts
        (2, 2, 2, slice(1, 2), "RR"),  # the second picture under two prompts
        (2, 4, 1, slice(0, 4), "LRLR"),  # more pictures than masks: over again
        (2, 2, 1, slice(2, 4), "LR"),
        (2, 1, 1, slice(3, 5), "R"),  # the last of a batch
        (1, 4, 2, slice(0, 2), "LLLL"),
    ],
)
def test_each_picture_has_its_own_mask(
    masks: int, rows: int, parts: int, pictures: slice, expected: str
) -> None:
    asked = call(rows, parts=parts, pictures=pictures)
    found = steered([Control(Toy(1.0), HINT, mask=left(masks))], asked).blocks[1]
    assert "".join("L" if row[..., :3].mean() == 1 else "R" for row in found) == expected


# In sampling


def guided(positive: Sequence[Cond], negative: Sequence[Cond] = (words(11),), cfg: float = 3.0) -> Tensor:
    guider = Guider(unet_model(), (tuple(positive), tuple(negative)), Cfg(cfg))
    with torch.no_grad():
        return Guidance(guider, torch.zeros_like(X), [SIGMA, 0.0])(X, SIGMA)


def test_a_control_of_both_signs_goes_with_both_in_one_call() -> None:
    toy = Toy(0.5)
    control = Control(toy, HINT)
    guided([words(10, controls=(control,))], [words(11, controls=(control,))])
    (asked,) = toy.asked
    assert (len(asked.x), asked.parts, asked.context.shape) == (4, 2, (4, 3, 12))
    assert set(toy.prepared) == {(2, 4, 8, 12)}


def test_a_control_of_one_sign_steers_that_sign() -> None:
    toy = Toy(0.5)
    control = Control(toy, HINT)
    found = guided([words(10, controls=(control,))])
    steered_alone = guided([words(10, controls=(control,))], cfg=1.0)
    negative = guided([words(11)], cfg=1.0)
    torch.testing.assert_close(found, negative + 3 * (steered_alone - negative), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(steered_alone, guided([words(10)], cfg=1.0))
    assert toy.asked[0].parts == 1


def test_a_control_of_no_strength_changes_no_bit() -> None:
    control = Control(Toy(0.5), HINT, 0.0)
    found = guided([words(10, controls=(control,))], [words(11, controls=(control,))])
    assert torch.equal(found, guided([words(10)]))


def test_a_prompt_of_an_area_is_steered_inside_it() -> None:
    toy = Toy(0.5)
    guided([words(10, area=(8, 4, 0, 4), controls=(Control(toy, HINT),)), words(12)])
    (asked,) = toy.asked
    assert asked.box == Box(0, 4, 8, 4)
    assert asked.x.shape[-2:] == (8, 4)
    assert asked.whole == WHOLE


def test_a_full_device_steers_each_picture_as_before() -> None:
    control = Control(Toy(0.5), HINT, mask=left(2))
    conds = [words(10, controls=(control,))], [words(11, controls=(control,))]
    expected = guided(*conds)
    with spared(Thrift(at_once=1)):
        torch.testing.assert_close(guided(*conds), expected, rtol=1e-4, atol=1e-4)


def test_a_controls_weights_and_hint_are_found_in_a_conditioning() -> None:
    toy = Toy(1.0)
    found = reach([(words(1, controls=(Control(toy, HINT, mask=left()),)),)])
    assert toy.weights.network in found.modules
    assert any(tensor is HINT for tensor in found.tensors)


# Sharing


def test_a_shared_control_steers_the_negative_too_where_that_has_none_of_its_own() -> None:
    model, toy, other = unet_model(), Toy(0.5), Toy(0.25)
    shared = (replace(words(0), controls=(Control(toy, HINT, shared=True),)),)
    own = (replace(words(seed=1), controls=(Control(other, HINT),)),)
    for negative, parts in (((words(seed=1),), [2]), (own, [1])):
        toy.asked.clear()
        Guidance(Guider(model, (shared, negative), Cfg(3.0)), X, [SIGMA, 0.0])(X, SIGMA)
        assert [asked.parts for asked in toy.asked] == parts
    assert [asked.parts for asked in other.asked] == [1]


def test_a_control_that_is_not_shared_steers_its_own_prompt_alone() -> None:
    toy = Toy(0.5)
    positive = (replace(words(0), controls=(Control(toy, HINT),)),)
    Guidance(Guider(unet_model(), (positive, (words(seed=1),)), Cfg(3.0)), X, [SIGMA, 0.0])(X, SIGMA)
    assert [asked.parts for asked in toy.asked] == [1]


def test_controls_read_the_text_that_is_for_them_alone() -> None:
    toy, texts = Toy(0.0), [normal(1, 3, 12, seed=7), normal(1, 6, 12, seed=8)]
    control = Control(toy, HINT)
    sets = tuple(
        (replace(words(seed), controls=(control,), facts={CONTROLS_CONTEXT: text}),)
        for seed, text in enumerate(texts)
    )
    model = unet_model()
    found = Guidance(Guider(model, (sets[0], sets[1]), Cfg(3.0)), X, [SIGMA, 0.0])(X, SIGMA)
    (asked,) = toy.asked
    expected = torch.cat([texts[0].repeat(2, 2, 1), texts[1].repeat(2, 1, 1)])
    assert torch.equal(asked.context, expected)  # two pictures each, at one length
    plain = Guidance(Guider(model, ((words(0),), (words(1),)), Cfg(3.0)), X, [SIGMA, 0.0])(X, SIGMA)
    torch.testing.assert_close(found, plain)  # the network itself reads its own


def test_a_prompt_with_another_text_for_controls_goes_apart_from_one_without() -> None:
    toy = Toy(0.0)
    control = Control(toy, HINT)
    first = replace(words(0), controls=(control,), facts={CONTROLS_CONTEXT: normal(1, 3, 12)})
    second = replace(words(1), controls=(control,))
    Guidance(Guider(unet_model(), ((first,), (second,)), Cfg(3.0)), X, [SIGMA, 0.0])(X, SIGMA)
    assert [asked.parts for asked in toy.asked] == [1, 1]
