"""`comfy.samplers` as packs know it: the names of samplers and schedules."""

from __future__ import annotations

from typing import ClassVar

from diffusion.sampling.samplers import sampler_names
from diffusion.sampling.schedules import schedule_names

SAMPLER_NAMES: list[str] = list(sampler_names())
SCHEDULER_NAMES: list[str] = list(schedule_names())


class KSampler:
    """Holds the names for drop-downs; packs add their own."""

    SAMPLERS: ClassVar[list[str]] = SAMPLER_NAMES
    SCHEDULERS: ClassVar[list[str]] = SCHEDULER_NAMES
    DISCARD_PENULTIMATE_SIGMA_SAMPLERS: ClassVar[set[str]] = {
        "dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2"
    }  # fmt: skip

    def __init__(self, *_: object, **__: object) -> None:
        raise NotImplementedError("sampling through comfy.samplers.KSampler: Heddle does not have this yet")
