"""A pack that pins the interface's version, with an entry point that is called."""

from comfy_api.v0_0_2 import ComfyExtension, Input, io


class Pinned(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema("V3Pinned", category="test", outputs=[io.Image.Output()])

    @classmethod
    def execute(cls) -> Input.Image:
        return io.NodeOutput(None)


class Extension(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [Pinned]


def comfy_entrypoint() -> ComfyExtension:
    return Extension()
