"""Stable Diffusion XL, base and refiner, in the original layout against diffusers and transformers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import (
    EDMEulerScheduler,
    EulerDiscreteScheduler,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
)
from torch import Tensor

from diffusion import vae as vaes
from diffusion.errors import CheckpointError
from diffusion.sampling.inputs import Occasion
from diffusion.sampling.rules import Cfg
from diffusion.sampling.sample import sample, sample_levels
from diffusion.sampling.samplers import find_sampler
from diffusion.text.clip import encode
from diffusion.text.tokenizer import clip_tokenizer
from diffusion.types import Cond, Guider, Model, PictureSize
from diffusion.weights.checkpoint import Checkpoint, open_checkpoint
from tests.factories.relatives import (
    SCHEDULE,
    Oracles,
    refiner_oracles,
    sdxl_oracles,
    tiny_folder,
    tiny_refiner,
    tiny_sdxl,
)

PROMPT, NEGATIVE = "a small red house by the sea", "blurry"


@pytest.fixture(scope="module")
def oracles() -> Oracles:
    return sdxl_oracles()


@pytest.fixture(scope="module")
def base(oracles: Oracles, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return open_checkpoint(tiny_sdxl(tmp_path_factory.mktemp("sdxl") / "base.safetensors", oracles))


@pytest.fixture(scope="module")
def refiner(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return open_checkpoint(tiny_refiner(tmp_path_factory.mktemp("sdxl") / "refiner.safetensors"))


def model_of(checkpoint: Checkpoint) -> Model:
    assert checkpoint.model is not None
    return checkpoint.model


def noise(*shape: int, seed: int = 3) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def framed(text: str, pad: int) -> Tensor:
    ids = [49_406, *clip_tokenizer().ids(text), 49_407]
    return torch.tensor([ids + [pad] * (77 - len(ids))])


@torch.no_grad()
def expected_text(oracles: Oracles, text: str) -> tuple[Tensor, Tensor]:
    """The context and the pooled text as the pipeline of diffusers makes them."""
    first = oracles.texts[0](framed(text, 49_407), output_hidden_states=True)
    second = oracles.texts[-1](framed(text, 0), output_hidden_states=True)
    states = [first.hidden_states[-2], second.hidden_states[-2]][-len(oracles.texts) :]
    return torch.cat(states, -1), second.text_embeds


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, atol=2e-4, rtol=2e-4)


def test_a_file_is_known_as_base_or_refiner(base: Checkpoint, refiner: Checkpoint) -> None:
    first, second = model_of(base), model_of(refiner)
    assert (first.family, second.family) == ("sdxl", "sdxl-refiner")
    assert first.prediction == second.prediction == "epsilon"
    assert (first.latents.scale, first.latents.downscale) == (0.13025, 8)
    assert first.latents.rgb is not None
    assert float(first.schedule.sigma_max) == pytest.approx(14.6146, abs=1e-3)


@torch.no_grad()
def test_the_unet_of_the_base_equals_diffusers(base: Checkpoint, oracles: Oracles) -> None:
    model = model_of(base)
    x, t, context, vector = noise(2, 4, 16, 8), torch.tensor([3.0, 700.0]), noise(2, 77, 80), noise(2, 1576)
    ids = torch.tensor([[512, 384, 8, 16, 640, 768]] * 2)
    given = {"text_embeds": vector[:, :40], "time_ids": ids}
    expected = oracles.unet(x, t, context, added_cond_kwargs=given).sample
    cond = Cond(context, vector[:1, :40], size=PictureSize(512, 384, 8, 16, 640, 768))
    told = model.inputs.vector(cond, Occasion(x, 0, negative=False))
    assert told is not None
    rest = torch.cat([vector[:, :40], told[:, 40:].expand(2, -1)], 1)
    close(model.network(x, t, context, rest), expected)


@pytest.mark.parametrize("text", ["", PROMPT])
def test_both_towers_equal_transformers(base: Checkpoint, oracles: Oracles, text: str) -> None:
    (cond,) = encode(base.text, text)
    context, pooled = expected_text(oracles, text)
    assert cond.pooled is not None
    close(cond.context, context)
    close(cond.pooled, pooled)
    assert cond.context.shape == (1, 77, 80)


def test_each_tower_can_be_given_its_own_text(base: Checkpoint, oracles: Oracles) -> None:
    (cond,) = encode(base.text, {"clip_l": "a cat", "clip_g": PROMPT})
    assert cond.pooled is not None
    close(cond.context[..., :32], expected_text(oracles, "a cat")[0][..., :32])
    close(cond.context[..., 32:], expected_text(oracles, PROMPT)[0][..., 32:])
    close(cond.pooled, expected_text(oracles, PROMPT)[1])


def pipeline(oracles: Oracles) -> StableDiffusionXLPipeline:
    """diffusers' pipeline without text towers: it is given what they say."""
    scheduler = EulerDiscreteScheduler(**{**SCHEDULE, "timestep_spacing": "linspace"})
    made = StableDiffusionXLPipeline(oracles.vae, None, None, None, None, oracles.unet, scheduler)
    made.set_progress_bar_config(disable=True)
    return made


