"""Outputs on disk: what survives a restart, and what is never answered."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from diffusion.types import Cond
from graph.cache import NoCache, OutputCache, Outputs, Shown
from graph.folders import Folders
from graph.node import Blocker
from nodes.disk_cache import DiskCache
from nodes.outputs_file import metadata_of, pack

KEY, OTHER, THIRD = (bytes([number]) * 16 for number in (1, 2, 3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


Open = Callable[..., DiskCache]


@pytest.fixture
def start(tmp_path: Path, folder: Path) -> Iterator[Open]:
    """Opens the cache anew, as a process that has just started does; what was open before is closed."""
    opened: list[DiskCache] = []

    def restarted(**options: Any) -> DiskCache:
        while opened:
            opened.pop().close()
        opened.append(DiskCache(OutputCache(), folder, Folders(tmp_path), **options))
        return opened[0]

    yield restarted
    for cache in opened:
        cache.close()


class Handle:
    pass


@pytest.mark.parametrize(
    "value",
    [
        nn.Linear(1, 1),
        [{"deep": (nn.Linear(1, 1),)}],
        Handle(),
        Blocker(),
        {1, 2},
        print,
        torch.rand(2, requires_grad=True),
        nn.Parameter(torch.rand(2)),
        torch.eye(2).to_sparse(),
        torch.zeros(2, device="meta"),
        torch.zeros(2, dtype=torch.complex128),
        Cond(torch.rand(1), mask=nn.Linear(1, 1)),  # type: ignore[arg-type]
        type("Text", (str,), {})("x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_more_than_numbers_and_texts_is_not_written(value: Any, start: Open, folder: Path) -> None:
    cache = start()
    cache.put(KEY, Outputs((1, value)), seconds=9.0)
    cache.close()
    assert not folder.exists()
    assert cache.get(KEY) is not None  # in memory it stays


def test_an_open_file_is_not_written(start: Open, folder: Path) -> None:
    cache = start()
    with open(os.devnull) as file:
        cache.put(KEY, Outputs((file,)), seconds=9.0)
        cache.close()
    assert not folder.exists()


def test_outputs_that_took_over_a_second_survive_a_restart(start: Open) -> None:
    outputs = Outputs(
        values=(torch.rand(2, 3), "text"),
        ui={"text": ["shown"]},
        rest=[1, 2],
        within=(Shown("a", "b", "c", {"n": [1]}),),
        parts=(OTHER,),
    )
    assert all(getattr(outputs, field.name) for field in fields(outputs))
    start().put(KEY, outputs, seconds=1.5)
    found = start().get(KEY)
    assert found is not None
    assert torch.equal(found.values[0], outputs.values[0])
    assert replace(found, values=()) == replace(outputs, values=())


def test_quick_outputs_are_not_written(start: Open, folder: Path) -> None:
    start().put(KEY, Outputs((1,)), seconds=0.9)
    assert start().get(KEY) is None
    assert not folder.exists()


def test_what_was_read_is_in_memory_from_then_on(start: Open, folder: Path) -> None:
    start().put(KEY, Outputs((1,)), seconds=1.5)
    cache = start()
    assert cache.get(KEY) == Outputs((1,))
    cache.path(KEY).unlink()
    assert cache.get(KEY) == Outputs((1,))
    assert cache.memory.get(KEY) == Outputs((1,))


def test_cost_and_place_are_remembered(start: Open) -> None:
    start().put(KEY, Outputs((1,)), seconds=1.5, expanded=True)
    cache = start()
    cache.get(KEY)
    cache.begin([])  # the classic cache keeps what an expansion made
    assert cache.memory.get(KEY) is not None


def test_a_run_finds_what_an_earlier_one_wrote(tmp_path: Path, folder: Path) -> None:
    cache = DiskCache(NoCache(), folder, Folders(tmp_path))
    cache.put(KEY, Outputs((1,)), seconds=1.5)
    cache.close()
    cache.begin([KEY])
    assert cache.get(KEY) == Outputs((1,))


def test_clearing_empties_the_memory_alone(start: Open) -> None:
    cache = start()
    cache.put(KEY, Outputs((1,)), seconds=1.5)
    cache.clear()
    assert cache.memory.get(KEY) is None
    assert start().get(KEY) == Outputs((1,))


def test_the_rules_of_the_memory_hold(start: Open) -> None:
    cache = start()
    cache.put(KEY, Outputs((1,)))
    cache.begin([OTHER])
    assert cache.get(KEY) is None
    cache.put(OTHER, Outputs((1,)))
    cache.end()
    cache.begin([OTHER])
    assert cache.shed()
    assert cache.get(OTHER) is None


# Files that are not what they should be


def stored(start: Open) -> Path:
    """The path of a good file."""
    cache = start()
    cache.put(KEY, Outputs((torch.arange(1000),)), seconds=1.5)
    return cache.path(KEY)


@pytest.mark.parametrize("part", [0.0, 0.001, 0.02, 0.5, 0.999])
def test_a_truncated_file_is_ignored_and_removed(part: float, start: Open) -> None:
    path = stored(start)
    start()
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    assert start().get(KEY) is None
    assert not path.exists()


def test_any_changed_byte_is_noticed(start: Open) -> None:
    path = stored(start)
    cache = start()
    good = path.read_bytes()
    length = 8 + int.from_bytes(good[:8], "little")
    for place in [*range(0, length, 37), *range(length, len(good), 501)]:
        path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        cache._stored.add(KEY)
        found = cache.get(KEY)
        # a name in the header that nothing reads may change without harm
        assert found is None or torch.equal(found.values[0], torch.arange(1000)), place
        cache.clear()


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\xff" * 100, struct.pack("<Q", 2) + b"{}", b"\x80\x04N."]
)
def test_a_foreign_file_under_a_name_of_ours_is_ignored_and_removed(
    content: bytes, start: Open, folder: Path
) -> None:
    folder.mkdir()
    path = folder / f"{KEY.hex()}.safetensors"
    path.write_bytes(content)
    assert start().get(KEY) is None
    assert not path.exists()


def test_files_of_other_names_are_never_touched(start: Open, folder: Path) -> None:
    folder.mkdir()
    names = ("model.safetensors", f"{KEY.hex()}.pt", "notes.txt", ".hidden.part", f"{KEY.hex()}0.safetensors")
    for name in names:
        (folder / name).write_bytes(b"x" * 4096)
        os.utime(folder / name, (0, 0))
    cache = start(limit_bytes=2048)
    cache.put(KEY, Outputs((1,)), seconds=1.5)
    start(limit_bytes=2048)
    assert {path.name for path in folder.iterdir()} == {*names, f"{KEY.hex()}.safetensors"}


@pytest.mark.parametrize("change", [{"layout": "0"}, {"code": "older"}, {"check": "00000000"}])
def test_what_another_program_wrote_is_ignored_and_removed(change: dict[str, str], start: Open) -> None:
    path = stored(start)
    start()
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + length].decode()
    (name, text), old = next(iter(change.items())), metadata_of(data)
    changed = header.replace(f'"{name}":"{old[name]}"', f'"{name}":"{text}"').encode()
    path.write_bytes(struct.pack("<Q", len(changed)) + changed + data[8 + length :])
    assert start().get(KEY) is None
    assert not path.exists()


def test_an_update_of_the_program_is_another_program(start: Open) -> None:
    start(code="one").put(KEY, Outputs((1,)), seconds=1.5)
    assert start(code="two").get(KEY) is None


def test_a_crash_between_writing_and_naming_leaves_nothing_to_read(start: Open, folder: Path) -> None:
    folder.mkdir()
    whole = pack(Outputs((1,)), (), 1.5, False).encode("")
    fresh, old = (folder / f".{secrets.token_hex(8)}.part" for _ in range(2))
    for path in (fresh, old):
        path.write_bytes(whole[:100])
    os.utime(old, (time.time() - 7200,) * 2)
    cache = start()
    assert cache.get(KEY) is None
    cache.put(KEY, Outputs((1,)), seconds=1.5)
    assert start().get(KEY) == Outputs((1,))
    assert fresh.exists()  # another process may be writing to it
    assert not old.exists()


def test_a_disk_that_cannot_be_written_harms_no_run(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file where the folder should be")
    cache = DiskCache(OutputCache(), folder, Folders(tmp_path))
    cache.begin([KEY])
    cache.put(KEY, Outputs((1,)), seconds=1.5)
    cache.close()
    assert cache.get(KEY) == Outputs((1,))
    assert "cannot be written" in caplog.text


# The bound


def test_what_was_used_longest_ago_goes_when_the_files_are_too_many(start: Open) -> None:
    for number, key in enumerate((KEY, OTHER)):
        cache = start()
        cache.put(key, Outputs((torch.zeros(1000),)), seconds=1.5)
        cache.close()
        os.utime(cache.path(key), (number, number))
    size = cache.path(KEY).stat().st_size
    cache = start(limit_bytes=2 * size + 10)
    assert cache.get(KEY) is not None  # so OTHER is the one used longest ago
    cache.put(THIRD, Outputs((torch.zeros(1000),)), seconds=1.5)
    start()
    assert [cache.path(key).exists() for key in (KEY, OTHER, THIRD)] == [True, False, True]


def test_a_smaller_limit_holds_from_the_start(start: Open) -> None:
    path = stored(start)
    start(limit_bytes=100)
    start(limit_bytes=100)
    assert not path.exists()


def test_an_output_larger_than_the_limit_is_not_written(start: Open, folder: Path) -> None:
    cache = start(limit_bytes=100)
    cache.put(KEY, Outputs((torch.zeros(1000),)), seconds=1.5)
    start()
    assert not folder.exists()


# Files that are shown


def shows(name: str, folder: str = "output", subfolder: str = "") -> Outputs:
    return Outputs((), {"images": [{"filename": name, "subfolder": subfolder, "type": folder}]})


def picture(tmp_path: Path, name: str = "output/sub/a.png") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    return path


def test_an_entry_that_shows_files_is_found_while_they_are_there(start: Open, tmp_path: Path) -> None:
    picture(tmp_path)
    start().put(KEY, shows("a.png", subfolder="sub"), seconds=1.5)
    assert start().get(KEY) == shows("a.png", subfolder="sub")


def test_an_entry_goes_with_the_files_that_it_shows(start: Open, tmp_path: Path) -> None:
    shown = picture(tmp_path, "temp/a.png")
    cache = start()
    cache.put(KEY, shows("a.png", "temp"), seconds=1.5)
    start()
    shown.unlink()
    assert start().get(KEY) is None
    assert not cache.path(KEY).exists()


def test_an_entry_whose_shown_file_is_another_one_by_now_is_not_found(start: Open, tmp_path: Path) -> None:
    shown = picture(tmp_path)
    start().put(KEY, shows("a.png", subfolder="sub"), seconds=1.5)
    start()
    shown.write_bytes(b"another picture")
    assert start().get(KEY) is None


def test_files_that_a_part_of_an_expansion_shows_count_too(start: Open, tmp_path: Path) -> None:
    shown = picture(tmp_path, "temp/a.png")
    within = (Shown("1", "1", "1", shows("a.png", "temp").ui),)
    start().put(KEY, Outputs((1,), within=within), seconds=1.5)
    assert start().get(KEY) is not None
    shown.unlink()
    assert start().get(KEY) is None


def test_an_entry_that_names_a_file_outside_of_the_folders_is_not_written(start: Open, folder: Path) -> None:
    cache = start()
    cache.put(KEY, shows("../../etc/passwd"), seconds=1.5)
    cache.put(OTHER, shows("a.png", "nowhere"), seconds=1.5)
    start()
    assert not folder.exists()


# Two processes


def write_many(folder: Path, base: Path, seed: int) -> None:
    cache = DiskCache(OutputCache(), folder, Folders(base), limit_bytes=60_000)
    for turn in range(60):
        key = bytes([(turn * 7 + seed * 3) % 20]) * 16
        cache.begin([])
        found = cache.get(key)
        if found is not None and not torch.equal(found.values[0], torch.full((1000,), key[0])):
            raise ValueError(f"wrong answer for {key[0]}")
        cache.put(key, Outputs((torch.full((1000,), key[0]),)), seconds=2.0)
        if turn % 5 == 0:
            while cache._waiting and not cache._waiting[-1].done():
                time.sleep(0.001)
    cache.close()


def test_two_processes_share_a_folder_without_harm(tmp_path: Path, folder: Path) -> None:
    other = multiprocessing.get_context("spawn").Process(target=write_many, args=(folder, tmp_path, 1))
    other.start()
    while not folder.exists():  # so that they work at the same time
        assert other.exitcode is None
        time.sleep(0.01)
    write_many(folder, tmp_path, 2)
    other.join()
    assert other.exitcode == 0
    found = list(folder.iterdir())
    assert found
    assert all(path.suffix == ".safetensors" for path in found)
    assert sum(path.stat().st_size for path in found) <= 60_000
