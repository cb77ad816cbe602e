"""Command line of the training of the bundled model; each step resumes where it was interrupted."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path

import torch

from diffusion.training import (
    autoencoder,
    checker,
    control,
    denoiser,
    evaluation,
    export,
    inversion,
    parallel,
    pictures,
    style,
)
from diffusion.training.album import Bytes, album
from diffusion.training.loop import Plan

Command = Callable[[argparse.Namespace], None]


def training_pictures(options: argparse.Namespace) -> Bytes:
    """The album of scenes, drawn on the first call."""
    return album(options.folder / "scenes.npy", options.scenes)


def lengthened(plan: Plan, options: argparse.Namespace) -> Plan:
    """The plan with the number of steps that was asked for."""
    return dataclasses.replace(plan, steps=options.steps or plan.steps)


def sheet(options: argparse.Namespace) -> None:
    """draw a sheet of held-out scenes"""
    pictures.world_sheet().save(options.docs / "images/demo-world.png")


def train_autoencoder(options: argparse.Namespace) -> None:
    """1: train encoder and decoder"""
    plan = lengthened(autoencoder.PLAN, options)
    autoencoder.train_autoencoder(training_pictures(options), options.folder, plan)


def train_denoiser(options: argparse.Namespace) -> None:
    """2: train text encoder and UNet on the autoencoder's latents"""
    model = autoencoder.load_autoencoder(options.folder / "autoencoder.pt")
    cache = options.folder / "latents.pt"
    lessons, _ = denoiser.read_lessons(model, lambda: training_pictures(options), cache)
    denoiser.train_denoiser(lessons, options.folder, lengthened(denoiser.PLAN, options))


def train_decoder(options: argparse.Namespace) -> None:
    """3: train the decoder further; the latents stay as they are"""
    plan = lengthened(autoencoder.DECODER_PLAN, options)
    autoencoder.train_decoder(training_pictures(options), options.folder, plan)


def train_checker(options: argparse.Namespace) -> None:
    """4: train the classifier that reads pictures"""
    checker.train_checker(training_pictures(options), options.folder, lengthened(checker.PLAN, options))


def write_checkpoint(options: argparse.Namespace) -> None:
    """5: write the averaged weights as one checkpoint"""
    export.export(options.folder, options.checkpoint)


def evaluate(options: argparse.Namespace) -> None:
    """6: measure the checkpoint on held-out captions; write the table and the pictures"""
    evaluation.evaluate(options.checkpoint, options.folder, options.docs)


def train_control(options: argparse.Namespace) -> None:
    """7: train a ControlNet for segmentation maps"""
    control.train_control(options.checkpoint, options.folder, lengthened(control.PLAN, options))


def train_style(options: argparse.Namespace) -> None:
    """8: train the winter LoRA"""
    style.train_style(options.checkpoint, options.folder, lengthened(style.PLAN, options))


def train_inversion(options: argparse.Namespace) -> None:
    """9: train the textual inversion of a harbour"""
    inversion.train_inversion(options.checkpoint, options.folder, lengthened(inversion.PLAN, options))


def write_companions(options: argparse.Namespace) -> None:
    """10: write the companions that have been trained"""
    models = options.checkpoint.parent.parent
    if (options.folder / control.STATE).exists():
        control.write_control(options.folder, models / "controlnet/heddle-demo-segments.safetensors")
    if (options.folder / style.STATE).exists():
        path = models / "loras/heddle-demo-winter.safetensors"
        style.write_style(options.checkpoint, options.folder, path)
    if (options.folder / inversion.STATE).exists():
        inversion.write_inversion(options.folder, models / f"embeddings/{inversion.NAME}.safetensors")


COMMANDS: dict[str, Command] = {
    "sheet": sheet,
    "autoencoder": train_autoencoder,
    "denoiser": train_denoiser,
    "decoder": train_decoder,
    "checker": train_checker,
    "export": write_checkpoint,
    "evaluate": evaluate,
    "control": train_control,
    "style": train_style,
    "inversion": train_inversion,
    "companions": write_companions,
}


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m diffusion.training", description=__doc__)
    top.add_argument(
        "--folder", type=Path, default=Path("training_data"), help="where training keeps its state"
    )
    top.add_argument("--docs", type=Path, default=Path("docs"), help="where pictures and tables go")
    top.add_argument("--checkpoint", type=Path, default=Path("models/checkpoints/heddle-demo.safetensors"))
    top.add_argument("--scenes", type=int, default=30_000, help="how many scenes to train on")
    top.add_argument("--threads", type=int, default=2)
    kinds = top.add_subparsers(required=True)
    for name, command in COMMANDS.items():
        sub = kinds.add_parser(name, help=command.__doc__)
        sub.add_argument("--steps", type=int, default=0, help="in place of the plan's")
        sub.set_defaults(command=command)
    return top


def main() -> None:
    """Run the chosen command."""
    options = parser().parse_args()
    torch.set_num_threads(options.threads)
    parallel.join()
    (options.docs / "images").mkdir(parents=True, exist_ok=True)
    options.command(options)


if __name__ == "__main__":
    main()
