"""LoRA and its kin: the kind of the factors, whose names they bear, the family they were trained on."""

from __future__ import annotations

import re

from diffusion.weights.identity.backbones import CONTEXT_FAMILIES
from diffusion.weights.identity.kinds import Kind
from diffusion.weights.identity.sheet import Sheet

# Ends of the keys, the more special first. The names are those of kohya, LyCORIS, PEFT and diffusers.
KIN: tuple[tuple[str, str], ...] = (
    ("DoRA", r"\.(dora_scale|lora_magnitude_vector(\.\w+)?(\.weight)?)$"),
    ("LoHa", r"\.hada_w1_a$"),
    ("LoKr", r"\.lokr_w[12](_a)?$"),
    ("GLoRA", r"\.a1\.weight$"),
    ("IA3", r"\.on_input$"),
    ("OFT", r"\.(oft_diag|oft_blocks|oft_R\.\w+)$"),
    (
        "LoRA",
        r"(\.lora_up\.weight|\.lora_B(\.\w+)?\.weight|[._]lora\.up\.weight|\.lora_linear_layer\.up\.weight)$",
    ),
    ("full difference", r"\.(diff|diff_b|set_weight|w_norm)$"),
)
DOWN = r"(\.lora_down\.weight|\.lora_A(\.\w+)?\.weight|[._]lora\.down\.weight|\.hada_w1_b|\.diff)$"
PREFIXES: tuple[tuple[str, str], ...] = (
    ("kohya", r"^lora_(unet|te\d?|transformer|prior_unet)_"),
    ("LyCORIS", r"^lycoris_"),
    ("PEFT", r"^base_model\.model\."),
    ("diffusers", r"^(unet|transformer|text_encoder(_\d)?)\."),
    ("original", r"^(diffusion_model|model\.diffusion_model)\."),
)
# `[._]` stands where kohya writes `_` and the others `.`.
TRANSFORMERS: tuple[tuple[str, str], ...] = (
    ("hunyuan-video", r"(double_blocks\.\d+\.img_attn_qkv|individual_token_refiner)"),
    ("flux", r"(double_blocks[._]\d+[._]img_(attn|mlp)|single_transformer_blocks[._]\d+[._])"),
    ("sd3", r"joint_blocks[._]\d+[._](x|context)_block"),
    ("qwen-image", r"transformer_blocks[._](5\d[._](attn|img_mlp)|\d+[._]img_mlp)"),
    ("sd3", r"(?<!single_)transformer_blocks[._]\d+[._]attn[._](add_[kqv]_proj|to_add_out)"),
    ("wan", r"blocks[._]\d+[._](self|cross)_attn[._][kqvo]\b"),
    ("sd-cascade", r"^lora_prior_unet_"),
    ("auraflow", r"double_layers[._]\d+[._]attn"),
    ("hidream", r"double_stream_blocks[._]\d+"),
)
UNET = r"(down_blocks|up_blocks|input_blocks|output_blocks|mid_block|middle_block)[._]"
TRUNK_WIDTHS = {2048: "ltx", 4096: "ltx", 1152: "pixart"}  # of transformers that attend to the text apart
ATTENTION = r"transformer_blocks[._](\d+)[._]"
TEXT_WIDTHS = {768: "sd1", 1024: "sd2"}
TEXT_DEPTHS = {11: "sd1", 22: "sd2"}  # the last layer: of OpenCLIP-H's 24, the last is left out
TEXT_2 = r"^(lora_te2_|text_encoder_2\.)"
# What trainers write into the header about the model that was trained.
SAID = ("modelspec.architecture", "ss_base_model_version")
SAID_FAMILIES: tuple[tuple[str, str], ...] = (
    ("sdxl-refiner", r"refiner"),
    ("sdxl", r"stable-diffusion-xl|sdxl"),
    ("sd3", r"stable-diffusion-(v)?3|^sd3"),
    ("flux", r"flux"),
    ("sd2", r"stable-diffusion-v2|sd_v2"),
    ("sd1", r"stable-diffusion-v1|sd_v1|sd_1"),
)


def lora(sheet: Sheet) -> Kind | None:
    """What kind of patches a file holds; None for none."""
    for kin, pattern in KIN:
        if sheet.has(pattern):
            family, evidence = family_of(sheet)
            variant = detailed(sheet, kin)
            return Kind(
                "lora", family, variant, layout_of(sheet), evidence=(*evidence, *proof(sheet, pattern))
            )
    return None


def proof(sheet: Sheet, pattern: str) -> tuple[str, ...]:
    """The end of the key that told the kin, where it is not what everybody has."""
    key = sheet.first(pattern) or ""
    found = re.search(pattern, key)
    return (f"…{found[0]}",) if found else ()


