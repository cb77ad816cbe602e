"""Which cache the command line gives."""

from __future__ import annotations

from pathlib import Path

import pytest

import main
from graph.cache import Cache, LruCache, NoCache, OutputCache
from graph.folders import Folders
from graph.ram_cache import RamCache
from nodes.disk_cache import DiskCache

GIB = 2**30


def cache_of(*words: str) -> Cache:
    options = vars(main.parser().parse_args(["serve", *words]))
    return main._cache(options, Folders(Path(options["base_directory"])))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ([], OutputCache),
        (["--cache-classic"], OutputCache),
        (["--cache-lru", "5"], LruCache),
        (["--cache-ram"], RamCache),
        (["--cache-none"], NoCache),
    ],
)
def test_each_mode_has_its_cache(words: list[str], kind: type) -> None:
    assert type(cache_of(*words)) is kind


def test_a_number_of_gib_bounds_the_cache_in_memory() -> None:
    cache, unbound = cache_of("--cache-ram", "0.5"), cache_of("--cache-ram")
    assert isinstance(cache, RamCache)
    assert isinstance(unbound, RamCache)
    assert cache.limit_bytes == GIB // 2
    assert unbound.limit_bytes >= GIB


def test_a_folder_is_put_behind_any_mode(tmp_path: Path) -> None:
    cache = cache_of("--cache-lru=5", f"--cache-disk={tmp_path / 'new'}", "--cache-disk-size=0.25")
    assert isinstance(cache, DiskCache)
    assert isinstance(cache.memory, LruCache)
    assert cache.directory == tmp_path / "new"
    assert cache.limit_bytes == GIB // 4
    assert cache.code
    cache.close()


@pytest.mark.parametrize("size", ["0", "-1", "nan", "inf", "much"])
def test_a_size_that_keeps_nothing_is_refused(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cache_of(f"--cache-ram={size}")
    assert size in capsys.readouterr().err


def test_two_modes_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cache_of("--cache-ram", "1", "--cache-none")
    assert "not allowed with" in capsys.readouterr().err
