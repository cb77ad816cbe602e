"""ControlNets, adapters and what else is put beside a diffusion model."""

from __future__ import annotations

from diffusion.weights.identity.backbones import CONTEXT_FAMILIES, unet
from diffusion.weights.identity.kinds import Kind, Role
from diffusion.weights.identity.sheet import Sheet

HINT = r"^(control_model\.)?input_hint_block\.0\.weight$"
ZERO = r"^(control_model\.)?zero_convs\.0\.0\.weight$"
# Pixels folded into channels by the first layer of a T2I-Adapter: 8x8 for SD 1.x, 16x16 for SDXL; grey, RGB.
FOLDED = {64: "sd1", 192: "sd1", 256: "sdxl", 768: "sdxl"}


def control_lora(sheet: Sheet) -> Kind | None:
    """Factors of a ControlNet; the mark `lora_controlnet` is an empty tensor."""
    if not sheet.has(r"^lora_controlnet$"):
        return None
    width = sheet.size(r"attn2\.to_k\.down$", 1)
    family = CONTEXT_FAMILIES.get(width, "sdxl")  # none was published for another
    return Kind("control_lora", family, layout="original", evidence=("lora_controlnet", sheet.told(HINT)))


def lllite(sheet: Sheet) -> Kind | None:
    """kohya's small ControlNet, one module for each attention."""
    if not sheet.has(r"^lllite_unet_"):
        return None
    deep = r"^lllite_unet_.*transformer_blocks_[1-9]"
    inputs = r"^lllite_unet_input_blocks_"
    family = "sdxl" if sheet.has(deep) or sheet.has(inputs) else "sd1"
    return Kind("controlnet_lllite", family, layout="kohya", evidence=(sheet.told(r"^lllite_unet_"),))


def controlnet(sheet: Sheet) -> Kind | None:
    """A ControlNet of any layout."""
    if sheet.has(HINT, ZERO):
        return trunk_control(sheet, sheet.below("control_model.", ""), "original", (HINT, ZERO))
    diffusers = (r"^controlnet_cond_embedding\.conv_in\.weight$", r"^controlnet_down_blocks\.0\.weight$")
    if sheet.has(*diffusers):
        return trunk_control(sheet, sheet, "diffusers", diffusers)
    return transformer_control(sheet)


def trunk_control(sheet: Sheet, trunk: Sheet, layout: str, patterns: tuple[str, str]) -> Kind:
    """A ControlNet that copies the first half of a UNet."""
    like = unet(trunk, layout)
    union = r"^(control_model\.)?(task_embedding|control_add_embedding\.linear_1\.weight)$"
    told = [union] if sheet.has(union) else []
    if sheet.has(r"^difference$"):  # its weights are to be added to those of the model
        told.append(r"^difference$")
    variant = "union" if sheet.has(union) else "difference" if told else ""
    evidence = (*(sheet.told(pattern) for pattern in (*told, *patterns)), *like.evidence)
    family = like.family or ("sdxl" if sheet.has(r"^add_embedding\.") else "")
    return Kind("controlnet", family, variant, layout, evidence=evidence)


def transformer_control(sheet: Sheet) -> Kind | None:
    """A ControlNet of a diffusion transformer."""
    blocks = r"^controlnet_blocks\.0\.weight$"
    if not sheet.has(blocks):
        return None
    signs = (
        ("flux", "union", r"^controlnet_mode_embedder\.weight$"),
        ("flux", "", r"^controlnet_x_embedder\.weight$"),
        ("flux", "XLabs", r"^double_blocks\.0\.img_attn\."),
        ("sd3", "", r"^pos_embed_input\.proj\.weight$"),
        ("sd3", "", r"^transformer_blocks\.0\.(attn|norm1)\."),
    )
    for family, variant, pattern in signs:
        if sheet.has(pattern):
            evidence = (sheet.told(blocks), sheet.told(pattern))
            return Kind("controlnet", family, variant, "diffusers", evidence=evidence)
    return Kind("controlnet", evidence=(sheet.told(blocks),))