def test_the_vector_equals_that_of_diffusers(base: Checkpoint, oracles: Oracles) -> None:
    made = pipeline(oracles)
    ids = made._get_add_time_ids((512, 384), (8, 16), (640, 768), torch.float32, 40)
    expected = oracles.unet.add_time_proj(ids.flatten()).reshape(1, -1)
    cond = Cond(torch.zeros(1, 77, 80), noise(1, 40), size=PictureSize(512, 384, 8, 16, 640, 768))
    vector = model_of(base).inputs.vector(cond, Occasion(torch.zeros(1, 4, 8, 8), 0, negative=False))
    assert vector is not None
    assert cond.pooled is not None
    close(vector, torch.cat([cond.pooled, expected], 1))


def test_without_a_word_the_size_is_that_of_the_latent(base: Checkpoint) -> None:
    inputs, occasion = model_of(base).inputs, Occasion(torch.zeros(1, 4, 64, 48), 0, negative=False)
    plain = Cond(torch.zeros(1, 77, 80), noise(1, 40))
    told = Cond(plain.context, plain.pooled, size=PictureSize(512, 384, 0, 0, 512, 384))
    first, second = inputs.vector(plain, occasion), inputs.vector(told, occasion)
    assert first is not None
    assert second is not None
    assert torch.equal(first, second)


def test_a_text_of_another_model_is_refused_with_both_widths(base: Checkpoint) -> None:
    occasion = Occasion(torch.zeros(1, 4, 8, 8), 0, negative=False)
    with pytest.raises(Exception, match="width 40, this conditioning has one of 768"):
        model_of(base).inputs.vector(Cond(torch.zeros(1, 77, 80), torch.zeros(1, 768)), occasion)


@pytest.mark.parametrize("negative", [False, True])
def test_the_refiner_is_told_how_beautiful_the_picture_is(refiner: Checkpoint, negative: bool) -> None:
    oracles = refiner_oracles()
    scheduler = EulerDiscreteScheduler(**SCHEDULE)
    made = StableDiffusionXLImg2ImgPipeline(
        oracles.vae, None, None, None, None, oracles.unet, scheduler, requires_aesthetics_score=True
    )
    positive_ids, negative_ids = made._get_add_time_ids(
        (1024, 768), (8, 16), (0, 0), 6.0, 2.5, (1024, 768), (8, 16), (0, 0), torch.float32, 40
    )
    wanted = oracles.unet.add_time_proj((negative_ids if negative else positive_ids).flatten()).reshape(1, -1)
    cond = Cond(torch.zeros(1, 77, 48), noise(1, 40), size=PictureSize(1024, 768, 8, 16))
    vector = model_of(refiner).inputs.vector(cond, Occasion(torch.zeros(1, 4, 8, 8), 0, negative=negative))
    assert vector is not None
    close(vector[:, 40:], wanted)


@torch.no_grad()
def test_the_refiner_equals_diffusers(refiner: Checkpoint) -> None:
    oracles, model = refiner_oracles(), model_of(refiner)
    (cond,) = encode(refiner.text, PROMPT)
    assert cond.pooled is not None
    context, pooled = expected_text(oracles, PROMPT)
    close(cond.context, context)
    close(cond.pooled, pooled)
    x, t = noise(1, 4, 16, 8), torch.tensor([500.0])
    given = {"text_embeds": pooled, "time_ids": torch.tensor([[128, 64, 0, 0, 6]])}
    expected = oracles.unet(x, t, context, added_cond_kwargs=given).sample
    vector = model.inputs.vector(cond, Occasion(x, 0, negative=False))
    close(model.network(x, t, cond.context, vector), expected)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of torch's tensors, to numpy
