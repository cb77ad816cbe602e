"""Nodes that tell what is what in a picture."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from diffusion.vision import segmentation
from diffusion.vision.pretrained import Pretrained
from nodes.api import Context, FileIn, Image, Socket, Tooltip, node

SegmentationModel: TypeAlias = Annotated[Pretrained, Socket("SEGMENTATION_MODEL")]
SegmentationFolder = Annotated[
    str,
    FileIn("segmentation"),
    Tooltip(
        "A folder in models/segmentation with config.json, preprocessor_config.json and model.safetensors."
    ),
]


@node("loaders", name="SegmentationModelLoader", display_name="Load Segmentation Model")
def load_segmentation_model(context: Context, *, model_name: SegmentationFolder) -> SegmentationModel:
    """Open a segmentation model in transformers' layout: UperNet, SegFormer, Mask2Former and kin."""
    return segmentation.open_segmentation_model(context.folders.resolve("segmentation", model_name))


@node("image/preprocessors", name="SegmentationPreprocessor", display_name="Segmentation (ADE20K)")
def segments(*, segmentation_model: SegmentationModel, image: Image) -> Image:
    """Each pixel in the colour that ADE20K gives its class, such as wall, sky or person."""
    return segmentation.segments(segmentation_model, image)
