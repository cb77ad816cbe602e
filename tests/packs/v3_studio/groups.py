"""Nodes whose inputs are settled on the canvas."""

from comfy_api.latest import io

INTS = io.Autogrow.TemplatePrefix(io.Int.Input("item", min=0, max=9), prefix="item", min=1, max=4)
NAMED = io.Autogrow.TemplateNames(io.AnyType.Input("any", optional=True), names=["a", "b"], min=1)
SAME = io.MatchType.Template("same", allowed_types=[io.Image, io.Mask, io.Int])


class Grown(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="V3Grown",
            category="test/groups",
            inputs=[
                io.Autogrow.Input("group", template=INTS),
                io.Autogrow.Input("others", template=NAMED, optional=True),
            ],
            outputs=[io.String.Output()],
        )

    @classmethod
    def execute(cls, group, others=None):
        return io.NodeOutput(repr((group, others)))


class Chosen(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        by_size = [
            io.Int.Input("width", default=8, min=1, max=64),
            io.Combo.Input("crop", options=["no", "yes"]),
        ]
        by_factor = [io.Float.Input("factor", default=2.0), io.Autogrow.Input("more", template=INTS)]
        options = [
            io.DynamicCombo.Option("size", by_size),
            io.DynamicCombo.Option("factor", by_factor),
            io.DynamicCombo.Option("none", []),
        ]
        return io.Schema(
            node_id="V3Chosen",
            category="test/groups",
            inputs=[io.DynamicCombo.Input("mode", options=options), io.String.Input("after", default="x")],
            outputs=[io.String.Output()],
        )

    @classmethod
    def execute(cls, mode: dict, after: str) -> io.NodeOutput:
        return io.NodeOutput(repr((mode, after)))


class Slotted(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        slot = io.DynamicSlot.Input(io.Int.Input("source"), inputs=[io.Int.Input("amount", min=0, max=5)])
        return io.Schema("V3Slotted", category="test/groups", inputs=[slot], outputs=[io.String.Output()])

    @classmethod
    def execute(cls, source=None):
        return io.NodeOutput(repr(source))


class Matched(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="V3Matched",
            category="test/groups",
            inputs=[io.MatchType.Input("first", template=SAME), io.MatchType.Input("second", template=SAME)],
            outputs=[io.MatchType.Output(SAME, display_name="one of them"), io.String.Output()],
        )

    @classmethod
    def execute(cls, first, second):
        return io.NodeOutput(second, f"{type(first).__name__} first")


class Everything(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3Everything", category="test", outputs=[io.String.Output()], accept_all_inputs=True
        )

    @classmethod
    def execute(cls, **inputs):
        return (repr(inputs),)


class Drawn(io.ComfyNode):
    """Has widgets that only its own pages can draw."""

    @classmethod
    def define_schema(cls):
        inputs = [io.Custom("KNOBS").Input("knobs"), io.Webcam.Input("photo"), io.Color.Input("ink")]
        return io.Schema("V3Drawn", category="test", inputs=inputs, outputs=[io.String.Output()])

    @classmethod
    def execute(cls, knobs, photo, ink):
        return io.NodeOutput(f"{knobs} {photo} {ink}")


NODES = [Drawn, Grown, Chosen, Slotted, Matched, Everything]
