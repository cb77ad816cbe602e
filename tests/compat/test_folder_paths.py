"""`folder_paths`: what packs read of it, and that the engine's folders follow what they change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from compat import folder_paths
from compat.file_names import FileNames
from graph.errors import FolderError
from graph.folders import Folders
from tests.compat.conftest import Host


def put(host: Host, folder: str, *names: str) -> None:
    for name in names:
        path = host.folders.models / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_the_directories_are_those_of_the_installation(host: Host) -> None:
    base = host.folders.base
    assert folder_paths.base_path == str(base)
    assert folder_paths.models_dir == str(base / "models")
    assert Path(folder_paths.__file__).parent == base
    for kind in ("input", "output", "temp"):
        assert folder_paths.get_directory_by_type(kind) == str(base / kind)
        assert getattr(folder_paths, f"get_{kind}_directory")() == str(base / kind)
    assert folder_paths.get_user_directory() == str(base / "user")
    assert folder_paths.get_directory_by_type("loot") is None


def test_a_directory_that_is_moved_is_moved_for_all(host: Host, tmp_path: Path) -> None:
    for kind in ("input", "output", "temp", "user"):
        there = tmp_path / "elsewhere" / kind
        getattr(folder_paths, f"set_{kind}_directory")(str(there))
        assert getattr(folder_paths, f"{kind}_directory") == str(there)
        assert getattr(folder_paths, f"get_{kind}_directory")() == str(there)
        assert host.folders.directory(kind) == there
    assert folder_paths.table()["output"][0] == [str(tmp_path / "elsewhere" / "output")]


def test_files_are_listed_with_forward_slashes_and_found_by_name(host: Host) -> None:
    put(host, "loras", "b.safetensors", "sub/a.pt", "notes.txt")
    assert folder_paths.get_filename_list("loras") == ["b.safetensors", "sub/a.pt"]
    expected = str(host.folders.models / "loras" / "sub" / "a.pt")
    assert folder_paths.get_full_path("loras", "sub/a.pt") == expected
    assert folder_paths.get_full_path_or_raise("loras", "sub/a.pt") == expected
    assert folder_paths.get_filename_list_("loras")[0] == ["b.safetensors", "sub/a.pt"]


@pytest.mark.parametrize("name", ["gone.pt", "../vae/v.pt", "/etc/passwd", "..", ""])
def test_what_is_not_in_the_folder_has_no_path(host: Host, name: str) -> None:
    put(host, "vae", "v.pt")
    assert folder_paths.get_full_path("loras", name) is None
    with pytest.raises(FileNotFoundError, match="loras"):
        folder_paths.get_full_path_or_raise("loras", name)


def test_an_unknown_folder_lists_nothing(host: Host) -> None:
    assert folder_paths.get_full_path("loot", "a.pt") is None
    with pytest.raises(KeyError):
        folder_paths.get_filename_list("loot")
    with pytest.raises(KeyError):
        folder_paths.get_folder_paths("loot")


def test_a_link_in_a_folder_keeps_its_name(host: Host) -> None:
    put(host, "loras", "real.pt")
    (host.folders.models / "loras" / "link.pt").symlink_to(host.folders.models / "loras" / "real.pt")
    found = folder_paths.get_full_path("loras", "link.pt")
    assert found == str(host.folders.models / "loras" / "link.pt")


def test_old_names_of_folders_lead_to_the_new_ones(host: Host) -> None:
    put(host, "unet", "old.safetensors")
    put(host, "diffusion_models", "new.safetensors")
    assert folder_paths.map_legacy("clip") == "text_encoders"
    for name in ("unet", "diffusion_models"):
        assert folder_paths.get_filename_list(name) == ["new.safetensors", "old.safetensors"]
        assert host.folders.list(name) == ["new.safetensors", "old.safetensors"]
    assert "unet" not in folder_paths.folder_names_and_paths


# What packs change


def test_a_folder_that_a_pack_adds_is_a_folder_of_the_engine(host: Host, tmp_path: Path) -> None:
    (tmp_path / "sams").mkdir()
    for name in ("a.pth", "b.safetensors", "c.txt"):
        (tmp_path / "sams" / name).write_bytes(b"")
    folder_paths.folder_names_and_paths["sams"] = ([str(tmp_path / "sams")], {".pth", ".TXT"})
    assert host.folders.list("sams") == ["a.pth", "c.txt"]
    assert "sams" in host.folders.names()
    assert host.folders.resolve("sams", "a.pth") == (tmp_path / "sams" / "a.pth").resolve()
    folder_paths.folder_names_and_paths["sams"][1].add(".safetensors")
    assert folder_paths.get_filename_list("sams") == ["a.pth", "b.safetensors", "c.txt"]


def test_a_directory_that_a_pack_adds_to_a_folder_is_searched(host: Host, tmp_path: Path) -> None:
    put(host, "loras", "a.pt")
    assert host.folders.list("loras") == ["a.pt"]
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.pt").write_bytes(b"")
    folder_paths.folder_names_and_paths["loras"][0].append(str(tmp_path / "more"))
    assert host.folders.list("loras") == ["a.pt", "b.pt"]
    assert folder_paths.get_full_path("loras", "b.pt") == str(tmp_path / "more" / "b.pt")


def test_a_suffix_that_a_pack_adds_counts_for_all_folders_of_models(host: Host) -> None:
    put(host, "vae", "a.gguf")
    assert host.folders.list("vae") == []
    folder_paths.supported_pt_extensions.add(".gguf")
    try:
        assert host.folders.list("vae") == ["a.gguf"]
    finally:
        folder_paths.supported_pt_extensions.discard(".gguf")


def test_further_directories_come_after_or_before_the_others(host: Host, tmp_path: Path) -> None:
    own = str(host.folders.models / "vae")
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    folder_paths.add_model_folder_path("vae", one)
    folder_paths.add_model_folder_path("vae", two, is_default=True)
    assert folder_paths.get_folder_paths("vae") == [two, own, one]
    folder_paths.add_model_folder_path("vae", one, is_default=True)
    folder_paths.add_model_folder_path("vae", two)
    assert folder_paths.get_folder_paths("vae") == [one, two, own]
    assert host.folders.directory("vae") == Path(one)
    folder_paths.add_model_folder_path("unet", one)
    folder_paths.add_model_folder_path("new", one)
    assert one in folder_paths.get_folder_paths("diffusion_models")
    assert folder_paths.folder_names_and_paths["new"] == ([one], set())


@pytest.mark.parametrize("entry", [("{}",), ("{}", None), (["{}"], [".PT"]), (("{}",), (".pt",))])
def test_an_odd_entry_of_a_pack_is_read_as_meant(
    host: Host, tmp_path: Path, entry: tuple[object, ...]
) -> None:
    def filled(value: object) -> object:
        if isinstance(value, str) and value == "{}":
            return str(tmp_path / "odd")
        return type(value)(map(filled, value)) if isinstance(value, list | tuple) else value

    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "a.pt").write_bytes(b"")
    folder_paths.folder_names_and_paths["odd"] = filled(entry)  # type: ignore[assignment]
    assert host.folders.list("odd") == ["a.pt"]


def test_the_table_of_models_does_not_move_the_places(host: Host, tmp_path: Path) -> None:
    folder_paths.folder_names_and_paths["output"] = ([str(tmp_path)], set())
    assert host.folders.directory("output") == host.folders.base / "output"


def test_the_table_tells_another_process_what_packs_made_of_the_folders(host: Host, tmp_path: Path) -> None:
    put(host, "loras", "a.pt")
    (tmp_path / "sams").mkdir()
    (tmp_path / "sams" / "s.onnx").write_bytes(b"")
    folder_paths.folder_names_and_paths["sams"] = ([str(tmp_path / "sams")], {".onnx"})
    other = Folders(host.folders.base)
    other.adopt(folder_paths.table())
    assert other.list("sams") == ["s.onnx"]
    assert set(other.names()) == set(host.folders.names())
    for name in host.folders.names():
        assert other.directories(name) == host.folders.directories(name)
        assert other.list(name) == host.folders.list(name)


def test_the_table_says_nothing_of_folders_that_nobody_changed(host: Host, tmp_path: Path) -> None:
    assert set(folder_paths.table()) == set(folder_paths.FURTHER_FOLDERS)
    folder_paths.folder_names_and_paths["loras"][0].append(str(tmp_path))
    assert folder_paths.table()["loras"][0] == [str(host.folders.models / "loras"), str(tmp_path)]


def test_a_host_that_is_opened_again_starts_anew(host: Host, tmp_path: Path) -> None:
    folder_paths.folder_names_and_paths["sams"] = ([str(tmp_path)], set())
    folder_paths.settle(host.folders)
    assert "sams" not in folder_paths.folder_names_and_paths


# Names for a drop-down


def test_names_remember_their_folder_and_what_stands_around_them(host: Host) -> None:
    put(host, "loras", "a.pt", "b.pt")
    names = folder_paths.get_filename_list("loras")
    around = ["None"] + names + ["last"]  # noqa: RUF005 - as packs write it
    assert around == ["None", "a.pt", "b.pt", "last"]
    assert isinstance(around, FileNames)
    assert (around.folder, around.before, around.after) == ("loras", ("None",), ("last",))
    assert (names.folder, names.before, names.after) == ("loras", (), ())


def test_names_remember_also_what_is_put_among_them_in_place(host: Host) -> None:
    put(host, "loras", "a.pt")
    names = folder_paths.get_filename_list("loras")
    names.insert(0, "None")
    names += ["x"]
    names.append("y")
    assert (names.folder, names.before, names.after) == ("loras", ("None",), ("x", "y"))


def test_names_of_an_empty_folder_still_follow_it(host: Host) -> None:
    names = ["None"] + folder_paths.get_filename_list("loras")  # noqa: RUF005 - as packs write it
    assert isinstance(names, FileNames)
    assert (names.folder, names.before, names.after) == ("loras", ("None",), ())


def test_names_that_were_taken_apart_follow_no_folder(host: Host) -> None:
    put(host, "loras", "a.pt", "b.pt")
    names = folder_paths.get_filename_list("loras")
    names.remove("a.pt")
    assert names.folder is None
    for plain in (names[:1], sorted(names), [name for name in names], names + names):  # noqa: C416
        assert type(plain) is list


def test_a_copy_of_names_is_changed_apart(host: Host) -> None:
    put(host, "loras", "a.pt")
    names = folder_paths.get_filename_list("loras")
    copy = names.copy()
    copy.append("x")
    assert (copy.folder, names.after, copy.after) == ("loras", (), ("x",))


# Paths of inputs and results


def test_a_name_may_say_in_which_directory_it_lies(host: Host, tmp_path: Path) -> None:
    base = str(host.folders.base)
    assert folder_paths.annotated_filepath("a.png [output]") == ("a.png", os.path.join(base, "output"))
    assert folder_paths.annotated_filepath("a.png") == ("a.png", None)
    assert folder_paths.get_annotated_filepath("s/a.png [temp]") == os.path.join(base, "temp", "s", "a.png")
    assert folder_paths.get_annotated_filepath("a.png") == os.path.join(base, "input", "a.png")
    assert folder_paths.get_annotated_filepath("a.png", str(tmp_path)) == str(tmp_path / "a.png")


def test_a_name_does_not_lead_out_of_its_directory(host: Host) -> None:
    for name in ("../a.png", "/etc/passwd", "s/../../a.png [output]"):
        with pytest.raises(FolderError):
            folder_paths.get_annotated_filepath(name)
        assert not folder_paths.exists_annotated_filepath(name)


def test_whether_an_input_is_there_is_told(host: Host) -> None:
    (host.folders.base / "input" / "sub" / "deep").mkdir(parents=True)
    (host.folders.base / "input" / "sub" / "a.png").write_bytes(b"")
    assert folder_paths.exists_annotated_filepath("sub/a.png")
    assert not folder_paths.exists_annotated_filepath("a.png")
    assert folder_paths.get_input_subfolders() == ["sub", "sub/deep"]


def test_the_next_picture_gets_the_next_number(host: Host, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    directory, stem, counter, subfolder, prefix = folder_paths.get_save_image_path("a/w%width%", out, 64, 32)
    assert (stem, counter, subfolder, prefix) == ("w64", 1, "a", "a/w64")
    assert directory == str((tmp_path / "out" / "a").resolve())
    (Path(directory) / "w64_00007_.png").write_bytes(b"")
    assert folder_paths.get_save_image_path("a/w64", out)[2] == 8


@pytest.mark.parametrize("prefix", ["../a", "/etc/a", "a/../../b"])
def test_a_picture_does_not_leave_its_directory(host: Host, tmp_path: Path, prefix: str) -> None:
    with pytest.raises(FolderError):
        folder_paths.get_save_image_path(prefix, str(tmp_path / "out"))


# What stands by itself


def test_all_files_below_a_directory_are_found(tmp_path: Path) -> None:
    for name in ("a.txt", "sub/b.txt", ".git/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    files, changed = folder_paths.recursive_search(str(tmp_path), [".git"])
    assert sorted(files) == ["a.txt", os.path.join("sub", "b.txt")]
    assert set(changed) == {str(tmp_path), str(tmp_path / "sub")}
    assert folder_paths.recursive_search(str(tmp_path / "gone")) == ([], {})


def test_files_are_told_apart_by_their_endings() -> None:
    names = ["b.PNG", "a.webp", "c.mp4", "d.wav", "e.glb", "f"]
    assert folder_paths.filter_files_extensions(names, {".png", ".mp4"}) == ["b.PNG", "c.mp4"]
    assert folder_paths.filter_files_extensions(names, []) == sorted(names)
    assert folder_paths.filter_files_content_types(names, ["image"]) == ["b.PNG", "a.webp"]
    assert folder_paths.filter_files_content_types(names, ["video", "audio"]) == ["c.mp4", "d.wav"]
    assert folder_paths.filter_files_content_types(names, ["model"]) == ["e.glb"]


def test_users_that_stand_for_the_host_have_no_public_directory(host: Host) -> None:
    assert folder_paths.get_public_user_directory("__manager") is None
    assert folder_paths.get_public_user_directory("me") == str(host.folders.base / "user" / "me")
    assert folder_paths.get_system_user_directory("x") == str(host.folders.base / "user" / "__x")


def test_listings_may_be_asked_to_be_kept(host: Host) -> None:
    with folder_paths.cache_helper:
        folder_paths.cache_helper.set("a", 1)
        assert folder_paths.cache_helper.get("a") is None
