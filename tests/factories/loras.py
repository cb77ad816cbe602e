"""Tiny LoRA files for the tiny checkpoint, in any naming."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

RANK = 2


def low_rank(
    name: str, rows: int, columns: int, *, alpha: float | None = 1.0, seed: int = 0
) -> dict[str, Tensor]:
    """The tensors of one module in kohya's roles."""
    generator = torch.Generator().manual_seed(seed)
    found = {
        f"{name}.lora_up.weight": torch.randn(rows, RANK, generator=generator),
        f"{name}.lora_down.weight": torch.randn(RANK, columns, generator=generator),
    }
    return found | ({f"{name}.alpha": torch.tensor(alpha)} if alpha is not None else {})


def tiny_lora(path: Path, modules: Iterable[str] = (), metadata: Mapping[str, str] | None = None) -> Path:
    """A file for square modules of 32 channels: self-attention of the first block and of the text tower."""
    names = list(modules) or [
        "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q",
        "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0",
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj",
    ]
    tensors: dict[str, Tensor] = {}
    for seed, name in enumerate(names):
        tensors |= low_rank(name, 32, 32, seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, dict(metadata) if metadata else None)
    return path
