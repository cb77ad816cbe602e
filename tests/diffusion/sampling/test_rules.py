"""What may step in around guidance: in which order, on how many sets, and asking again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch
from torch import Tensor

from diffusion.networks.tweaks import Attend, Place, Tweak
from diffusion.sampling.guidance import Guidance
from diffusion.sampling.mask import fitted
from diffusion.sampling.noise import make_noise
from diffusion.sampling.rules import Again, Answers, Ask, Cfg, Mix, Rule
from diffusion.sampling.sample import sample_levels
from diffusion.sampling.samplers import find_sampler
from diffusion.types import Cond, Conditioning, Guider, Latent, Model
from diffusion.weights.reach import reach
from tests.diffusion.guidance.saying import unet_model, words
from tests.diffusion.sampling.worlds import network_of, prompt, tiny_model

SIGMA = 2.0
X = 3 * torch.randn((2, 4, 8, 12), generator=torch.Generator().manual_seed(0))


@dataclass(frozen=True)
class Mean:
    """All sets alike."""

    def wanted(self, sets: int) -> Collection[int]:
        return range(sets)

    def __call__(self, answers: Answers) -> Tensor:
        found = [x0 for x0 in answers.x0 if x0 is not None]
        return torch.stack(found).mean(0)


def guidance(
    model: Model, sets: Sequence[Conditioning], mix: Mix, negative: Collection[int] = (1,)
) -> Guidance:
    return Guidance(Guider(model, tuple(sets), mix, frozenset(negative)), X, [SIGMA, 0.0])


def asked(model: Model, sets: Sequence[Conditioning], mix: Mix, negative: Collection[int] = (1,)) -> Tensor:
    with torch.no_grad():
        return guidance(model, sets, mix, negative)(X, SIGMA)


def answer(cond: Cond, x: Tensor = X) -> Tensor:
    with torch.no_grad():
        return Guidance(Guider(tiny_model(), ((cond,),), Cfg(1.0)), x, [SIGMA])(x, SIGMA)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_any_number_of_sets_are_asked_together(count: int) -> None:
    model = tiny_model()
    conds = [prompt(0.3 * i, -0.1 * i) for i in range(count)]
    found = asked(model, [(cond,) for cond in conds], Mean())
    torch.testing.assert_close(
        found, torch.stack([answer(cond) for cond in conds]).mean(0), rtol=1e-4, atol=1e-4
    )
    assert [len(call.x) for call in network_of(model).seen] == [2 * count]


def test_a_set_that_has_no_say_somewhere_says_what_the_first_says() -> None:
    left = replace(prompt(2.0), mask=(torch.arange(12) < 6).float().expand(1, 8, 12))
    found = asked(tiny_model(), [(prompt(1.0),), (prompt(-1.0),), (left,)], Mean())
    thirds = [answer(prompt(value)) for value in (1.0, -1.0, 2.0)]
    torch.testing.assert_close(found[..., :5], (sum(thirds) / 3)[..., :5], rtol=1e-4, atol=1e-4)
    expected = (2 * thirds[0] + thirds[1]) / 3
    torch.testing.assert_close(found[..., 7:], expected[..., 7:], rtol=1e-4, atol=1e-4)


def test_an_empty_set_says_what_the_first_says_and_no_set_at_all_says_nothing() -> None:
    torch.testing.assert_close(asked(tiny_model(), [(prompt(1.0),), ()], Mean()), answer(prompt(1.0)))
    assert asked(tiny_model(), [(), ()], Mean()).abs().max() == 0


@dataclass(frozen=True, eq=False)
class Noting(Rule):
    """Says when it is where."""

    name: str
    said: list[str] = field(default_factory=list)

    def begin(self, model: Model, levels: Sequence[float]) -> Rule:
        self.said.append(f"begin {self.name} {levels[0]:g}")
        return self

    def ask(self, x: Tensor, sigma: float, proceed: Ask) -> tuple[Tensor | None, ...]:
        self.said.append(f"ask {self.name}")
        return proceed(x, sigma)

    def before(self, answers: Answers, again: Again) -> Answers:
        self.said.append(f"before {self.name}")
        return answers

    def mix(self, answers: Answers, proceed: Callable[[Answers], Tensor]) -> Tensor:
        self.said.append(f"mix {self.name}")
        return proceed(answers)

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        self.said.append(f"after {self.name}")
        return x0

    def mask(self, mask: Tensor, sigma: float) -> Tensor:
        self.said.append(f"mask {self.name}")
        return mask


def test_rules_step_in_one_after_the_other_the_first_outermost() -> None:
    said: list[str] = []
    sets = [(prompt(1.0),), (prompt(-1.0),)]
    model = replace(tiny_model(), rules=(Noting("a", said), Noting("b", said)))
    found = asked(model, sets, Cfg(3.0))
    places = ("ask", "before", "mix", "after")
    assert said == ["begin a 2", "begin b 2", *(f"{place} {name}" for place in places for name in "ab")]
    assert torch.equal(found, asked(tiny_model(), sets, Cfg(3.0)))


def test_rules_that_do_nothing_change_no_bit() -> None:
    sets = [(prompt(1.0),), (prompt(-1.0),)]
    plain = asked(tiny_model(), sets, Cfg(3.0))
    assert torch.equal(asked(replace(tiny_model(), rules=(Rule(), Rule())), sets, Cfg(3.0)), plain)


class Wanting(Rule):
    needs_negative = True


@pytest.mark.parametrize(("rules", "rows"), [((), 2), ((Wanting(),), 4)])
def test_a_rule_may_want_the_negative_where_guidance_does_not(rules: tuple[Rule, ...], rows: int) -> None:
    model = replace(tiny_model(), rules=rules)
    found = asked(model, [(prompt(1.0),), (prompt(-1.0),)], Cfg(1.0))
    assert [len(call.x) for call in network_of(model).seen] == [rows]
    torch.testing.assert_close(found, answer(prompt(1.0)), rtol=1e-4, atol=1e-4)


class Counting(Tweak):
    """Counts attentions since its beginning."""

    def __init__(self, counts: list[int]) -> None:
        self.counts = counts

    def begin(self) -> Tweak:
        self.counts.append(0)
        return self

    def attend(self, place: Place, q: Tensor, k: Tensor, v: Tensor, proceed: Attend) -> Tensor:
        self.counts[-1] += 1
        return proceed(q, k, v)


@dataclass(frozen=True, eq=False)
class AskingAgain(Rule):
    """Asks in every way there is, and keeps what was answered."""

    tweak: Tweak
    other: Conditioning
    found: list[Tensor] = field(default_factory=list)

    def after(self, x0: Tensor, answers: Answers, again: Again) -> Tensor:
        self.found.extend(
            [
                again(0),
                again(1),
                again(0, x=answers.x + 1),
                again(0, tweaks=(self.tweak,)),
                again(1, conditioning=self.other),
            ]
        )
        return x0


def test_asking_again_is_about_the_same_latents_or_others_or_another_prompt() -> None:
    counts: list[int] = []
    rule = AskingAgain(Counting(counts), (words(12),))
    counts.append(0)
    sets = ((words(10),), (words(11),))
    asked(unet_model(rules=(rule,)), sets, Cfg(3.0))
    expected = [
        asked(unet_model(), (one,), Cfg(1.0)) for one in (*sets, (words(10),), (words(10),), (words(12),))
    ]
    with torch.no_grad():
        guider = Guider(unet_model(), (sets[0],), Cfg(1.0))
        expected[2] = Guidance(guider, X, [SIGMA])(X + 1, SIGMA)
    for found, wanted in zip(rule.found, expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    assert counts[0] > 0


def test_what_a_rule_asks_with_is_found_by_a_lease() -> None:
    cond = words(12)
    model = unet_model(rules=(AskingAgain(Tweak(), (cond,)),))
    assert any(tensor is cond.context for tensor in reach([model]).tensors)


def test_masks_go_through_every_rule_at_each_level() -> None:
    @dataclass(frozen=True)
    class Shrinking(Rule):
        factor: float

        def mask(self, mask: Tensor, sigma: float) -> Tensor:
            return mask * self.factor / sigma

    model = replace(tiny_model(), rules=(Shrinking(0.5), Shrinking(0.25)))
    masks = guidance(model, [(prompt(1.0),)], Cfg(1.0)).masks(fitted(torch.ones(1, 8, 12), X))
    assert torch.equal(masks(2.0), torch.full((1, 1, 8, 12), 0.125 / 4))


def test_a_start_without_noise_is_the_latent_itself() -> None:
    model, latent = tiny_model(), Latent(torch.full((1, 4, 4, 4), 0.6))
    guider = Guider(model, ((prompt(1.0),),), Cfg(1.0))
    levels = [model.schedule.sigma_max, 1.0, 0.0]
    with torch.no_grad():
        sample_levels(
            guider,
            find_sampler("euler"),
            levels,
            noise=torch.zeros_like(latent.samples),
            latent=latent.samples,
            seed=0,
        )
    first = network_of(model).seen[0].x
    expected = latent.samples * model.latents.scale / (levels[0] ** 2 + 1) ** 0.5
    torch.testing.assert_close(first, expected)


def test_samplers_that_look_at_the_models_levels_are_told_them() -> None:
    latent = Latent(torch.zeros(1, 4, 4, 4))
    found = []
    for largest in (999, 400):
        model = tiny_model()
        schedule = replace(model.schedule, sigmas=model.schedule.sigmas[: largest + 1])
        guider = Guider(replace(model, schedule=schedule), ((prompt(1.0),),), Cfg(1.0))
        with torch.no_grad():
            x = sample_levels(
                guider,
                find_sampler("sa_solver"),
                [0.9, 0.6, 0.3, 0.1, 0.0],
                noise=make_noise(latent, 1),
                latent=latent.samples,
                seed=1,
            )
        found.append(x)
    assert not torch.allclose(found[0], found[1])