def ip_adapter(sheet: Sheet) -> Kind | None:
    """An IP-Adapter: a projection of a picture's embedding, and keys and values for each attention."""
    flux = r"^double_blocks\.\d+\.processor\.ip_adapter_double_stream_k_proj\.weight$"
    if sheet.has(flux):
        return Kind("ip_adapter", "flux", "XLabs", evidence=(sheet.told(flux),))
    keys = r"^ip_adapter\.\d+\.to_k_ip\.weight$"
    if not sheet.has(r"^image_proj\.", keys):
        return None
    width = sheet.size(keys, 1)
    evidence = (sheet.told(r"^image_proj\."), sheet.told(keys, 1))
    return Kind("ip_adapter", CONTEXT_FAMILIES.get(width, ""), ip_variant(sheet), evidence=evidence)


def ip_variant(sheet: Sheet) -> str:
    """Which of the published image projections it has."""
    face = sheet.has(r"^ip_adapter\.\d+\.to_q_lora\.")
    if sheet.has(r"^image_proj\.perceiver_resampler\."):
        return "faceid plus"
    if sheet.has(r"^image_proj\.latents$"):
        # InstantID resamples a face's 512 numbers, the others CLIP's patches
        return "faceid" if face or sheet.size(r"^image_proj\.proj_in\.weight$", 1) == 512 else "plus"
    if face or (sheet.has(r"^image_proj\.proj\.2\.weight$") and not sheet.has(r"^image_proj\.proj\.3\.")):
        return "faceid"
    return "full" if sheet.has(r"^image_proj\.proj\.3\.weight$") else ""


def photomaker(sheet: Sheet) -> Kind | None:
    """PhotoMaker: CLIP's image tower with a fusion of identities (SDXL only)."""
    fuse = r"^(id_encoder\.)?fuse_module\."
    if not sheet.has(fuse):
        return None
    second = r"^(id_encoder\.)?qformer_perceiver\."
    return Kind("photomaker", "sdxl", "v2" if sheet.has(second) else "v1", evidence=(sheet.told(fuse),))


def gligen(sheet: Sheet) -> Kind | None:
    """GLIGEN: gated attention to boxes, alone or within its whole UNet."""
    net = r"(^|\.)position_net\."
    if not sheet.has(net):
        return None
    fuser = r"\.fuser\.linear\.weight$"
    families = {768: "sd1", 1024: "sd2"}
    return Kind(
        "gligen", families.get(sheet.size(fuser, 1), "sd1"), evidence=(sheet.told(net), sheet.told(fuser, 1))
    )


def motion_module(sheet: Sheet) -> Kind | None:
    """AnimateDiff: temporal attention for the blocks of a UNet."""
    motion = r"motion_modules\.0\.temporal_transformer\."
    if not sheet.has(motion) or sheet.has(r"(^|\.)conv_in\.weight$"):
        return None
    four = sheet.has(r"down_blocks\.3\.")  # SDXL's UNet has three levels, SD's four
    return Kind("motion_module", "sd1" if four else "sdxl", evidence=(sheet.told(motion),))


def t2i_adapter(sheet: Sheet) -> Kind | None:
    """A T2I-Adapter, its trunk under `body`."""
    inside = sheet.below("adapter.", "")
    blocks = r"^body\.\d+\.(resnets\.\d+\.|body\.\d+\.)?block1\.weight$"
    if not inside.has(blocks):
        return None
    first = r"^conv_in\.weight$" if inside.has(r"^conv_in\.weight$") else r"^body\.0\.in_conv\.weight$"
    folded = inside.size(first, 1)
    layout = "diffusers" if inside.has(r"^body\.\d+\.resnets\.") else "original"
    variant = "" if inside.has(r"^conv_in\.weight$") else "light"
    evidence = (inside.told(blocks), inside.told(first, 1))
    return Kind("t2i_adapter", FOLDED.get(folded, ""), variant, layout, evidence=evidence)


def style_model(sheet: Sheet) -> Kind | None:
    """What turns a picture's embedding into more text."""
    signs: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("flux", "Redux", (r"^redux_down\.weight$", r"^redux_up\.weight$")),
        ("sd1", "T2I-Adapter", (r"^style_embedding$", r"^(transformer_layes|transformer_layers)\.")),
    )
    return first_of("style_model", sheet, signs)


def first_of(role: Role, sheet: Sheet, signs: tuple[tuple[str, str, tuple[str, ...]], ...]) -> Kind | None:
    """The first family and variant whose keys are all there."""
    for family, variant, patterns in signs:
        if sheet.has(*patterns):
            return Kind(role, family, variant, evidence=tuple(sheet.told(each) for each in patterns))
    return None
