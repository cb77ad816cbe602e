"""Weights of diffusers' and transformers' networks under the names of the original checkpoints.

The names are counted out block by block, as the original code lays its modules out in lists.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor, nn

Names = Iterator[tuple[str, str]]  # (beginning of a name in diffusers, in the original)

IN_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
OPENCLIP_LAYER = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}


def original_unet(unet: UNet2DConditionModel) -> dict[str, Tensor]:
    """A UNet's weights, named as below `model.diffusion_model.`."""
    names = dict(unet_names(unet))
    return {translated(key, names): tensor for key, tensor in unet.state_dict().items()}


def unet_names(unet: UNet2DConditionModel) -> Names:
    yield "conv_in", "input_blocks.0.0"
    yield "time_embedding.linear_1", "time_embed.0"
    yield "time_embedding.linear_2", "time_embed.2"
    for first in ("add_embedding", "class_embedding"):
        yield f"{first}.linear_1", "label_emb.0.0"
        yield f"{first}.linear_2", "label_emb.0.2"
    yield "class_embedding", "label_emb"
    yield "conv_norm_out", "out.0"
    yield "conv_out", "out.2"
    number = 0
    for level, block in enumerate(unet.down_blocks):
        for index in range(len(block.resnets)):
            number += 1
            yield from resnet(f"down_blocks.{level}.resnets.{index}", f"input_blocks.{number}.0")
            yield f"down_blocks.{level}.attentions.{index}", f"input_blocks.{number}.1"
        if block.downsamplers is not None:
            number += 1
            yield f"down_blocks.{level}.downsamplers.0.conv", f"input_blocks.{number}.0.op"
    middle = list(unet.mid_block.resnets) if unet.mid_block is not None else []
    attends = middle and len(getattr(unet.mid_block, "attentions", ()))
    for index in range(len(middle)):
        yield from resnet(f"mid_block.resnets.{index}", f"middle_block.{index * (2 if attends else 1)}")
    yield "mid_block.attentions.0", "middle_block.1"
    number = 0
    for level, block in enumerate(unet.up_blocks):
        for index in range(len(block.resnets)):
            yield from resnet(f"up_blocks.{level}.resnets.{index}", f"output_blocks.{number}.0")
            yield f"up_blocks.{level}.attentions.{index}", f"output_blocks.{number}.1"
            number += 1
        if block.upsamplers is not None:
            behind = 2 if len(getattr(block, "attentions", ())) else 1
            yield f"up_blocks.{level}.upsamplers.0.conv", f"output_blocks.{number - 1}.{behind}.conv"


def resnet(theirs: str, original: str) -> Names:
    for part, name in IN_RESNET.items():
        yield f"{theirs}.{part}", f"{original}.{name}"


def original_vae(vae: AutoencoderKL) -> dict[str, Tensor]:
    """An autoencoder's weights, named as below `first_stage_model.`."""
    names = dict(vae_names(vae))
    weights = {translated(key, names): tensor for key, tensor in vae.state_dict().items()}
    return {key: w[..., None, None] if ".attn_1." in key and w.ndim == 2 else w for key, w in weights.items()}


def vae_names(vae: AutoencoderKL) -> Names:
    yield "quant_conv", "quant_conv"
    yield "post_quant_conv", "post_quant_conv"
    levels = len(vae.encoder.down_blocks)
    for side in ("encoder", "decoder"):
        yield f"{side}.conv_in", f"{side}.conv_in"
        yield f"{side}.conv_norm_out", f"{side}.norm_out"
        yield f"{side}.conv_out", f"{side}.conv_out"
        for index in (0, 1):
            yield from vae_resnet(f"{side}.mid_block.resnets.{index}", f"{side}.mid.block_{index + 1}")
        attention = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
        for part, name in attention.items():
            yield f"{side}.mid_block.attentions.0.{part}", f"{side}.mid.attn_1.{name}"
    for level, block in enumerate(vae.encoder.down_blocks):
        for index in range(len(block.resnets)):
            yield from vae_resnet(
                f"encoder.down_blocks.{level}.resnets.{index}", f"encoder.down.{level}.block.{index}"
            )
        yield f"encoder.down_blocks.{level}.downsamplers.0.conv", f"encoder.down.{level}.downsample.conv"
    for level, block in enumerate(vae.decoder.up_blocks):
        place = f"decoder.up.{levels - 1 - level}"
        for index in range(len(block.resnets)):
            yield from vae_resnet(f"decoder.up_blocks.{level}.resnets.{index}", f"{place}.block.{index}")
        yield f"decoder.up_blocks.{level}.upsamplers.0.conv", f"{place}.upsample.conv"


def vae_resnet(theirs: str, original: str) -> Names:
    for part in ("norm1", "conv1", "norm2", "conv2"):
        yield f"{theirs}.{part}", f"{original}.{part}"
    yield f"{theirs}.conv_shortcut", f"{original}.nin_shortcut"


def original_clip(text: nn.Module) -> dict[str, Tensor]:
    """A text tower as checkpoints store CLIP-L: named as transformers does, below `text_model.`."""
    return {
        f"text_model.{key.removeprefix('text_model.')}": tensor
        for key, tensor in text.state_dict().items()
        if key != "text_projection.weight"
    }


def openclip(text: nn.Module) -> dict[str, Tensor]:
    """A text tower with its projection as OpenCLIP stores it, with what it stores beside."""
    weights = {key.removeprefix("text_model."): tensor for key, tensor in text.state_dict().items()}
    found = {
        "token_embedding.weight": weights["embeddings.token_embedding.weight"],
        "positional_embedding": weights["embeddings.position_embedding.weight"],
        "ln_final.weight": weights["final_layer_norm.weight"],
        "ln_final.bias": weights["final_layer_norm.bias"],
        "text_projection": weights["text_projection.weight"].T,
        "logit_scale": torch.tensor(4.6),
    }
    layers = {int(key.split(".")[2]) for key in weights if key.startswith("encoder.layers.")}
    for number in layers:
        theirs, original = f"encoder.layers.{number}", f"transformer.resblocks.{number}"
        for kind in ("weight", "bias"):
            parts = [weights[f"{theirs}.self_attn.{name}_proj.{kind}"] for name in "qkv"]
            found[f"{original}.attn.in_proj_{kind}"] = torch.cat(parts)
            for part, name in OPENCLIP_LAYER.items():
                found[f"{original}.{name}.{kind}"] = weights[f"{theirs}.{part}.{kind}"]
    return found


def translated(key: str, names: dict[str, str]) -> str:
    """The name whose beginning is the longest that fits."""
    parts = key.split(".")
    for count in range(len(parts), 0, -1):
        start = ".".join(parts[:count])
        if start in names:
            return ".".join([names[start], *parts[count:]])
    raise KeyError(key)


def below(prefix: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights with something before every name."""
    return {prefix + key: tensor for key, tensor in weights.items()}
