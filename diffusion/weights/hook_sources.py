"""What hooks lay upon weights: a LoRA file, or the weights of another checkpoint."""

from __future__ import annotations

from dataclasses import replace

from diffusion.sampling.hooks import Hook
from diffusion.types import Model, TextEncoder
from diffusion.weights.lora import Lora, with_lora
from diffusion.weights.merging import Shares, merged_encoders, merged_models


class LoraSource:
    """A LoRA file."""

    def __init__(self, lora: Lora) -> None:
        self.lora = lora

    def on_model(self, model: Model, strength: float) -> Model:
        """The model with the file's patches."""
        return with_lora(model, None, self.lora, model_strength=strength)[0] or model

    def on_text(self, encoder: TextEncoder, strength: float) -> TextEncoder:
        """The text encoder with the file's patches."""
        found = with_lora(None, encoder, self.lora, model_strength=0.0, text_strength=strength)[1]
        return found or encoder


class CheckpointSource:
    """Another checkpoint: its weights at strength 1, those in between below."""

    def __init__(self, model: Model | None, encoder: TextEncoder | None) -> None:
        self.model, self.encoder = model, encoder

    def on_model(self, model: Model, strength: float) -> Model:
        """The model on its way to the other one."""
        return model if self.model is None else merged_models(model, self.model, away(strength))

    def on_text(self, encoder: TextEncoder, strength: float) -> TextEncoder:
        """The text encoder on its way to the other one."""
        return encoder if self.encoder is None else merged_encoders(encoder, self.encoder, away(strength))


def away(strength: float) -> Shares:
    """W + strength (W2 - W)."""
    return lambda _: (1.0 - strength, strength)


def hooked_text(encoder: TextEncoder, hooks: tuple[Hook, ...], share: float = 0.0) -> TextEncoder:
    """A text encoder with the patches that hooks have for it when so much of sampling is done."""
    for hook in hooks:
        strength = hook.at_share(share)
        encoder = hook.source.on_text(encoder, strength) if strength else encoder
    return encoder


def scheduled_text(
    encoder: TextEncoder, hooks: tuple[Hook, ...]
) -> tuple[tuple[float, float, TextEncoder], ...]:
    """The text encoder between any two keyframes of the hooks: start, end, and what it then is."""
    starts = sorted({0.0, *(key.start for hook in hooks for key in hook.keyframes if key.start < 1.0)})
    spans = zip(starts, [*starts[1:], 1.0], strict=True)
    return tuple((start, end, hooked_text(encoder, hooks, start)) for start, end in spans)


def with_hooks(
    encoder: TextEncoder, hooks: tuple[Hook, ...], *, on_prompts: bool, scheduled: bool
) -> TextEncoder:
    """A text encoder under hooks, which puts them upon what it encodes if they are to hold for that too."""
    told = (*encoder.hooks, *hooks) if on_prompts else encoder.hooks
    if scheduled:
        spans = scheduled_text(replace(encoder, hooks=told), hooks)
        return replace(encoder, hooks=told, spans=spans)
    return replace(hooked_text(encoder, hooks), hooks=told)
