"""Files that are a table of vectors or a handful of layers: embeddings and hypernetworks."""

from __future__ import annotations

from diffusion.weights.identity.kinds import Kind
from diffusion.weights.identity.sheet import Sheet

VECTOR_FAMILIES = {768: "sd1", 1024: "sd2", 1280: "sdxl-refiner", 4096: "sd3-flux"}
SEVERAL = {"clip_l", "clip_g"}  # one table for each text encoder
MOST = 4  # tables in one file


def embedding(sheet: Sheet) -> Kind | None:
    """A textual inversion embedding: a row of vectors for each text encoder."""
    keys = set(sheet.shapes)
    if keys >= SEVERAL:
        family = "sd3" if "t5xxl" in keys else "sdxl"
        return Kind("embedding", family, evidence=tuple(sorted(keys)[:3]))
    if not keys or len(keys) > MOST or not all(is_table(key, sheet) for key in keys):
        return None
    key = next((key for key in keys if key in ("emb_params", "string_to_param.*")), min(keys))
    width = sheet.shapes[key][-1]
    return Kind("embedding", VECTOR_FAMILIES.get(width, ""), evidence=(f"{key} {sheet.shapes[key]}",))


def is_table(key: str, sheet: Sheet) -> bool:
    """Whether a tensor can be vectors for a token: a name without layers, rows of numbers."""
    named = key in ("emb_params", "string_to_param.*", "clip_l", "clip_g", "t5xxl") or key.startswith("<")
    plain = named or not key.endswith((".weight", ".bias", ".alpha"))
    shape = sheet.shapes[key]
    return plain and 0 < len(shape) <= 2 and shape[-1] > 1


def hypernetwork(sheet: Sheet) -> Kind | None:
    """Two small networks (for keys and values) for each width of text or features, named by the width."""
    layer = r"^(\d+)\.[01]\.linear(\.\d+|\d+)?\.weight$"
    if not sheet.has(layer):
        return None
    widths = sheet.numbers(layer)
    family = "sd1" if 768 in widths else "sd2" if 1024 in widths else ""
    return Kind("hypernetwork", family, evidence=(sheet.told(layer, 0),))
