"""Stable Diffusion 2 and its variants in the original layout against diffusers and transformers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, StableUnCLIPImg2ImgPipeline
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer
from torch import Tensor
from transformers import CLIPVisionModelWithProjection

from diffusion.families.channels import NOISE
from diffusion.families.latent_diffusion import Inputs
from diffusion.families.vectors import UNCLIP, NoisedEmbeddings, UnclipPicture
from diffusion.sampling.inputs import Occasion
from diffusion.sampling.rules import Cfg
from diffusion.sampling.sample import sample_levels
from diffusion.sampling.samplers import find_sampler
from diffusion.text.clip import encode, with_last_layer
from diffusion.text.tokenizer import clip_tokenizer
from diffusion.types import Beside, Cond, Guider, Model
from diffusion.vision.clip_vision import CLIP_MEAN, CLIP_STD, ClipVisionOutput, encode_image, preprocess
from diffusion.weights.checkpoint import Checkpoint, open_checkpoint
from tests.diffusion.vision.test_clip_vision import SIDE, picture, tiny_clip, to_openclip
from tests.factories.relatives import SCHEDULE, Oracles, sd2_oracles, tiny_folder, tiny_sd2

PROMPT = "a small red house by the sea"
TELLTALE = "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias"


@pytest.fixture(scope="module")
def oracles() -> Oracles:
    return sd2_oracles()


@pytest.fixture(scope="module")
def sd2(oracles: Oracles, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return open_checkpoint(tiny_sd2(tmp_path_factory.mktemp("sd2") / "sd2.safetensors", oracles))


def model_of(checkpoint: Checkpoint) -> Model:
    assert checkpoint.model is not None
    return checkpoint.model


def opened(path: Path, oracles: Oracles, **more: Tensor) -> Model:
    return model_of(open_checkpoint(tiny_sd2(path / "a.safetensors", oracles, extra=more)))


def noise(*shape: int, seed: int = 3) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def occasion(*, seed: int = 0) -> Occasion:
    return Occasion(torch.zeros(1, 4, 8, 8), seed, negative=False)


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, atol=2e-4, rtol=2e-4)


def framed(text: str) -> Tensor:
    ids = [49_406, *clip_tokenizer().ids(text), 49_407]
    return torch.tensor([ids + [0] * (77 - len(ids))])


@torch.no_grad()
def test_its_unet_equals_diffusers(sd2: Checkpoint, oracles: Oracles) -> None:
    model = model_of(sd2)
    assert (model.family, model.latents.scale, model.latents.downscale) == ("sd2", 0.18215, 8)
    x, t, context = noise(2, 4, 16, 8), torch.tensor([3.0, 700.0]), noise(2, 77, 48)
    close(model.network(x, t, context), oracles.unet(x, t, context).sample)


@pytest.mark.parametrize("text", ["", PROMPT])
@torch.no_grad()
def test_its_text_is_the_layer_before_the_last_normed(sd2: Checkpoint, oracles: Oracles, text: str) -> None:
    expected = oracles.texts[0](framed(text), output_hidden_states=True)
    norm = oracles.texts[0].get_submodule("text_model.final_layer_norm")
    (cond,), (last,) = encode(sd2.text, text), encode(with_last_layer(sd2.text, -1), text)
    close(cond.context, norm(expected.hidden_states[-2]))
    close(last.context, expected.last_hidden_state)


def test_velocity_is_told_by_the_spread_of_one_tensor(tmp_path: Path) -> None:
    for spread, prediction in [(0.05, "epsilon"), (0.15, "v")]:
        oracles = sd2_oracles()
        bias = dict(oracles.unet.named_parameters())[TELLTALE]
        bias.copy_(torch.linspace(-1, 1, len(bias)) / torch.linspace(-1, 1, len(bias)).std() * spread)
        assert opened(tmp_path / prediction, oracles).prediction == prediction


def test_the_header_is_stronger_than_the_weights(oracles: Oracles, tmp_path: Path) -> None:
    for prediction in ("epsilon", "v"):
        path = tiny_sd2(tmp_path / f"{prediction}.safetensors", oracles, config={"prediction": prediction})
        assert model_of(open_checkpoint(path)).prediction == prediction


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of torch's tensors, to numpy
@torch.no_grad()
def test_three_steps_of_velocity_equal_ddim(oracles: Oracles, tmp_path: Path) -> None:
    model = dataclasses.replace(opened(tmp_path, oracles), prediction="v")
    context = noise(1, 77, 48)
    scheduler = DDIMScheduler(
        **SCHEDULE, prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=True
    )
    scheduler.set_timesteps(3)
    start = x = noise(1, 4, 8, 8)
    for t in scheduler.timesteps:
        x = scheduler.step(oracles.unet(x, t, context).sample, t, x, eta=0.0).prev_sample
    # DDIM is Euler's method; it begins at a level below the highest, so that the start is scaled to that.
    sigmas = [float(model.schedule.sigmas[int(t)]) for t in scheduler.timesteps]
    scale = (1 + sigmas[0] ** 2) ** 0.5
    found = sample_levels(
        Guider(model, ((Cond(context),), (Cond(context),)), Cfg(1.0)),
        find_sampler("euler"),
        [*sigmas, 0.0],
        noise=start * scale / sigmas[0],
        latent=torch.zeros_like(start),
        seed=0,
    )
    close(found * model.latents.scale, x)


# Variants


@torch.no_grad()
def test_an_inpainting_model_is_shown_mask_and_picture(tmp_path: Path) -> None:
    oracles = sd2_oracles(in_channels=9)
    model = opened(tmp_path, oracles)
    mask = torch.zeros(1, 64, 64)
    mask[:, 16:48, :32] = 1.0
    latent = noise(1, 4, 8, 8)
    shown = model.inputs.beside(Cond(noise(1, 77, 48), beside=Beside(latent, mask)), occasion())
    assert shown is not None
    small = torch.nn.functional.interpolate(mask[None], size=(8, 8))
    close(shown, torch.cat([small, latent * 0.18215], 1))
    x, t, context = noise(1, 4, 8, 8), torch.tensor([9.0]), noise(1, 77, 48)
    given = torch.cat([x, shown], 1)
    close(model.network(given, t, context), oracles.unet(given, t, context).sample)
    assert model.prediction == "epsilon"


def test_a_depth_model_is_shown_depth_between_minus_one_and_one(tmp_path: Path) -> None:
    model = opened(tmp_path, sd2_oracles(in_channels=5))
    depth = noise(1, 1, 8, 8) * 40 + 7
    shown = model.inputs.beside(Cond(noise(1, 77, 48), beside=Beside(depth)), occasion())
    assert shown is not None
    close(shown, 2 * (depth - depth.min()) / (depth.max() - depth.min()) - 1)
    flat = model.inputs.beside(Cond(noise(1, 77, 48)), occasion())
    assert flat is not None
    assert torch.equal(flat, torch.zeros(1, 1, 8, 8))


@torch.no_grad()
def test_an_upscaler_equals_diffusers(tmp_path: Path) -> None:
    oracles = sd2_oracles(
        in_channels=7,
        num_class_embeds=1000,
        down_block_types=("DownBlock2D", *["CrossAttnDownBlock2D"] * 3),
        up_block_types=(*["CrossAttnUpBlock2D"] * 3, "UpBlock2D"),
        only_cross_attention=(True, True, True, False),
    )
    # The published one has eight heads at all levels, these are eight channels wide.
    told = {"unet_heads": None, "unet_head_dim": 8}
    path = tiny_sd2(tmp_path / "up.safetensors", oracles, config=told)
    model = model_of(open_checkpoint(path))
    assert (model.prediction, model.latents.scale, model.latents.downscale) == ("v", 0.08333, 4)
    x, t, context = noise(1, 4, 8, 8), torch.tensor([9.0]), noise(1, 77, 48)
    picture = noise(1, 3, 8, 8)
    cond = Cond(context, beside=Beside(picture), facts={NOISE: 0.1})
    shown, level = model.inputs.beside(cond, occasion(seed=5)), model.inputs.vector(cond, occasion())
    assert shown is not None
    assert level is not None
    assert level.tolist() == [35]
    low = DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="scaled_linear")
    grain = torch.randn(picture.shape, generator=torch.Generator().manual_seed(5))
    close(shown, low.add_noise(picture, grain, level))
    given = torch.cat([x, shown], 1)
    close(model.network(given, t, context, level), oracles.unet(given, t, context, class_labels=level).sample)


def normalizer(statistics: tuple[Tensor, Tensor]) -> StableUnCLIPImageNormalizer:
    made = StableUnCLIPImageNormalizer(len(statistics[0]))
    made.mean.data, made.std.data = (part[None] for part in statistics)
    return made


def seen(embedding: Tensor) -> ClipVisionOutput:
    return ClipVisionOutput(embedding, torch.zeros(1, 1, 1), torch.zeros(1, 1, 1))


@pytest.mark.parametrize("told", [False, True])
@torch.no_grad()
def test_unclip_is_told_a_pictures_embedding_with_noise_upon_it(tmp_path: Path, told: bool) -> None:
    oracles = sd2_oracles(class_embed_type="projection", projection_class_embeddings_input_dim=64)
    statistics = (
        (noise(32, seed=1), noise(32, seed=2).abs() + 0.1) if told else (torch.zeros(32), torch.ones(32))
    )
    names = ("noise_augmentor.data_mean", "noise_augmentor.data_std")
    extra = {name: part[None] for name, part in zip(names, statistics, strict=True)} if told else {}
    model = opened(tmp_path, oracles, **extra)
    embedding = noise(1, 32, seed=9)
    pictures = (UnclipPicture(seen(embedding), 1.0, 0.25),)
    vector = model.inputs.vector(Cond(noise(1, 77, 48), facts={UNCLIP: pictures}), occasion(seed=4))
    assert vector is not None
    made = StableUnCLIPImg2ImgPipeline.__new__(StableUnCLIPImg2ImgPipeline)
    object.__setattr__(made, "image_normalizer", normalizer(statistics))
    object.__setattr__(made, "image_noising_scheduler", DDPMScheduler(beta_schedule="squaredcos_cap_v2"))
    grain = torch.randn(1, 32, generator=torch.Generator().manual_seed(4))
    close(vector, made.noise_image_embeddings(embedding, 250, noise=grain))
    x, t, context = noise(1, 4, 8, 8), torch.tensor([9.0]), noise(1, 77, 48)
    expected = oracles.unet(x, t, context, class_labels=vector).sample
    close(model.network(x, t, context, vector), expected)


@torch.no_grad()
def test_unclip_without_a_picture_is_told_zeros_and_of_several_their_sum(tmp_path: Path) -> None:
    oracles = sd2_oracles(class_embed_type="projection", projection_class_embeddings_input_dim=64)
    inputs = opened(tmp_path, oracles).inputs
    nothing = inputs.vector(Cond(noise(1, 77, 48)), occasion())
    assert nothing is not None
    assert torch.equal(nothing, torch.zeros(1, 64))
    pictures = tuple(UnclipPicture(seen(noise(1, 32, seed=seed)), 0.5, 0.0) for seed in (1, 2))
    both = inputs.vector(Cond(noise(1, 77, 48), facts={UNCLIP: pictures}), occasion())
    assert both is not None
    mean = (noise(1, 32, seed=1) + noise(1, 32, seed=2)) / 2
    assert torch.nn.functional.cosine_similarity(both[:, :32], mean).item() > 0.9
    wrong = (UnclipPicture(seen(noise(1, 16)), 1.0, 0.0),)
    with pytest.raises(Exception, match="of width 32, this one has 16"):
        inputs.vector(Cond(noise(1, 77, 48), facts={UNCLIP: wrong}), occasion())


@torch.no_grad()
def test_a_folder_of_diffusers_reads_the_last_layer_that_is_stored(oracles: Oracles, tmp_path: Path) -> None:
    folder = open_checkpoint(
        tiny_folder(tmp_path / "sd2", oracles, sdxl=False, prediction_type="v_prediction")
    )
    model = model_of(folder)
    assert (model.family, model.prediction) == ("sd2", "v")
    x, t, context = noise(1, 4, 8, 8), torch.tensor([9.0]), noise(1, 77, 48)
    close(model.network(x, t, context), oracles.unet(x, t, context).sample)
    (cond,) = encode(folder.text, PROMPT)
    close(cond.context, oracles.texts[0](framed(PROMPT)).last_hidden_state)


UNCLIP_SIZES: dict[str, Any] = {"class_embed_type": "projection", "projection_class_embeddings_input_dim": 48}


@torch.no_grad()
def test_an_unclip_checkpoint_brings_its_image_encoder(tmp_path: Path) -> None:
    encoder = tiny_clip()
    visual = {f"embedder.model.{key}": w for key, w in to_openclip(encoder.state_dict(), 3).items()}
    path = tiny_sd2(tmp_path / "unclip.safetensors", sd2_oracles(**UNCLIP_SIZES), extra=visual)
    checkpoint = open_checkpoint(path)
    assert checkpoint.vision is not None
    output = encode_image(checkpoint.vision, picture(SIDE, SIDE))
    pixels = preprocess(picture(SIDE, SIDE), SIDE, CLIP_MEAN, CLIP_STD, "center")
    close(output.image_embeds, encoder(pixels).image_embeds)
    facts = {UNCLIP: (UnclipPicture(output, 1.0, 0.0),)}
    vector = model_of(checkpoint).inputs.vector(Cond(noise(1, 77, 48), facts=facts), occasion())
    assert vector is not None
    assert vector.shape == (1, 48)


@torch.no_grad()
def test_a_folder_of_unclip_brings_its_image_encoder_and_statistics(tmp_path: Path) -> None:
    encoder = tiny_clip()
    path = tiny_folder(tmp_path / "unclip", sd2_oracles(**UNCLIP_SIZES), sdxl=False)
    assert isinstance(encoder, CLIPVisionModelWithProjection)
    encoder.save_pretrained(path / "image_encoder")
    statistics = (noise(24, seed=1), noise(24, seed=2).abs() + 0.1)
    normalizer(statistics).save_pretrained(path / "image_normalizer")
    checkpoint = open_checkpoint(path)
    assert checkpoint.vision is not None
    pixels = preprocess(picture(SIDE, SIDE), SIDE, CLIP_MEAN, CLIP_STD, "center")
    output = encode_image(checkpoint.vision, picture(SIDE, SIDE))
    close(output.image_embeds, encoder(pixels).image_embeds)
    inputs = model_of(checkpoint).inputs
    assert isinstance(inputs, Inputs)
    assert isinstance(inputs.numbers, NoisedEmbeddings)
    assert torch.equal(inputs.numbers.mean, statistics[0])
    assert torch.equal(inputs.numbers.std, statistics[1])
