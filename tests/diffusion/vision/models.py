"""Tiny models with random weights, saved as transformers saves them."""

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    BeitConfig,
    ConvNextConfig,
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    DPTConfig,
    DPTForDepthEstimation,
    GLPNConfig,
    GLPNForDepthEstimation,
    Mask2FormerConfig,
    Mask2FormerForUniversalSegmentation,
    SegformerConfig,
    SegformerForSemanticSegmentation,
    SwinConfig,
    UperNetConfig,
    UperNetForSemanticSegmentation,
    VitPoseBackboneConfig,
    VitPoseConfig,
    VitPoseForPoseEstimation,
    YolosConfig,
    YolosForObjectDetection,
    ZoeDepthConfig,
    ZoeDepthForDepthEstimation,
)
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil
from transformers.models.glpn.image_processing_pil_glpn import GLPNImageProcessorPil
from transformers.models.mask2former.image_processing_pil_mask2former import Mask2FormerImageProcessorPil
from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil
from transformers.models.vitpose.image_processing_pil_vitpose import VitPoseImageProcessorPil
from transformers.models.yolos.image_processing_pil_yolos import YolosImageProcessorPil
from transformers.models.zoedepth.image_processing_pil_zoedepth import ZoeDepthImageProcessorPil

VIT = {
    "hidden_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "hidden_act": "gelu",
}
LABELS = 150


def saved(model: nn.Module, processor: Any, folder: Path, *, bias: float = 0.2, weight: float = 0.2) -> Path:
    """Both in one folder, the weights spread so that different pictures give different answers."""
    torch.manual_seed(0)
    for name, parameter in model.named_parameters():
        nn.init.normal_(parameter, std=bias if name.endswith("bias") else weight)
    model.save_pretrained(folder)  # type: ignore[operator]
    processor.save_pretrained(folder)
    return folder


def dpt(folder: Path) -> Path:
    config = DPTConfig(
        **VIT, image_size=32, patch_size=8, backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8, is_hybrid=False,
    )  # fmt: skip
    return saved(
        DPTForDepthEstimation(config), DPTImageProcessorPil(size={"height": 32, "width": 32}), folder
    )


def depth_anything(folder: Path, *, metric: bool = False) -> Path:
    backbone = Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, mlp_ratio=2, image_size=42, patch_size=14,
        out_indices=[1, 2, 3, 4], apply_layernorm=True, reshape_hidden_states=False,
    )  # fmt: skip
    config = DepthAnythingConfig(
        backbone_config=backbone, patch_size=14, reassemble_hidden_size=16, neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8, head_hidden_size=8, depth_estimation_type="metric" if metric else "relative",
        max_depth=20,
    )  # fmt: skip
    size = {"height": 42, "width": 42}
    processor = DPTImageProcessorPil(size=size, keep_aspect_ratio=True, ensure_multiple_of=14)
    return saved(DepthAnythingForDepthEstimation(config), processor, folder)


def glpn(folder: Path) -> Path:
    config = GLPNConfig(
        hidden_sizes=[8, 8, 8, 8],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 1, 1],
        decoder_hidden_size=8,
    )
    return saved(GLPNForDepthEstimation(config), GLPNImageProcessorPil(size_divisor=32), folder)


def segformer(folder: Path) -> Path:
    config = SegformerConfig(
        hidden_sizes=[8, 8, 8, 8], depths=[1, 1, 1, 1], num_attention_heads=[1, 1, 1, 1],
        decoder_hidden_size=8, num_labels=LABELS,
    )  # fmt: skip
    processor = SegformerImageProcessorPil(size={"height": 64, "width": 64})
    return saved(SegformerForSemanticSegmentation(config), processor, folder, bias=0.01, weight=0.3)


def upernet(folder: Path) -> Path:
    backbone = ConvNextConfig(
        hidden_sizes=[8, 8, 8, 8], depths=[1, 1, 1, 1], out_features=["stage1", "stage2", "stage3", "stage4"]
    )
    config = UperNetConfig(
        backbone_config=backbone,
        hidden_size=8,
        num_labels=LABELS,
        auxiliary_in_channels=8,
        pool_scales=[1, 2],
    )
    processor = SegformerImageProcessorPil(size={"height": 64, "width": 64})
    return saved(UperNetForSemanticSegmentation(config), processor, folder, bias=0.01, weight=0.3)


def vitpose(folder: Path, *, experts: int = 1, labels: int = 17) -> Path:
    backbone = VitPoseBackboneConfig(
        image_size=[64, 48], patch_size=[16, 16], hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        mlp_ratio=2, num_experts=experts, part_features=4, out_features=["stage2"],
    )  # fmt: skip
    config = VitPoseConfig(backbone_config=backbone, num_labels=labels, use_simple_decoder=True)
    processor = VitPoseImageProcessorPil(size={"height": 64, "width": 48})
    return saved(VitPoseForPoseEstimation(config), processor, folder)


def yolos(folder: Path, *, labels: tuple[str, ...] = ("person", "dog")) -> Path:
    config = YolosConfig(
        **VIT, image_size=[32, 32], patch_size=8, num_detection_tokens=6, id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)}, use_mid_position_embeddings=False,
    )  # fmt: skip
    processor = YolosImageProcessorPil(size={"shortest_edge": 32, "longest_edge": 48})
    return saved(YolosForObjectDetection(config), processor, folder)


def mask2former(folder: Path) -> Path:
    stages = ["stage1", "stage2", "stage3", "stage4"]
    backbone = SwinConfig(
        image_size=64,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=2,
        out_features=stages,
    )
    config = Mask2FormerConfig(
        backbone_config=backbone, feature_size=32, mask_feature_size=32, hidden_dim=32, num_labels=LABELS,
        encoder_feedforward_dim=16, encoder_layers=1, decoder_layers=2, num_attention_heads=2,
        dim_feedforward=16, num_queries=5,
    )  # fmt: skip
    processor = Mask2FormerImageProcessorPil(size={"height": 64, "width": 64})
    return saved(Mask2FormerForUniversalSegmentation(config), processor, folder)


def zoedepth(folder: Path) -> Path:
    backbone = BeitConfig(
        **VIT, image_size=32, patch_size=16, reshape_hidden_states=False,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = ZoeDepthConfig(
        backbone_config=backbone, neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8, bottleneck_features=8,
        num_relative_features=8, bin_configurations=[{"n_bins": 8, "min_depth": 0.001, "max_depth": 10.0}],
        bin_embedding_dim=8, patch_transformer_hidden_size=16, patch_transformer_intermediate_size=16,
        patch_transformer_num_attention_heads=2, num_attractors=[4, 2, 1, 1],
    )  # fmt: skip
    processor = ZoeDepthImageProcessorPil(size={"height": 128, "width": 96}, ensure_multiple_of=32)
    return saved(ZoeDepthForDepthEstimation(config), processor, folder)
