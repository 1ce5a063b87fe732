"""What is known of one product: how it is recognised, and where it departs from RFC 4918.

``None`` means that nobody has measured it. What a profile says is only ever "likely": versions and configurations
differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from davlock.protocol.message import Exchange, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a set of exchanges gives away about the server, gathered once for all profiles."""

    server: str = ""
    """Every Server and X-Powered-By value, lower case."""
    dav: str = ""
    """Every DAV value, lower case."""
    allow: frozenset[str] = frozenset()
    """Allow values as sent, white space removed."""
    bodies: str = ""
    """The first bytes of the bodies of errors and multistatus answers, lower case."""
    errors: str = ""
    """Those of errors alone: a multistatus can echo names that only the client brought up."""
    tokens: frozenset[str] = frozenset()
    """Lock-Token values of answers, as sent."""

    @classmethod
    def of(cls, exchanges: tuple[Exchange, ...]) -> "Traits":
        """From the answers among ``exchanges``."""
        responses = [exchange.response for exchange in exchanges if exchange.response is not None]

        def values(*names: str) -> list[str]:
            return [value for response in responses for name in names for value in response.headers.get_all(name)]

        def beginnings(found: list[Response]) -> str:
            return "\n".join((response.body or b"")[:4096].decode("utf-8", "replace").lower() for response in found)

        errors = [response for response in responses if response.status >= 300]
        return cls(
            server=" ".join(values("Server", "X-Powered-By")).lower(),
            dav=" ".join(values("DAV")).lower(),
            allow=frozenset("".join(value.split()) for value in values("Allow")),
            bodies=beginnings([*errors, *(response for response in responses if response.status == 207)]),
            errors=beginnings(errors),
            tokens=frozenset(values("Lock-Token")),
        )


class Store(Enum):
    """Where a product keeps its locks, as far as it matters to somebody who wants to be rid of one."""

    MEMORY = "memory"
    """A restart of the server frees every lock."""
    DISK = "disk"
    """A file, a table or Redis: locks outlive a restart."""
    NOWHERE = "nowhere"
    """LOCK is answered with a success, and nothing is kept."""


class ZeroTimeout(Enum):
    """What a timeout of ``Second-0`` says."""

    ENDLESS = "endless"
    """The lock never ends."""
    OVER = "over"
    """The time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One product."""

    name: str
    """The word of the JSON contract."""
    title: str
    """The name for people."""
    recognise: Callable[[Traits], bool]
    lock_store: str = ""
    """Where locks live and what frees them, as a sentence for a server's administrator."""
    store: Store | None = None
    """Where it keeps them; ``None`` too where that depends on how it was set up."""
    zero_timeout: ZeroTimeout | None = None
    """What ``Second-0`` in a lock means; ``None`` too where it can mean either."""
    shows_locks: bool | None = None
    """Whether a lockdiscovery that is empty means that nothing is locked."""
    shows_inherited: bool | None = None
    """Whether a resource shows the locks of the collections above it."""
    counts_down: bool | None = None
    """Whether the timeout shown is the time that remains."""
    shared_token_suffices: bool | None = None
    """Whether a write with one of several shared locks' tokens is let through."""
    unlock_answer_proves: bool = False
    """Whether a 2xx to UNLOCK was always seen to mean that the lock is gone."""
    untagged_if_is_deadly: bool = False
    """Whether an untagged If on a write was seen to end the server."""
    foreign_token_works: bool | None = None
    """Whether another principal can use a token that it learned."""
    foreign_token_status: int | None = None
    """How a write with another principal's token is refused."""
    admin_unlock: tuple[str, ...] = field(default=())
    """Ways in which an administrator frees one lock."""
    source: str = ""
    """Where this is from."""
