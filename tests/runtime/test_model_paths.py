"""More places for models and packs, from the files that ComfyUI reads."""

from __future__ import annotations

from pathlib import Path

import pytest

import main
from graph.folders import Folders
from runtime.model_paths import BadPaths, MorePaths, read_all


def read(tmp_path: Path, text: str) -> MorePaths:
    (tmp_path / "more.yaml").write_text(text, encoding="utf-8")
    return read_all([tmp_path / "more.yaml"])


def test_sections_name_directories_below_their_base(tmp_path: Path) -> None:
    more = read(
        tmp_path,
        """
        a1111:
            base_path: webui/
            loras: |
                models/Lora
                models//LyCORIS/

            custom_nodes: ../nodes
        empty:
        """,
    )
    assert more.first == {}
    assert more.extra == {
        "loras": [tmp_path / "webui/models/Lora", tmp_path / "webui/models/LyCORIS"],
        "custom_nodes": [tmp_path / "nodes"],
    }


def test_paths_are_relative_to_the_file_or_absolute(tmp_path: Path) -> None:
    more = read(tmp_path, "s: {vae: ./vae, loras: /abs/loras}\nt: {base_path: /abs, vae: [x, /y]}\n")
    assert more.extra == {
        "vae": [tmp_path / "vae", Path("/abs/x"), Path("/y")],
        "loras": [Path("/abs/loras")],
    }


def test_home_and_environment_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("DISK", "/disk")
    more = read(
        tmp_path, "s: {base_path: ~/models, vae: vae}\nt: {base_path: $DISK, vae: $DISK/a}\nu: {vae: ~/b}"
    )
    assert more.extra == {"vae": [Path("/home/me/models/vae"), Path("/disk/a"), Path("/home/me/b")]}


def test_a_default_section_is_searched_before_the_own_folders(tmp_path: Path) -> None:
    more = read(tmp_path, "s: {is_default: true, vae: one}\nt: {vae: two, shapes: three}\n")
    folders = Folders(tmp_path / "base", extra=more.extra, first=more.first)
    own = tmp_path / "base" / "models" / "vae"
    assert folders.directories("vae") == [tmp_path / "one", own, tmp_path / "two"]
    assert folders.directory("vae") == tmp_path / "one"
    assert folders.directories("shapes") == [tmp_path / "three"]


def test_several_files_add_up(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"s: {{vae: {name}}}")
    more = read_all([tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert more.extra == {"vae": [tmp_path / "a", tmp_path / "b"]}
    assert read(tmp_path, "# nothing\n") == MorePaths()


def test_old_names_of_folders_are_understood(tmp_path: Path) -> None:
    more = read(tmp_path, "s: {clip: encoders}")
    assert tmp_path / "encoders" in Folders(tmp_path, extra=more.extra).directories("text_encoders")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n- b\n", "must hold sections"),
        ("just text", "must hold sections"),
        ("s: text", "section 's' holds 'text'"),
        ("s: {base_path: 5}", "base_path must be a path"),
        ("s: {is_default: often}", "is_default true or false"),
        ("s: {vae: 5}", "'vae' holds 5"),
        ("s: {vae: {a: b}}", "write one path"),
        ("s: [", "is not YAML"),
        ("s: !!python/object/apply:os.system [ls]", "is not YAML"),
    ],
)
def test_a_bad_file_is_told_with_what_would_be_right(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadPaths, match=r"more\.yaml") as raised:
        read(tmp_path, text)
    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadPaths, match=r"gone\.yaml cannot be read: No such file"):
        read_all([tmp_path / "gone.yaml"])
    (tmp_path / "latin.yaml").write_bytes(b"s: {vae: \xff\xfe}")
    with pytest.raises(BadPaths, match="is not YAML"):
        read_all([tmp_path / "latin.yaml"])


def test_the_command_line_takes_several_files_for_server_and_worker(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"s: {{vae: {name}, custom_nodes: packs_{name}}}")
    words = ["serve", f"--user-directory={tmp_path}"]
    given = [f"--extra-model-paths-config={tmp_path / name}.yaml" for name in ("a", "b")]
    settings = main.settings_of(main.parser().parse_args([*words, *given]))
    assert settings.folders.directories("vae")[1:] == [tmp_path / "a", tmp_path / "b"]
    assert settings.folders.directories("custom_nodes")[1:] == [tmp_path / "packs_a", tmp_path / "packs_b"]
    options = settings.worker.options
    assert options["extra_model_paths_config"] == [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]
    plain = main.settings_of(main.parser().parse_args(words))
    assert settings.code != plain.code


def test_a_bad_file_ends_the_program_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["nodes", f"--extra-model-paths-config={tmp_path / 'gone.yaml'}"]) == 1
    assert capsys.readouterr().err.startswith("error: ")
