"""The family of a denoising network: absolute widths first, then how it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diffusion.weights.identity.kinds import Kind
from diffusion.weights.identity.sheet import Sheet

# Width of what the UNet attends to: CLIP-L; OpenCLIP-H; CLIP-L beside OpenCLIP-G; OpenCLIP-G alone.
CONTEXT_FAMILIES: Mapping[int, str] = {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "sdxl-refiner"}
# Channels of the first convolution beside the four of the latent: mask and masked picture, depth, picture.
UNET_VARIANTS: Mapping[int, str] = {9: "inpaint", 8: "pix2pix", 5: "depth", 7: "upscaler"}
# Flux in latents of 16 channels, 2x2 of them a token; a second latent beside; a masked one and its mask.
FLUX_VARIANTS: Mapping[int, str] = {128: "depth or canny", 384: "fill"}
UNCLIP = {1536: "unclip-L", 2048: "unclip-H"}  # picture embedding and the noise level that it was given
KOLORS_VECTOR = 5632  # ChatGLM's pooled 4096 and six sizes of 256
CONTEXT = r"(?<!motion_)attn2\.to_k\.weight$"


@dataclass(frozen=True)
class Sign:
    """Keys that one family's transformer has and no other's that stands later in the table."""

    family: str
    patterns: tuple[str, ...]
    variant: str = ""
    layout: str = "original"


# Published layouts; the more special stands first.
TRANSFORMERS = (
    Sign("chroma", (r"^distilled_guidance_layer\.", r"^(double_blocks|transformer_blocks)\.0\.")),
    Sign("flux2", (r"^double_stream_modulation_img\.lin\.weight$",)),
    Sign("hunyuan-video", (r"^txt_in\.individual_token_refiner\.blocks\.0\.",)),
    Sign("flux", (r"^double_blocks\.0\.img_attn\.", r"^img_in\.weight$")),
    Sign("flux", (r"^single_transformer_blocks\.0\.attn\.", r"^x_embedder\.weight$"), "", "diffusers"),
    Sign("sd3", (r"^joint_blocks\.0\.context_block\.", r"^x_embedder\.proj\.weight$")),
    Sign("qwen-image", (r"^transformer_blocks\.0\.img_mod\.1\.weight$",)),
    Sign("sd3", (r"^transformer_blocks\.0\.norm1_context\.", r"^pos_embed\.proj\.weight$"), "", "diffusers"),
    Sign("hidream", (r"^double_stream_blocks\.0\.block\.",)),
    Sign("auraflow", (r"^double_layers\.0\.attn\.w[12]q\.weight$",)),
    Sign("z-image", (r"^cap_embedder\.[01]\.weight$", r"^layers\.0\.adaLN_modulation\.0\.weight$")),
    Sign("lumina2", (r"^cap_embedder\.[01]\.weight$", r"^noise_refiner\.0\.")),
    Sign("wan", (r"^head\.modulation$", r"^vace_blocks\.0\."), "VACE"),
    Sign("wan", (r"^head\.modulation$", r"^img_emb\.proj\.0\."), "image to video"),
    Sign("wan", (r"^head\.modulation$", r"^blocks\.0\.self_attn\.q\.weight$")),
    Sign("ltx", (r"^patchify_proj\.weight$",)),
    Sign("mochi", (r"^blocks\.0\.attn\.qkv_x\.weight$",)),
    Sign("sana", (r"^(blocks|transformer_blocks)\.0\.(mlp\.inverted_conv|ff\.conv_inverted)\.",)),
    Sign("pixart", (r"^t_block\.1\.weight$", r"^blocks\.0\.cross_attn\.kv_linear\.weight$")),
    Sign(
        "pixart",
        (r"^caption_projection\.linear_1\.weight$", r"^adaln_single\.linear\.weight$"),
        "",
        "diffusers",
    ),
    Sign("hunyuan-dit", (r"^mlp_t5\.0\.weight$",)),
    Sign("sd-cascade", (r"^clip_txt_mapper\.weight$",), "stage C"),
    Sign("sd-cascade", (r"^effnet_mapper\.0\.weight$",), "stage B"),
    Sign("cosmos", (r"^x_embedder\.proj\.1\.weight$", r"^(blocks|pos_embedder|extra_pos_embedder)\.")),
    Sign("cogvideox", (r"^patch_embed\.text_proj\.weight$", r"^transformer_blocks\.0\.")),
    Sign("ace-step", (r"^genre_embedder\.weight$",)),
    Sign("stable-audio", (r"^transformer\.rotary_pos_emb\.inv_freq$",)),
)


def backbone(sheet: Sheet) -> Kind | None:
    """What a denoising network is, its keys without a prefix; None for keys that are none's."""
    if sheet.has(r"^input_blocks\.0\.0\.weight$", r"^output_blocks\.0\.0\."):
        return unet(sheet, "original")
    if sheet.has(r"^conv_in\.weight$", r"^down_blocks\.0\.resnets\.0\.", r"^up_blocks\.0\.", CONTEXT):
        return unet(sheet, "diffusers")
    return transformer(sheet)


