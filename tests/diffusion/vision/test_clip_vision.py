"""Image encoders, held against transformers' own models and image processors."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    SiglipVisionConfig,
    SiglipVisionModel,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from diffusion.errors import CheckpointError, DiffusionError, PartMissing
from diffusion.vision.clip_vision import CLIP_MEAN, CLIP_STD, ClipVision, encode_image, preprocess
from diffusion.vision.image_encoder import EncoderConfig, activation_of, heads_of, side_of
from diffusion.vision.image_encoder_file import open_clip_vision
from diffusion.weights.reach import reachable_modules

SIZES = {"hidden_size": 128, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 2}
CPU = torch.device("cpu")
SIDE = 28


def shaken(model: nn.Module) -> nn.Module:
    """The model with weights large enough that every part shows in the result."""
    torch.manual_seed(0)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.15)
    return model.eval()


def tiny_clip() -> nn.Module:
    config = CLIPVisionConfig(
        **SIZES, image_size=SIDE, patch_size=7, projection_dim=24, hidden_act="quick_gelu"
    )
    return shaken(CLIPVisionModelWithProjection(config))


def tiny_siglip(*, head: bool) -> nn.Module:
    config = SiglipVisionConfig(**SIZES, image_size=SIDE, patch_size=7, vision_use_head=head)
    return shaken(SiglipVisionModel(config))


def saved(state: Mapping[str, Tensor], path: Path) -> Path:
    save_file({key: tensor.contiguous() for key, tensor in state.items()}, path)
    return path


def picture(height: int, width: int, batch: int = 1) -> Tensor:
    """Smooth colours with an edge, exact in bytes."""
    rows, columns = torch.linspace(0, 1, height)[:, None], torch.linspace(0, 1, width)
    smooth = torch.stack([rows * columns, (rows - columns).abs(), (rows + columns) / 2], dim=-1)
    smooth[: height // 3, : width // 2, 0] = 1.0
    return (smooth * 255).round().div(255).expand(batch, -1, -1, -1)


def pixels_of(encoder: ClipVision, image: Tensor) -> Tensor:
    return preprocess(image, encoder.size, encoder.mean, encoder.std, "center")


def to_openclip(state: Mapping[str, Tensor], layers: int) -> dict[str, Tensor]:
    """OpenCLIP's names, written from its VisionTransformer: `visual.…`, x @ proj, joined q, k, v."""
    old = {key.removeprefix("vision_model."): tensor for key, tensor in state.items()}
    new = {
        "visual.class_embedding": old["embeddings.class_embedding"],
        "visual.conv1.weight": old["embeddings.patch_embedding.weight"],
        "visual.positional_embedding": old["embeddings.position_embedding.weight"],
        "visual.proj": old["visual_projection.weight"].T,
    }
    for end in ("weight", "bias"):
        new[f"visual.ln_pre.{end}"] = old[f"pre_layrnorm.{end}"]
        new[f"visual.ln_post.{end}"] = old[f"post_layernorm.{end}"]
        for index in range(layers):
            source, target = f"encoder.layers.{index}", f"visual.transformer.resblocks.{index}"
            joined = [old[f"{source}.self_attn.{name}_proj.{end}"] for name in ("q", "k", "v")]
            new[f"{target}.attn.in_proj_{end}"] = torch.cat(joined)
            new[f"{target}.attn.out_proj.{end}"] = old[f"{source}.self_attn.out_proj.{end}"]
            new[f"{target}.ln_1.{end}"] = old[f"{source}.layer_norm1.{end}"]
            new[f"{target}.ln_2.{end}"] = old[f"{source}.layer_norm2.{end}"]
            new[f"{target}.mlp.c_fc.{end}"] = old[f"{source}.mlp.fc1.{end}"]
            new[f"{target}.mlp.c_proj.{end}"] = old[f"{source}.mlp.fc2.{end}"]
    return new


