"""Latents and conditionings on their way to packs and back."""

from typing import Any

import pytest
import torch

from compat.values import PackNoise, from_field, from_items, from_pack, pairs, to_field, to_pack
from diffusion.networks.tweaks import Tweak
from diffusion.sampling.noise import make_noise
from diffusion.types import Beside, Cond, Control, Latent, Noise, PictureSize
from diffusion.vision.clip_vision import ClipVisionOutput
from graph.node import Blocker
from graph.schema import InputSpec, OutputSpec, Schema
from nodes.custom_sampling import drawn

SAMPLES, MASK = torch.zeros(2, 4, 8, 8), torch.ones(1, 1, 64, 64)
CONTEXT, POOLED = torch.zeros(1, 77, 8), torch.ones(1, 8)
OWN = object()
SEEN = ClipVisionOutput(POOLED, POOLED[None], POOLED[None])

LATENTS: list[dict[str, Any]] = [
    {"samples": SAMPLES},
    {"samples": SAMPLES, "noise_mask": MASK, "batch_index": [3, 5]},
    {"samples": SAMPLES, "noise_mask": None, "batch_index": None},
    {"samples": SAMPLES, "downscale_ratio": 8, "own": OWN},
]
TOLD: list[dict[str, Any]] = [
    {},
    {"pooled_output": POOLED},
    {"pooled_output": None, "strength": 1.0, "start_percent": 0.0, "mask_strength": 1.0, "area": None},
    {"strength": 0.5, "start_percent": 0.25, "end_percent": 0.75, "area": (4, 8, 0, 2)},
    {"mask": MASK[0], "mask_strength": 0.5, "set_area_to_bounds": True, "strength": 2},
    {"area": ("percentage", 0.5, 1.0, 0.25, 0.0)},
    {"width": 512, "height": 384, "crop_w": 8, "crop_h": 0, "target_width": 640, "target_height": 768},
    {"width": 512, "height": 384, "aesthetic_score": 2.5},
    {"width": 512, "height": 384, "crop_w": 0, "crop_h": 0},
    {"width": 512, "crop_w": 8},
    {"concat_latent_image": SAMPLES, "concat_mask": MASK},
    {"concat_image": SAMPLES[:, :3], "noise_augmentation": 0.25},
    {"concat_mask": MASK},
    {"unclip_conditioning": [{"clip_vision_output": SEEN, "strength": 1.0, "noise_augmentation": 0.5}]},
    {"unclip_conditioning": [{"clip_vision_output": OWN, "strength": 1.0, "noise_augmentation": 0.5}]},
    {"cross_attn_controlnet": CONTEXT, "pooled_output_controlnet": POOLED},
    {"area": ("percentage", 1.0, 0.5, 1.0, 0.0, 0.0, 0.0), "guidance": 3.5, "hooks": OWN},
]


@pytest.mark.parametrize("told", LATENTS)
@pytest.mark.parametrize("kind", ["LATENT", "*", "IMAGE,LATENT", "COMFY_MATCHTYPE_V3"])
def test_a_latent_comes_back_as_it_went(told: dict[str, Any], kind: str) -> None:
    latent = from_field(told, kind)
    assert isinstance(latent, Latent)
    assert latent.samples is SAMPLES
    back = to_field(latent)
    assert back.keys() == told.keys()
    assert all(back[name] is value or back[name] == value for name, value in told.items())
    assert back["samples"] is SAMPLES


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("kind", ["CONDITIONING", "*"])
def test_a_conditioning_comes_back_as_it_went(told: dict[str, Any], kind: str) -> None:
    conditioning = from_field([[CONTEXT, told], [CONTEXT, {}]], kind)
    assert type(conditioning) is tuple
    assert all(type(cond) is Cond and cond.context is CONTEXT for cond in conditioning)
    (context, back), other = to_field(conditioning)
    assert context is CONTEXT
    assert back.keys() == told.keys()
    assert all(back[name] is value or back[name] == value for name, value in told.items())
    assert other == [CONTEXT, {}]


