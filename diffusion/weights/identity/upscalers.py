"""Networks that enlarge pictures."""

from __future__ import annotations

from diffusion.weights.identity.kinds import Kind
from diffusion.weights.identity.sheet import Sheet

# Under these, trainers keep the weights and their running average.
PREFIXES = ("params_ema.", "params-ema.", "params.", "")
OTHERS = (
    ("HAT", (r"^layers\.0\.residual_group\.overlap_attn\.", r"^conv_first\.weight$")),
    ("DAT", (r"^layers\.0\.blocks\.0\.attn\.attns\.", r"^conv_first\.weight$")),
    ("SwinIR", (r"^layers\.0\.residual_group\.blocks\.0\.attn\.", r"^conv_first\.weight$")),
    ("OmniSR", (r"^residual_layer\.0\.", r"^input\.weight$")),
    ("SPAN", (r"^block_1\.c1_r\.", r"^conv_1\.")),
)


def upscaler(sheet: Sheet) -> Kind | None:
    """An upscaler, and by how much it enlarges where that can be told."""
    inside = sheet.below(*PREFIXES)
    return old_esrgan(inside) or esrgan(inside) or compact(inside) or other(inside)


def old_esrgan(sheet: Sheet) -> Kind | None:
    """ESRGAN as first published: layers numbered in a row."""
    dense = r"^model\.1\.sub\.0\.RDB1\.conv1\.0\.weight$"
    if not sheet.has(dense, r"^model\.0\.weight$"):
        return None
    # The first, one for each doubling, and the two last.
    doublings = len(sheet.numbers(r"^model\.(\d+)\.weight$")) - 3
    return Kind(
        "upscaler", "", f"ESRGAN {2 ** max(doublings, 0)}x", "original", evidence=(sheet.told(dense),)
    )


def esrgan(sheet: Sheet) -> Kind | None:
    """ESRGAN as BasicSR writes it; smaller factors fold their pixels into channels first."""
    dense, first = r"^(body|RRDB_trunk)\.0\.(rdb1|RDB1)\.conv1\.weight$", r"^conv_first\.weight$"
    if not sheet.has(dense, first):
        return None
    factor = {3: 4, 12: 2, 48: 1}.get(sheet.size(first, 1))
    name = f"ESRGAN {factor}x" if factor else "ESRGAN"
    return Kind("upscaler", "", name, "BasicSR", evidence=(sheet.told(dense), sheet.told(first, 1)))


def compact(sheet: Sheet) -> Kind | None:
    """Real-ESRGAN's small network: convolutions and PReLUs (one number a channel) in turn."""
    first, second = sheet.shape(r"^body\.0\.weight$"), sheet.shape(r"^body\.1\.weight$")
    if len(first) != 4 or len(second) != 1:
        return None
    last = sheet.highest(r"^body\.(\d+)\.weight$")
    factor = round((sheet.size(rf"^body\.{last}\.weight$", 0) / max(first[1], 1)) ** 0.5)
    evidence = (sheet.told(r"^body\.0\.weight$", 0), sheet.told(r"^body\.1\.weight$", 0))
    return Kind("upscaler", "", f"Real-ESRGAN compact {factor}x", "BasicSR", evidence=evidence)


def other(sheet: Sheet) -> Kind | None:
    """Another published network."""
    for name, patterns in OTHERS:
        if sheet.has(*patterns):
            return Kind("upscaler", "", name, evidence=tuple(sheet.told(pattern) for pattern in patterns))
    return None
