# ruff: noqa: N802
"""Nodes that add nodes, stop others, or return something odd."""

from comfy_execution.graph import ExecutionBlocker
from comfy_execution.graph_utils import GraphBuilder


class Power:
    """`base` to the power of `times`, one multiplication after another."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"base": ("INT", {"default": 2}), "times": ("INT", {"default": 3, "min": 0})}}

    RETURN_TYPES = ("INT", "STRING")
    FUNCTION = "run"
    CATEGORY = "running"

    def run(self, base, times):
        if times == 0:
            return (1, "done")
        graph = GraphBuilder()
        less = graph.node("RunningPower", base=base, times=times - 1)
        product = graph.node("RunningTimes", a=base, b=less.out(0))
        return {
            "result": (product.out(0), f"{times} to go"),
            "expand": graph.finalize(),
            "ui": {"left": [times]},
        }


class Times:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"a": ("INT", {"default": 1}), "b": ("INT", {"default": 1})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"
    CATEGORY = "running"

    def run(self, a, b):
        return (a * b,)


class Gate:
    """Lets a value through, stops it silently, or stops it with a message."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 1}), "how": (["open", "silent", "loud", "bare"],)}}

    RETURN_TYPES = ("INT", "INT")
    FUNCTION = "run"
    CATEGORY = "running"

    def run(self, value, how):
        if how == "bare":
            return ExecutionBlocker("all of it is closed")
        blocked = {"silent": ExecutionBlocker(None), "loud": ExecutionBlocker("the gate is closed")}
        return (blocked.get(how, value), value)


class Odd:
    """Returns what its class does not promise."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"how": (["short", "long", "lone", "none", "dict", "list"],)}}

    RETURN_TYPES = ("INT", "INT")
    FUNCTION = "run"
    CATEGORY = "running"
    OUTPUT_NODE = True

    def run(self, how):
        returned = {"short": (1,), "long": (1, 2, 3), "lone": 5, "none": None, "list": [1, 2]}
        return returned.get(how, {"ui": {"text": "just this"}, "result": (1, 2)})


class Methodless:
    @classmethod
    def INPUT_TYPES(cls):
        return {}

    RETURN_TYPES = ("INT",)
    FUNCTION = "forgotten"
    CATEGORY = "running"


NODE_CLASS_MAPPINGS = {
    "RunningPower": Power,
    "RunningTimes": Times,
    "RunningGate": Gate,
    "RunningOdd": Odd,
    "RunningMethodless": Methodless,
}
