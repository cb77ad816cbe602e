"""How long outputs are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.cache import Cache, LruCache, NoCache, OutputCache, Outputs
from graph.ram_cache import RamCache


def one(value: int) -> Outputs:
    return Outputs((value,))


def there(cache: Cache, *keys: bytes) -> list[bool]:
    return [cache.get(key) is not None for key in keys]


def test_the_classic_cache_keeps_exactly_what_the_next_graph_uses() -> None:
    cache = OutputCache()
    for name in (b"a", b"b", b"c"):
        cache.put(name, one(1))
    cache.begin([b"b", b"d"])
    assert there(cache, b"a", b"b", b"c") == [False, True, False]


def test_the_classic_cache_finds_a_loops_body_again_when_only_its_count_changed() -> None:
    cache = OutputCache()
    cache.begin([b"loop of 2"])
    cache.put(b"body 1", one(1), expanded=True)
    cache.put(b"body 2", one(2), expanded=True)
    cache.put(b"loop of 2", one(3))
    cache.end()
    cache.begin([b"loop of 1"])
    assert there(cache, b"loop of 2", b"body 1") == [False, True]
    cache.end()
    assert there(cache, b"body 1", b"body 2") == [True, False]


def test_the_classic_cache_keeps_what_an_expansion_put_in_the_run_just_over() -> None:
    cache = OutputCache()
    cache.begin([])
    cache.put(b"body", one(1), expanded=True)
    cache.end()
    assert there(cache, b"body") == [True]


def test_a_node_that_leaves_an_expansion_for_the_graph_is_judged_by_the_graph() -> None:
    cache = OutputCache()
    cache.put(b"a", one(1), expanded=True)
    cache.put(b"a", one(1))
    cache.begin([])
    assert there(cache, b"a") == [False]


def test_the_end_of_a_run_drops_nothing_that_another_one_underway_has_used() -> None:
    cache = OutputCache()
    cache.put(b"body", one(1), expanded=True)
    cache.put(b"other", one(1), expanded=True)
    cache.begin([])
    cache.begin([])
    assert there(cache, b"body") == [True]  # by one of the two, after the second began
    cache.end()
    assert there(cache, b"other") == [False]
    cache.end()
    assert there(cache, b"body") == [True]


def test_a_run_that_began_earlier_keeps_what_it_used_until_its_own_end() -> None:
    cache = OutputCache()
    cache.begin([])
    cache.put(b"body", one(1), expanded=True)
    cache.begin([])
    cache.end()  # of the first, which used it
    assert list(cache._outputs) == [b"body"]  # a look that is no use
    cache.end()  # of the second, which did not
    assert there(cache, b"body") == [False]


@pytest.mark.parametrize("make", [OutputCache, lambda: LruCache(9), lambda: RamCache(10**6)])
def test_short_memory_sheds_what_the_graph_at_hand_has_not_used(make: Callable[[], Cache]) -> None:
    cache = make()
    cache.put(b"old", one(1), expanded=True)
    cache.put(b"got", one(1), expanded=True)
    cache.begin([])
    cache.put(b"new", one(1))
    cache.get(b"got")
    assert cache.shed()
    assert not cache.shed()
    assert there(cache, b"old", b"got", b"new") == [False, True, True]


@pytest.mark.parametrize("make", [OutputCache, lambda: LruCache(9), lambda: RamCache(10**6)])
def test_shedding_spares_what_any_run_underway_has_used(make: Callable[[], Cache]) -> None:
    cache = make()
    cache.begin([b"a"])
    cache.put(b"a", one(1))
    cache.begin([b"a"])
    cache.put(b"b", one(1))
    assert not cache.shed()
    cache.end()
    assert cache.shed() is not isinstance(cache, RamCache)  # which takes all keys of a graph as used
    assert there(cache, b"b") == [True]


def test_an_lru_cache_drops_what_was_used_longest_ago() -> None:
    cache = LruCache(2)
    cache.put(b"a", one(1))
    cache.put(b"b", one(2))
    assert cache.get(b"a") == one(1)
    cache.put(b"c", one(3))
    assert cache.get(b"b") is None
    assert cache.get(b"a") == one(1)


def test_an_lru_cache_counts_the_nodes_of_a_graph_as_used() -> None:
    cache = LruCache(2)
    cache.put(b"a", one(1))
    cache.put(b"b", one(2))
    cache.begin([b"a"])
    cache.put(b"c", one(3))
    assert cache.get(b"a") == one(1)


def test_an_lru_cache_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="NoCache"):
        LruCache(0)


def test_no_cache_keeps_nothing() -> None:
    cache = NoCache()
    cache.begin([b"a"])
    cache.put(b"a", one(1), seconds=9.0)
    assert cache.get(b"a") is None
    assert not cache.shed()
    cache.end()


@pytest.mark.parametrize("cache", [OutputCache(), LruCache(3), NoCache(), RamCache(10**6)])
def test_a_cleared_cache_is_empty_and_can_be_filled_again(cache: Cache) -> None:
    cache.put(b"a", one(1), expanded=True)
    cache.clear()
    assert cache.get(b"a") is None
    cache.put(b"a", one(2))
    assert cache.get(b"a") in (one(2), None)
    assert (cache.get(b"a") is None) == isinstance(cache, NoCache)