def detailed(sheet: Sheet, kin: str) -> str:
    """The kin by its usual name; a plain LoRA has none."""
    if kin == "OFT":  # of BOFT's butterfly factors there are several, one after another
        return "BOFT" if len(sheet.shape(r"\.oft_blocks$")) == 4 else "OFT"
    if kin == "LoRA":
        return "LoCon" if convolves(sheet) else ""
    return kin


def convolves(sheet: Sheet) -> bool:
    """Whether convolutions of the UNet have factors too."""
    if sheet.has(r"\.lora_mid\.weight$"):
        return True
    down = re.compile(DOWN)
    kernels = (shape for key, shape in sheet.shapes.items() if len(shape) == 4 and down.search(key))
    return any(shape[-1] > 1 for shape in kernels)


def layout_of(sheet: Sheet) -> str:
    """Whose names the keys bear."""
    for layout, pattern in PREFIXES:
        if sheet.has(pattern):
            peft = layout == "diffusers" and sheet.has(r"\.lora_A(\.\w+)?\.weight$")
            return "diffusers, PEFT" if peft else layout
    return ""


def family_of(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """The family that was trained, and what told it: widths, then structure, then what the header says."""
    for family, pattern in TRANSFORMERS:
        if sheet.has(pattern):
            return family, (sheet.told(pattern),)
    found = by_width(sheet)
    if found[0]:
        return found
    found = by_structure(sheet)
    return found if found[0] else by_metadata(sheet)


def by_width(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """By the width of the text that the attention reads."""
    width, key = context_width(sheet)
    families = CONTEXT_FAMILIES if sheet.has(UNET) else TRUNK_WIDTHS
    if width not in families:
        return "", ()
    second = (f"text encoder 2 ({sheet.told(TEXT_2)})",) if sheet.has(TEXT_2) else ()
    return families[width], (f"context width {width} ({key})", *second)


def context_width(sheet: Sheet) -> tuple[int, str]:
    """How wide the text is, and the key that says it; 0 where no factor of that attention is there."""
    module = r"attn2[._](processor[._])?to_[kv](_lora)?"
    direct = module + DOWN
    if sheet.has(direct):
        return sheet.size(direct, 1), sheet.told(direct, 1)
    # A Kronecker product is as wide as its factors together, and either of those may be a product itself.
    left, right = (sheet.size(rf"{module}\.lokr_w{n}(_b)?$", 1) for n in (1, 2))
    return left * right, sheet.told(rf"{module}\.lokr_w1(_b)?$", 1)


def by_structure(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """By the text encoders, the depth of the transformers and the rank of their projections."""
    if sheet.has(TEXT_2):
        return "sdxl", (f"text encoder 2 ({sheet.told(TEXT_2)})",)
    if sheet.has(UNET) and sheet.has(ATTENTION):
        return by_unet(sheet)
    return by_text(sheet)


def by_text(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """The family of patches for the only text encoder that there is."""
    text = r"^(?:lora_te_|text_encoder\.).*"
    width = sheet.size(text + "(q_proj|fc1).*" + DOWN, 1)
    if width in TEXT_WIDTHS:
        return TEXT_WIDTHS[width], (f"text width {width} ({sheet.told(text)})",)
    last = sheet.highest(text + r"layers[._](\d+)[._]") if sheet.has(text) else -1
    return (TEXT_DEPTHS[last], (f"{last + 1} text layers",)) if last in TEXT_DEPTHS else ("", ())


def by_unet(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """A UNet's family by its build."""
    depth = sheet.highest(ATTENTION) + 1  # 1 in SD, 2 and 10 in SDXL, 4 in its refiner
    if depth > 1:
        family = "sdxl-refiner" if depth == 4 else "sdxl"
        return family, (f"{depth} transformer blocks deep ({sheet.told(ATTENTION)})",)
    projection = r"[._]proj_in" + DOWN
    flattened = sheet.has(r"[._]proj_in\.hada_w1_b$")  # LoHa keeps matrices for convolutions too
    if sheet.has(projection) and not flattened:
        family = "sd2" if len(sheet.shape(projection)) == 2 else "sd1"
        return family, (sheet.told(projection, 0),)
    return "", ()


def by_metadata(sheet: Sheet) -> tuple[str, tuple[str, ...]]:
    """By what the trainer wrote into the header."""
    for name in SAID:
        said = sheet.metadata.get(name, "")
        for family, pattern in SAID_FAMILIES:
            if re.search(pattern, said):
                return family, (f"its header says {name}: {said[:60]}",)
    return "", ()
