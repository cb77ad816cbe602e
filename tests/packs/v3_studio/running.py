"""Nodes that show what can happen in a run."""

import asyncio

from comfy_api.latest import ComfyAPI, ComfyAPISync, io
from comfy_execution.graph import ExecutionBlocker
from comfy_execution.graph_utils import GraphBuilder

api = ComfyAPI()
api_sync = ComfyAPISync()
CALLS = {"counted": 0, "lazy": 0}


class Number(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3Number",
            category="test",
            inputs=[io.Int.Input("value", min=-5, max=1000)],
            outputs=[io.Int.Output()],
        )

    @classmethod
    def execute(cls, value):
        return io.NodeOutput(value)


class Awaited(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3Awaited", category="test", inputs=[io.Int.Input("value")], outputs=[io.Int.Output()]
        )

    @classmethod
    async def execute(cls, value):
        for step in range(3):
            await asyncio.sleep(0)
            await api.execution.set_progress(step + 1, 3)
        return io.NodeOutput(value * 2)


class Stepping(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3Stepping", category="test", inputs=[io.Image.Input("image")], outputs=[io.Image.Output()]
        )

    @classmethod
    def execute(cls, image):
        api_sync.execution.set_progress(1, 2, preview_image=image)
        api_sync.execution.set_progress(value=2, max_value=2, node_id="other")
        return io.NodeOutput(image)


class Told(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3Told",
            category="test",
            inputs=[io.Int.Input("value", optional=True)],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt, io.Hidden.extra_pnginfo, io.Hidden.dynprompt],
            outputs=[io.String.Output()],
        )

    @classmethod
    def execute(cls, value=None):  # noqa: ARG003
        hidden = cls.hidden
        here = hidden.prompt[hidden.unique_id]["class_type"]
        known = hidden.dynprompt.get_node(hidden.unique_id)["class_type"]
        return io.NodeOutput(
            f"{hidden.unique_id} {here} {known} {hidden.extra_pnginfo} {hidden.api_key_comfy_org}"
        )


class Keeping(io.ComfyNode):
    """Tries to keep something on its class, which is refused."""

    @classmethod
    def define_schema(cls):
        return io.Schema("V3Keeping", category="test", outputs=[io.Int.Output()], not_idempotent=True)

    @classmethod
    def execute(cls):
        cls.kept = 1
        return io.NodeOutput(1)


class Blocking(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        how = io.Combo.Input("how", options=["message", "silent", "bare", "value", "none", "dict", "wrong"])
        return io.Schema(
            "V3Blocking", category="test", inputs=[how], outputs=[io.Int.Output("a"), io.Int.Output("b")]
        )

    @classmethod
    def execute(cls, how):
        return {
            "message": io.NodeOutput(block_execution="not today"),
            "silent": io.NodeOutput(block_execution=""),
            "bare": ExecutionBlocker("bare"),
            "value": io.NodeOutput(1, ExecutionBlocker(None)),
            "none": None,
            "dict": {"result": (1, 2), "ui": {"text": ["x"]}},
            "wrong": 7,
        }[how]


class Expanding(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3Expanding",
            category="test",
            inputs=[io.Int.Input("value")],
            outputs=[io.Int.Output()],
            enable_expand=True,
        )

    @classmethod
    def execute(cls, value):
        graph = GraphBuilder()
        node = graph.node("V3Number", value=value + 1)
        return io.NodeOutput(node.out(0), expand=graph.finalize())


class ExpandingUnasked(Expanding):
    @classmethod
    def define_schema(cls):
        schema = super().define_schema()
        schema.node_id, schema.enable_expand = "V3ExpandingUnasked", False
        return schema


class Counted(io.ComfyNode):
    """Runs again when its fingerprint says so."""

    @classmethod
    def define_schema(cls):
        inputs = [io.String.Input("name"), io.Boolean.Input("always"), io.Int.Input("other", optional=True)]
        return io.Schema("V3Counted", category="test", inputs=inputs, outputs=[io.Int.Output()])

    @classmethod
    def fingerprint_inputs(cls, name, always):
        return float("nan") if always else len(name)

    @classmethod
    def execute(cls, **_):
        CALLS["counted"] += 1
        return io.NodeOutput(CALLS["counted"])


class Checked(io.ComfyNode):
    """Judges its own inputs; `size` is no business of the host's."""

    @classmethod
    def define_schema(cls):
        inputs = [io.Int.Input("size", min=0, max=10), io.Int.Input("other", min=0, max=10)]
        return io.Schema("V3Checked", category="test", inputs=inputs, outputs=[io.Int.Output()])

    @classmethod
    def validate_inputs(cls, size):
        if size == 13:
            return "13 is unlucky"
        return size != 14

    @classmethod
    def execute(cls, size, **_):
        return io.NodeOutput(size)


class CheckedTypes(io.ComfyNode):
    """Judges the types of what is linked."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3CheckedTypes", category="test", inputs=[io.Image.Input("any")], outputs=[io.AnyType.Output()]
        )

    @classmethod
    def validate_inputs(cls, input_types):
        return input_types["any"] == "INT" or f"needs an INT, not {input_types['any']}"

    @classmethod
    def execute(cls, any):  # noqa: A002
        return io.NodeOutput(any)


class Switch(io.ComfyNode):
    """Wants only one of its inputs."""

    @classmethod
    def define_schema(cls):
        inputs = [
            io.Boolean.Input("second"),
            io.Int.Input("if_false", lazy=True),
            io.Int.Input("if_true", lazy=True),
        ]
        return io.Schema("V3Switch", category="test", inputs=inputs, outputs=[io.Int.Output()])

    @classmethod
    def check_lazy_status(cls, second, if_false=None, if_true=None):
        CALLS["lazy"] += 1
        wanted = "if_true" if second else "if_false"
        return [wanted] if {"if_true": if_true, "if_false": if_false}[wanted] is None else []

    @classmethod
    def execute(cls, second, if_false=None, if_true=None):
        return io.NodeOutput(if_true if second else if_false)


class Gathering(io.ComfyNode):
    """Takes lists and puts out a list of items."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3Gathering",
            category="test",
            inputs=[io.Int.Input("values"), io.Int.Input("times")],
            outputs=[io.Int.Output(is_output_list=True), io.Int.Output()],
            is_input_list=True,
        )

    @classmethod
    def execute(cls, values, times):
        return io.NodeOutput([value * times[0] for value in [*values, 10]], len(values))


class RawLink(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        inputs = [io.Int.Input("value", raw_link=True)]
        return io.Schema("V3RawLink", category="test", inputs=inputs, outputs=[io.String.Output()])

    @classmethod
    def execute(cls, value):
        return io.NodeOutput(repr(value))


NODES = [
    Number, Awaited, Stepping, Told, Keeping, Blocking, Expanding, ExpandingUnasked, Counted, Checked,
    CheckedTypes, Switch, Gathering, RawLink,
]  # fmt: skip
