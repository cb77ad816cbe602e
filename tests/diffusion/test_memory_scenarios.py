"""Recorded sequences of graphs move no more bytes than LRU, and hardly more than the optimum."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diffusion.eviction_bounds import lru, lru_in_parts, optimum
from tests.diffusion.memory_scenarios import PER_MB, SCENARIOS, Scenario, in_tensors, replay

CASES = [(scenario, budget) for scenario in SCENARIOS for budget in scenario.budgets]


def best(scenario: Scenario, budget: int, *, whole: bool) -> float:
    calls = [scenario.parts(call) for call in scenario.calls]
    return optimum(calls, dict(scenario.weights), budget, whole=whole)


@pytest.mark.parametrize(("scenario", "budget"), CASES, ids=lambda case: getattr(case, "name", case))
def test_what_is_moved_is_within_a_tenth_of_the_optimum_and_never_above_lru(
    scenario: Scenario, budget: int
) -> None:
    moved = replay(scenario, budget).bytes_moved / PER_MB
    in_parts, in_wholes = best(scenario, budget, whole=False), best(scenario, budget, whole=True)
    assert in_parts <= in_wholes <= lru(scenario, budget)
    assert in_parts - 0.5 <= moved <= 1.1 * in_parts
    assert moved <= lru_in_parts(scenario, budget) <= lru(scenario, budget)


@pytest.mark.parametrize(("scenario", "budget"), CASES, ids=lambda case: getattr(case, "name", case))
def test_knowing_only_the_graph_at_hand_is_never_worse_than_lru(scenario: Scenario, budget: int) -> None:
    assert replay(scenario, budget, ahead=0).bytes_moved / PER_MB <= lru(scenario, budget)


@st.composite
def random_scenarios(draw: st.DrawFn) -> Scenario:
    """A few weights, models that share them, and calls in any order."""
    names = [f"w{i}" for i in range(draw(st.integers(2, 6)))]
    weights = {name: draw(st.integers(1, 12)) for name in names}
    some = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True).map(tuple)
    models = {f"m{i}": draw(some) for i in range(draw(st.integers(2, 6)))}
    call = st.lists(st.sampled_from(sorted(models)), min_size=1, max_size=2, unique=True).map(tuple)
    graph = st.lists(call, min_size=1, max_size=4).map(tuple)
    graphs = draw(st.lists(graph, min_size=1, max_size=6).map(tuple))
    return Scenario("random", weights, graphs, models)


@settings(max_examples=40, deadline=None)
@given(random_scenarios(), st.integers(0, 4))
def test_with_tensors_of_one_size_and_all_calls_known_the_optimum_is_met_exactly(
    scenario: Scenario, step: int
) -> None:
    """So it is never above LRU either. With tensors of unequal sizes neither is a theorem."""
    budget = scenario.budgets[step]
    moved = replay(scenario, budget, make=lambda size: in_tensors([1] * size)).bytes_moved / PER_MB
    assert moved == pytest.approx(best(scenario, budget, whole=False), abs=1e-3)
    assert moved <= min(lru(scenario, budget), lru_in_parts(scenario, budget))


@settings(max_examples=40, deadline=None)
@given(random_scenarios(), st.integers(0, 4), st.integers(0, 2))
def test_no_strategy_moves_less_than_the_bound(scenario: Scenario, step: int, ahead: int) -> None:
    """With whole weights as tensors, and little or nothing known of what comes."""
    budget = scenario.budgets[step]
    moved = replay(scenario, budget, ahead=ahead, make=lambda size: in_tensors([size])).bytes_moved / PER_MB
    assert best(scenario, budget, whole=False) - 1e-3 <= best(scenario, budget, whole=True) <= moved + 1e-3
