"""A shape in which people paste an answer: a name, how to recognise it, and what it yields. Shapes are data."""

import re
from collections.abc import Mapping
from dataclasses import field

from davlock.values import dataclass

METHODS = (
    "GET|HEAD|PUT|POST|PATCH|DELETE|LOCK|UNLOCK|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|REPORT|OPTIONS|MKCALENDAR|ACL"
    "|SEARCH|MERGE|CHECKOUT|CHECKIN|MKACTIVITY"
)

FIELDS = frozenset(
    {
        *("method", "verb", "url", "host", "destination", "status", "reason", "exception", "message", "body"),
        *("origin", "numbered", "webdav"),
    }
)
"""What the groups of a :class:`LineShape` may be called.

``origin`` is the time and the client of a line: all lines about one request have the same. ``webdav`` matches only in
lines that a WebDAV module of the server wrote.
"""


def pattern(text: str) -> re.Pattern[str]:
    """A pattern over several lines, in which ``METHOD`` and ``STATUS`` stand for groups that many shapes have."""
    return re.compile(
        text.replace("<METHOD>", f"(?P<method>{METHODS})").replace("<STATUS>", r"(?P<status>[1-5]\d\d)"), re.MULTILINE
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShape:
    """A line, or a few, that tell of one exchange. The groups of ``pattern`` are among FIELDS."""

    name: str
    title: str
    pattern: re.Pattern[str]
    verbs: Mapping[str, str] = field(default_factory=dict)
    """The method that a client's own word stands for."""
    method: str = ""
    """The method, where it is always the same."""
    status: int | None = None
    """The status, where such a line is written for one only."""
    vague: bool = False
    """True if it says so little that every other shape speaks before it."""
    webdav: bool = False
    """True if only clients or servers of WebDAV write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptShape:
    """A transcript from which the messages can be put together: all that ``keep`` matches, group after group."""

    name: str
    title: str
    pattern: re.Pattern[str]
    keep: re.Pattern[str]
    """Its group ``line`` is a line of a message, ``block`` several, ``escaped`` a literal of Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonShape:
    """An object of JSON that tells of one exchange: where in it each field stands, the first that is there."""

    name: str
    title: str
    places: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    """Places that it must have, each one."""


Shape = LineShape | TranscriptShape | JsonShape
