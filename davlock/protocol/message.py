"""HTTP messages as values: a request, and its answer.

A body of ``None`` is a body that nobody captured, which is not the same as an empty one. The same holds for
headers: a capture may know only some of a request's, and says so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from typing import Protocol, TypeVar, cast

from davlock.errors import NoResponse
from davlock.late_pattern import late_pattern
from davlock.values import dataclass

_CHARSET = late_pattern(r"(?:charset|encoding)\s*=\s*\"?([A-Za-z0-9._-]+)")

Reading = TypeVar("Reading")


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in the order sent; names compare without case (RFC 9110 §5.1).

    ``complete`` is false when other fields may have been there too: the absence of a field then proves nothing.
    """

    fields: tuple[tuple[str, str], ...] = ()
    complete: bool = True

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]] = (), *, complete: bool = True) -> "Headers":
        """From pairs of name and value."""
        return cls(tuple((name, value) for name, value in fields), complete)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Each value of the field ``name``, surrounding white space removed."""
        wanted = name.lower()
        return tuple(value.strip() for key, value in self.fields if key.lower() == wanted)

    def get(self, name: str) -> str | None:
        """The field's value, several lines joined by ``, `` (RFC 9110 §5.3); ``None`` if it is not there."""
        values = self.get_all(name)
        return ", ".join(values) if values else None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.get_all(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)


class BodySource(Protocol):
    """A body too large to hold: every iteration starts again from the first byte, as authentication may need."""

    @property
    def length(self) -> int:
        """In bytes."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. ``method`` is empty and ``url`` is empty where a capture does not tell them."""

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes | BodySource | None = b""
    within: float | None = field(default=None, compare=False)
    """Seconds after which it is given up, also where the sender would wait longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One final response.

    ``body`` holds the first bytes only where ``body_truncated`` says so: the rest went to a parser as it came.
    """

    status: int
    reason: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes | None = b""
    body_truncated: bool = False
    _readings: dict[str, tuple[str | None, object]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def read_once(self, kind: str, base: str, read: Callable[[], Reading]) -> Reading:
        """What ``read`` makes of the body: a second call with the same ``kind`` and ``base`` reads nothing."""
        known = self._readings.get(kind)
        if known is None or known[0] not in (base, None):
            known = self._readings[kind] = (base, read())
        return cast(Reading, known[1])

    def keep_reading(self, kind: str, reading: object) -> None:
        """Note what the whole body says, which is no longer here: :meth:`read_once` returns it for every base."""
        self._readings[kind] = (None, reading)

    def was_read_whole(self, kind: str) -> bool:
        """Returns true if :meth:`keep_reading` was called."""
        return self._readings.get(kind, ("",))[0] is None

    @property
    def ok(self) -> bool:
        """2xx: nothing more is claimed, for a 207 can carry failures and a 204 may have done nothing."""
        return 200 <= self.status < 300

    @property
    def charset(self) -> str | None:
        """The charset parameter of Content-Type; pywebdav3 calls it ``encoding``."""
        match = _CHARSET.search(self.headers.get("Content-Type") or "")
        return match[1] if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what came of it: a response, or the reason why there is none."""

    request: Request
    outcome: Response | NoResponse
    elapsed_ms: float | None = None
    fragment: str = field(default="", compare=False)
    """What it was read from, where that does not hold all of it: a line of a log, an exception."""
    by_webdav: bool = field(default=False, compare=False)
    """True if only clients or servers of WebDAV write what it was read from."""

    def without_body(self) -> "Exchange":
        """Returns the exchange as it is kept to be shown, where there are too many to keep their bodies."""
        response = self.response
        if response is None or not response.body:
            return self
        kept = Response(
            status=response.status, reason=response.reason, headers=response.headers, body=None, body_truncated=True
        )
        return replace(self, outcome=kept)

    @property
    def response(self) -> Response | None:
        """The response, or ``None`` when none came."""
        return self.outcome if isinstance(self.outcome, Response) else None

    @property
    def status(self) -> int | None:
        """The status, or ``None`` when no response came."""
        return self.outcome.status if isinstance(self.outcome, Response) else None