@torch.no_grad()
def test_four_steps_of_euler_end_in_the_picture_of_diffusers(base: Checkpoint, oracles: Oracles) -> None:
    latents = noise(1, 4, 8, 12)
    texts = [expected_text(oracles, text) for text in (PROMPT, NEGATIVE)]
    made = pipeline(oracles)
    expected = made(
        prompt_embeds=texts[0][0],
        pooled_prompt_embeds=texts[0][1],
        negative_prompt_embeds=texts[1][0],
        negative_pooled_prompt_embeds=texts[1][1],
        height=64,
        width=96,
        num_inference_steps=4,
        guidance_scale=5.0,
        latents=latents.clone(),
        output_type="pt",
    ).images
    model = model_of(base)
    samples = sample_levels(
        Guider(model, (encode(base.text, PROMPT), encode(base.text, NEGATIVE)), Cfg(5.0)),
        find_sampler("euler"),
        made.scheduler.sigmas.tolist(),
        noise=latents,
        latent=torch.zeros_like(latents),
        seed=0,
    )
    picture = vaes.decode(base.vae, samples)
    assert expected.std() > 0.05
    torch.testing.assert_close(picture, expected.movedim(1, -1), atol=2e-3, rtol=0)


def steps(
    model: Model, checkpoint: Checkpoint, latent: Tensor, start: int, end: int, *, first: bool
) -> Tensor:
    """Some of six steps; only the first part adds noise, only the last one ends without."""
    return sample(
        model,
        noise=noise(1, 4, 8, 8),
        latent=latent,
        positive=encode(checkpoint.text, PROMPT),
        negative=encode(checkpoint.text, NEGATIVE),
        cfg=4.0,
        sampler="euler",
        schedule="karras",
        steps=6,
        start_step=start,
        end_step=end,
        full_denoise=end >= 6,
        add_noise=first,
        seed=1,
    )


def test_steps_handed_over_to_the_same_model_give_the_picture_of_one_run(base: Checkpoint) -> None:
    model, empty = model_of(base), torch.zeros(1, 4, 8, 8)
    whole = steps(model, base, empty, 0, 10_000, first=True)
    half = steps(model, base, empty, 0, 4, first=True)
    torch.testing.assert_close(steps(model, base, half, 4, 10_000, first=False), whole, atol=1e-4, rtol=1e-4)


def test_the_refiner_takes_over_from_the_base(base: Checkpoint, refiner: Checkpoint) -> None:
    empty = torch.zeros(1, 4, 8, 8)
    half = steps(model_of(base), base, empty, 0, 4, first=True)
    refined = steps(model_of(refiner), refiner, half, 4, 10_000, first=False)
    alone = steps(model_of(base), base, half, 4, 10_000, first=False)
    assert refined.isfinite().all()
    assert not torch.allclose(refined, alone, atol=1e-2)


@pytest.mark.parametrize(
    ("marks", "prediction", "highest"),
    [(["v_pred"], "v", 14.6), (["v_pred", "ztsnr"], "v", 4096.0), ([], "epsilon", 14.6)],
)
def test_marks_tell_of_velocity_and_of_pure_noise_at_the_end(
    oracles: Oracles, tmp_path: Path, marks: list[str], prediction: str, highest: float
) -> None:
    path = tiny_sdxl(tmp_path / "m.safetensors", oracles, extra={mark: torch.zeros(0) for mark in marks})
    model = model_of(open_checkpoint(path))
    assert model.prediction == prediction
    assert float(model.schedule.sigma_max) == pytest.approx(highest, rel=0.01)


@torch.no_grad()
def test_a_folder_of_diffusers_gives_the_same(base: Checkpoint, oracles: Oracles, tmp_path: Path) -> None:
    folder = open_checkpoint(tiny_folder(tmp_path / "xl", oracles))
    first, second = model_of(base), model_of(folder)
    assert second.family == "sdxl"
    assert second.latents.scale == 0.13025
    x, t, context, vector = noise(1, 4, 8, 8), torch.tensor([9.0]), noise(1, 77, 80), noise(1, 1576)
    close(first.network(x, t, context, vector), second.network(x, t, context, vector))
    (one,), (other,) = encode(base.text, PROMPT), encode(folder.text, PROMPT)
    assert one.pooled is not None
    assert other.pooled is not None
    close(one.context, other.context)
    close(one.pooled, other.pooled)


