"""LoRA files laid upon a tiny checkpoint: exact on, exact off, and errors that say what is wrong."""

import json
import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from diffusion.errors import CheckpointError
from diffusion.families.family import Checkpoint
from diffusion.types import Model, TextEncoder
from diffusion.weights.checkpoint import open_checkpoint
from diffusion.weights.lora import open_lora, with_lora
from tests.factories import tiny_sd1
from tests.factories.loras import low_rank, tiny_lora
from tests.factories.relatives import tiny_refiner, tiny_sd2, tiny_sdxl

Q = "input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight"
OUT = "input_blocks.1.1.transformer_blocks.0.attn1.to_out.0.weight"
TEXT_Q = "encoder.layers.0.self_attn.q_proj.weight"
UNET_Q = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return open_checkpoint(tiny_sd1(tmp_path_factory.mktemp("sd1") / "tiny.safetensors"))


def parts(checkpoint: Checkpoint) -> tuple[Model, TextEncoder]:
    assert checkpoint.model is not None
    assert checkpoint.text is not None
    return checkpoint.model, checkpoint.text


def patched(
    checkpoint: Checkpoint, path: Path, strength: float = 1.0, text: float = 1.0
) -> tuple[Model, TextEncoder]:
    model, encoder = with_lora(
        *parts(checkpoint), open_lora(path), model_strength=strength, text_strength=text
    )
    assert model is not None
    assert encoder is not None
    return model, encoder


def state(network: nn.Module) -> dict[str, Tensor]:
    return dict(network.state_dict())


def differing(first: nn.Module, second: nn.Module) -> set[str]:
    ours, theirs = state(first), state(second)
    return {name for name in ours if not torch.equal(ours[name], theirs[name])}


