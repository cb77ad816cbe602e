"""Whole checkpoints in every layout against diffusers and transformers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import CLIPTextModel

from diffusion import vae as vaes
from diffusion.errors import CheckpointError, PartMissing
from diffusion.text.clip import encode
from diffusion.text.tokenizer import clip_tokenizer
from diffusion.weights.checkpoint import Checkpoint, open_checkpoint, open_vae
from tests.factories import tiny_sd1, tiny_sd1_folder
from tests.factories.checkpoints import PREFIXES, tiny_networks, tiny_weights

PROMPT = "a house by the sea"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd1_folder(tmp_path_factory.mktemp("folder") / "sd1")


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd1(tmp_path_factory.mktemp("single") / "sd1.safetensors")


def close(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, atol=1e-4, rtol=1e-4)


def noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3))


@torch.no_grad()
def assert_equal_to(checkpoint: Checkpoint, unet: nn.Module, vae: nn.Module, text: nn.Module) -> None:
    """The checkpoint's three parts give what three networks of diffusers and transformers give."""
    assert checkpoint.model is not None
    x, t, context = noise(2, 4, 16, 8), torch.tensor([3.0, 700.0]), noise(2, 77, 32)
    assert close(checkpoint.model.network(x, t, context), unet(x, t, context).sample)

    pixels = noise(1, 32, 48, 3).sigmoid()
    expected = vae.encode(pixels.movedim(-1, 1) * 2 - 1).latent_dist.mean
    assert close(vaes.encode(checkpoint.vae, pixels), expected)
    decoded = vae.decode(expected).sample
    assert close(vaes.decode(checkpoint.vae, expected), (decoded.movedim(1, -1) / 2 + 0.5).clamp(0, 1))

    (cond,) = encode(checkpoint.text, PROMPT)
    ids = [49_406, *clip_tokenizer().ids(PROMPT), 49_407]
    assert close(cond.context, text(torch.tensor([ids + [49_407] * (77 - len(ids))])).last_hidden_state)


def oracles(folder: Path) -> tuple[nn.Module, nn.Module, nn.Module]:
    return (
        UNet2DConditionModel.from_pretrained(folder / "unet").eval(),
        AutoencoderKL.from_pretrained(folder / "vae").eval(),
        CLIPTextModel.from_pretrained(folder / "text_encoder").eval(),
    )


def test_the_folder_layout_equals_diffusers(folder: Path) -> None:
    assert_equal_to(open_checkpoint(folder), *oracles(folder))


def test_the_single_file_layout_equals_diffusers(folder: Path, single: Path) -> None:
    unet, vae, text = oracles(folder)
    weights = load_file(single)
    unet.load_state_dict(convert_ldm_unet_checkpoint(dict(weights), unet.config))
    vae.load_state_dict(convert_ldm_vae_checkpoint(dict(weights), vae.config))
    text.load_state_dict(tiny_networks()["text"].state_dict())
    checkpoint = open_checkpoint(single)
    checkpoint.text.towers[0].network.config.num_attention_heads  # noqa: B018 - a text encoder is there
    for layer in text.encoder.layers:  # the folder's has two heads, the file's the usual one for 64 channels
        layer.self_attn.num_heads, layer.self_attn.head_dim, layer.self_attn.scale = 1, 32, 32**-0.5
    assert_equal_to(checkpoint, unet, vae, text)