def unet(sheet: Sheet, layout: str) -> Kind:
    """What a UNet is. Works on a ControlNet's trunk too."""
    family, evidence = unet_family(sheet)
    first = r"^(input_blocks\.0\.0|conv_in)\.weight$"
    channels = sheet.size(first, 1)
    variant = "" if family == "svd" else UNET_VARIANTS.get(channels, "")
    if variant:
        evidence = (*evidence, f"{channels} input channels ({sheet.told(first)})")
    elif family == "sd2" and vector_width(sheet):
        variant = UNCLIP.get(vector_width(sheet), "unclip")
    return Kind("model", family, variant, layout, evidence=evidence)


def unet_family(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """The family of a UNet, and what told it."""
    special = r"\.(time_stack|time_mixer|temporal_transformer_blocks|temporal_res_block)\."
    if sheet.has(special) and not sheet.has(r"motion_modules"):
        return "svd", (sheet.told(special),)
    if sheet.size(VECTOR, 1) == KOLORS_VECTOR:
        return "kolors", (sheet.told(VECTOR, 1),)
    classes = r"^(label_emb|class_embedding)\.weight$"  # noise levels of the picture that is enlarged
    if sheet.has(classes):
        return "sd-upscaler", (sheet.told(classes, 0),)
    width = sheet.size(CONTEXT, 1)
    if width in CONTEXT_FAMILIES:
        return CONTEXT_FAMILIES[width], (f"context width {width} ({sheet.told(CONTEXT)})", *extra(sheet))
    return unet_by_structure(sheet)


VECTOR = r"^(label_emb\.0\.0|add_embedding\.linear_1|class_embedding\.linear_1)\.weight$"


def vector_width(sheet: Sheet) -> int:
    """Width of the vector beside the text; 0 for none."""
    return sheet.size(VECTOR, 1)


def extra(sheet: Sheet) -> tuple[str, ...]:
    """The vector input as evidence, if there is one."""
    return (sheet.told(VECTOR, 1),) if sheet.has(VECTOR) else ()


def unet_by_structure(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """The family of a UNet of no published width: by its vector input, its depth and its projections."""
    attention = r"\.transformer_blocks\.(\d+)\."
    if not sheet.has(attention):
        return "", ("no text attention",)
    if sheet.has(VECTOR):
        depth = sheet.highest(attention) + 1  # blocks of a transformer: SDXL 2 and 10, its refiner 4
        # Pictures' embeddings come in as a class does; sizes of a picture as something added.
        unclip = sheet.has(r"^class_embedding\.") or (sheet.has(r"^input_blocks\.1\.1\.") and depth == 1)
        family = "sd2" if unclip else "sdxl-refiner" if depth == 4 else "sdxl"
        return family, (f"a vector input ({sheet.told(VECTOR, 1)})", f"{depth} transformer blocks deep")
    projection = r"(?<!temporal_transformer)\.proj_in\.weight$"
    linear = len(sheet.shape(projection)) == 2
    told = f"a {'linear' if linear else 'convolved'} projection ({sheet.told(projection, 0)})"
    return "sd2" if linear else "sd1", ("no vector input", told)


def transformer(sheet: Sheet) -> Kind | None:
    """What a diffusion transformer is."""
    for sign in TRANSFORMERS:
        if sheet.has(*sign.patterns):
            evidence = tuple(sheet.told(pattern) for pattern in sign.patterns)
            variant = sign.variant or transformer_variant(sheet, sign.family)
            return Kind("model", sign.family, variant, sign.layout, evidence=evidence)
    return None


def transformer_variant(sheet: Sheet, family: str) -> str:
    """Which of a family's published models it is, where its keys tell."""
    if family == "flux":
        guided = sheet.has(r"^(guidance_in|time_text_embed\.guidance_embedder)\.")
        channels = sheet.size(r"^(img_in|x_embedder)\.weight$", 1)
        return FLUX_VARIANTS.get(channels, "dev" if guided else "schnell")
    if family == "sd3":
        dual = sheet.has(r"^(joint_blocks\.0\.x_block|transformer_blocks\.0)\.attn2\.")
        blocks = sheet.highest(r"^(?:joint_blocks|transformer_blocks)\.(\d+)\.") + 1
        return "3.5 medium" if dual else {24: "3 medium", 38: "3.5 large"}.get(blocks, "")
    return ""