@torch.no_grad()
def test_networks_whose_blocks_were_thinned_out_are_read_as_they_are(tmp_path: Path) -> None:
    thinned = sdxl_oracles(
        layers_per_block=2,
        transformer_layers_per_block=(1, (1, 2), (2, 2)),
        reverse_transformer_layers_per_block=((2, 2, 3), (2, 1, 1), 1),
        mid_block_type="UNetMidBlock2D",
    )
    model = model_of(open_checkpoint(tiny_sdxl(tmp_path / "thin.safetensors", thinned)))
    assert model.family == "sdxl"
    x, t, context, pooled = noise(1, 4, 8, 8), torch.tensor([9.0]), noise(1, 77, 80), noise(1, 40)
    given = {"text_embeds": pooled, "time_ids": torch.tensor([[64, 64, 0, 0, 64, 64]])}
    vector = model.inputs.vector(Cond(context, pooled), Occasion(x, 0, negative=False))
    close(
        model.network(x, t, context, vector),
        thinned.unet(x, t, context, added_cond_kwargs=given).sample,
    )
    folder = model_of(open_checkpoint(tiny_folder(tmp_path / "thin", thinned)))
    close(folder.network(x, t, context, vector), model.network(x, t, context, vector))


@torch.no_grad()
def test_a_folder_of_the_refiner_gives_the_same(refiner: Checkpoint, tmp_path: Path) -> None:
    folder = open_checkpoint(tiny_folder(tmp_path / "refiner", refiner_oracles()))
    first, second = model_of(refiner), model_of(folder)
    assert second.family == "sdxl-refiner"
    x, t, context, vector = noise(1, 4, 8, 8), torch.tensor([9.0]), noise(1, 77, 48), noise(1, 1320)
    close(first.network(x, t, context, vector), second.network(x, t, context, vector))
    (one,), (other,) = encode(refiner.text, PROMPT), encode(folder.text, PROMPT)
    close(one.context, other.context)


@torch.no_grad()
def test_continuous_noise_levels_are_marked_and_equal_those_of_diffusers(
    oracles: Oracles, tmp_path: Path
) -> None:
    marks = {"edm_vpred.sigma_max": torch.tensor(80.0), "edm_vpred.sigma_min": torch.tensor(0.01)}
    checkpoint = open_checkpoint(tiny_sdxl(tmp_path / "edm.safetensors", oracles, extra=marks))
    model = model_of(checkpoint)
    assert model.prediction == "v"
    assert (model.schedule.sigma_max, model.schedule.sigma_min) == pytest.approx((80.0, 0.01), rel=1e-4)
    theirs = EDMEulerScheduler(sigma_min=0.01, sigma_max=80.0, sigma_data=1.0, prediction_type="v_prediction")
    sigma, x, (context, pooled) = 3.0, noise(1, 4, 8, 8) * 3.0, expected_text(oracles, PROMPT)
    ids = {"text_embeds": pooled, "time_ids": torch.tensor([[64, 64, 0, 0, 64, 64]])}
    time = theirs.precondition_noise(torch.tensor(sigma))
    out = oracles.unet(theirs.precondition_inputs(x, sigma), time, context, added_cond_kwargs=ids).sample
    expected = theirs.precondition_outputs(x, out, torch.tensor(sigma))
    found = sample_levels(
        Guider(model, (encode(checkpoint.text, PROMPT), ()), Cfg(1.0)),
        find_sampler("euler"),
        [sigma, 0.0],
        noise=x / sigma,
        latent=torch.zeros_like(x),
        seed=0,
    )
    close(found * model.latents.scale, expected)


def test_latents_that_are_normalized_otherwise_are_refused(oracles: Oracles, tmp_path: Path) -> None:
    path = tiny_sdxl(tmp_path / "p.safetensors", oracles, extra={"edm_mean": torch.zeros(4)})
    with pytest.raises(CheckpointError, match="normalizes its latents by mean and deviation"):
        open_checkpoint(path)
