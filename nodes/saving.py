"""Nodes that write models, and differences of models, to files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Literal

from diffusion.errors import PartMissing
from diffusion.parts import present_model, present_text, present_vae
from diffusion.weights import saving
from diffusion.weights.extraction import extracted
from diffusion.weights.writing import Piece, write_safetensors
from nodes.api import Clip, Context, Model, Range, Result, Text, Vae, node
from nodes.latent_files import workflow_texts

Told = Callable[..., dict[str, str]]  # the header of a file, given the workflow's texts and a title

SUFFIX = ".safetensors"
MERGING = "advanced/model_merging"


@node(MERGING, name="CheckpointSave", display_name="Save Checkpoint", is_output=True, at_rest=True)
def save_checkpoint(
    context: Context, *, model: Model, clip: Clip, vae: Vae, filename_prefix: str = "checkpoints/ComfyUI"
) -> Result:
    """Write a model, its text encoder and its VAE into one file of the output folder, patches and all."""
    model = present_model(model)
    pieces = saving.checkpoint_pieces(model, clip, vae)
    return written(context, filename_prefix, pieces, partial(saving.header, model, clip, vae))


@node(MERGING, name="ModelSave", display_name="ModelSave", is_output=True, at_rest=True)
def save_model(
    context: Context, *, model: Model, filename_prefix: str = "diffusion_models/ComfyUI"
) -> Result:
    """Write a denoising model alone to a file of the output folder, patches and all."""
    model = present_model(model)
    return written(context, filename_prefix, saving.model_pieces(model), partial(saving.header, model))


@node(MERGING, name="CLIPSave", display_name="CLIPSave", is_output=True, at_rest=True)
def save_clip(context: Context, *, clip: Clip, filename_prefix: str = "clip/ComfyUI") -> Result:
    """Write each text tower to a file of its own in the output folder, its name behind the prefix."""
    clip = present_text(clip)
    told = partial(saving.header, None, clip)
    files = [
        ref
        for tower in clip.towers
        for ref in saved(context, f"{filename_prefix}_{tower.name}", saving.tower_pieces(tower), told)
    ]
    return Result(ui={"files": files})


@node(MERGING, name="VAESave", display_name="VAESave", is_output=True, at_rest=True)
def save_vae(context: Context, *, vae: Vae, filename_prefix: str = "vae/ComfyUI_vae") -> Result:
    """Write an autoencoder to a file of the output folder."""
    vae = present_vae(vae)
    return written(context, filename_prefix, saving.vae_pieces(vae), partial(saving.header, None, None, vae))


@node(
    "_for_testing",
    name="LoraSave",
    display_name="Extract and Save Lora",
    is_output=True,
    experimental=True,
    at_rest=True,
)
def save_lora(
    context: Context,
    *,
    filename_prefix: Annotated[str, Text()] = "loras/ComfyUI_extracted_lora",
    rank: Annotated[int, Range(1, 4096, 1)] = 8,
    lora_type: Literal["standard", "full_diff"],
    bias_diff: bool = True,
    model_diff: Model | None = None,
    text_encoder_diff: Clip | None = None,
) -> Result:
    """Write what a subtraction of models left as a LoRA, by singular values at a rank or as it is."""
    tensors = extracted(
        model_diff,
        text_encoder_diff,
        rank=rank,
        whole=lora_type == "full_diff",
        biases=bias_diff,
        each=context.progress,
    )
    if not tensors:
        raise PartMissing("there is no difference to save: link what ModelMergeSubtract gives")
    pieces = [Piece(key, tuple(tensor.shape), tensor.dtype, tensor.clone) for key, tensor in tensors.items()]
    return written(context, filename_prefix, pieces, saving.header)


def written(context: Context, prefix: str, pieces: Sequence[Piece], told: Told) -> Result:
    """Write one file under the next free number; the result says where it is."""
    return Result(ui={"files": saved(context, prefix, pieces, told)})


def saved(context: Context, prefix: str, pieces: Sequence[Piece], told: Told) -> list[dict[str, str]]:
    """Write one file under the next free number: where it is."""
    place = context.folders.save_path("output", prefix)
    name = place.name(suffix=SUFFIX)
    header = told(texts=workflow_texts(context), title=name.removesuffix(SUFFIX))
    write_safetensors(place.directory / name, pieces, header, context.check_cancelled)
    return [place.reference(name)]
