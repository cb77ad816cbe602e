"""The types that packs declare, as the plain names that travel between processes."""

from __future__ import annotations

from collections.abc import Collection

from graph.errors import SchemaError
from graph.types import ANY, COMBO, members

NOBODYS = "a type that no node declares"
# The types of the field's own nodes: what a type that compares itself with others may be meant for.
FIELD_TYPES = frozenset(
    {"AUDIO", "AUDIO_ENCODER", "AUDIO_ENCODER_OUTPUT", "BOOLEAN", "CLIP", "CLIP_VISION", "CLIP_VISION_OUTPUT",
     COMBO, "CONDITIONING", "CONTROL_NET", "FLOAT", "GLIGEN", "GUIDER", "HOOKS", "HOOK_KEYFRAMES", "IMAGE",
     "INT", "LATENT", "LATENT_OPERATION", "LORA_MODEL", "MASK", "MODEL", "MODEL_PATCH", "NOISE", "PHOTOMAKER",
     "SAMPLER", "SIGMAS", "STRING", "STYLE_MODEL", "SVG", "TIMESTEPS_RANGE", "UPSCALE_MODEL", "VAE", "VIDEO",
     "WEBCAM"}
)  # fmt: skip


def text_of(declared: str) -> str:
    """The characters of a string, whatever its class makes of them."""
    return str.__str__(declared)


def wire_type(declared: object, known: Collection[str]) -> str:
    """The plain name of a declared type. A list of choices is a drop-down.

    A string whose class has a `!=` of its own is asked with it what it is equal to: everything makes it `*`,
    some of the `known` types a comma union. Raises SchemaError for what is neither a string nor a list.
    """
    if isinstance(declared, list | tuple):
        return COMBO
    if not isinstance(declared, str):
        raise SchemaError(f"a type is a string or a list of choices, not {declared!r}")
    own = text_of(declared)
    if type(declared).__ne__ is str.__ne__:
        return own
    if not declared != NOBODYS:  # noqa: SIM202 - the field asks `!=`, and `==` may say something else
        return ANY
    found = members(own) | {name for name in known if not declared != name}  # noqa: SIM202
    return ANY if ANY in found else ",".join(sorted(found))
