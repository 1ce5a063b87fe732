"""What a name of a profile looks like, and which words of a command line may be one: ``work:team/report.odt``."""

import re
from collections.abc import Sequence

from davlock.late_pattern import late_pattern

NAME = late_pattern(r"[A-Za-z][A-Za-z0-9_-]{1,63}")
"""A single letter is a Windows drive; a dot is in the name of a host."""

RESERVED = frozenset(
    {
        *("http", "https", "dav", "davs", "webdav", "webdavs", "file", "ftp", "ftps", "sftp", "ssh", "smb", "svn"),
        *("urn", "opaquelocktoken", "mailto", "data", "about"),
    }
)
"""Schemes of URLs and of lock tokens."""


def is_name(word: str) -> bool:
    """Whether a profile may have the name ``word``."""
    return NAME.fullmatch(word) is not None and word.lower() not in RESERVED


_FORM = late_pattern(rf"({NAME.pattern}):(?!//)(.*)", re.DOTALL)

_OFFICE = late_pattern(r"ms-[a-z]+:of[ev]\|", re.IGNORECASE)
"""A link that opens an office program: ``ms-word:ofe|u|https://…``."""

_PORT = late_pattern(r"\d+(?:/.*)?", re.DOTALL)


def profile_and_path(word: str) -> tuple[str, str] | None:
    """The name and the path of a word such as ``work:team/report.odt``; ``None`` if the word has another form."""
    form = _FORM.fullmatch(word)
    if form is None or form[1].lower() in RESERVED or _OFFICE.match(word):
        return None
    return form[1], form[2]


def may_be_address(path: str) -> bool:
    """Whether a word with this behind its colon can be something else: ``host:8080/x``, ``user:password@host``."""
    return bool(_PORT.fullmatch(path)) or "@" in path


def nearest(word: str, known: Sequence[str], *, likeness: float = 0.6) -> str:
    """Which of ``known`` is likely meant; empty if none is near. ``likeness`` is 1 for the same word."""
    import difflib

    plain = word.replace("-", "_").lower()
    return next(iter(difflib.get_close_matches(plain, list(known), n=1, cutoff=likeness)), "")
