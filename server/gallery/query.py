"""What a client wants to see of the gallery, as a condition on the tables of the index."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

from server.gallery.tree import Kind

Sort = Literal["newest", "oldest", "name", "size"]
SORTS: tuple[Sort, ...] = get_args(Sort)
ORDERS: dict[Sort, str] = {
    "newest": "files.mtime_ns DESC, files.path DESC",
    "oldest": "files.mtime_ns, files.path",
    "name": "files.name COLLATE NOCASE, files.path",
    "size": "files.size DESC, files.path",
}
NANO = 1_000_000  # nanoseconds of a millisecond
LATEST = 9 * 10**12  # ms; what the database can count in nanoseconds
MOST_WORDS = 20


@dataclass(frozen=True)
class Wish:
    """All that may be asked for; what is None, empty or False does not narrow."""

    limit: int = 50
    offset: int = 0
    search: str = ""
    folder: str = ""  # this one and all below it
    model: str = ""
    seed: str = ""
    tag: str = ""
    favourite: bool = False
    kind: Kind | None = None
    sort: Sort = "newest"
    since: int | None = None  # ms
    until: int | None = None  # ms, with all of it


Clause = tuple[str, tuple[object, ...]]


def condition(wish: Wish, *, full_text: bool) -> Clause:
    """The WHERE of a query over `files` joined with `marks`, and its values."""
    clauses = [clause for clause in (*_plain(wish), *_search(wish.search, full_text)) if clause]
    text = " AND ".join(sql for sql, _ in clauses) or "1"
    return text, tuple(value for _, values in clauses for value in values)


def _plain(wish: Wish) -> list[Clause | None]:
    folder = wish.folder.strip("/")
    tagged = "EXISTS (SELECT 1 FROM json_each(marks.tags) WHERE value=?)"
    used = "files.id IN (SELECT id FROM models WHERE name=?)"
    below = "(files.subfolder=? OR substr(files.subfolder, 1, ?)=?)"
    return [
        (below, (folder, len(folder) + 1, f"{folder}/")) if folder else None,
        (used, (wish.model,)) if wish.model else None,
        ("files.seed=?", (wish.seed,)) if wish.seed else None,
        (tagged, (wish.tag,)) if wish.tag else None,
        ("marks.favourite=1", ()) if wish.favourite else None,
        ("files.kind=?", (wish.kind,)) if wish.kind else None,
        ("files.mtime_ns>=?", (min(wish.since, LATEST) * NANO,)) if wish.since is not None else None,
        ("files.mtime_ns<?", (min(wish.until + 1, LATEST) * NANO,)) if wish.until is not None else None,
    ]


def _search(text: str, full_text: bool) -> list[Clause]:
    """Each word must occur, in any order, the beginning of a word being enough."""
    words = text.replace("\0", " ").split()[:MOST_WORDS]
    whole = [word for word in words if full_text and _can_be_found(word)]
    parts = [word for word in words if word not in whole]
    clauses: list[Clause] = [
        ("files.id IN (SELECT rowid FROM words WHERE text LIKE ? ESCAPE '\\')", (f"%{_escaped(word)}%",))
        for word in parts
    ]
    if whole:
        match = " AND ".join(f'"{word.replace(chr(34), chr(34) * 2)}"*' for word in whole)
        clauses.append(("files.id IN (SELECT rowid FROM words WHERE words MATCH ?)", (match,)))
    return clauses


def _can_be_found(word: str) -> bool:
    """Whether full text has the word: it has signs of words, of a script that parts them by spaces."""
    signs = [sign for sign in word if unicodedata.category(sign)[0] in "LN"]
    return bool(signs) and not any(_runs_together(sign) for sign in signs)


def _runs_together(sign: str) -> bool:
    """Thai, Lao, Khmer and what lies between CJK's first and last signs."""
    return "\u0e00" <= sign <= "\u0eff" or "\u1780" <= sign <= "\u17ff" or "\u2e80" <= sign <= "\uabff"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
