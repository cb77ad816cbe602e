"""CLIP's text tower against transformers' own model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from diffusion.errors import DiffusionError, PartMissing
from diffusion.text.clip import ClipConfig, encode, text_tower, with_last_layer
from diffusion.text.embeddings import no_embeddings
from diffusion.text.tokenizer import clip_tokenizer
from diffusion.types import TextEncoder, TextTower
from diffusion.weights.patched import Weights

PROMPT = "a photo of a small red house by the sea"


@pytest.fixture(scope="module")
def oracle() -> CLIPTextModel:
    torch.manual_seed(1)
    config = CLIPTextConfig(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96)
    model = CLIPTextModel(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.fixture(scope="module")
def encoder(oracle: CLIPTextModel) -> TextEncoder:
    # the first releases of transformers 5 nest the tower
    weights = {key.removeprefix("text_model."): tensor for key, tensor in oracle.state_dict().items()}
    tower = text_tower(ClipConfig.from_weights(weights, heads=4))
    tower.load_state_dict(weights)
    return TextEncoder((TextTower("clip_l", Weights(tower), clip_tokenizer()),), no_embeddings)


def framed(text: str) -> Tensor:
    ids = [49_406, *clip_tokenizer().ids(text), 49_407]
    return torch.tensor([ids + [49_407] * (77 - len(ids))])


def close(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_a_plain_prompt_equals_transformers(oracle: CLIPTextModel, encoder: TextEncoder) -> None:
    expected = oracle(framed(PROMPT))
    (cond,) = encode(encoder, PROMPT)
    assert cond.context.shape == (1, 77, 64)
    assert close(cond.context, expected.last_hidden_state)
    assert cond.pooled is not None
    assert close(cond.pooled, expected.pooler_output)


@torch.no_grad()
def test_the_layer_before_the_last_is_normed_too(oracle: CLIPTextModel, encoder: TextEncoder) -> None:
    states = oracle(framed(PROMPT), output_hidden_states=True)
    (cond,) = encode(with_last_layer(encoder, -2), PROMPT)
    norm = getattr(oracle, "text_model", oracle).final_layer_norm
    assert close(cond.context, norm(states.hidden_states[-2]))
    assert cond.pooled is not None
    assert close(cond.pooled, states.pooler_output)


@torch.no_grad()
def test_weights_move_tokens_away_from_the_empty_prompt(oracle: CLIPTextModel, encoder: TextEncoder) -> None:
    plain = oracle(framed("a red house")).last_hidden_state
    empty = oracle(framed("")).last_hidden_state
    (cond,) = encode(encoder, "a (red:1.5) house")
    expected = plain.clone()
    expected[:, 2] = empty[:, 2] + (plain[:, 2] - empty[:, 2]) * 1.5
    assert close(cond.context, expected)


@torch.no_grad()
def test_chunks_of_a_long_prompt_are_encoded_alone_and_joined(
    oracle: CLIPTextModel, encoder: TextEncoder
) -> None:
    (cond,) = encode(encoder, "cat " * 75 + "dog")
    first, second = oracle(framed("cat " * 75)), oracle(framed("dog"))
    assert close(cond.context, torch.cat([first.last_hidden_state, second.last_hidden_state], dim=1))
    assert cond.pooled is not None
    assert close(cond.pooled, first.pooler_output)


@torch.no_grad()
def test_the_vector_of_a_known_word_as_an_embedding_equals_the_word(
    encoder: TextEncoder, tmp_path: Path
) -> None:
    (cat,) = clip_tokenizer().ids("cat")
    path = tmp_path / "word.safetensors"
    save_file(
        {"emb_params": encoder.towers[0].network.embeddings.token_embedding.weight[cat : cat + 1].clone()},
        path,
    )
    learned = replace(encoder, embeddings=lambda name: path if name == "word" else None)
    (expected,), (found,) = encode(encoder, "a cat here"), encode(learned, "a embedding:word here")
    assert torch.equal(found.context, expected.context)


def test_a_layer_that_does_not_exist_is_refused(encoder: TextEncoder) -> None:
    with pytest.raises(DiffusionError, match=r"-4 does not exist: this text tower has -3 … -1"):
        encode(with_last_layer(encoder, -4), "a")


def test_a_missing_encoder_is_named() -> None:
    with pytest.raises(PartMissing, match="no text encoder"):
        encode(None, "a")
    with pytest.raises(PartMissing, match="no text encoder"):
        with_last_layer(None, -2)


def test_heads_are_counted_by_64_channels_unless_told() -> None:
    weights = text_tower(ClipConfig(width=128, layers=1, heads=2, hidden=16, vocabulary=10)).state_dict()
    assert ClipConfig.from_weights(weights).heads == 2
    assert ClipConfig.from_weights(weights, heads=8).heads == 8
