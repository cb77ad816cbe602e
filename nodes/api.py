"""The one door for authors of nodes: the decorator, the socket types and the widget options."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import torch

from diffusion import types
from diffusion.networks.tweaks import Place, Tweak
from diffusion.sampling import samplers
from diffusion.sampling.rules import Again, Answers, Rule
from diffusion.vision import clip_vision
from graph.context import Context
from graph.node import Blocker, Expand, NodeType, Result, node
from graph.question import NobodyToAsk, Question
from graph.schema import (
    Autogrow,
    Choice,
    Display,
    DynamicCombo,
    FileIn,
    Lazy,
    Option,
    Range,
    Seed,
    Text,
    Tooltip,
)
from graph.types import OutputName, Socket

Image: TypeAlias = Annotated[torch.Tensor, Socket("IMAGE")]
"""Pictures: (B, H, W, 3) float32 in [0, 1], on the CPU."""

Mask: TypeAlias = Annotated[torch.Tensor, Socket("MASK")]
"""Masks: (B, H, W) float32 in [0, 1]; 1 is what is meant."""

Latent: TypeAlias = Annotated[types.Latent, Socket("LATENT")]
Conditioning: TypeAlias = Annotated[types.Conditioning, Socket("CONDITIONING")]
Model: TypeAlias = Annotated[types.Model, Socket("MODEL")]
Clip: TypeAlias = Annotated[types.TextEncoder, Socket("CLIP")]
Vae: TypeAlias = Annotated[types.Vae, Socket("VAE")]
ClipVision: TypeAlias = Annotated[clip_vision.ClipVision, Socket("CLIP_VISION")]
ClipVisionOutput: TypeAlias = Annotated[clip_vision.ClipVisionOutput, Socket("CLIP_VISION_OUTPUT")]
Sampler: TypeAlias = Annotated[samplers.Sampler, Socket("SAMPLER")]
Sigmas: TypeAlias = Annotated[torch.Tensor, Socket("SIGMAS")]
"""Noise levels: (steps + 1,) float32, falling, on the CPU."""

Noise: TypeAlias = Annotated[types.Noise, Socket("NOISE")]
Guider: TypeAlias = Annotated[types.Guider, Socket("GUIDER")]

__all__ = [
    "Again",
    "Answers",
    "Autogrow",
    "Blocker",
    "Choice",
    "Clip",
    "ClipVision",
    "ClipVisionOutput",
    "Conditioning",
    "Context",
    "Display",
    "DynamicCombo",
    "Expand",
    "FileIn",
    "Guider",
    "Image",
    "Latent",
    "Lazy",
    "Mask",
    "Model",
    "NobodyToAsk",
    "NodeType",
    "Noise",
    "Option",
    "OutputName",
    "Place",
    "Question",
    "Range",
    "Result",
    "Rule",
    "Sampler",
    "Seed",
    "Sigmas",
    "Socket",
    "Text",
    "Tooltip",
    "Tweak",
    "Vae",
    "node",
]
