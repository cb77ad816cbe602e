# ruff: noqa: ARG003, N802
"""Nodes with state, hidden inputs, and results that change or come late."""

import asyncio

import torch


class Tally:
    """Counts its calls, as its instance remembers them."""

    def __init__(self):
        self.calls = 0

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"salt": ("INT", {"default": 0})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "tally"
    CATEGORY = "running"

    @classmethod
    def IS_CHANGED(cls, salt):
        return float("nan")

    def tally(self, salt):
        self.calls += 1
        return (self.calls,)


class Sometimes:
    """Its result is good as long as its mood, or what it is linked to, stays."""

    runs = 0

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"mood": ("STRING", {"default": ""}), "noise": ("STRING", {"default": ""})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"
    CATEGORY = "running"

    @classmethod
    async def IS_CHANGED(cls, mood, noise):
        await asyncio.sleep(0)
        if mood == "raise":
            raise ValueError(mood)
        return mood

    def run(self, mood, noise):
        Sometimes.runs += 1
        return (Sometimes.runs,)


class Alone:
    """Equal ones of other ids are others."""

    runs = 0

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "run"
    CATEGORY = "running"
    NOT_IDEMPOTENT = True

    def run(self):
        Alone.runs += 1
        return (Alone.runs,)


class Hidden:
    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {},
            "optional": {"note": ("STRING", {"default": ""})},
            "hidden": {
                "own_id": "UNIQUE_ID",
                "prompt": "PROMPT",
                "files": "EXTRA_PNGINFO",
                "graph": "DYNPROMPT",
                "token": "AUTH_TOKEN_COMFY_ORG",
                "key": "API_KEY_COMFY_ORG",
            },
        }

    RETURN_TYPES = ("STRING",)
    FUNCTION = "tell"
    CATEGORY = "running"

    def tell(self, own_id, prompt, files, graph, token, key, note="no note"):
        own = prompt[own_id]["class_type"]
        seen = graph.get_node(own_id)["class_type"]
        workflow = (files or {}).get("workflow")
        modes = "inference" if torch.is_inference_mode_enabled() else "grad"
        return (f"{own_id} {own} {seen} {workflow} {token} {key} {note} {modes}",)


class Slow:
    """A coroutine function."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 0})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "wait"
    CATEGORY = "running"

    async def wait(self, value):
        from comfy_execution.utils import get_executing_context

        await asyncio.sleep(0)
        context = get_executing_context()
        assert torch.is_inference_mode_enabled()
        return (value + 100 * int(context.node_id),)


NODE_CLASS_MAPPINGS = {
    "RunningTally": Tally,
    "RunningSometimes": Sometimes,
    "RunningAlone": Alone,
    "RunningHidden": Hidden,
    "RunningSlow": Slow,
}
