"""Data whose best denoiser is known exactly, as plain functions and as a tiny network that reads a prompt."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from diffusion.sampling.schedules import NoiseSchedule, linear_noise_schedule
from diffusion.sampling.step import Step
from diffusion.types import Cond, LatentFormat, Model, Prediction
from diffusion.weights.patched import Weights


@dataclass(frozen=True)
class Gaussian:
    """Data spread normally around a mean."""

    mean: float = 0.7
    spread: float = 0.5

    def denoise(self, x: Tensor, sigma: float) -> Tensor:
        """The expected clean value given the noisy one."""
        share = self.spread**2 / (self.spread**2 + sigma**2)
        return self.mean + share * (x - self.mean)

    def flow(self, x: Tensor, sigma: float, sigma_next: float) -> Tensor:
        """Where the probability flow takes a noisy value: the exact solution."""
        stretch = math.sqrt((self.spread**2 + sigma_next**2) / (self.spread**2 + sigma**2))
        return self.mean + stretch * (x - self.mean)

    def consistency(self, x: Tensor, sigma: float) -> Tensor:
        """The far end of the flow: what a consistency model predicts."""
        return self.flow(x, sigma, 0.0)


def mixture(x: Tensor, sigma: float | Tensor) -> Tensor:
    """The denoiser of two clusters, at -1 and 1.5, spread 0.3 (and 0.2 wide): far from linear."""
    variances = (0.3**2 + sigma**2, 0.2**2 + sigma**2)
    logs = [-((x + 1) ** 2) / (2 * variances[0]) - 0.5 * log(variances[0])]
    logs += [-((x - 1.5) ** 2) / (2 * variances[1]) - 0.5 * log(variances[1])]
    first, second = torch.softmax(torch.stack(logs), dim=0)
    return first * (-1 + 0.3**2 / variances[0] * (x + 1)) + second * (1.5 + 0.2**2 / variances[1] * (x - 1.5))


def log(value: float | Tensor) -> float | Tensor:
    return value.log() if isinstance(value, Tensor) else math.log(value)


@dataclass
class Seen:
    """One call of the network."""

    x: Tensor
    timesteps: Tensor
    context: Tensor


@dataclass(frozen=True)
class Projected:
    """A prompt's tokens as the network keeps them."""

    context: Tensor


class PromptedGaussian(nn.Module):
    """Predicts for Gaussian data whose mean, one for each channel, is what attention finds in the prompt."""

    def __init__(
        self, schedule: NoiseSchedule, prediction: Prediction = "epsilon", spread: float = 0.5
    ) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.tensor([0.5, -0.3, 0.2, 0.1]))
        self.register_buffer("sigmas", schedule.sigmas)
        self.prediction = prediction
        self.spread = spread
        self.seen: list[Seen] = []
        self.most_rows: int | None = None  # what fits into this network's imaginary memory

    def mean(self, context: Tensor) -> Tensor:
        """(B, T, 4) -> (B, 4, 1, 1): softmax attention of one query; repeating all tokens changes nothing."""
        attention = torch.softmax(context @ self.query, dim=1)  # (B, T)
        return torch.einsum("bt,btd->bd", attention, context)[..., None, None]

    def forward(self, x: Tensor, timesteps: Tensor, context: Tensor | Projected) -> Tensor:
        tokens = context.context if isinstance(context, Projected) else context
        self.seen.append(Seen(x, timesteps, tokens))
        if self.most_rows is not None and len(x) > self.most_rows:
            raise torch.OutOfMemoryError(f"{len(x)} rows do not fit")
        sigma = self.sigmas[timesteps.long()][:, None, None, None]
        root = (sigma**2 + 1).sqrt()
        noisy, mean = x.float() * root, self.mean(tokens.float())
        x0 = mean + self.spread**2 / (self.spread**2 + sigma**2) * (noisy - mean)
        noise = (noisy - x0) / sigma
        out = noise if self.prediction == "epsilon" else (noise - sigma * x0) / root
        return out.to(x.dtype)


class Projecting(PromptedGaussian):
    """The same, able to prepare a prompt once."""

    def __init__(self, schedule: NoiseSchedule) -> None:
        super().__init__(schedule)
        self.projected: list[Tensor] = []

    def project_context(self, context: Tensor) -> Projected:
        self.projected.append(context)
        return Projected(context)


def tiny_model(
    make: Callable[[NoiseSchedule], PromptedGaussian] = PromptedGaussian,
    *,
    prediction: Prediction = "epsilon",
    scale: float = 0.5,
    dtype: torch.dtype = torch.float32,
) -> Model:
    schedule = linear_noise_schedule()
    network = make(schedule)
    network.prediction = prediction
    latents = LatentFormat(channels=4, scale=scale)
    return Model(Weights(network), schedule, prediction, latents, "tiny", dtype)


def network_of(model: Model) -> PromptedGaussian:
    assert isinstance(model.network, PromptedGaussian)
    return model.network


def prompt(*token_values: float) -> Cond:
    """A prompt of one token a value, (1, T, 4)."""
    rows = [[value, value + 0.1, value - 0.2, -value] for value in token_values]
    return Cond(torch.tensor([rows]))


@dataclass
class Listener:
    """Remembers each step it is told of."""

    steps: list[Step] = field(default_factory=list)

    def __call__(self, step: Step) -> None:
        self.steps.append(step)
