"""Nodes that tell how far things are in a picture."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from diffusion.vision import depth
from diffusion.vision.pretrained import Pretrained
from nodes.api import Context, FileIn, Image, Socket, Tooltip, node

DepthModel: TypeAlias = Annotated[Pretrained, Socket("DEPTH_MODEL")]
DepthFolder = Annotated[
    str,
    FileIn("depth"),
    Tooltip("A folder in models/depth with config.json, preprocessor_config.json and model.safetensors."),
]


@node("loaders", name="DepthModelLoader", display_name="Load Depth Model")
def load_depth_model(context: Context, *, model_name: DepthFolder) -> DepthModel:
    """Open a depth model in transformers' layout: DPT, Depth Anything, GLPN or ZoeDepth."""
    return depth.open_depth_model(context.folders.resolve("depth", model_name))


@node("image/preprocessors", name="DepthPreprocessor", display_name="Depth Map")
def depth_map(*, depth_model: DepthModel, image: Image) -> Image:
    """How near things are: white is nearest, black farthest."""
    return depth.depth(depth_model, image)
