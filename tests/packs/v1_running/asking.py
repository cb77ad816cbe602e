# ruff: noqa: N802
"""Nodes that judge their inputs, or say which of them they want."""


class Judge:
    """Judges two of its inputs, and not the third."""

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "low": ("INT", {"default": 0, "min": 0, "max": 3}),
                "name": (["a", "b"],),
                "high": ("INT", {"default": 0, "min": 0, "max": 3}),
            }
        }

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "running"

    @classmethod
    async def VALIDATE_INPUTS(cls, low, name):
        if name == "raise":
            raise ValueError("I will not judge")
        if name == "no":
            return False
        return True if low is None or low < 10 else f"{low} is too much for {name}"

    def run(self, low, name, high):
        return (f"{low} {name} {high}",)


class JudgeLinks:
    """Judges what its inputs are linked to."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"forceInput": True})}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "running"

    @classmethod
    def VALIDATE_INPUTS(cls, input_types):
        found = input_types.get("value")
        return found in ("INT", "STRING") or f"no {found}"

    def run(self, value):
        return (f"{value!r}",)


class JudgeAll:
    """Judges everything, so that nobody else does."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 0, "max": 3}), "kind": (["a"],)}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "running"

    @classmethod
    def VALIDATE_INPUTS(cls, **inputs):
        return sorted(inputs) == ["kind", "value"]

    def run(self, value, kind):
        return (f"{value} {kind}",)


class Switch:
    """Computes one of two inputs; the same instance is asked and called."""

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "second": ("BOOLEAN", {"default": False}),
                "on_first": ("*", {"lazy": True}),
                "on_second": ("*", {"lazy": True}),
            }
        }

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "running"

    async def check_lazy_status(self, second, on_first, on_second):
        self.asked = getattr(self, "asked", 0) + 1
        name, value = ("on_second", on_second) if second else ("on_first", on_first)
        return [name] if value is None else None

    def run(self, second, on_first, on_second):
        return (f"{on_first} {on_second} asked {self.asked > 0}",)


class NeverAsks:
    """Has a lazy input and no question: it is never computed."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("*", {"lazy": True})}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "running"

    def run(self, value):
        return (f"{value}",)


class Raw:
    """Is given a link instead of its value."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"source": ("*", {"rawLink": True})}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "running"

    def run(self, source):
        return (f"{source}",)


NODE_CLASS_MAPPINGS = {
    "RunningJudge": Judge,
    "RunningJudgeLinks": JudgeLinks,
    "RunningJudgeAll": JudgeAll,
    "RunningSwitch": Switch,
    "RunningNeverAsks": NeverAsks,
    "RunningRaw": Raw,
}
