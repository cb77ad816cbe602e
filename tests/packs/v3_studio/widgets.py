"""Nodes that show what can be said of an input."""

from enum import Enum

from comfy_api.latest import io


class Shape(Enum):
    ROUND = "round"
    SQUARE = "square"


class Widgets(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="V3Widgets",
            display_name="Widgets",
            category="test/widgets",
            description="One of each.",
            search_aliases=["controls"],
            inputs=[
                io.Int.Input(
                    "count",
                    "Count",
                    default=3,
                    min=0,
                    max=10,
                    step=2,
                    tooltip="how many",
                    display_mode=io.NumberDisplay.slider,
                    control_after_generate=True,
                ),
                io.Float.Input("strength", default=0.5, min=0.0, max=1.0, step=0.1, round=0.01),
                io.Boolean.Input("on", default=True, label_on="yes", label_off="no"),
                io.String.Input(
                    "text", multiline=True, default="hi", placeholder="say", dynamic_prompts=True
                ),
                io.Combo.Input("shape", options=Shape, default=Shape.SQUARE),
                io.MultiCombo.Input("tags", options=["a", "b", "c"], placeholder="none", chip=True),
                io.Combo.Input("picked", options=[1, 2], optional=True, advanced=True),
                io.Combo.Input(
                    "remote", remote=io.RemoteOptions("/api/x", refresh_button=True), optional=True
                ),
                io.Combo.Input(
                    "file",
                    options=["a.png"],
                    upload=io.UploadType.image,
                    image_folder=io.FolderType.input,
                    optional=True,
                ),
                io.MultiType.Input(io.Float.Input("number", default=1.5, min=0.0), [io.Int], optional=True),
                io.Image.Input("image", optional=True, lazy=True, raw_link=True, extra_dict={"own": 1}),
                io.Int.Input("seed", optional=True, force_input=True, socketless=False, from_the_future="x"),
            ],
            outputs=[
                io.String.Output("told", display_name="TOLD", tooltip="all of it"),
                io.Custom("TEST_THING").Output(),
                io.Int.Output(is_output_list=True),
            ],
            is_deprecated=True,
            is_experimental=True,
            flag_of_a_later_host=True,
        )

    @classmethod
    def execute(cls, **inputs) -> io.NodeOutput:
        return io.NodeOutput(repr(sorted(inputs)), object(), [1, 2])


class Telling(io.ComfyNode):
    """Says what it was given: the last node of most workflows here."""

    @classmethod
    def define_schema(cls):
        return io.Schema("V3Tell", "Tell", "test", inputs=[io.AnyType.Input("value")], is_output_node=True)

    @classmethod
    def execute(cls, value):
        return io.NodeOutput(ui={"text": (repr(value),)})

    tell = execute  # the name by which older code calls it


NODES = [Widgets, Telling]
