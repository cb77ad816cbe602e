"""Deleted files: hidden, brought back under a free name, gone for good after a week."""

from pathlib import Path

import pytest

from graph.errors import FolderError
from server.gallery import trash


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "output"
    for name in ("a.png", "x/b.png", "x/y/c.png"):
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return made


def left(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_what_was_deleted_waits_hidden_and_comes_back(root: Path) -> None:
    before = left(root)
    deleted, token = trash.delete(root, ["a.png", "x/y/c.png", "absent.png"])
    assert deleted == ["a.png", "x/y/c.png"]
    assert left(root) == {"x/b.png", f".deleted/{token}/a.png", f".deleted/{token}/x/y/c.png"}
    assert token is not None
    assert trash.restore(root, token) == ["a.png", "x/y/c.png"]
    assert left(root) == before
    assert not (root / ".deleted").exists()
    assert trash.restore(root, token) is None


def test_a_name_taken_meanwhile_is_not_overwritten(root: Path) -> None:
    _, token = trash.delete(root, ["a.png"])
    (root / "a.png").write_text("newer")
    assert token is not None
    assert trash.restore(root, token) == ["a (1).png"]
    assert ((root / "a.png").read_text(), (root / "a (1).png").read_text()) == ("newer", "a.png")


def test_nothing_is_deleted_when_one_file_cannot_be(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, move = left(root), trash._move

    def stubborn(source: Path, target: Path) -> bool:
        if source.name == "c.png":
            raise OSError("busy")
        return move(source, target)

    monkeypatch.setattr(trash, "_move", stubborn)
    with pytest.raises(OSError, match="busy"):
        trash.delete(root, ["a.png", "x/b.png", "x/y/c.png"])
    assert left(root) == before
    assert not (root / ".deleted").exists()


def test_deleting_nothing_gives_no_token(root: Path) -> None:
    assert trash.delete(root, ["absent.png"]) == ([], None)
    assert trash.delete(root, []) == ([], None)


@pytest.mark.parametrize("name", ["../a.png", "/etc/hostname", "x/../../a.png", "a\\b.png"])
def test_names_that_lead_outside_are_refused(root: Path, name: str) -> None:
    with pytest.raises(FolderError):
        trash.delete(root, ["a.png", name])
    assert (root / "a.png").exists()


@pytest.mark.parametrize("token", ["", ".", "..", "../x", "0" * 11 + "-" + "0" * 16, "x/y"])
def test_only_a_token_that_was_given_brings_anything_back(root: Path, token: str) -> None:
    trash.delete(root, ["a.png"])
    assert trash.restore(root, token) is None


def test_a_folder_for_deleted_files_that_leads_out_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / ".deleted").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderError):
        trash.delete(root, ["a.png"])
    assert (root / "a.png").exists()


def test_after_a_week_it_is_gone_for_good(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = trash._now()
    monkeypatch.setattr(trash, "_now", lambda: now)
    _, old = trash.delete(root, ["a.png"])
    monkeypatch.setattr(trash, "_now", lambda: now + trash.KEPT - 1)
    _, newer = trash.delete(root, ["x/b.png"])
    (root / ".deleted" / "mine").mkdir()
    (root / ".deleted" / "mine" / "note.txt").write_text("not a token")
    trash.purge(root)
    assert old is not None
    assert newer is not None
    assert (root / ".deleted" / old / "a.png").exists()
    monkeypatch.setattr(trash, "_now", lambda: now + trash.KEPT + 1)
    trash.purge(root)
    assert left(root) == {"x/y/c.png", f".deleted/{newer}/x/b.png", ".deleted/mine/note.txt"}


def test_there_may_be_nothing_to_remove(tmp_path: Path) -> None:
    trash.purge(tmp_path)
    (tmp_path / ".deleted").write_text("a file")
    trash.purge(tmp_path)
