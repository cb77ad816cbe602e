"""CLIP's text tower: what a UNet reads in place of a prompt (Radford et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from diffusion.errors import DiffusionError
from diffusion.networks.layers import numbered
from diffusion.parts import present_text
from diffusion.text.prompt import Chunk, Token, tokenize
from diffusion.text.tokenizer import Tokenizer
from diffusion.types import Cond, Conditioning, TextEncoder, TextTower

HEAD_WIDTH = 64  # of every published CLIP text tower


@dataclass(frozen=True)
class ClipConfig:
    """Sizes of a text tower; `activation` is the one that its weights were trained with."""

    width: int = 768
    layers: int = 12
    heads: int = 12
    hidden: int = 3072  # of the feed-forward layers
    vocabulary: int = 49_408
    positions: int = 77
    activation: str = "quick_gelu"
    projection: int | None = None  # numbers of a pooled text behind its projection

    @classmethod
    def from_weights(
        cls, weights: Mapping[str, Tensor], *, heads: int | None = None, activation: str = "quick_gelu"
    ) -> ClipConfig:
        """The sizes told by the shapes of a state dict without prefix; heads are not among them."""
        vocabulary, width = weights["embeddings.token_embedding.weight"].shape
        heads = heads or max(1, width // HEAD_WIDTH)
        if width % heads:
            raise ValueError(f"{heads} heads do not share {width} channels")
        projection = weights.get("text_projection.weight")
        return cls(
            width=width,
            layers=len(numbered(weights, "encoder.layers")),
            heads=heads,
            hidden=weights["encoder.layers.0.mlp.fc1.weight"].shape[0],
            vocabulary=vocabulary,
            positions=weights["embeddings.position_embedding.weight"].shape[0],
            activation=activation,
            projection=None if projection is None else projection.shape[0],
        )


def text_tower(config: ClipConfig) -> nn.Module:
    """transformers' CLIP text model, whose keys are `embeddings…`, `encoder.layers…`, `final_layer_norm…`.

    Where the pooled text is projected, `text_projection.weight` is among them.
    """
    from transformers import CLIPTextConfig, CLIPTextModel  # takes seconds, and only a checkpoint needs it

    model = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=config.vocabulary,
            hidden_size=config.width,
            intermediate_size=config.hidden,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            max_position_embeddings=config.positions,
            hidden_act=config.activation,
        )
    )
    tower: nn.Module = getattr(model, "text_model", model)  # the first releases of transformers 5 nest it
    if config.projection is not None:
        tower.text_projection = nn.Linear(config.width, config.projection, bias=False)
    return tower.eval()


def with_last_layer(encoder: TextEncoder | None, layer: int) -> TextEncoder:
    """The encoder that stops at a layer: -1 is the last, -2 the one before."""
    return replace(present_text(encoder), last_layer=layer)


def encode(encoder: TextEncoder | None, text: str | Mapping[str, str]) -> Conditioning:
    """A prompt, or one for each tower by its name, as one conditioning in float32 on the CPU.

    context (1, 77 * chunks, the towers' widths together), pooled (1, width) of the last tower. An encoder
    that changes during sampling gives one for each of its spans.
    """
    encoder = present_text(encoder)
    if not encoder.spans:
        return (encode_once(encoder, text),)
    parts = [(replace(one, last_layer=encoder.last_layer), start, end) for start, end, one in encoder.spans]
    return tuple(replace(encode_once(one, text), start=start, end=end) for one, start, end in parts)


def encode_once(encoder: TextEncoder, text: str | Mapping[str, str]) -> Cond:
    """What an encoder makes of a prompt as it is now."""
    texts = [text if isinstance(text, str) else text_for(tower, text) for tower in encoder.towers]
    said = [tokens(encoder, tower, one) for tower, one in zip(encoder.towers, texts, strict=True)]
    count = max(map(len, said))
    parts = [
        encode_with(encoder, tower, lengthened(encoder, tower, chunks, count))
        for tower, chunks in zip(encoder.towers, said, strict=True)
    ]
    context = torch.cat([states.flatten(0, 1)[None] for states, _ in parts], dim=-1)
    return Cond(context=context, pooled=parts[-1][1][:1], hooks=encoder.hooks)


def text_for(tower: TextTower, texts: Mapping[str, str]) -> str:
    """The text of one tower."""
    if tower.name not in texts:
        raise DiffusionError(
            f"this text encoder reads with {tower.name}, but texts are given for {', '.join(texts)}: "
            "encode one text for all towers, or take the encoder that these texts are for"
        )
    return texts[tower.name]


def tokens(encoder: TextEncoder, tower: TextTower, text: str) -> tuple[Chunk, ...]:
    """A prompt as chunks for one tower."""
    return tokenize(text, tower.tokenizer, encoder.embeddings, width_of(tower), tower.name)


def lengthened(
    encoder: TextEncoder, tower: TextTower, chunks: tuple[Chunk, ...], count: int
) -> tuple[Chunk, ...]:
    """So many chunks, those that the text lacks empty: towers are joined token by token."""
    return chunks + tokens(encoder, tower, "") * (count - len(chunks))


@torch.no_grad()
def encode_with(encoder: TextEncoder, tower: TextTower, chunks: Sequence[Chunk]) -> tuple[Tensor, Tensor]:
    """Weighed states (chunks, 77, width) and pooled states (chunks, width) of one tower."""
    weights = torch.tensor([chunk.weights for chunk in chunks])[..., None]  # (chunks, 77, 1)
    layer = tower.layer if encoder.last_layer is None else encoder.last_layer
    if bool((weights == 1).all()):
        return run_tower(tower, layer, chunks)
    states, pooled = run_tower(tower, layer, [*chunks, *tokens(encoder, tower, "")])
    return weighed(states[:-1], states[-1:], weights), pooled


def width_of(tower: TextTower) -> int:
    """How many numbers a token has."""
    table: Tensor = tower.network.embeddings.token_embedding.weight  # type: ignore[union-attr, assignment]
    return table.shape[1]


def weighed(states: Tensor, neutral: Tensor, weights: Tensor) -> Tensor:
    """States moved away from those of an empty prompt; what weighs 1 stays as it is, to the last bit."""
    return torch.where(weights == 1, states, neutral + (states - neutral) * weights)


def run_tower(tower: TextTower, layer: int, chunks: Sequence[Chunk]) -> tuple[Tensor, Tensor]:
    """Hidden states at a layer (chunks, 77, width) and pooled states (chunks, width), float32 on the CPU."""
    network = tower.network
    layers = list(network.encoder.layers)  # type: ignore[union-attr, arg-type]
    stop = stop_layer(layer, len(layers))
    x = embed(network, chunks)
    mask = causal_mask(x)
    wanted = x
    for index, one in enumerate(layers, start=1):
        x = one(x, mask)
        wanted = x if index == stop else wanted
    ends = torch.tensor([first_end(chunk, tower.tokenizer) for chunk in chunks])
    pooled = normed(network, x)[torch.arange(len(chunks)), ends.to(x.device)]
    projection = getattr(network, "text_projection", None)
    pooled = pooled if projection is None else projection(pooled)
    states = normed(network, wanted) if tower.normed else wanted
    return states.float().cpu(), pooled.float().cpu()


def normed(network: nn.Module, x: Tensor) -> Tensor:
    """The final layer norm."""
    out: Tensor = network.final_layer_norm(x)  # type: ignore[operator]
    return out


def stop_layer(last_layer: int, layers: int) -> int:
    """How many layers to run for a layer counted from the end."""
    if not -layers <= last_layer <= -1:
        raise DiffusionError(f"last layer {last_layer} does not exist: this text tower has -{layers} … -1")
    return layers + 1 + last_layer


def embed(tower: nn.Module, chunks: Sequence[Chunk]) -> Tensor:
    """Token vectors and positions, (chunks, 77, width)."""
    table: nn.Embedding = tower.embeddings.token_embedding  # type: ignore[union-attr, assignment]
    positions: Tensor = tower.embeddings.position_embedding.weight  # type: ignore[union-attr, assignment]
    device = table.weight.device
    ids = torch.tensor([[token_id(token) for token in chunk.tokens] for chunk in chunks], device=device)
    x: Tensor = table(ids)
    for row, chunk in enumerate(chunks):
        for column, token in enumerate(chunk.tokens):
            if isinstance(token, Tensor):
                x[row, column] = token.to(x)
    return x + positions[: x.shape[1]]


def token_id(token: Token) -> int:
    """The id to look up; a learned vector takes any, as it is written over."""
    return 0 if isinstance(token, Tensor) else token


def causal_mask(x: Tensor) -> Tensor:
    """Additive mask (1, 1, T, T) by which a token sees itself and those before it."""
    length = x.shape[1]
    mask = torch.full((length, length), float("-inf"), dtype=x.dtype, device=x.device)
    return mask.triu(1)[None, None]


def first_end(chunk: Chunk, tokenizer: Tokenizer) -> int:
    """Where the text of a chunk ends."""
    return next(
        index
        for index, token in enumerate(chunk.tokens)
        if not isinstance(token, Tensor) and token == tokenizer.end
    )
