"""The trainings of the bundled model's companions: their lessons, beginnings, and the files they write."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from diffusion.training import control, inversion, style
from diffusion.training.companions import Base, Lessons, drawn
from diffusion.training.loop import begin
from diffusion.training.segments import GROUND, HORIZONS, OBJECT, SKY, movable_scene, segments

CHECKPOINT = Path(__file__).parents[3] / "models" / "checkpoints" / "heddle-demo.safetensors"


@pytest.fixture(scope="module")
def base() -> Base:
    return Base.load(CHECKPOINT)


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    return {tuple(int(c) for c in colour) for colour in np.asarray(image).reshape(-1, 3)}


@pytest.mark.parametrize("seed", range(8))
def test_a_map_holds_three_plain_colours_and_its_ground_begins_at_the_horizon(seed: int) -> None:
    scene = movable_scene(seed)
    page = segments(scene)
    assert colours(page) == {SKY, GROUND, OBJECT}
    edge = np.asarray(page)[:, 2]  # the main object stands nearer to the middle
    first = int((edge == GROUND).all(-1).argmax())
    assert HORIZONS[0] <= scene.horizon <= HORIZONS[1]
    assert abs(first / 128 - scene.horizon) < 0.08  # land rolls


def test_winter_is_paler_greyer_and_bluer() -> None:
    picture = np.array([[[220, 40, 40], [40, 160, 60]]], dtype=np.uint8)
    cold = style.winter(picture).astype(int)
    assert (cold.min(-1) > 100).all()
    assert (np.ptp(cold, axis=-1) < np.ptp(picture.astype(int), axis=-1) / 2).all()
    assert (cold[..., 2] > picture[..., 2]).all()


def test_drawn_pictures_are_kept_and_are_those_of_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "maps.npy"
    first = drawn(path, control.draw_map, 3)
    assert np.array_equal(first[2], np.asarray(segments(movable_scene(2))))
    assert np.array_equal(drawn(path, control.draw_map, 2), first[:2])


def test_a_batch_drops_some_captions_and_knows_its_lessons() -> None:
    lessons = Lessons(torch.arange(10.0).reshape(10, 1, 1, 1), lambda index, _lot: f"number {index}", 0.5)
    batch = lessons.batch(64, torch.Generator().manual_seed(0))
    assert torch.equal(batch.latents[:, 0, 0, 0].long(), batch.which)
    worded = [text for text in batch.texts if text]
    assert 16 < len(worded) < 48
    assert set(worded) <= {f"number {index}" for index in range(10)}
    again = lessons.batch(64, torch.Generator().manual_seed(0))
    assert again.texts == batch.texts


@torch.no_grad()
def test_an_untrained_controller_changes_nothing(base: Base) -> None:
    network = control.controller(base)
    x, t = torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(0)), torch.tensor([10, 900])
    context = base.contexts(["a red house", ""])
    residuals = network(x, t, context, network.features(torch.rand(2, 3, 128, 128)))
    assert torch.equal(base.unet(x, t, context, residuals=residuals), base.unet(x, t, context))


def test_a_written_controller_is_small_and_keeps_its_numbers(base: Base, tmp_path: Path) -> None:
    network = control.controller(base)
    begin(network, control.PLAN).save(tmp_path / control.STATE)
    path = tmp_path / "controlnet" / "c.safetensors"
    control.write_control(tmp_path, path)
    assert path.stat().st_size < 3_000_000
    written = load_file(path)
    for key, weight in network.state_dict().items():
        spread = float(weight.abs().max())
        assert float((written[key].float() - weight).abs().max()) <= max(spread / 16, 2**-10)
    with safe_open(path, framework="pt") as file:
        assert "heddle.config" in file.metadata()


def test_an_untrained_style_changes_nothing_and_is_written_as_a_lora(tmp_path: Path) -> None:
    base = Base.load(CHECKPOINT)  # its own: parametrizations stay
    x, t = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(0)), torch.tensor([500])
    context = base.contexts(["a red house"])
    with torch.no_grad():
        before = base.unet(x, t, context)
        made = style.Style(base.unet)
        torch.testing.assert_close(base.unet(x, t, context), before, rtol=0, atol=0)
    begin(made, style.PLAN).save(tmp_path / style.STATE)
    path = tmp_path / "loras" / "l.safetensors"
    style.write_style(CHECKPOINT, tmp_path, path)
    written = load_file(path)
    name = "lora_unet_input_blocks_3_1_transformer_blocks_0_attn1_to_q"
    assert written[f"{name}.lora_down.weight"].shape == (style.RANK, 128)
    assert written[f"{name}.lora_up.weight"].shape == (128, style.RANK)
    conv = "lora_unet_input_blocks_1_0_in_layers_2"
    assert written[f"{conv}.lora_down.weight"].shape == (style.RANK, 80, 3, 3)
    assert written[f"{conv}.lora_up.weight"].shape == (80, style.RANK, 1, 1)
    assert float(written[f"{conv}.alpha"]) == style.RANK


@torch.no_grad()
def test_vectors_in_place_of_words_give_the_states_that_the_words_would(base: Base) -> None:
    table = base.tower.embeddings.token_embedding.weight  # type: ignore[union-attr]
    words = inversion.Words(table)  # type: ignore[arg-type]
    text = " ".join(["landscape"] * inversion.VECTORS)
    torch.testing.assert_close(words.embedded(base, 1), base.contexts([text]), rtol=1e-5, atol=1e-5)


def test_the_harbour_is_one_kind_of_scene() -> None:
    scenes = [inversion.harbour(index) for index in range(20)]
    assert {(s.ground, s.kind, s.colour, s.time) for s in scenes} == {("sea", "boat", "white", "dawn")}
    assert len({s.horizon for s in scenes}) == 20
