"""What can go wrong, by whose fault it is.

    DavlockError
    ├── LocalProtocolError    the caller asked for something that must not be sent
    │   └── SeveralLocks      it could be about more than one lock
    ├── RemoteProtocolError   the server's answer is not usable HTTP or DAV
    │   └── LimitExceeded     it holds more than davlock reads
    ├── NoResponse            no answer: DNS, connect, TLS, timeout, reset, too large
    ├── OutputFailed          our own output: stdout or a file could not be written
    └── Cancelled             the person stopped us; says what may be left behind

:mod:`davlock.library.errors` adds what only a program meets: LockRefused, LockLost and ReleaseFailed. Programs get the
errors of this module from ``davlock``, too: DavlockError, LocalProtocolError, RemoteProtocolError and NoResponse. They
meet no other: only commands raise OutputFailed and Cancelled, and the subclasses are caught by the name of their class
above.

An HTTP status is data, never an exception. These are plain exceptions with attributes: a frozen dataclass
cannot be raised through a context manager.
"""

from enum import Enum


class DavlockError(Exception):
    """The root of all errors that davlock raises on purpose. They can be copied, and sent to another process."""

    def __reduce__(self) -> tuple[object, ...]:
        """For copy and pickle: an exception has its text in ``args``, and not the arguments that made it."""
        return _restored, (type(self), self.args), self.__dict__

    def about(self, url: str = "") -> str:
        """The error in words, for a reader who does not know that ``url`` was asked."""
        return str(self)


def _restored(kind: type[DavlockError], args: tuple[object, ...]) -> DavlockError:
    """An error without its attributes, which copy and pickle set afterwards."""
    return kind.__new__(kind, *args)


class LocalProtocolError(DavlockError):
    """The caller's fault: ``what`` was given and cannot be sent; ``hint`` says what to type instead.

    ``steps`` are lines to print below: commands to copy, and what to know about them.
    """

    def __init__(self, what: str, hint: str = "", *, steps: tuple[str, ...] = ()) -> None:
        super().__init__(f"{what}; {hint}" if hint else what)
        self.what = what
        self.hint = hint
        self.steps = steps


class SeveralLocks(LocalProtocolError):
    """Several locks are active, and the person has to choose one."""


class RemoteProtocolError(DavlockError):
    """The server's fault: ``where`` names the header, element or body, ``why`` what is wrong with it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why
        self.url = ""
        """The URL that got this answer, without credentials; empty if the answer is from a capture."""

    def about(self, url: str = "") -> str:
        """With the URL that got this answer, or ``url`` if that is not known."""
        named = self.url or url
        return str(self) if named in str(self) else f"{named}: {self}"


class LimitExceeded(RemoteProtocolError):
    """The answer holds more than davlock reads; ``why`` names the limit."""


class NoResponseKind(Enum):
    """Why there is no usable response."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    PROXY = "proxy"
    PROXY_LOGIN = "proxy-login"
    """The proxy answered 407 to CONNECT: the server was not reached."""
    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    """The time of the whole command is over."""
    RESET = "reset"
    TOO_LARGE = "too-large"
    NOT_HTTP = "not-http"
    """The answer to a LOCK or UNLOCK was no valid HTTP, so nobody knows what the request did."""


class NoResponse(DavlockError):
    """No answer arrived: ``kind`` says why, ``url`` (without credentials) where, ``hint`` what to try.

    ``sent`` is false only when it is certain that the server never saw the request.
    """

    def __init__(self, kind: NoResponseKind, url: str, why: str, *, hint: str = "", sent: bool = True) -> None:
        super().__init__(f"{url}: {why}" + (f"; {hint}" if hint else ""))
        self.kind = kind
        self.url = url
        self.why = why
        self.hint = hint
        self.sent = sent


class ReadFailure(Enum):
    """Why an answer tells nothing about its target, though one arrived."""

    LOGIN = "login"
    """401, 403 or 407."""
    THROTTLED = "throttled"
    """429 or 503."""
    NOT_DAV = "not-dav"
    """A web page, a redirect to nowhere, a 207 that is no multistatus, or more than davlock reads."""


class OutputFailed(DavlockError):
    """``what`` is stdout or a file that davlock cannot write, ``why`` what the system says, ``hint`` what to do."""

    def __init__(self, what: str, why: str, *, hint: str = "") -> None:
        super().__init__(f"{what} could not be written: {why}" + (f"; {hint}" if hint else ""))
        self.what = what
        self.why = why
        self.hint = hint


class Cancelled(DavlockError):
    """Stopped by a signal: ``signum``, and in ``left_behind`` one line on what may still exist on the server."""

    def __init__(self, signum: int, left_behind: str = "") -> None:
        super().__init__(left_behind or "stopped")
        self.signum = signum
        self.left_behind = left_behind

    @classmethod
    def after(cls, interrupt: KeyboardInterrupt, left_behind: str) -> "Cancelled":
        """What becomes of ``interrupt`` once all was done that could be."""
        return cls(interrupt.signum if isinstance(interrupt, Terminated) else 2, left_behind)


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, raised where Ctrl-C would raise KeyboardInterrupt so that both are cleaned up after alike."""

    def __init__(self, signum: int) -> None:
        super().__init__()
        self.signum = signum
