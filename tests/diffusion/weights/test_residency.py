"""Who leaves, and how much stays of what is too large: pure decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from diffusion.weights.residency import NEVER, Candidate, Outlook, next_uses, shares, victims


def keys(chosen: Sequence[Candidate]) -> list[int]:
    return [candidate.key for candidate in chosen]


def test_the_farthest_next_use_leaves_first_and_what_is_never_used_before_all() -> None:
    idle = [Candidate(1, 10, 3), Candidate(2, 10, 7), Candidate(3, 10, NEVER)]
    assert keys(victims(idle, 5)) == [3]
    assert keys(victims(idle, 15)) == [3, 2]
    assert keys(victims(idle, 30)) == [3, 2, 1]


def test_of_those_that_one_call_uses_the_cheapest_to_reload_leaves_first() -> None:
    idle = [Candidate(1, 10, 3, last_use=1, cost=50), Candidate(2, 10, 3, last_use=2, cost=10)]
    assert keys(victims(idle, 10)) == [2]


def test_of_those_never_heard_of_again_the_longest_unused_leaves_first_then_the_cheapest() -> None:
    idle = [
        Candidate(1, 10, last_use=2, cost=5),
        Candidate(2, 10, last_use=1, cost=50),
        Candidate(3, 10, last_use=1, cost=40),
    ]
    assert keys(victims(idle, 30)) == [3, 2, 1]


def test_of_one_model_those_parts_leave_that_exceed_the_need_least() -> None:
    idle = [Candidate(i, size) for i, size in enumerate((190, 107, 48, 24, 12))]
    assert keys(victims(idle, 166)) == [1, 2, 4]


def test_who_turns_out_not_to_be_needed_stays() -> None:
    idle = [Candidate(1, 10, NEVER), Candidate(2, 100, 5)]
    assert keys(victims(idle, 60)) == [2]


def test_all_leave_when_all_do_not_suffice_and_none_when_nothing_is_needed() -> None:
    idle = [Candidate(1, 10), Candidate(2, 20)]
    assert sorted(keys(victims(idle, 1000))) == [1, 2]
    assert victims(idle, 0) == []


@given(
    st.lists(st.tuples(st.integers(1, 50), st.sampled_from([1.0, 2.0, 3.0, NEVER])), max_size=12),
    st.integers(1, 200),
)
def test_enough_leaves_if_there_is_enough_and_no_one_in_vain(
    idle: list[tuple[int, float]], needed: int
) -> None:
    candidates = [Candidate(key, size, use) for key, (size, use) in enumerate(idle)]
    chosen = victims(candidates, needed)
    freed = sum(candidate.size for candidate in chosen)
    assert freed >= min(needed, sum(size for size, _ in idle))
    assert all(freed - candidate.size < needed for candidate in chosen)


def test_the_next_use_is_the_first_call_that_reaches_a_tensor() -> None:
    a, b, c = (nn.Linear(2, 1, bias=False) for _ in range(3))
    of = {id(module.weight): module for module in (a, b, c)}
    calls: list[Sequence[object]] = [[], ["text", {"net": b}], [a, b], [nn.Sequential(c)]]
    found = next_uses(calls, set(of))
    assert [found[id(module.weight)] for module in (a, b, c)] == [2, 1, 3]
    assert next_uses(calls[:2], set(of)) == {id(b.weight): 1}


def test_the_calls_to_come_are_not_followed_further_than_needed() -> None:
    module = nn.Linear(2, 1, bias=False)

    def future() -> Iterator[Sequence[object]]:
        yield [module]
        raise AssertionError("asked for more")

    outlook = Outlook(future)
    assert outlook.next_uses([id(module.weight)]) == {id(module.weight): 0}
    assert outlook.next_uses([id(module.weight)]) == {id(module.weight): 0}  # remembered


@pytest.mark.parametrize(
    ("sizes", "least", "limits", "room", "kept"),
    [
        ([50, 30], [5, 5], [None, None], 80, [None, None]),
        ([50, 30], [5, 5], [None, None], 60, [30, None]),
        ([50, 30], [20, 5], [None, None], 40, [20, 20]),
        ([50, 30], [50, 5], [None, None], 60, [None, 10]),
        ([50, 30], [5, 5], [25, None], 80, [25, None]),
        ([50, 30], [5, 5], [2, None], 80, [5, None]),
        ([50, 30], [5, 5], [None, None], 8, [5, 5]),  # too large all the same: the caller finds out
    ],
)
def test_the_largest_gives_way_first(
    sizes: list[int], least: list[int], limits: list[int | None], room: int, kept: list[int | None]
) -> None:
    assert shares(sizes, least, limits, room) == kept