def test_what_heddle_has_a_field_for_is_in_it() -> None:
    latent = from_field(LATENTS[1], "LATENT")
    assert (latent.noise_mask, latent.batch_index, latent.extra) == (MASK, (3, 5), {})
    (cond,) = from_field([[CONTEXT, TOLD[3] | {"pooled_output": POOLED, "own": 1}]], "CONDITIONING")
    assert (cond.strength, cond.start, cond.end, cond.area) == (0.5, 0.25, 0.75, (4, 8, 0, 2))
    assert cond.pooled is POOLED
    assert cond.extra == {"own": 1}
    (masked,) = from_field([(CONTEXT, TOLD[4])], "CONDITIONING")
    assert masked.mask is TOLD[4]["mask"]
    assert (masked.strength, masked.mask_strength) == (2, 0.5)
    (shared,) = from_field([[CONTEXT, TOLD[5]]], "CONDITIONING")
    assert (shared.area, shared.share) == (None, (0.5, 1.0, 0.25, 0.0))


def test_what_is_said_of_pictures_is_in_its_fields() -> None:
    told = {"width": 512, "height": 384, "crop_w": 8, "target_width": 640, "concat_latent_image": SAMPLES}
    told |= {"concat_mask": MASK, "noise_augmentation": 0.25}
    (cond,) = from_field([[CONTEXT, told]], "CONDITIONING")
    assert cond.size == PictureSize(384, 512, 0, 8, None, 640)
    assert isinstance(cond.beside, Beside)
    assert cond.beside.latent is SAMPLES
    assert cond.beside.mask is MASK
    assert cond.facts == {"noise_augmentation": 0.25}
    pictures = [{"clip_vision_output": SEEN, "strength": 0.5, "noise_augmentation": 0.5}]
    (cond,) = from_field([[CONTEXT, {"unclip_conditioning": pictures}]], "CONDITIONING")
    (picture,) = cond.facts["unclip_conditioning"]
    assert (picture.seen, picture.strength, picture.noise_augmentation) == (SEEN, 0.5, 0.5)


def test_heddles_own_values_are_told_by_the_fields_names() -> None:
    latent = Latent(SAMPLES, MASK, (1, 2))
    assert to_field(latent) == {"samples": SAMPLES, "noise_mask": MASK, "batch_index": [1, 2]}
    cond = Cond(CONTEXT, POOLED, strength=0.5, mask=MASK[0], area=(1, 2, 3, 4), start=0.5)
    assert pairs((cond,)) == [
        [
            CONTEXT,
            {
                "pooled_output": POOLED,
                "strength": 0.5,
                "mask": cond.mask,
                "start_percent": 0.5,
                "area": (1, 2, 3, 4),
            },
        ]
    ]


def test_what_steers_travels_through_packs() -> None:
    class Plain(Tweak):
        """One that changes nothing."""

    control, tweak = Control(OWN, SAMPLES), Plain()
    cond = Cond(CONTEXT, controls=(control,), tweaks=(tweak,))
    ((context, told),) = to_field((cond,))
    (back,) = from_field([[context, told | {"strength": 0.5}]], "CONDITIONING")
    assert (back.controls, back.tweaks, back.strength, back.extra) == ((control,), (tweak,), 0.5, {})
    (own,) = from_field([[CONTEXT, {"control": OWN}]], "CONDITIONING")
    assert (own.controls, own.extra) == ((), {"control": OWN})


def test_a_change_by_heddle_is_stronger_than_what_a_pack_had_said() -> None:
    from dataclasses import replace

    (cond,) = from_field([[CONTEXT, {"strength": 1.0, "area": None}]], "CONDITIONING")
    ((_, back),) = to_field((replace(cond, strength=0.5, area=(1, 1, 0, 0)),))
    assert back == {"strength": 0.5, "area": (1, 1, 0, 0)}


def test_a_pack_may_change_what_it_is_given() -> None:
    latent, cond = from_field(LATENTS[3]), Cond(CONTEXT, extra={"own": 1})
    given, told = to_field(latent), to_field((cond,))
    given["samples"] = given["own"] = None
    told[0][1]["own"] = 2
    told.append(3)
    assert (latent.samples, latent.extra["own"], cond.extra) == (SAMPLES, OWN, {"own": 1})


