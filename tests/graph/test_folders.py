"""From a name to a path: what is found, what is refused, and where new files go."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import FolderError
from graph.folders import Folders

REFUSED = {
    "nothing": "",
    "a dot": ".",
    "the parent": "..",
    "a parent inside": "a/../../b.png",
    "a harmless parent": "a/../b.png",
    "an empty part": "a//b.png",
    "a trailing slash": "a/",
    "absolute": "/etc/passwd",
    "a drive": "C:/a.png",
    "a drive without slash": "C:a.png",
    "a stream": "a.png:hidden",
    "a share": "//host/share/a.png",
    "a share of Windows": "\\\\host\\share",
    "a backslash": "..\\a.png",
    "NUL": "a\0.png",
    "a line feed": "a\n.png",
    "a return": "a\r.png",
    "delete": "a\x7f.png",
    "encoded dots": "%2e%2e/a.png",
    "an encoded slash": "a%2Fb.png",
    "an encoded backslash": "a%5cb.png",
    "doubly encoded": "%252e%252e%252fa.png",
    "fullwidth dots": "\uff0e\uff0e/a.png",
    "a fullwidth slash": "a\uff0fb.png",
    "a fullwidth backslash": "a\uff3cb.png",
    "a two-dot leader": "\u2025/a.png",
    "a lone surrogate": "a\ud800.png",
    "a device": "CON",
    "a device with an ending": "nul.png",
    "a device in a folder": "a/COM1.txt",
    "a device with a raised digit": "LPT\u00b9",
    "a trailing dot": "a.",
    "a trailing space": "a ",
    "three hundred bytes": "x" * 300,
    "three hundred bytes of few signs": "\u00e9" * 150,
    "a deep path": "/".join(["x" * 100] * 20),
}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    base = tmp_path / "base"
    (base / "input" / "sub").mkdir(parents=True)
    (base / "input" / "a.png").write_bytes(b"a")
    (base / "input" / "sub" / "b c.png").write_bytes(b"b")
    (tmp_path / "secret.png").write_bytes(b"secret")
    return Folders(base)


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED)
def test_a_name_that_could_mean_another_place_is_refused(folders: Folders, name: str) -> None:
    with pytest.raises(FolderError):
        folders.resolve("input", name)
    with pytest.raises(FolderError):
        folders.place("output", name)


@pytest.mark.parametrize("name", [name for name in REFUSED.values() if name])
def test_the_prefix_of_saved_files_is_held_to_the_same_rules(folders: Folders, name: str) -> None:
    with pytest.raises(FolderError):
        folders.save_path("output", name)
    assert not (folders.base / "output").exists()


@given(name=st.text(st.sampled_from("./\\%2eEfF5cC:\0\uff0e\uff0f\u2025 a\ud800~"), max_size=24))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_name_leads_out_of_its_folder(folders: Folders, name: str) -> None:
    try:
        path = folders.place("input", name)
    except FolderError:
        return
    root = folders.directory("input").resolve()
    assert path.is_relative_to(root)
    assert path != root


@given(name=st.text(max_size=40))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_gives_a_path_inside_or_a_plain_error(folders: Folders, name: str) -> None:
    root = folders.directory("output").resolve()
    for text in (name, quote(name, errors="replace")):
        with contextlib.suppress(FolderError):
            assert folders.place("output", text).is_relative_to(root)


@pytest.mark.parametrize("name", ["a.png", "sub/b c.png"])
def test_a_plain_name_leads_to_its_file(folders: Folders, name: str) -> None:
    assert folders.resolve("input", name) == folders.base.resolve() / "input" / name


@pytest.mark.parametrize("name", ["100% sure.png", "grün…png", "猫.png", ".hidden", "a.b.c.png", "-rf", "~"])
def test_unusual_names_are_no_crime(folders: Folders, name: str) -> None:
    assert folders.place("output", name).name == name


def test_a_missing_file_is_told_with_what_is_near(folders: Folders) -> None:
    with pytest.raises(FolderError, match=r"did you mean 'a\.png'"):
        folders.resolve("input", "aa.png")


def test_a_folder_is_no_file(folders: Folders) -> None:
    with pytest.raises(FolderError):
        folders.resolve("input", "sub")


def test_an_unknown_folder_is_told_with_those_there_are(folders: Folders) -> None:
    with pytest.raises(FolderError, match="checkpoints"):
        folders.resolve("loot", "a.png")
    with pytest.raises(FolderError):
        folders.list("loot")


def test_a_link_that_leads_out_is_refused_and_not_listed(folders: Folders, tmp_path: Path) -> None:
    inside = folders.directory("input")
    (inside / "out.png").symlink_to(tmp_path / "secret.png")
    (inside / "all").symlink_to(tmp_path)
    (inside / "loop").symlink_to(inside)
    for name in ("out.png", "all/secret.png"):
        with pytest.raises(FolderError):
            folders.resolve("input", name)
    with pytest.raises(FolderError):
        folders.place("input", "all/new.png")
    assert folders.list("input") == ["a.png", "sub/b c.png"]


def test_a_folder_that_is_a_link_itself_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "m.safetensors").write_bytes(b"")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "loras").symlink_to(tmp_path / "disk")
    folders = Folders(tmp_path)
    assert folders.list("loras") == ["m.safetensors"]
    assert folders.resolve("loras", "m.safetensors").is_file()


def test_a_listing_is_sorted_and_holds_only_what_belongs_there(folders: Folders) -> None:
    for name in ("B.safetensors", "a.ckpt", "notes.txt", ".hidden.safetensors", "sub/c.pt"):
        path = folders.models / "loras" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    assert folders.list("loras") == ["a.ckpt", "B.safetensors", "sub/c.pt"]
    assert folders.list("vae") == []


def test_a_model_in_the_layout_of_diffusers_is_one_name(folders: Folders) -> None:
    model = folders.models / "checkpoints" / "mine"
    (model / "unet").mkdir(parents=True)
    (model / "model_index.json").write_text("{}")
    (model / "unet" / "weights.safetensors").write_bytes(b"")
    assert folders.list("checkpoints") == ["mine"]
    assert folders.resolve("checkpoints", "mine") == model.resolve()


def test_a_file_is_listed_as_soon_as_it_is_there(folders: Folders) -> None:
    for number in range(20):
        name = f"new {number}.png"
        (folders.directory("input") / "sub" / name).write_bytes(b"")
        assert f"sub/{name}" in folders.list("input")
    (folders.directory("input") / "a.png").unlink()
    assert "a.png" not in folders.list("input")


def test_a_file_that_comes_within_one_tick_of_the_clock_is_listed(folders: Folders) -> None:
    directory, tick = folders.directory("input"), time.time_ns()
    os.utime(directory, ns=(tick, tick))
    folders.list("input")
    (directory / "new.png").write_bytes(b"")
    os.utime(directory, ns=(tick, tick))
    assert "new.png" in folders.list("input")


def test_a_folder_that_has_not_changed_is_not_walked_again(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (folders.directory("input"), folders.directory("input") / "sub"):
        os.utime(path, ns=(1, 1))
    first = folders.list("input")
    monkeypatch.setattr(os, "scandir", None)
    assert folders.list("input") == first


def test_a_listing_may_be_changed_by_who_asked(folders: Folders) -> None:
    folders.list("input").clear()
    assert folders.list("input") == ["a.png", "sub/b c.png"]


def test_extra_directories_are_searched_after_the_own_one(folders: Folders, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    for directory in (folders.models / "loras", more):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "both.safetensors").write_bytes(b"")
    (more / "only.safetensors").write_bytes(b"")
    wide = Folders(folders.base, extra={"loras": [more], "shapes": [more]})
    assert wide.list("loras") == ["both.safetensors", "only.safetensors"]
    assert wide.resolve("loras", "both.safetensors").is_relative_to(folders.models.resolve())
    assert wide.resolve("loras", "only.safetensors").parent == more.resolve()
    assert "shapes" in wide.names()


def test_places_may_lie_elsewhere(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "base", output=tmp_path / "out", models=tmp_path / "weights")
    assert folders.directory("output") == tmp_path / "out"
    assert folders.directory("vae") == tmp_path / "weights" / "vae"
    assert folders.directory("input") == tmp_path / "base" / "input"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.png", ("input", "a.png")),
        ("sub/a.png [output]", ("output", "sub/a.png")),
        ("a.png [temp]", ("temp", "a.png")),
        ("a [b].png", ("input", "a [b].png")),
        ("a.png [models]", ("input", "a.png [models]")),
    ],
)
def test_a_name_may_say_where_it_lies(folders: Folders, name: str, expected: tuple[str, str]) -> None:
    assert folders.annotated(name) == expected


def test_a_file_is_another_one_when_its_time_or_size_changes(folders: Folders) -> None:
    path = folders.directory("input") / "a.png"
    os.utime(path, ns=(5, 5))
    first = folders.identity("input", "a.png")
    path.write_bytes(b"aa")
    os.utime(path, ns=(5, 5))
    second = folders.identity("input", "a.png")
    os.utime(path, ns=(6, 6))
    assert len({first, second, folders.identity("input", "a.png")}) == 3
    assert folders.identity("input", "gone.png") == ()


def test_a_model_folder_is_another_one_when_a_file_in_it_changes(folders: Folders) -> None:
    model = folders.models / "checkpoints" / "mine"
    (model / "unet").mkdir(parents=True)
    (model / "model_index.json").write_text("{}")
    (model / "unet" / "w.safetensors").write_bytes(b"1")
    first = folders.identity("checkpoints", "mine")
    (model / "unet" / "w.safetensors").write_bytes(b"12")
    assert folders.identity("checkpoints", "mine") != first


def test_saved_files_are_counted_from_the_highest_there_is(folders: Folders) -> None:
    place = folders.save_path("output", "pic")
    assert place.name() == "pic_00001_.png"
    for name in ("pic_00003_.png", "pic_00007_.webp", "picture_00090_.png", "pic_x_.png", "pic_123456_.png"):
        (place.directory / name).write_bytes(b"")
    assert folders.save_path("output", "pic").name(1) == "pic_123458_.png"
    assert folders.save_path("output", "picture").counter == 91


def test_a_prefix_may_hold_a_subfolder_and_tokens(folders: Folders) -> None:
    place = folders.save_path("output", "%year%/w%width%_%unknown%", {"width": 640})
    year, stem = place.subfolder, place.stem
    assert (len(year), year.isdigit(), stem) == (4, True, "w640_%unknown%")
    assert place.directory == folders.directory("output").resolve() / year
    assert place.directory.is_dir()


def test_a_token_cannot_lead_out(folders: Folders) -> None:
    with pytest.raises(FolderError):
        folders.save_path("output", "%width%/a", {"width": ".."})


def test_some_directories_are_searched_before_the_own_one(tmp_path: Path) -> None:
    first, more = tmp_path / "first", tmp_path / "more"
    folders = Folders(tmp_path, extra={"vae": [more]}, first={"vae": [first], "shapes": [first]})
    assert folders.directories("vae") == [first, tmp_path / "models" / "vae", more]
    assert folders.directory("shapes") == first


@pytest.mark.parametrize(("old", "new"), [("clip", "text_encoders"), ("unet", "diffusion_models")])
def test_two_names_lead_to_one_folder(tmp_path: Path, old: str, new: str) -> None:
    folders = Folders(tmp_path, extra={old: [tmp_path / "more"]})
    for name in (old, new):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / f"{name}.pt").write_bytes(b"")
    assert folders.list(old) == folders.list(new) == sorted([f"{old}.pt", f"{new}.pt"])
    assert folders.directories(old)[-1] == folders.directories(new)[-1] == tmp_path / "more"


def test_folders_of_another_process_are_adopted(folders: Folders, tmp_path: Path) -> None:
    for name in ("a.onnx", "b.pt"):
        (tmp_path / name).write_bytes(b"")
    folders.adopt({"loras": ([str(tmp_path)], [".onnx"]), "new": ([str(tmp_path)], [])})
    assert folders.list("loras") == ["a.onnx"]
    assert "b.pt" in folders.list("new")
    assert folders.resolve("new", "b.pt") == (tmp_path / "b.pt").resolve()
    assert folders.names().count("loras") == 1
    assert "new" in folders.names()
    assert folders.directories("vae") == [folders.models / "vae"]


def test_an_adopted_table_is_read_anew_at_each_question(folders: Folders, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    table: dict[str, tuple[list[str], list[str]]] = {"new": ([str(there)], [".onnx"])}
    folders.adopt(table)
    for name in ("a.onnx", "b.pt"):
        (there / name).write_bytes(b"")
    os.utime(there, ns=(1, 1))  # long ago, so that the listing is kept
    assert folders.list("new") == ["a.onnx"]
    table["new"][1].append(".pt")
    assert folders.list("new") == ["a.onnx", "b.pt"]
    table["new"][0].clear()
    assert folders.list("new") == []
    assert folders.directory("new") == folders.models / "new"


def test_a_folder_may_move(folders: Folders, tmp_path: Path) -> None:
    folders.move("output", tmp_path / "there")
    assert folders.directories("output") == [tmp_path / "there"]
    assert folders.save_path("output", "a").directory == (tmp_path / "there").resolve()


def test_the_files_of_one_kind_are_listed_wherever_their_folder_lies(tmp_path: Path) -> None:
    for place in ("input", "elsewhere"):
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / f"{place}.latent").touch()
        (tmp_path / place / "picture.png").touch()
    kept = Folders(tmp_path)
    assert kept.list("input_latents") == ["input.latent"]
    kept.move("input", tmp_path / "elsewhere")
    assert kept.list("input_latents") == ["elsewhere.latent"]
    assert kept.resolve("input_latents", "elsewhere.latent").is_file()
    assert "input_latents" not in kept.names()


def test_folders_of_transformers_models_are_listed_as_one_name_each(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    for name in ("depth/small", "depth/org/large", "loras/with-config"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "config.json").write_text("{}")
        (tmp_path / "models" / name / "model.safetensors").write_bytes(b"")
    (tmp_path / "models" / "depth" / "unfinished").mkdir()
    (tmp_path / "models" / "depth" / "stray.safetensors").write_bytes(b"")
    assert folders.list("depth") == ["org/large", "small"]
    assert folders.resolve("depth", "org/large") == tmp_path / "models" / "depth" / "org" / "large"
    assert len(folders.identity("depth", "small")) == 4
    assert folders.list("loras") == ["with-config/model.safetensors"]
    with pytest.raises(FolderError, match="unfinished"):
        folders.resolve("depth", "unfinished")