def test_it_changes_its_tensors_by_the_formula_and_no_others(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path = tiny_lora(tmp_path / "a.safetensors")
    model, encoder = parts(checkpoint)
    changed, text = patched(checkpoint, path, 0.7, 0.3)
    assert differing(model.network, changed.network) == {Q, OUT}
    assert differing(encoder.towers[0].network, text.towers[0].network) == {TEXT_Q}
    stored = load_file(path)
    delta = stored[f"{UNET_Q}.lora_up.weight"].double() @ stored[f"{UNET_Q}.lora_down.weight"].double() / 2
    wanted = state(model.network)[Q].double() + 0.7 * delta
    torch.testing.assert_close(state(changed.network)[Q].double(), wanted, rtol=1e-6, atol=1e-6)


def test_what_it_does_not_touch_is_shared_and_the_plain_network_keeps_its_bits(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    model, _ = parts(checkpoint)
    before = {name: tensor.clone() for name, tensor in state(model.network).items()}
    changed, _ = patched(checkpoint, tiny_lora(tmp_path / "a.safetensors"))
    ours = dict(model.network.named_parameters())
    theirs = dict(changed.network.named_parameters())
    assert {name for name in ours if ours[name] is not theirs[name]} == {Q, OUT}
    assert all(torch.equal(tensor, before[name]) for name, tensor in state(model.network).items())


def test_strength_zero_is_the_very_same_object(checkpoint: Checkpoint, tmp_path: Path) -> None:
    model, encoder = parts(checkpoint)
    path = tiny_lora(tmp_path / "a.safetensors")
    same_model, other_text = patched(checkpoint, path, 0.0, 1.0)
    assert same_model is model
    assert other_text is not encoder
    other_model, same_text = patched(checkpoint, path, 1.0, 0.0)
    assert other_model is not model
    assert same_text is encoder


def test_a_stack_makes_no_network_but_the_last(checkpoint: Checkpoint, tmp_path: Path) -> None:
    first, second = tiny_lora(tmp_path / "a.safetensors"), tiny_lora(tmp_path / "b.safetensors", [UNET_Q])
    model, _ = parts(checkpoint)
    middle, _ = with_lora(model, None, open_lora(first), model_strength=1.0)
    assert middle is not None
    last, _ = with_lora(middle, None, open_lora(second), model_strength=-0.5)
    assert last is not None
    made = last.network
    assert made is last.network
    assert middle.weights.made is model.weights.plain
    assert last.weights.plain is model.weights.plain
    one = state(middle.network)[Q] - state(model.network)[Q]
    two = load_file(second)
    delta = two[f"{UNET_Q}.lora_up.weight"] @ two[f"{UNET_Q}.lora_down.weight"] / 2
    torch.testing.assert_close(
        state(made)[Q], state(model.network)[Q] + one - 0.5 * delta, rtol=1e-5, atol=1e-5
    )


def test_a_stack_is_rounded_once(tmp_path: Path) -> None:
    """Ten changes that each are lost in bfloat16 are there together."""
    opened = open_checkpoint(tiny_sd1(tmp_path / "tiny.safetensors"), dtype=torch.bfloat16)
    stored = low_rank(UNET_Q, 32, 32)
    save_file({name: tensor if name.endswith("alpha") else tensor * 0.02 for name, tensor in stored.items()},
              tmp_path / "small.safetensors")  # fmt: skip
    lora, model = open_lora(tmp_path / "small.safetensors"), opened.model
    for _ in range(10):
        model, _ = with_lora(model, None, lora, model_strength=1.0)
    once, _ = with_lora(opened.model, None, lora, model_strength=10.0)
    assert model is not None
    assert once is not None
    assert state(model.network)[Q].dtype == torch.bfloat16
    torch.testing.assert_close(state(model.network)[Q], state(once.network)[Q], rtol=1e-2, atol=0)
    assert (state(model.network)[Q] == state(once.network)[Q]).float().mean() > 0.99


def test_every_naming_gives_the_same_model(checkpoint: Checkpoint, tmp_path: Path) -> None:
    dotted = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
    pair = low_rank("x", 32, 32, alpha=None)
    up, down = pair["x.lora_up.weight"], pair["x.lora_down.weight"]
    namings = {
        "kohya": (f"{UNET_Q}.lora_up.weight", f"{UNET_Q}.lora_down.weight"),
        "original": (
            f"lora_unet_{Q.removesuffix('.weight').replace('.', '_')}.lora_up.weight",
            f"lora_unet_{Q.removesuffix('.weight').replace('.', '_')}.lora_down.weight",
        ),
        "diffusers": (f"unet.{dotted}.lora.up.weight", f"unet.{dotted}.lora.down.weight"),
        "peft": (f"unet.{dotted}.lora_B.weight", f"unet.{dotted}.lora_A.weight"),
        "bare peft": (
            f"base_model.model.{dotted}.lora_B.default.weight",
            f"base_model.model.{dotted}.lora_A.default.weight",
        ),
        "processor": tuple(
            f"unet.{dotted.replace('.to_q', '.processor.to_q_lora')}.{way}.weight" for way in ("up", "down")
        ),
    }
    results = []
    for naming, (up_key, down_key) in namings.items():
        path = tmp_path / f"{naming}.safetensors"
        save_file({up_key: up, down_key: down}, path)
        results.append(state(patched(checkpoint, path)[0].network)[Q])
    assert all(torch.equal(result, results[0]) for result in results)
    assert not torch.equal(results[0], state(parts(checkpoint)[0].network)[Q])


def test_alpha_may_stand_in_the_header_as_diffusers_writes_it(checkpoint: Checkpoint, tmp_path: Path) -> None:
    dotted = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
    pair = low_rank("x", 32, 32, alpha=None)
    tensors = {f"{dotted}.lora_B.weight": pair["x.lora_up.weight"],
               f"{dotted}.lora_A.weight": pair["x.lora_down.weight"]}  # fmt: skip
    save_file(tensors, tmp_path / "plain.safetensors")
    header = {"lora_adapter_metadata": json.dumps({"unet.r": 2, "unet.lora_alpha": 1})}
    save_file(tensors, tmp_path / "told.safetensors", header)
    told = state(patched(checkpoint, tmp_path / "told.safetensors", 1.0)[0].network)[Q]
    half = state(patched(checkpoint, tmp_path / "plain.safetensors", 0.5)[0].network)[Q]
    assert torch.equal(told, half)


def test_pickled_files_are_read_too(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path = tiny_lora(tmp_path / "a.safetensors")
    torch.save(load_file(path), tmp_path / "a.pt")
    first, _ = patched(checkpoint, path)
    second, _ = patched(checkpoint, tmp_path / "a.pt")
    assert differing(first.network, second.network) == set()


def test_biases_and_norms_are_patched(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path, prefix = tmp_path / "b.safetensors", "lora_unet_down_blocks_0_resnets_0"
    save_file({f"{prefix}_norm1.w_norm": torch.ones(32), f"{prefix}_norm1.b_norm": torch.full((32,), 2.0),
               f"{prefix}_conv1.diff_b": torch.full((32,), 3.0)}, path)  # fmt: skip
    model, _ = parts(checkpoint)
    changed, plain = state(patched(checkpoint, path)[0].network), state(model.network)
    place = "input_blocks.1.0.in_layers"
    for name, added in ((f"{place}.0.weight", 1.0), (f"{place}.0.bias", 2.0), (f"{place}.2.bias", 3.0)):
        assert torch.equal(changed[name], plain[name] + added)


def test_a_lora_for_another_family_names_the_key_both_shapes_and_both_families(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    path = tmp_path / "xl.safetensors"
    name = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
    save_file(low_rank(name, 640, 2048), path)
    with pytest.raises(CheckpointError) as caught:
        patched(checkpoint, path)
    message = str(caught.value)
    assert f"{name}." in message
    assert "(640, 2048)" in message
    assert "(32, 32)" in message
    assert "a LoRA for SDXL" in message
    assert "SD 1.x" in message


def test_a_file_of_which_nothing_matches_says_what_it_is(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "three.safetensors"
    save_file(low_rank("lora_unet_joint_blocks_0_x_block_attn_qkv", 64, 64), path)
    with pytest.raises(CheckpointError, match=r"three\.safetensors is a LoRA for SD 3.*not for SD 1"):
        patched(checkpoint, path)


def test_a_checkpoint_among_the_loras_is_told_from_one(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is a checkpoint"):
        open_lora(tiny_sd1(tmp_path / "tiny.safetensors"))


def test_keys_that_match_nothing_are_counted_in_the_log(
    checkpoint: Checkpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tiny_lora(tmp_path / "a.safetensors", [UNET_Q, "lora_unet_mid_block_attentions_0_tail"])
    with caplog.at_level(logging.WARNING):
        patched(checkpoint, path)
    assert "1 keys match nothing here: lora_unet_mid_block_attentions_0_tail" in caplog.text


def test_what_is_for_text_towers_that_are_not_linked_is_no_fault(
    checkpoint: Checkpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model, _ = parts(checkpoint)
    with caplog.at_level(logging.WARNING):
        with_lora(model, None, open_lora(tiny_lora(tmp_path / "a.safetensors")), model_strength=1.0)
    assert caplog.text == ""
    text_only = tiny_lora(
        tmp_path / "t.safetensors", ["lora_te_text_model_encoder_layers_0_self_attn_q_proj"]
    )
    same, _ = with_lora(model, None, open_lora(text_only), model_strength=1.0)
    assert same is not None
    assert same.network is model.network
    assert "changes nothing of the model" in caplog.text


def test_the_two_towers_of_sdxl_are_told_apart_and_the_refiner_has_the_second(tmp_path: Path) -> None:
    end = "text_model_encoder_layers_0_self_attn_q_proj"
    stored = low_rank(f"lora_te1_{end}", 32, 32) | low_rank(f"lora_te2_{end}", 48, 48)
    unet = "lora_unet_down_blocks_1_attentions_0_proj_in"
    stored |= low_rank(unet, 32, 32) | low_rank("lora_te2_text_projection", 40, 48)
    save_file(stored, tmp_path / "xl.safetensors")
    opened = open_checkpoint(tiny_sdxl(tmp_path / "base.safetensors"), dtype=torch.float32)
    _, encoder = parts(opened)
    model, text = patched(opened, tmp_path / "xl.safetensors")
    assert differing(parts(opened)[0].network, model.network) == {"input_blocks.3.1.proj_in.weight"}
    small, large = (
        differing(plain.network, tower.network)
        for plain, tower in zip(encoder.towers, text.towers, strict=True)
    )
    assert small == {TEXT_Q}
    assert large == {TEXT_Q, "text_projection.weight"}
    refiner = open_checkpoint(tiny_refiner(tmp_path / "refiner.safetensors"), dtype=torch.float32)
    _, alone = with_lora(
        None, refiner.text, open_lora(tmp_path / "xl.safetensors"), model_strength=0.0, text_strength=1.0
    )
    assert alone is not None
    assert set(alone.towers[0].weights.patches) == {TEXT_Q, "text_projection.weight"}


def test_a_module_of_openclip_is_patched_where_queries_stand_alone(tmp_path: Path) -> None:
    name = "lora_te_text_model_encoder_layers_1_self_attn_v_proj"
    save_file(low_rank(name, 48, 48), tmp_path / "two.safetensors")
    opened = open_checkpoint(tiny_sd2(tmp_path / "sd2.safetensors"), dtype=torch.float32)
    _, encoder = with_lora(
        None, opened.text, open_lora(tmp_path / "two.safetensors"), model_strength=0.0, text_strength=1.0
    )
    assert encoder is not None
    assert set(encoder.towers[0].weights.patches) == {"encoder.layers.1.self_attn.v_proj.weight"}
