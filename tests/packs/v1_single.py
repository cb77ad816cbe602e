# ruff: noqa: N802
"""A pack of one file, with a typed function beside a class."""

from nodes.api import node


@node("single")
def single_typed(value: int = 1) -> int:
    """One more."""
    return value + 1


class Plain:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 0})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"

    def run(self, value):
        return (value - 1,)


NODE_CLASS_MAPPINGS = {"SinglePlain": Plain}
