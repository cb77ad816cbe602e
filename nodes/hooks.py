"""Nodes for patches that hold under one conditioning only, with strengths over the course of sampling."""

from __future__ import annotations

import dataclasses
import logging
import math
from typing import Annotated, Literal, NamedTuple

from diffusion.parts import present_text
from diffusion.sampling.hooks import Hook, Keyframe, sorted_keyframes
from diffusion.weights.checkpoint import Checkpoint, open_checkpoint
from diffusion.weights.hook_sources import CheckpointSource, LoraSource, with_hooks
from nodes.api import Clip, Context, FileIn, Option, OutputName, Range, Socket, node
from nodes.loras import LoraFile, opened

log = logging.getLogger(__name__)

CREATE, SCHEDULING, COMBINE = (f"advanced/hooks/{name}" for name in ("create", "scheduling", "combine"))

Hooks = Annotated[tuple[Hook, ...], Socket("HOOKS")]
Keyframes = Annotated[tuple[Keyframe, ...], Socket("HOOK_KEYFRAMES")]
KeyframesOut = Annotated[tuple[Keyframe, ...], Socket("HOOK_KEYFRAMES"), OutputName("HOOK_KF")]
Span = Annotated[tuple[float, float], Socket("TIMESTEPS_RANGE")]
BeforeSpan = Annotated[tuple[float, float], Socket("TIMESTEPS_RANGE"), OutputName("BEFORE_RANGE")]
AfterSpan = Annotated[tuple[float, float], Socket("TIMESTEPS_RANGE"), OutputName("AFTER_RANGE")]
CheckpointFile = Annotated[str, FileIn("checkpoints")]
Strength = Annotated[float, Range(-20.0, 20.0, 0.01)]
FineWeight = Annotated[float, Range(0.0, 10.0, 0.001)]
Share = Annotated[float, Range(0.0, 1.0, 0.001)]
Floats = Annotated[list[float], Socket("FLOATS"), Option(min=-1, step=0.001, forceInput=True)]


# Hooks


@node(CREATE, name="CreateHookLora", display_name="Create Hook LoRA", experimental=True, at_rest=True)
def hook_lora(
    context: Context,
    *,
    lora_name: LoraFile,
    strength_model: Strength = 1.0,
    strength_clip: Strength = 1.0,
    prev_hooks: Hooks | None = None,
) -> Hooks:
    """A LoRA that holds only under the conditionings that it is put upon."""
    if strength_model == 0 and strength_clip == 0:
        return prev_hooks or ()
    source = LoraSource(opened(context, lora_name))
    return (*(prev_hooks or ()), Hook(source, strength_model, strength_clip))


@node(
    CREATE,
    name="CreateHookLoraModelOnly",
    display_name="Create Hook LoRA (MO)",
    experimental=True,
    at_rest=True,
)
def hook_lora_model_only(
    context: Context, *, lora_name: LoraFile, strength_model: Strength = 1.0, prev_hooks: Hooks | None = None
) -> Hooks:
    """A LoRA for the denoising model alone that holds only under the conditionings that it is put upon."""
    if strength_model == 0:
        return prev_hooks or ()
    return (*(prev_hooks or ()), Hook(LoraSource(opened(context, lora_name)), strength_model, 0.0))


@node(
    CREATE,
    name="CreateHookModelAsLora",
    display_name="Create Hook Model as LoRA",
    experimental=True,
    at_rest=True,
)
def hook_checkpoint(
    context: Context,
    *,
    ckpt_name: CheckpointFile,
    strength_model: Strength = 1.0,
    strength_clip: Strength = 1.0,
    prev_hooks: Hooks | None = None,
) -> Hooks:
    """The weights of another checkpoint, in the place of a model's own under some conditionings."""
    other = opened_checkpoint(context, ckpt_name)
    return (
        *(prev_hooks or ()),
        Hook(CheckpointSource(other.model, other.text), strength_model, strength_clip),
    )


@node(
    CREATE,
    name="CreateHookModelAsLoraModelOnly",
    display_name="Create Hook Model as LoRA (MO)",
    experimental=True,
    at_rest=True,
)
def hook_checkpoint_model_only(
    context: Context,
    *,
    ckpt_name: CheckpointFile,
    strength_model: Strength = 1.0,
    prev_hooks: Hooks | None = None,
) -> Hooks:
    """The weights of another checkpoint in the denoising model alone, under some conditionings."""
    other = opened_checkpoint(context, ckpt_name)
    return (*(prev_hooks or ()), Hook(CheckpointSource(other.model, None), strength_model, 0.0))


def opened_checkpoint(context: Context, name: str) -> Checkpoint:
    """A checkpoint's file, mapped."""
    return open_checkpoint(context.folders.resolve("checkpoints", name))


@node(COMBINE, name="CombineHooks2", display_name="Combine Hooks [2]", experimental=True, at_rest=True)
def combine_two(*, hooks_A: Hooks | None = None, hooks_B: Hooks | None = None) -> Hooks:
    """All hooks of both."""
    return together(hooks_A, hooks_B)


@node(COMBINE, name="CombineHooks4", display_name="Combine Hooks [4]", experimental=True, at_rest=True)
def combine_four(
    *,
    hooks_A: Hooks | None = None,
    hooks_B: Hooks | None = None,
    hooks_C: Hooks | None = None,
    hooks_D: Hooks | None = None,
) -> Hooks:
    """All hooks of up to four."""
    return together(hooks_A, hooks_B, hooks_C, hooks_D)


