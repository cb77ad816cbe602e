"""A class in the newer style among the mappings of the older one."""

from comfy_api.latest import io


class Mapped(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "NotThisName",
            display_name="Not this one",
            category="test",
            inputs=[io.Int.Input("value", default=1)],
            outputs=[io.Int.Output(display_name="DOUBLE")],
        )

    @classmethod
    def execute(cls, value):
        return io.NodeOutput(value * 2)


NODE_CLASS_MAPPINGS = {"V3Mapped": Mapped}
NODE_DISPLAY_NAME_MAPPINGS = {"V3Mapped": "Mapped"}
