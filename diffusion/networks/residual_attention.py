"""The residual attention block of CLIP's own code, as union ControlNets and style adapters have it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion.networks.layers import attend


class Mlp(nn.Module):
    """Widens four times, QuickGELU, narrows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) -> (..., width)."""
        h = self.c_fc(x)
        out: Tensor = self.c_proj(h * torch.sigmoid(1.702 * h))
        return out


class JoinedAttention(nn.Module):
    """Self-attention whose queries, keys and values have one matrix."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) -> (B, T, width)."""
        q, k, v = F.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        out: Tensor = self.out_proj(attend(q, k, v, self.heads))
        return out


class LoneAttention(JoinedAttention):
    """The attention of a union network, in which a token sees only itself.

    It was trained with torch's attention, whose first axis is that of the tokens, on tensors that have the
    batch there: tokens never met, and rows of one hint met copies of themselves.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, heads=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width) -> (B, width): softmax over one token is 1, so that the values alone count."""
        width = x.shape[-1]
        out: Tensor = self.out_proj(
            F.linear(x, self.in_proj_weight[2 * width :], self.in_proj_bias[2 * width :])
        )
        return out


class ResidualAttention(nn.Module):
    """Attention and feed-forward, each normed and added."""

    def __init__(self, width: int, attention: JoinedAttention) -> None:
        super().__init__()
        self.attn = attention
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = Mlp(width)
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) -> (..., width)."""
        x = x + self.attn(self.ln_1(x))
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out