@node(COMBINE, name="CombineHooks8", display_name="Combine Hooks [8]", experimental=True, at_rest=True)
def combine_eight(
    *,
    hooks_A: Hooks | None = None,
    hooks_B: Hooks | None = None,
    hooks_C: Hooks | None = None,
    hooks_D: Hooks | None = None,
    hooks_E: Hooks | None = None,
    hooks_F: Hooks | None = None,
    hooks_G: Hooks | None = None,
    hooks_H: Hooks | None = None,
) -> Hooks:
    """All hooks of up to eight."""
    return together(hooks_A, hooks_B, hooks_C, hooks_D, hooks_E, hooks_F, hooks_G, hooks_H)


def together(*groups: tuple[Hook, ...] | None) -> tuple[Hook, ...]:
    """All hooks, each once."""
    return tuple(dict.fromkeys(hook for group in groups for hook in group or ()))


# Keyframes


@node(
    SCHEDULING,
    name="CreateHookKeyframe",
    display_name="Create Hook Keyframe",
    experimental=True,
    at_rest=True,
)
def keyframe(
    *, strength_mult: Strength = 1.0, start_percent: Share = 0.0, prev_hook_kf: Keyframes | None = None
) -> KeyframesOut:
    """Multiply the strength of hooks from some part of sampling on."""
    return sorted_keyframes([*(prev_hook_kf or ()), Keyframe(strength_mult, start_percent)])


@node(
    SCHEDULING,
    name="CreateHookKeyframesFromFloats",
    display_name="Create Hook Keyframes From Floats",
    experimental=True,
    at_rest=True,
)
def keyframes_from_floats(
    *,
    floats_strength: Floats = -1,  # type: ignore[assignment]
    start_percent: Share = 0.0,
    end_percent: Share = 1.0,
    print_keyframes: bool = False,
    prev_hook_kf: Keyframes | None = None,
) -> KeyframesOut:
    """One keyframe for each number, evenly over a part of sampling."""
    strengths = floats_strength if isinstance(floats_strength, list | tuple) else [floats_strength]
    found = spread([float(one) for one in strengths], start_percent, end_percent)
    return told(sorted_keyframes([*(prev_hook_kf or ()), *found]), print_keyframes)


@node(
    SCHEDULING,
    name="CreateHookKeyframesInterpolated",
    display_name="Create Hook Keyframes Interp.",
    experimental=True,
    at_rest=True,
)
def keyframes_between(
    *,
    strength_start: FineWeight = 1.0,
    strength_end: FineWeight = 1.0,
    interpolation: Literal["linear", "ease_in", "ease_out", "ease_in_out"],
    start_percent: Share = 0.0,
    end_percent: Share = 1.0,
    keyframes_count: Annotated[int, Range(2, 100, 1)] = 5,
    print_keyframes: bool = False,
    prev_hook_kf: Keyframes | None = None,
) -> KeyframesOut:
    """Keyframes from one strength to another, evenly over a part of sampling."""
    shares = (eased(index / (keyframes_count - 1), interpolation) for index in range(keyframes_count))
    strengths = [strength_start + share * (strength_end - strength_start) for share in shares]
    found = spread(strengths, start_percent, end_percent)
    return told(sorted_keyframes([*(prev_hook_kf or ()), *found]), print_keyframes)


def eased(share: float, interpolation: str) -> float:
    """How much of the way is done after a share of the time: parabolas, or a half wave."""
    if interpolation == "ease_in":
        return share**2
    if interpolation == "ease_out":
        return 1 - (1 - share) ** 2
    return (1 - math.cos(math.pi * share)) / 2 if interpolation == "ease_in_out" else share


def spread(strengths: list[float], start: float, end: float) -> list[Keyframe]:
    """Keyframes evenly from start to end, both included."""
    gaps = max(1, len(strengths) - 1)
    return [Keyframe(one, start + (end - start) * index / gaps) for index, one in enumerate(strengths)]


def told(keyframes: tuple[Keyframe, ...], aloud: bool) -> tuple[Keyframe, ...]:
    """The keyframes, listed in the log if one wants."""
    for one in keyframes if aloud else ():
        log.info("hook keyframe: strength %.3f from %.3f", one.strength, one.start)
    return keyframes


@node(SCHEDULING, name="SetHookKeyframes", display_name="Set Hook Keyframes", experimental=True, at_rest=True)
def set_keyframes(*, hooks: Hooks, hook_kf: Keyframes | None = None) -> Hooks:
    """Give hooks these keyframes in the place of their own."""
    if hook_kf is None:
        return hooks
    return tuple(dataclasses.replace(hook, keyframes=hook_kf) for hook in hooks)


# Text encoders, and parts of sampling


@node(
    "advanced/hooks/clip", name="SetClipHooks", display_name="Set CLIP Hooks", experimental=True, at_rest=True
)
def set_clip_hooks(
    *, clip: Clip, apply_to_conds: bool = True, schedule_clip: bool = False, hooks: Hooks | None = None
) -> Clip:
    """Let hooks change a text encoder, and hold under what it encodes; scheduled, by their keyframes."""
    if hooks is None:
        return clip
    return with_hooks(present_text(clip), hooks, on_prompts=apply_to_conds, scheduled=schedule_clip)


class Spans(NamedTuple):
    """A part of sampling, what comes before it, and what after."""

    during: Annotated[Span, OutputName("TIMESTEPS_RANGE")]
    before: BeforeSpan
    after: AfterSpan


@node(
    "advanced/hooks",
    name="ConditioningTimestepsRange",
    display_name="Timesteps Range",
    experimental=True,
    at_rest=True,
)
def timesteps_range(*, start_percent: Share = 0.0, end_percent: Share = 1.0) -> Spans:
    """A part of sampling: 0 is its start, 1 its end."""
    return Spans((start_percent, end_percent), (0.0, start_percent), (end_percent, 1.0))
