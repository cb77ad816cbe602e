"""Names that OpenCLIP gives to the tensors of text and image towers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tests.factory.networks import Weights

LAYER = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}
TEXT_ENDS = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.weight": "ln_final.weight",
    "final_layer_norm.bias": "ln_final.bias",
}
IMAGE_ENDS = {
    "embeddings.patch_embedding.weight": "conv1.weight",
    "embeddings.class_embedding": "class_embedding",
    "embeddings.position_embedding.weight": "positional_embedding",
    "pre_layrnorm.weight": "ln_pre.weight",
    "pre_layrnorm.bias": "ln_pre.bias",
    "post_layernorm.weight": "ln_post.weight",
    "post_layernorm.bias": "ln_post.bias",
}


def openclip_text(tower: nn.Module) -> Weights:
    """A text tower, with what OpenCLIP stores beside."""
    held = tower.state_dict()
    found = {TEXT_ENDS[key]: held[key] for key in TEXT_ENDS} | layers(held)
    found["text_projection"] = held["text_projection.weight"].T
    found["logit_scale"] = torch.tensor(4.6)
    return found


def openclip_image(tower: nn.Module) -> Weights:
    """An image tower, its keys as below `visual.`."""
    held = {key.removeprefix("vision_model."): tensor for key, tensor in tower.state_dict().items()}
    found = {IMAGE_ENDS[key]: held[key] for key in IMAGE_ENDS} | layers(held)
    found["proj"] = held["visual_projection.weight"].T
    return found


def layers(held: Weights) -> Weights:
    """The transformer, queries, keys and values of each layer in one matrix."""
    found: Weights = {}
    for number in sorted({int(key.split(".")[2]) for key in held if key.startswith("encoder.layers.")}):
        theirs, place = f"encoder.layers.{number}", f"transformer.resblocks.{number}"
        for kind in ("weight", "bias"):
            parts: list[Tensor] = [held[f"{theirs}.self_attn.{name}_proj.{kind}"] for name in "qkv"]
            found[f"{place}.attn.in_proj_{kind}"] = torch.cat(parts)
            for part, name in LAYER.items():
                found[f"{place}.{name}.{kind}"] = held[f"{theirs}.{part}.{kind}"]
    return found
