"""Times one call of a UNet and of a VAE's decoder in each number format and memory layout.

    python -m benchmarks.unet [--rounds 3] [--latent 32] [--only sd15|narrow]

Weights are random, of Stable Diffusion 1.5's sizes and of the bundled model's. The formats take turns, round
after round, so that whatever else the machine does meets all of them; the fastest of the rounds counts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from diffusion.networks.autoencoder import Autoencoder, AutoencoderConfig
from diffusion.networks.unet import UNet, UNetConfig

NARROW_UNET = UNetConfig(widths=(80, 128), depths=(0, 1), blocks=1, context_width=32, heads=4, norm_groups=8)
NARROW_VAE = AutoencoderConfig(widths=(16, 32, 64, 96), blocks=1, norm_groups=8)


@dataclass(frozen=True)
class Case:
    """A number format and a memory layout."""

    dtype: torch.dtype
    layout: torch.memory_format

    def __str__(self) -> str:
        layout = "channels_last" if self.layout == torch.channels_last else "plain"
        return f"{str(self.dtype).removeprefix('torch.')} {layout}"


LAYOUTS = (torch.contiguous_format, torch.channels_last)
CASES = tuple(Case(dtype, layout) for dtype in (torch.float32, torch.bfloat16) for layout in LAYOUTS)


def materialised(build: Callable[[], nn.Module], case: Case) -> nn.Module:
    """A network with random weights, made at once in its format."""
    with torch.device("meta"):
        network = build().to(case.dtype)
    network = network.to_empty(device="cpu")
    for parameter in network.parameters():
        nn.init.uniform_(parameter, -0.02, 0.02)
    return network.to(memory_format=case.layout).requires_grad_(False).eval()  # type: ignore[call-overload, no-any-return]


def unet_call(config: UNetConfig, side: int, case: Case) -> Callable[[], object]:
    """One call for a prompt and its negative, keys and values projected before, as in sampling."""
    network = materialised(lambda: UNet(config), case)
    assert isinstance(network, UNet)
    x = torch.randn(2, config.input_channels, side, side).to(case.dtype, memory_format=case.layout)
    context = network.project_context(torch.randn(2, 77, config.context_width, dtype=case.dtype))
    return lambda: network(x, torch.full((2,), 500.0), context)


def vae_call(config: AutoencoderConfig, side: int, case: Case) -> Callable[[], object]:
    """One picture decoded."""
    network = materialised(lambda: Autoencoder(config), case)
    assert isinstance(network, Autoencoder)
    latents = torch.randn(1, config.latent_channels, side, side).to(case.dtype, memory_format=case.layout)
    return lambda: network.decode(latents)


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def fastest(calls: dict[Case, Callable[[], object]], rounds: int) -> dict[Case, float]:
    """The best time of each case over rounds in which all take turns; the first round only warms up."""
    best = dict.fromkeys(calls, float("inf"))
    for turn in range(rounds + 1):
        for case, call in calls.items():
            taken = seconds(call)
            best[case] = min(best[case], taken) if turn else best[case]
    return best


def subjects(only: str | None, latent: int) -> Iterator[tuple[str, dict[Case, Callable[[], object]]]]:
    """What is timed, each built when its turn comes."""
    if only != "narrow":
        size = f"{8 * latent}x{8 * latent}"
        yield f"SD 1.5 UNet, {size}, batch 2", {c: unet_call(UNetConfig(), latent, c) for c in CASES}
        yield f"SD 1.5 VAE decode, {size}", {c: vae_call(AutoencoderConfig(), latent, c) for c in CASES}
    if only != "sd15":
        yield "narrow UNet, 128x128, batch 2", {c: unet_call(NARROW_UNET, 16, c) for c in CASES}
        yield "narrow VAE decode, 128x128", {c: vae_call(NARROW_VAE, 16, c) for c in CASES}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latent", type=int, default=32, help="side of the latents of the wide networks")
    parser.add_argument("--only", choices=["sd15", "narrow"])
    options = parser.parse_args()
    cpu = torch.cpu.get_capabilities()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {cpu.get('cpu_name')}: "
          f"AVX512-BF16 {cpu.get('avx512_bf16')}, AMX {cpu.get('amx_bf16')}")  # fmt: skip
    with torch.inference_mode():
        for name, calls in subjects(options.only, options.latent):
            times = fastest(calls, options.rounds)
            slowest = times[CASES[0]]
            for case, taken in times.items():
                print(f"{name:32} {case!s:24} {1000 * taken:9.1f} ms  {slowest / taken:5.2f}x")


if __name__ == "__main__":
    main()
