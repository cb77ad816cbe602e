"""Autoencoders, text towers and image towers."""

from __future__ import annotations

from collections.abc import Mapping

from diffusion.weights.identity.kinds import Kind
from diffusion.weights.identity.sheet import Sheet

LATENT_FAMILIES: Mapping[int, str] = {4: "sd", 16: "sd3-flux", 32: "flux2", 128: "flux2"}
# Autoencoders of other families; each key is of the decoder's middle or the table of codes.
OTHER_VAES = (
    ("wan", r"^decoder\.middle\.0\.residual\.0\.gamma$"),
    ("sd-cascade", r"^vquantizer\.codebook\.weight$"),
    ("ltx", r"^decoder\.(up_blocks\.\d+\.res_blocks\.0\.conv1\.conv\.weight|last_scale_shift_table)$"),
    ("sana", r"^decoder\.stages\.1\.op_list\.0\.main\."),
    ("hunyuan-video", r"^decoder\.mid\.block_1\.conv1\.conv\.weight$"),
    ("svd", r"^decoder\.mid\.block_1\.time_stack\."),
)
CLIP_WIDTHS = {768: "CLIP-L", 1024: "CLIP-H", 1280: "CLIP-G"}
CLIP_DEPTHS = {12: "CLIP-L", 23: "CLIP-H", 24: "CLIP-H", 32: "CLIP-G"}
# Each family's own text tower; CLIP-L is in several.
CLIP_FAMILIES = {"CLIP-H": "sd2"}
T5_WIDTHS = {4096: "T5-XXL", 2048: "T5-XL", 768: "T5-base"}
UMT5_TOKENS = 256_384
VISION_WIDTHS = {1024: "ViT-L", 1280: "ViT-H", 1664: "ViT-bigG", 1152: "SigLIP"}


def vae(sheet: Sheet) -> Kind | None:
    """An autoencoder, whole or its decoder alone."""
    inside = sheet.below("first_stage_model.", "vae.", "")
    for family, pattern in OTHER_VAES:
        if inside.has(pattern):
            return Kind("vae", family, evidence=(inside.told(pattern),))
    first = r"^decoder\.conv_in\.weight$"
    if inside.has(first, r"^decoder\.up\.0\.block\.0\."):
        layout = "original"
    elif inside.has(first, r"^decoder\.up_blocks\.0\.resnets\.0\."):
        layout = "diffusers"
    else:
        return None
    channels = inside.size(first, 1)
    family = LATENT_FAMILIES.get(channels, "")
    evidence = (f"{channels} latent channels ({inside.told(first, 1)})",)
    return Kind("vae", family, layout=layout, evidence=evidence)


def preview_vae(sheet: Sheet) -> Kind | None:
    """TAESD and its kin: a row of small blocks, numbered without names."""
    inside = sheet.below(
        "taesd_decoder.", "decoder.layers.", "decoder.", "taesd_encoder.", "encoder.layers.", ""
    )
    block = r"^\d+\.conv\.0\.weight$"
    if not inside.has(block, r"^\d+\.conv\.4\.weight$"):
        return None
    # Of a decoder the latent's channels; of an encoder a block stands there.
    first = inside.size(r"^1\.weight$", 1)
    families = {4: "sd", 16: "sd3-flux"}
    return Kind("preview_vae", families.get(first, ""), "TAESD", evidence=(inside.told(block),))


def clip_text(sheet: Sheet) -> Kind | None:
    """A text tower of CLIP, in the names of transformers or of OpenCLIP."""
    inside = sheet.below(
        "cond_stage_model.transformer.", "cond_stage_model.model.", "text_encoders.clip_l.transformer.",
        "text_encoders.clip_g.transformer.", "clip_l.transformer.", "clip_g.transformer.", "",
    )  # fmt: skip
    table = r"^((text_model\.)?embeddings\.token_embedding|token_embedding)\.weight$"
    layer = r"^(?:(?:text_model\.)?encoder\.layers|transformer\.resblocks)\.(\d+)\."
    if not inside.has(table, layer):
        return None
    layout = "OpenCLIP" if inside.has(r"^transformer\.resblocks\.") else "transformers"
    width, depth = inside.size(table, 1), inside.highest(layer) + 1
    name = CLIP_WIDTHS.get(width) or CLIP_DEPTHS.get(depth) or "CLIP"
    if inside.has(r"^(vision_model|visual)\."):
        name += " with its image tower"
    evidence = (inside.told(table, 1), f"{depth} layers")
    return Kind("text_encoder", CLIP_FAMILIES.get(name, ""), name, layout, evidence=evidence)


def t5_text(sheet: Sheet) -> Kind | None:
    """T5 and UMT5."""
    inside = sheet.below("text_encoders.t5xxl.transformer.", "t5xxl.transformer.", "")
    sign = r"^encoder\.block\.0\.layer\.0\.SelfAttention\.q\.weight$"
    if not inside.has(sign):
        return None
    table = r"^(shared|encoder\.embed_tokens)\.weight$"
    tokens, width = inside.size(table, 0), inside.size(table, 1) or inside.size(sign, 1)
    name = "UMT5" if tokens == UMT5_TOKENS else T5_WIDTHS.get(width, "T5")
    told = table if inside.has(table) else sign
    return Kind("text_encoder", "", name, "transformers", evidence=(inside.told(sign), inside.told(told, 1)))


def language_model(sheet: Sheet) -> Kind | None:
    """A language model (Llama, Gemma, Qwen …), as newer families read their text with."""
    patterns = (r"(^|\.)layers\.0\.self_attn\.q_proj\.weight$", r"(^|\.)embed_tokens\.weight$")
    if not sheet.has(*patterns) or sheet.has(r"^text_model\."):
        return None
    evidence = tuple(sheet.told(pattern, 0) for pattern in patterns)
    return Kind("text_encoder", "", "language model", "transformers", evidence=evidence)


def clip_vision(sheet: Sheet) -> Kind | None:
    """An image tower: CLIP's, SigLIP's, DINOv2's."""
    dino = r"^(dinov2\.)?encoder\.layer\.0\.layer_scale1\.lambda1$"
    if sheet.has(dino):
        return Kind("clip_vision", "", "DINOv2", "transformers", evidence=(sheet.told(dino),))
    inside = sheet.below("embedder.model.", "image_encoder.", "")
    layer = r"^(?:(?:vision_model\.)?encoder\.layers|visual\.transformer\.resblocks)\.(\d+)\."
    patches = r"^((vision_model\.)?embeddings\.patch_embedding|visual\.conv1)\.weight$"
    if not inside.has(layer, patches):
        return None
    layout = "OpenCLIP" if inside.has(r"^visual\.") else "transformers"
    width, depth = inside.size(patches, 0), inside.highest(layer) + 1
    evidence = (inside.told(patches, 0), f"{depth} layers")
    return Kind("clip_vision", "", VISION_WIDTHS.get(width, ""), layout, evidence=evidence)