@pytest.mark.parametrize(
    ("modern", "old"),
    [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")],
)
def test_old_names_of_a_vaes_attention_are_known(folder: Path, tmp_path: Path, modern: str, old: str) -> None:
    weights = load_file(folder / "vae" / "diffusion_pytorch_model.safetensors")
    renamed = {
        key.replace(f"attentions.0.{modern}.", f"attentions.0.{old}."): w for key, w in weights.items()
    }
    assert renamed.keys() != weights.keys()
    save_file(renamed, tmp_path / "vae.safetensors")
    expected, found = open_vae(folder / "vae"), open_vae(tmp_path / "vae.safetensors")
    assert torch.equal(vaes.decode(expected, noise(1, 4, 4, 4)), vaes.decode(found, noise(1, 4, 4, 4)))


def state(checkpoint: Checkpoint) -> dict[str, Tensor]:
    assert checkpoint.model is not None
    return checkpoint.model.network.state_dict()


def test_a_pickled_checkpoint_holds_the_same(single: Path, tmp_path: Path) -> None:
    torch.save({"state_dict": load_file(single), "global_step": 1}, tmp_path / "sd1.ckpt")
    expected, found = state(open_checkpoint(single)), state(open_checkpoint(tmp_path / "sd1.ckpt"))
    assert all(torch.equal(expected[key], found[key]) for key in expected)


def test_what_training_left_in_a_file_is_passed_over(tmp_path: Path) -> None:
    weights = tiny_weights()
    text = PREFIXES["text"]
    weights[text + "embeddings.position_ids"] = torch.arange(77)[None]
    weights["first_stage_model.loss.discriminator.main.0.weight"] = torch.zeros(1)
    weights["model_ema.decay"] = torch.zeros(())
    weights["betas"] = torch.zeros(1000)
    save_file(weights, tmp_path / "full.safetensors")
    checkpoint = open_checkpoint(tmp_path / "full.safetensors")
    assert None not in (checkpoint.model, checkpoint.text, checkpoint.vae)


def test_the_oldest_names_of_the_text_tower_are_known(single: Path, tmp_path: Path) -> None:
    weights = {key.replace(".text_model.", "."): tensor for key, tensor in load_file(single).items()}
    save_file(weights, tmp_path / "old.safetensors")
    (expected,) = encode(open_checkpoint(single).text, PROMPT)
    (found,) = encode(open_checkpoint(tmp_path / "old.safetensors").text, PROMPT)
    assert torch.equal(expected.context, found.context)


def test_a_missing_vae_and_text_encoder_are_none_and_say_so_when_used(tmp_path: Path) -> None:
    checkpoint = open_checkpoint(tiny_sd1(tmp_path / "unet.safetensors", parts=["unet"]))
    assert checkpoint.model is not None
    with pytest.raises(PartMissing, match="no VAE"):
        vaes.decode(checkpoint.vae, noise(1, 4, 4, 4))
    with pytest.raises(PartMissing, match="no text encoder"):
        encode(checkpoint.text, "a")


def test_missing_and_unexpected_keys_are_named(tmp_path: Path) -> None:
    weights = tiny_weights(parts=["unet"])
    del weights["model.diffusion_model.time_embed.0.bias"]
    weights["model.diffusion_model.surprise"] = torch.zeros(1)
    save_file(weights, tmp_path / "odd.safetensors")
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(tmp_path / "odd.safetensors")
    assert "the UNet lacks 1 keys: time_embed.0.bias" in str(caught.value)
    assert "has unexpected 1 keys: surprise" in str(caught.value)


def test_wrong_shapes_are_named(tmp_path: Path) -> None:
    weights = tiny_weights(parts=["unet"])
    weights["model.diffusion_model.time_embed.0.bias"] = torch.zeros(3)
    save_file(weights, tmp_path / "odd.safetensors")
    with pytest.raises(CheckpointError, match=r"time_embed\.0\.bias \(3,\) instead of \(128,\)"):
        open_checkpoint(tmp_path / "odd.safetensors")


@pytest.mark.parametrize(
    "key", ["input_blocks.0.0.weight", "input_blocks.1.0.out_layers.3.weight", "out.2.weight"]
)
def test_sizes_that_cannot_be_told_are_a_checkpoint_error(tmp_path: Path, key: str) -> None:
    weights = tiny_weights(parts=["unet"])
    weights[f"model.diffusion_model.{key}"] = torch.zeros(())
    save_file(weights, tmp_path / "odd.safetensors")
    with pytest.raises(CheckpointError, match="sizes of the UNet do not fit together"):
        open_checkpoint(tmp_path / "odd.safetensors")


def test_the_header_says_what_weights_cannot(tmp_path: Path) -> None:
    config = {
        "unet_heads": 4,
        "text_heads": 2,
        "latent_scale": 0.5,
        "prediction": "v",
        "latent_rgb": [[1, 0, 0]] * 5,
    }
    path = tiny_sd1(tmp_path / "told.safetensors", config={**config, "unknown": 1})
    checkpoint = open_checkpoint(path)
    assert checkpoint.model is not None
    assert checkpoint.text is not None
    assert checkpoint.model.network.config.heads == 4
    assert checkpoint.text.towers[0].network.config.num_attention_heads == 2
    assert checkpoint.model.prediction == "v"
    assert checkpoint.model.latents.scale == 0.5
    assert checkpoint.model.latents.rgb == ((1.0, 0.0, 0.0),) * 5


@pytest.mark.parametrize(
    "config",
    [
        {"unet_heads": 0},
        {"unet_heads": "8"},
        {"latent_scale": -1},
        {"latent_scale": 1e999},
        {"prediction": "x"},
        {"latent_rgb": [[1, 2]]},
        {"latent_rgb": 3},
        {"zero_terminal_snr": 1},
        {"family": []},
    ],
)
def test_a_header_with_impossible_settings_is_refused(tmp_path: Path, config: dict[str, object]) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"a": torch.zeros(1)}, path, {"heddle.config": json.dumps(config)})
    with pytest.raises(CheckpointError, match=f"the setting {next(iter(config))} of the checkpoint"):
        open_checkpoint(path)


