"""Whether what steers a UNet was made for one of its sizes."""

from __future__ import annotations

from diffusion.errors import DiffusionError
from diffusion.networks.unet import UNet, UNetConfig
from diffusion.types import Model
from diffusion.weights.identity.backbones import CONTEXT_FAMILIES
from diffusion.weights.identity.kinds import family_label


def unet_of(model: Model, what: str) -> UNet:
    """The model's UNet. Raises DiffusionError where the model is of another make."""
    network = model.network
    if not isinstance(network, UNet):
        raise DiffusionError(
            f"{what} steers UNets of Stable Diffusion 1, 2 and XL; the model ({model.family}) is a "
            f"{type(network).__name__}"
        )
    return network


def check_fits(own: UNetConfig, model: Model, what: str) -> None:
    """Refuse a model of another family than the one that something was trained on."""
    theirs = unet_of(model, what).config
    named: dict[str, tuple[object, object]] = {
        "channels": (own.widths, theirs.widths),
        "residual blocks a level": (own.blocks, theirs.blocks),
    }
    if any(own.depths) or own.middle_depth > 0:
        named = {"prompts of width": (own.context_width, theirs.context_width), **named}
    if own.vector_width is not None:  # one without pays no heed to the model's
        named["vectors of width"] = (own.vector_width, theirs.vector_width)
    for name, (one, other) in named.items():
        if one != other:
            raise DiffusionError(
                f"{what} does not fit the model ({model.family}): it has {name} {one}{family(one)}, "
                f"the model {other}{family(other)}; load one that was trained for this model"
            )


def family(width: object) -> str:
    """` (SDXL)` for a width that tells."""
    found = CONTEXT_FAMILIES.get(width) if isinstance(width, int) else None
    return "" if found is None else f" ({family_label(found)})"