def test_clip_sees_what_transformers_sees(tmp_path: Path) -> None:
    model = tiny_clip()
    encoder = open_clip_vision(saved(model.state_dict(), tmp_path / "clip.safetensors"), device=CPU)
    image = picture(40, 60, batch=2)
    ours = encode_image(encoder, image)
    with torch.no_grad():
        theirs = model(pixels_of(encoder, image), output_hidden_states=True)
    torch.testing.assert_close(ours.image_embeds, theirs.image_embeds, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.last_hidden_state, theirs.last_hidden_state, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.penultimate_hidden_states, theirs.hidden_states[-2], atol=1e-4, rtol=1e-4)
    assert ours.image_embeds.shape == (2, 24)
    assert ours.last_hidden_state.shape == ours.penultimate_hidden_states.shape == (2, 17, 128)


@pytest.mark.parametrize("head", [True, False])
def test_siglip_sees_what_transformers_sees(tmp_path: Path, head: bool) -> None:
    model = tiny_siglip(head=head)
    state = {
        key if key.startswith("vision_model.") else f"vision_model.{key}": tensor
        for key, tensor in model.state_dict().items()
    }
    encoder = open_clip_vision(saved(state, tmp_path / "siglip.safetensors"), device=CPU)
    image = picture(SIDE, SIDE)
    ours = encode_image(encoder, image)
    with torch.no_grad():
        theirs = model(image.movedim(-1, 1) * 2 - 1, output_hidden_states=True)
    torch.testing.assert_close(ours.last_hidden_state, theirs.last_hidden_state, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.penultimate_hidden_states, theirs.hidden_states[-2], atol=1e-4, rtol=1e-4)
    pooled = theirs.pooler_output if head else theirs.last_hidden_state.mean(1)
    torch.testing.assert_close(ours.image_embeds, pooled, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("prefix", ["", "embedder.model."])
def test_openclips_layout_is_the_same_encoder(tmp_path: Path, prefix: str) -> None:
    state = tiny_clip().state_dict()
    renamed = {prefix + key: tensor for key, tensor in to_openclip(state, 3).items()}
    renamed["logit_scale"] = torch.tensor(1.0)
    ours = open_clip_vision(saved(state, tmp_path / "a.safetensors"), device=CPU)
    other = open_clip_vision(saved(renamed, tmp_path / "b.safetensors"), device=CPU)
    image = picture(30, 50)
    first, second = encode_image(ours, image), encode_image(other, image)
    assert torch.equal(first.image_embeds, second.image_embeds)
    assert torch.equal(first.last_hidden_state, second.last_hidden_state)


def test_a_whole_clip_and_a_tower_saved_alone_are_read(tmp_path: Path) -> None:
    state = tiny_clip().state_dict()
    whole = {**state, "text_model.final_layer_norm.weight": torch.ones(3), "logit_scale": torch.tensor(1.0)}
    whole["vision_model.embeddings.position_ids"] = torch.arange(17)[None]
    alone = {key.removeprefix("vision_model."): t for key, t in state.items() if "projection" not in key}
    image = picture(SIDE, SIDE)
    first = encode_image(open_clip_vision(saved(whole, tmp_path / "a.safetensors"), device=CPU), image)
    second = encode_image(open_clip_vision(saved(alone, tmp_path / "b.safetensors"), device=CPU), image)
    assert first.image_embeds.shape == (1, 24)
    assert second.image_embeds.shape == (1, 128)  # pooled, as there is no projection
    assert torch.equal(first.last_hidden_state, second.last_hidden_state)


@pytest.mark.parametrize(("height", "width"), [(100, 100), (64, 96), (301, 200), (64, 128)])
def test_pictures_are_prepared_as_transformers_prepares_them(height: int, width: int) -> None:
    image = picture(height, width)
    file = Pillow.fromarray((image[0].numpy() * 255).round().astype(np.uint8))
    sizes = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    theirs = CLIPImageProcessorPil(**sizes)(file, return_tensors="pt")["pixel_values"]
    ours = preprocess(image, 32, CLIP_MEAN, CLIP_STD, "center")
    one_byte = 1 / 255 / min(CLIP_STD)
    apart = (ours - theirs).abs()
    assert apart.max() <= 2.01 * one_byte  # Pillow rounds between rows and columns, torch only at the end
    assert apart.mean() < 0.35 * one_byte


def test_center_cuts_the_sides_off_and_none_squeezes_them_in() -> None:
    image = torch.zeros(1, 32, 96, 3)
    image[:, :, :32] = 1.0
    unit = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    assert preprocess(image, 32, *unit, "center").max() == 0
    squeezed = preprocess(image, 30, *unit, "none")
    assert squeezed.shape == (1, 3, 30, 30)
    assert squeezed[..., :8].min() == 1
    assert squeezed[..., 13:].max() == 0


def test_grey_and_alpha_are_taken_as_colours() -> None:
    grey = picture(40, 40)[..., :1]
    with_alpha = torch.cat([grey.expand(-1, -1, -1, 3), torch.zeros(1, 40, 40, 1)], dim=-1)
    assert torch.equal(
        preprocess(grey, 16, CLIP_MEAN, CLIP_STD, "center"),
        preprocess(with_alpha, 16, CLIP_MEAN, CLIP_STD, "center"),
    )
    with pytest.raises(DiffusionError, match=r"\(B, H, W, 3\)"):
        preprocess(torch.zeros(4, 4, 3), 16, CLIP_MEAN, CLIP_STD, "none")


def test_the_published_towers_have_their_heads_sizes_and_activations() -> None:
    assert [heads_of(width) for width in (768, 1024, 1152, 1280, 1664)] == [12, 16, 16, 16, 16]
    assert [side_of(14, 256), side_of(14, 576), side_of(32, 49), side_of(14, 729)] == [224, 336, 224, 384]
    assert activation_of(1024, siglip=False) == "quick_gelu"
    assert activation_of(1280, siglip=False) == activation_of(1664, siglip=False) == "gelu"
    with pytest.raises(ValueError, match="no square"):
        side_of(14, 255)


def test_bigg_is_told_from_its_shapes() -> None:
    shapes = {
        "vision_model.embeddings.patch_embedding.weight": torch.empty(1664, 3, 14, 14, device="meta"),
        "vision_model.embeddings.position_embedding.weight": torch.empty(257, 1664, device="meta"),
        "vision_model.encoder.layers.0.mlp.fc1.weight": torch.empty(8192, 1664, device="meta"),
        "visual_projection.weight": torch.empty(1280, 1664, device="meta"),
    }
    config = EncoderConfig.from_weights(shapes)
    assert (config.width, config.heads, config.hidden, config.size) == (1664, 16, 8192, 224)
    assert (config.projection, config.activation, config.kind) == (1280, "gelu", "clip")


def test_a_lease_finds_the_encoder(tmp_path: Path) -> None:
    encoder = open_clip_vision(saved(tiny_clip().state_dict(), tmp_path / "c.safetensors"), device=CPU)
    assert reachable_modules([{"clip_vision": encoder}]) == (encoder.network,)


def test_half_precision_is_computed_in_and_handed_out_as_float32(tmp_path: Path) -> None:
    path = saved(tiny_clip().state_dict(), tmp_path / "c.safetensors")
    narrow = open_clip_vision(path, device=CPU, dtype=torch.bfloat16)
    out = encode_image(narrow, picture(SIDE, SIDE))
    assert out.image_embeds.dtype == torch.float32
    exact = encode_image(open_clip_vision(path, device=CPU), picture(SIDE, SIDE))
    assert torch.cosine_similarity(out.image_embeds, exact.image_embeds).item() > 0.99


def test_a_file_without_an_encoder_is_refused_by_name(tmp_path: Path) -> None:
    path = saved({"lora.up": torch.ones(1)}, tmp_path / "wrong.safetensors")
    with pytest.raises(CheckpointError, match=r"wrong\.safetensors holds no image encoder.*lora\.up"):
        open_clip_vision(path, device=CPU)
    state = tiny_clip().state_dict()
    del state["vision_model.post_layernorm.bias"]
    with pytest.raises(CheckpointError, match="post_layernorm"):
        open_clip_vision(saved(state, tmp_path / "short.safetensors"), device=CPU)
    with pytest.raises(PartMissing, match="models/clip_vision"):
        encode_image(None, picture(8, 8))
