"""Networks mixed tensor by tensor, and parts of one scaled; nothing is computed before it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from diffusion.errors import CheckpointError, PartMissing
from diffusion.parts import present_model, present_text
from diffusion.types import Model, TextEncoder, TextTower, Vae
from diffusion.weights.adapters import lacks_inputs
from diffusion.weights.identity.kinds import family_label
from diffusion.weights.patched import Weights
from diffusion.weights.patches import Mixed, Scaled

Shares = Callable[[str], tuple[float, float]]
"""By the name of a tensor, how much of the first and of the second network's there is in the mixture."""


def towards(ratio: float) -> Shares:
    """`ratio` of the first, the rest of the second."""
    return lambda _: (ratio, 1.0 - ratio)


def by_block(ratios: Mapping[str, float]) -> Shares:
    """The same with a ratio for each beginning of names: the longest counts, the first where none fits."""
    usual = next(iter(ratios.values()))

    def shares(name: str) -> tuple[float, float]:
        fitting = [start for start in ratios if name.startswith(start)]
        ratio = ratios[max(fitting, key=len)] if fitting else usual
        return ratio, 1.0 - ratio

    return shares


def added(_: str) -> tuple[float, float]:
    """The sum."""
    return 1.0, 1.0


def subtracted(factor: float) -> Shares:
    """The difference, times a factor."""
    return lambda _: (factor, -factor)


def merged_models(first: Model | None, second: Model | None, shares: Shares) -> Model:
    """The first model with weights mixed with the second's."""
    if first is None or second is None:
        raise PartMissing("there are not two models to merge: a checkpoint holds none, load another one")
    what = f"a model of {family_label(first.family)} and one of {family_label(second.family)}"
    return replace(first, weights=mixed(first.weights, second.weights, shares, what))


def merged_encoders(first: TextEncoder | None, second: TextEncoder | None, shares: Shares) -> TextEncoder:
    """The first text encoder with each tower mixed with the second's tower of that name."""
    if first is None or second is None:
        raise PartMissing("there are not two text encoders to merge: a checkpoint holds none")
    others = {tower.name: tower for tower in second.towers}
    if others.keys() != {tower.name for tower in first.towers}:
        names = [" and ".join(tower.name for tower in encoder.towers) for encoder in (first, second)]
        raise CheckpointError(f"the text encoders do not merge: one has {names[0]}, the other {names[1]}")
    towers = tuple(merged_towers(tower, others[tower.name], shares) for tower in first.towers)
    return replace(first, towers=towers)


def merged_towers(first: TextTower, second: TextTower, shares: Shares) -> TextTower:
    """One text tower mixed with another."""
    return replace(first, weights=mixed(first.weights, second.weights, shares, f"two towers {first.name}"))


def merged_vaes(first: Vae | None, second: Vae | None, shares: Shares) -> Vae:
    """The first autoencoder with weights mixed with the second's."""
    if first is None or second is None:
        raise PartMissing("there are not two VAEs to merge: a checkpoint holds none, load another one")
    return replace(first, weights=mixed(first.weights, second.weights, shares, "two VAEs"))


def mixed(first: Weights, second: Weights, shares: Shares, what: str) -> Weights:
    """The tensors of both names mixed, others as in the first. Raises CheckpointError for other shapes."""
    patches: dict[str, Mixed] = {}
    for name, tensor in first.plain_tensors.items():
        other = second.plain_tensors.get(name)
        if other is None or not tensor.is_floating_point():
            continue
        if other.shape != tensor.shape and not lacks_inputs(other.shape, tensor.shape):
            shapes = f"{tuple(tensor.shape)} in the first and {tuple(other.shape)} in the second"
            hint = ": give the one for inpainting first" if lacks_inputs(tensor.shape, other.shape) else ""
            raise CheckpointError(f"{what} do not merge: {name} has {shapes}{hint}")
        own, their = shares(name)
        if (own, their) != (1.0, 0.0):
            patches[name] = Mixed(second, name, own, their)
    if not first.plain_tensors.keys() & second.plain_tensors.keys():
        raise CheckpointError(f"{what} do not merge: they have no tensor of one name")
    return first.with_patches(patches)


def scaled(weights: Weights, factors: Mapping[str, float]) -> Weights:
    """The weights and biases of modules whose names end so, times the factors."""
    patches = {
        name: Scaled(factor)
        for name in weights.plain_tensors
        for end, factor in factors.items()
        if factor != 1.0 and name.rpartition(".")[0].endswith(end)
    }
    return weights.with_patches(patches)


def scaled_model(model: Model | None, factors: Mapping[str, float]) -> Model:
    """A model with some modules scaled."""
    model = present_model(model)
    weights = scaled(model.weights, factors)
    return model if weights is model.weights else replace(model, weights=weights)


def scaled_attention_out(
    model: Model | None, structural: tuple[float, float], temporal: tuple[float, float]
) -> Model:
    """What self- and cross-attention add, scaled: in a picture, and between the pictures of a video."""
    model = present_model(model)
    patches: dict[str, Scaled] = {}
    for name in model.weights.plain_tensors:
        for index, end in enumerate((".attn1.to_out.0", ".attn2.to_out.0")):
            factor = (temporal if ".time_stack." in name else structural)[index]
            if name.rpartition(".")[0].endswith(end) and factor != 1.0:
                patches[name] = Scaled(factor)
    return replace(model, weights=model.weights.with_patches(patches)) if patches else model


def scaled_encoder(encoder: TextEncoder | None, factors: Mapping[str, float]) -> TextEncoder:
    """A text encoder with some modules of every tower scaled."""
    encoder = present_text(encoder)
    towers = tuple(replace(tower, weights=scaled(tower.weights, factors)) for tower in encoder.towers)
    return replace(encoder, towers=towers)