@pytest.mark.parametrize(
    "config",
    [
        {"unet_heads": 7},
        {"text_heads": 3},
        {"text_activation": "none such"},
        {"unet_norm_groups": 7},
        {"vae_norm_groups": 64},
    ],
)
def test_settings_that_do_not_fit_the_weights_are_refused(tmp_path: Path, config: dict[str, object]) -> None:
    path = tiny_sd1(tmp_path / "a.safetensors", config=config)
    with pytest.raises(CheckpointError, match="do not fit together"):
        open_checkpoint(path)


@pytest.mark.parametrize("text", ["{", "[]", "3", "[" * 100_000])
def test_a_header_whose_settings_are_no_object_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"a": torch.zeros(1)}, path, {"heddle.config": text})
    with pytest.raises(CheckpointError, match="is not"):
        open_checkpoint(path)


def test_a_folder_says_its_prediction_and_scale(tmp_path: Path) -> None:
    path = tiny_sd1_folder(tmp_path / "v", prediction="v_prediction")
    vae_config = path / "vae" / "config.json"
    vae_config.write_text(json.dumps({**json.loads(vae_config.read_text()), "scaling_factor": 0.25}))
    checkpoint = open_checkpoint(path)
    assert checkpoint.model is not None
    assert checkpoint.model.prediction == "v"
    assert checkpoint.model.latents.scale == 0.25


def test_weights_of_the_wanted_format_are_not_copied(single: Path) -> None:
    checkpoint = open_checkpoint(single, dtype=torch.float32)
    assert checkpoint.text is not None
    mapped = [line for line in Path("/proc/self/maps").read_text().splitlines() if str(single) in line]
    ranges = [[int(end, 16) for end in line.split()[0].split("-")] for line in mapped]
    address = checkpoint.text.towers[0].network.embeddings.token_embedding.weight.data_ptr()
    assert any(start <= address < end for start, end in ranges)


def test_the_number_format_can_be_chosen(single: Path) -> None:
    checkpoint = open_checkpoint(single, dtype=torch.bfloat16)
    assert checkpoint.model is not None
    assert {parameter.dtype for parameter in checkpoint.model.network.parameters()} == {torch.bfloat16}
    assert checkpoint.model.dtype == torch.bfloat16


def test_nothing_stays_without_memory_and_nothing_wants_gradients(single: Path) -> None:
    checkpoint = open_checkpoint(single)
    assert checkpoint.text is not None
    assert checkpoint.vae is not None
    for network in (
        state(checkpoint),
        checkpoint.text.towers[0].network.state_dict(),
        checkpoint.vae.network.state_dict(),
    ):
        assert not any(tensor.is_meta or tensor.requires_grad for tensor in network.values())
    assert not any(buffer.is_meta for buffer in checkpoint.text.towers[0].network.buffers())


@pytest.mark.parametrize("prefix", ["", "first_stage_model.", "vae."])
def test_a_vae_is_found_under_every_prefix(single: Path, tmp_path: Path, prefix: str) -> None:
    weights = {prefix + key: w for key, w in tiny_networks()["vae"].state_dict().items()}
    weights[prefix + "loss.logvar"] = torch.zeros(())
    save_file(weights, tmp_path / "vae.safetensors")
    expected = open_checkpoint(single).vae
    found = open_vae(tmp_path / "vae.safetensors")
    assert torch.equal(vaes.decode(expected, noise(1, 4, 4, 4)), vaes.decode(found, noise(1, 4, 4, 4)))


def test_a_folders_vae_can_be_opened_alone(folder: Path) -> None:
    whole, part = open_vae(folder), open_vae(folder / "vae")
    assert torch.equal(vaes.decode(whole, noise(1, 4, 4, 4)), vaes.decode(part, noise(1, 4, 4, 4)))


def test_a_file_without_a_vae_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is a diffusion model alone for SD 1\.x .*, not a VAE"):
        open_vae(tiny_sd1(tmp_path / "unet.safetensors", parts=["unet"]))


def test_convolutions_are_kept_with_channels_last(single: Path) -> None:
    checkpoint = open_checkpoint(single)
    assert checkpoint.vae is not None
    for network in (state(checkpoint), checkpoint.vae.network.state_dict()):
        kernels = [tensor for tensor in network.values() if tensor.ndim == 4]
        assert kernels
        assert all(kernel.is_contiguous(memory_format=torch.channels_last) for kernel in kernels)
