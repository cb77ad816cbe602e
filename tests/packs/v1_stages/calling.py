# ruff: noqa: N802
"""Nodes that use the host's nodes and those of other packs."""

from comfy_execution.graph_utils import GraphBuilder

import nodes
from server import BinaryEventTypes, PromptServer


class Node:
    CATEGORY = "stages"
    FUNCTION = "run"


class Decode(Node):
    """Decodes a latent with the host's own class, called as an object."""

    RETURN_TYPES = ("IMAGE",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"latent": ("LATENT",), "vae": ("VAE",)}}

    def run(self, latent, vae):
        return nodes.VAEDecode().decode(vae, {"samples": latent["samples"]})


class Encode(Node):
    """What the host's own class gives, as the pack sees it."""

    RETURN_TYPES = ("STRING", "CONDITIONING")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"clip": ("CLIP",), "text": ("STRING", {"default": ""})}}

    def run(self, clip, text):
        (found,) = nodes.CLIPTextEncode().encode(clip, text)
        latent = nodes.EmptyLatentImage().generate(64, 32)[0]
        return (f"{sorted(found[0][1])} {tuple(latent['samples'].shape)}", found)


class Grow(Node):
    """Adds a node of the host, with a latent of its own among its inputs."""

    RETURN_TYPES = ("IMAGE", "LATENT")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"latent": ("LATENT",), "vae": ("VAE",)}}

    def run(self, latent, vae):
        graph = GraphBuilder()
        decode = graph.node("VAEDecode", samples={"samples": latent["samples"] * 0}, vae=vae)
        scale = graph.node("StagesScale", latent=latent, factor=3.0)
        return {"result": (decode.out(0), scale.out(0)), "expand": graph.finalize()}


class Neighbours(Node):
    """Which classes of this and other packs there are, and where packs lie."""

    RETURN_TYPES = ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    def run(self):
        wanted = ("StagesTell", "V3Mapped", "V3Widgets", "WordsCaption", "SaveImage")
        missing = [name for name in wanted if name not in nodes.NODE_CLASS_MAPPINGS]
        shown = [nodes.NODE_DISPLAY_NAME_MAPPINGS.get(name) for name in ("StagesTell", "V3Mapped")]
        other = nodes.NODE_CLASS_MAPPINGS["SinglePlain"]
        called = list(getattr(other(), other.FUNCTION)(value=5))
        return (repr([missing, shown, called, nodes.LOADED_MODULE_DIRS, nodes.EXTENSION_WEB_DIRS]),)


class Noted(Node):
    """Has a hidden input that is no tag: its value comes from the workflow."""

    RETURN_TYPES = ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {},
            "hidden": {"note": ("STRING", {"default": "unused"}), "source": ("INT",), "node": "UNIQUE_ID"},
        }

    @classmethod
    def VALIDATE_INPUTS(cls, note="nothing"):
        return isinstance(note, str) or f"{note!r} is no note"

    def run(self, node, note="nothing", source=0):
        return (f"{node} {note} {source}",)


class GrowNoted(Node):
    """Adds such a node."""

    RETURN_TYPES = ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    def run(self):
        graph = GraphBuilder()
        added = graph.node("StagesNoted", note="grown", unknown=1)
        return {"result": (added.out(0),), "expand": graph.finalize()}


class Announce(Node):
    """Tells pages something."""

    RETURN_TYPES = ()
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {"default": ""})}, "hidden": {"node": "UNIQUE_ID"}}

    @classmethod
    def IS_CHANGED(cls, **_):
        return float("nan")

    def run(self, text, node):
        server = PromptServer.instance
        server.send_sync("stages.told", {"text": text, "client": server.client_id})
        server.send_sync("stages.own", {"text": text}, server.client_id)
        server.send_sync("stages.others", {"text": text}, "somebody else")
        server.send_progress_text(f"{text}!", node)
        server.send_sync(BinaryEventTypes.TEXT, b"raw")
        return ()


NODES = {
    f"Stages{cls.__name__}": cls for cls in (Decode, Encode, Grow, Neighbours, Noted, GrowNoted, Announce)
}