def test_what_is_neither_stays_as_it_is() -> None:
    for value in (None, 1, "x", SAMPLES, {"waveform": SAMPLES}, ["3", 0], [SAMPLES], (), [], Blocker("no")):
        assert from_field(value) is value
        assert from_field(value, "LATENT") is value
        assert to_field(value) is value
    pipe = {"samples": SAMPLES}
    assert from_field(pipe, "PIPE") is pipe
    assert from_field([[CONTEXT, {}]], "IMAGE") == [[CONTEXT, {}]]
    mine = type("Mine", (dict,), {})(pipe)
    assert from_field(mine) is mine
    assert isinstance(from_field(mine, "LATENT"), Latent)


def test_an_empty_conditioning_is_one_where_the_type_says_so() -> None:
    assert from_field([], "CONDITIONING") == ()
    assert to_field((), "CONDITIONING") == []


def test_lists_of_items_are_converted_one_by_one() -> None:
    found = from_items([LATENTS[0], None, LATENTS[1]], "LATENT")
    assert [type(one) for one in found] == [Latent, type(None), Latent]
    assert [type(one) for one in to_field(found)] == [dict, type(None), dict]
    schema = Schema(
        "Pack", "Pack", "", "",
        (InputSpec("wish", "CONDITIONING"),),
        (OutputSpec("a", "LATENT", is_list=True), OutputSpec("b", "CONDITIONING"), OutputSpec("c", "PIPE")),
    )  # fmt: skip
    values = from_pack(schema, ([LATENTS[0]], [[CONTEXT, {}]], LATENTS[0], LATENTS[0]))
    assert [type(one).__name__ for one in values] == ["list", "tuple", "dict", "Latent"]
    assert isinstance(values[0][0], Latent)
    assert to_pack(schema, {"wish": (), "any": found[0], "n": 1}) == {"wish": [], "any": LATENTS[0], "n": 1}


def test_the_rectangle_around_a_mask_is_a_field_of_its_own() -> None:
    (cond,) = from_field([[CONTEXT, {"mask": MASK[0], "set_area_to_bounds": True}]], "CONDITIONING")
    assert (cond.bounds, cond.extra) == (True, {})
    (plain,) = from_field([[CONTEXT, {"set_area_to_bounds": False}]], "CONDITIONING")
    assert (plain.bounds, plain.extra) == (False, {"set_area_to_bounds": False})
    ((_, back),) = to_field((Cond(CONTEXT, bounds=True),))
    assert back == {"set_area_to_bounds": True}


# Noise


class Ones:
    """Noise of a pack: as many ones as the latent has numbers, times its own."""

    def __init__(self, value: float, seed: object = 5) -> None:
        self.value, self.seed = value, seed

    def generate_noise(self, input_latent: dict[str, Any]) -> torch.Tensor:
        return torch.full_like(
            input_latent["samples"], self.value * len(input_latent.get("batch_index", [1]))
        )


@pytest.mark.parametrize("noise", [Noise(3), Noise(3, silent=True)])
def test_packs_draw_heddles_noise_from_a_latent_as_they_know_it(noise: Noise) -> None:
    told = to_field(noise)
    assert told.seed == 3
    for latent in LATENTS[:2]:
        assert torch.equal(told.generate_noise(latent), drawn(noise, from_field(latent)))
    assert torch.equal(to_field(Noise(3)).generate_noise(LATENTS[0]), make_noise(Latent(SAMPLES), 3))


@pytest.mark.parametrize("kind", ["NOISE", "*"])
def test_a_packs_noise_draws_for_heddle_and_comes_back_as_it_went(kind: str) -> None:
    own = Ones(2.0)
    noise = from_field(own, kind)
    assert isinstance(noise, Noise)
    assert (noise.seed, noise.silent) == (5, False)
    assert drawn(noise, Latent(SAMPLES, batch_index=(1, 2))).unique().tolist() == [4.0]
    assert to_field(noise) is own
    assert from_field(to_field(Noise(9)), kind) == Noise(9)


def test_a_packs_noise_without_a_seed_has_the_seed_zero_and_other_types_are_left_alone() -> None:
    assert from_field(Ones(1.0, seed=None), "NOISE").seed == 0
    own = Ones(1.0)
    assert from_field(own, "IMAGE") is own
    assert isinstance(to_field([Noise(1)])[0], PackNoise)
