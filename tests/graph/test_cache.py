"""How long outputs are kept."""

from __future__ import annotations

import pytest

from graph.cache import LruCache, NoCache, OutputCache, Outputs


def one(value: int) -> Outputs:
    return Outputs((value,))


def test_the_classic_cache_keeps_exactly_what_the_next_graph_uses() -> None:
    cache = OutputCache()
    for name in (b"a", b"b", b"c"):
        cache.put(name, one(1))
    cache.begin([b"b", b"d"])
    assert [cache.get(name) is not None for name in (b"a", b"b", b"c")] == [False, True, False]


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
    cache.put(b"a", one(1))
    assert cache.get(b"a") is None


@pytest.mark.parametrize("cache", [OutputCache(), LruCache(3), NoCache()])
def test_a_cleared_cache_is_empty(cache: OutputCache | LruCache | NoCache) -> None:
    cache.put(b"a", one(1))
    cache.clear()
    assert cache.get(b"a") is None
