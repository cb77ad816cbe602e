"""Nodes in the newer style that change what latents and conditionings hold."""

import asyncio

import torch
from comfy_api.latest import ComfyExtension, io


class Scale(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3StagesScale",
            inputs=[io.Latent.Input("latent"), io.Float.Input("factor", default=1.0)],
            outputs=[io.Latent.Output()],
        )

    @classmethod
    def execute(cls, latent, factor):
        latent["samples"] = latent["samples"] * factor
        latent["stages.factors"] = [*latent.get("stages.factors", []), factor]
        return io.NodeOutput(latent)


class Wish(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3StagesWish",
            inputs=[io.Conditioning.Input("conditioning"), io.Float.Input("strength", default=1.0)],
            outputs=[io.Conditioning.Output()],
        )

    @classmethod
    async def execute(cls, conditioning, strength):
        await asyncio.sleep(0)
        assert torch.is_inference_mode_enabled()
        return io.NodeOutput([[context, told | {"strength": strength}] for context, told in conditioning])


class Choose(io.ComfyNode):
    """Wants the other latent only where the first one is a single picture."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            "V3StagesChoose",
            inputs=[io.Latent.Input("latent"), io.Latent.Input("other", lazy=True)],
            outputs=[io.Latent.Output()],
        )

    @classmethod
    def check_lazy_status(cls, latent, other=None):
        return ["other"] if other is None and len(latent["samples"]) == 1 else []

    @classmethod
    def execute(cls, latent, other=None):
        return io.NodeOutput(latent if other is None else other)


class Pass(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        template = io.MatchType.Template("thing")
        return io.Schema(
            "V3StagesPass",
            inputs=[
                io.MatchType.Input("value", template=template),
                io.Autogrow.Input(
                    "more", template=io.Autogrow.TemplatePrefix(io.AnyType.Input("one"), "one", 0)
                ),
            ],
            outputs=[io.MatchType.Output(template=template), io.String.Output()],
        )

    @classmethod
    def execute(cls, value, more=None):
        return io.NodeOutput(
            value, repr([type(value).__name__, *(type(v).__name__ for v in (more or {}).values())])
        )


class Stages(ComfyExtension):
    async def get_node_list(self):
        return [Scale, Wish, Choose, Pass]


async def comfy_entrypoint():
    return Stages()
