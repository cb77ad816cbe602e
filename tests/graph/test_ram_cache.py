"""Outputs bounded by measured bytes."""

from __future__ import annotations

import random

import pytest
import torch

from graph.cache import Outputs
from graph.ram_cache import RamCache
from graph.sizes import size_of

KIB = 1024


def block(kib: int) -> Outputs:
    return Outputs((torch.zeros(kib * KIB, dtype=torch.uint8),))


def there(cache: RamCache, keys: str) -> str:
    return "".join(key for key in keys if cache.get(key.encode()) is not None)


def test_the_cheapest_to_compute_again_for_its_bytes_goes_first() -> None:
    cache = RamCache(100 * KIB)
    cache.put(b"a", block(60), seconds=3.0)  # 0.05 s a KiB
    cache.put(b"b", block(30), seconds=9.0)  # 0.3 s a KiB
    cache.put(b"c", block(40), seconds=8.0)
    assert there(cache, "abc") == "bc"


def test_among_equals_the_one_used_longest_ago_goes() -> None:
    cache = RamCache(100 * KIB)
    for key in (b"a", b"b", b"c"):
        cache.put(key, block(30), seconds=1.0)
    cache.get(b"a")
    cache.put(b"d", block(30), seconds=1.0)
    assert there(cache, "abcd") == "acd"


def test_a_new_output_that_is_worth_least_is_the_one_that_goes() -> None:
    cache = RamCache(100 * KIB)
    cache.put(b"a", block(60), seconds=9.0)
    cache.put(b"b", block(60), seconds=0.1)
    assert there(cache, "ab") == "a"


def test_what_the_graph_at_hand_uses_stays_while_there_is_anything_else() -> None:
    cache = RamCache(100 * KIB)
    cache.put(b"m", block(60), seconds=0.1)  # such as a checkpoint: many bytes, quickly read
    cache.put(b"x", block(30), seconds=9.0)
    cache.end()
    cache.begin([b"m", b"y"])
    cache.put(b"y", block(20), seconds=1.0)
    assert there(cache, "mxy") == "my"


def test_a_run_that_is_over_has_no_claim_beside_one_underway() -> None:
    cache = RamCache(100 * KIB)
    cache.begin([])
    cache.put(b"a", block(40), seconds=9.0)
    cache.begin([])
    cache.put(b"b", block(40), seconds=1.0)
    cache.end()
    cache.put(b"c", block(40), seconds=1.0)
    assert there(cache, "abc") == "bc"


def test_a_value_larger_than_the_limit_is_not_kept_and_drives_nothing_out() -> None:
    cache = RamCache(100 * KIB)
    cache.put(b"a", block(60), seconds=1.0)
    cache.put(b"b", block(101), seconds=100.0)
    assert there(cache, "ab") == "a"


def test_a_value_that_is_passed_through_counts_once() -> None:
    cache = RamCache(100 * KIB)
    shared = torch.zeros(60 * KIB, dtype=torch.uint8)
    for key in (b"a", b"b", b"c"):
        cache.put(key, Outputs((shared[:10], {"rows": shared.view(60, KIB)})))
    assert 60 * KIB < cache.held_bytes < 64 * KIB
    assert there(cache, "abc") == "abc"


def test_what_is_shared_counts_until_its_last_holder_is_gone() -> None:
    cache = RamCache(100 * KIB)
    shared = torch.zeros(60 * KIB, dtype=torch.uint8)
    cache.put(b"a", Outputs((shared,)), seconds=1.0)
    cache.put(b"b", Outputs((shared,)), seconds=2.0)
    cache.put(b"c", block(60), seconds=9.0)
    assert there(cache, "abc") == "c"


def test_outputs_put_again_count_once() -> None:
    cache = RamCache(100 * KIB)
    for _ in range(5):
        cache.put(b"a", block(60), seconds=1.0)
    assert there(cache, "a") == "a"
    assert cache.held_bytes < 61 * KIB


def test_what_is_shown_counts_too() -> None:
    cache = RamCache(100 * KIB)
    cache.put(b"a", Outputs((), {"text": ["x" * 90 * KIB]}))
    assert cache.held_bytes > 90 * KIB


def test_a_cleared_cache_holds_no_byte() -> None:
    cache = RamCache(100 * KIB)
    cache.put(b"a", block(60))
    cache.clear()
    assert cache.held_bytes == 0


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="NoCache"):
        RamCache(0)


def test_long_use_stays_within_the_limit_and_counts_right() -> None:
    cache, chance = RamCache(200 * KIB), random.Random(0)
    kept: dict[bytes, Outputs] = {}
    for turn in range(2000):
        key = str(chance.randrange(60)).encode()
        if chance.random() < 0.02:
            cache.end()
            cache.begin([str(chance.randrange(60)).encode() for _ in range(5)])
        if chance.random() < 0.5:
            found = cache.get(key)
            assert found is None or found is kept[key]
        else:
            kept[key] = block(chance.randrange(1, 60))
            cache.put(key, kept[key], seconds=chance.random())
        assert cache.held_bytes <= 200 * KIB
        if turn % 100 == 0:
            found_all = [entry.outputs for entry in cache._entries.values()]
            assert cache.held_bytes == sum(map(size_of, found_all))
