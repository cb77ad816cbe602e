# ruff: noqa: N802
"""Strings, dicts and tuples whose classes answer more than they hold."""


class Anything(str):
    def __ne__(self, other):
        return False


class Numeric(str):
    def __ne__(self, other):
        return other not in ("INT", "FLOAT", "CLEVER_COUNT")


class Open(dict):
    """Says of every name that it is an input of any type."""

    def __contains__(self, name):
        return True

    def __getitem__(self, name):
        return dict.get(self, name, (Anything("*"),))


class Endless(tuple):
    """Has the type of its first slot for every other one too."""

    def __getitem__(self, slot):
        return Anything(super().__getitem__(0))


class Pass:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": (Anything("*"), {})}}

    RETURN_TYPES = (Anything("ANY THING"),)
    FUNCTION = "run"
    CATEGORY = "clever"

    def run(self, value):
        return (value,)


class Twice:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": (Numeric("NUMBER"), {"forceInput": True})}}

    RETURN_TYPES = (Numeric("NUMBER"), "CLEVER_COUNT")
    FUNCTION = "run"
    CATEGORY = "clever"

    def run(self, value):
        return value * 2, value


class Gather:
    """Takes whatever there is under whatever name, values and links alike."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}, "optional": Open({"first": ("INT", {"default": 1})})}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "clever"

    def run(self, **inputs):
        return (" ".join(f"{name}={inputs[name]}" for name in sorted(inputs)),)


class GatherLinks:
    """Takes links under whatever name, because its method takes **kwargs."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"first": ("INT", {"default": 1})}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "clever"

    def run(self, first, **more):
        return (" ".join([f"first={first}", *(f"{name}={more[name]}" for name in sorted(more))]),)


class Fan:
    """Has as many outputs as someone reads."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {"default": "abc"})}}

    RETURN_TYPES = Endless(("*",))
    FUNCTION = "run"
    CATEGORY = "clever"

    def run(self, text):
        return tuple(text)


NODE_CLASS_MAPPINGS = {
    "CleverPass": Pass,
    "CleverTwice": Twice,
    "CleverGather": Gather,
    "CleverGatherLinks": GatherLinks,
    "CleverFan": Fan,
}
