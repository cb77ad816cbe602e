# ruff: noqa: N802
"""Nodes that change what latents and conditionings hold."""

import torch
from node_helpers import conditioning_set_values


class Any(str):
    def __ne__(self, other):
        return False


def told(value):
    """The shape of a value, as text."""
    if isinstance(value, torch.Tensor):
        return "x".join(map(str, value.shape))
    if isinstance(value, dict):
        return {key: told(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [told(item) for item in value]
    return value if isinstance(value, str | int | float) else type(value).__name__


class Node:
    CATEGORY = "stages"
    FUNCTION = "run"


class Tell(Node):
    """Says what any value looks like to a pack."""

    RETURN_TYPES = ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": (Any("*"),)}}

    def run(self, value):
        return (repr(told(value)),)


class TellAll(Tell):
    """The same of a list of values."""

    INPUT_IS_LIST = True


class Pass(Node):
    """Gives on what it is given."""

    RETURN_TYPES = (Any("*"),)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": (Any("*"),)}}

    def run(self, value):
        return (value,)


class Scale(Node):
    """Changes a latent in place, and notes something in it."""

    RETURN_TYPES = ("LATENT",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"latent": ("LATENT",), "factor": ("FLOAT", {"default": 1.0, "min": -10.0})}}

    def run(self, latent, factor):
        latent["samples"] = latent["samples"] * factor
        latent["stages.factors"] = [*latent.get("stages.factors", []), factor]
        return (latent,)


class Split(Node):
    """The pictures of a batch one by one."""

    RETURN_TYPES = ("LATENT",)
    OUTPUT_IS_LIST = (True,)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"latent": ("LATENT",)}}

    def run(self, latent):
        batch = latent["samples"]
        parts = [{"samples": batch[i : i + 1], "batch_index": [i]} for i in range(len(batch))]
        return (parts,)


class Join(Node):
    """Latents of a list as one batch."""

    RETURN_TYPES = ("LATENT",)
    INPUT_IS_LIST = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"latents": ("LATENT",)}}

    def run(self, latents):
        return ({"samples": torch.cat([latent["samples"] for latent in latents])},)


class Wish(Node):
    """Says more about a conditioning."""

    RETURN_TYPES = ("CONDITIONING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {"conditioning": ("CONDITIONING",)},
            "optional": {
                "strength": ("FLOAT", {"default": 1.0}),
                "area": ("STAGES_AREA",),
                "pooled": ("FLOAT", {"default": 0.0}),
            },
        }

    def run(self, conditioning, strength=None, area=None, pooled=None):
        if strength is not None:
            conditioning = conditioning_set_values(conditioning, {"strength": strength})
        if area is not None:
            conditioning = conditioning_set_values(
                conditioning, {"area": tuple(area), "set_area_to_bounds": False}
            )
        if pooled is not None:
            for entry in conditioning:
                entry[1]["pooled_output"] = torch.full_like(entry[1]["pooled_output"], pooled)
        return (conditioning,)


class Both(Node):
    """Two conditionings side by side."""

    RETURN_TYPES = ("CONDITIONING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"first": ("CONDITIONING",), "second": ("CONDITIONING",)}}

    def run(self, first, second):
        return (first + second,)


class Same(Node):
    """Whether two pictures are the same."""

    RETURN_TYPES = ("BOOLEAN",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"one": ("IMAGE",), "other": ("IMAGE",)}}

    def run(self, one, other):
        return (torch.equal(one, other),)


NODES = {f"Stages{cls.__name__}": cls for cls in (Tell, TellAll, Pass, Scale, Split, Join, Wish, Both, Same)}
