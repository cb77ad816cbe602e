"""What is seen while a sampler runs: a step count, and the picture so far."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

from PIL import Image as Pillow

from diffusion.sampling.preview import latent_rgb
from diffusion.sampling.sample import Step
from diffusion.types import LatentFormat
from graph.context import Context

INTERVAL = 0.1  # seconds between previews: ten a second look live, more only cost time
SMALLEST, LARGEST = 256, 512  # pixels of a preview's longest side
PIXELS_A_LATENT = 8  # the size at which a latent is shown, between these limits
JPEG_QUALITY = 95


def watch(context: Context, latents: LatentFormat) -> Callable[[Step], None]:
    """A step's listener: reports progress (which also looks at cancel), and now and then the picture.

    The last step's picture is always shown: it is what stays when the run is over.
    """
    shown = -INTERVAL

    def on_step(step: Step) -> None:
        nonlocal shown
        context.progress(step.index + 1, step.total)
        now = time.monotonic()
        if now - shown >= INTERVAL or step.index + 1 == step.total:
            shown = now
            context.preview(preview_jpeg(step, latents))

    return on_step


def preview_jpeg(step: Step, latents: LatentFormat) -> bytes:
    """The first picture of the batch as it would be if sampling ended here, roughly and fast."""
    small = Pillow.fromarray(latent_rgb(step.denoised, latents).cpu().numpy())
    buffer = io.BytesIO()
    small.resize(preview_size(small.size), Pillow.Resampling.BICUBIC).save(
        buffer, "JPEG", quality=JPEG_QUALITY
    )
    return buffer.getvalue()


def preview_size(latent: tuple[int, int]) -> tuple[int, int]:
    """Width and height in pixels at which a latent's (width, height) is shown."""
    longest = max(latent)
    scale = min(max(longest * PIXELS_A_LATENT, SMALLEST), LARGEST) / longest
    return max(1, round(latent[0] * scale)), max(1, round(latent[1] * scale))
