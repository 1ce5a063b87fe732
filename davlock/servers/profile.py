"""What is known about one product: how to recognise it, and where it departs from RFC 4918.

``None`` means that nobody has measured it. A profile is never more than "likely", because versions and configurations
differ.
"""

from collections.abc import Callable
from enum import Enum

from davlock.protocol.lock import STAND_IN
from davlock.protocol.message import Exchange
from davlock.values import dataclass

_MOST = 100  # bodies of one kind: a walk has thousands, and the first ones are enough
_VALUES = ("server", "x-powered-by", "dav", "allow", "public", "vary", "www-authenticate", "lock-token")


def _path(url: str) -> str:
    """Returns the path of ``url``, without host, query and fragment."""
    return url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a set of exchanges shows about the server, collected once for all profiles."""

    server: str = ""
    """Every Server and X-Powered-By value, lower case."""
    dav: str = ""
    """Every DAV value, lower case."""
    allow: frozenset[str] = frozenset()
    """Allow values as sent, white space removed."""
    public: frozenset[str] = frozenset()
    """Public values as sent: IIS lists there all methods that it knows."""
    vary: frozenset[str] = frozenset()
    """Vary values, lower case, white space removed."""
    realm: str = ""
    """Every WWW-Authenticate value, lower case."""
    names: frozenset[str] = frozenset()
    """The names of all fields, lower case."""
    bodies: str = ""
    """The first bytes of the bodies of errors and multistatus answers, lower case."""
    errors: str = ""
    """The bodies of errors only: a multistatus can echo names that only the client used."""
    locks: str = ""
    """The first bytes of multistatus answers and successful LOCKs, lower case: how the server writes a lock."""
    urls: str = ""
    """The requested paths as sent, one a line."""
    agents: str = ""
    """Every User-Agent of the requests, lower case."""
    tokens: frozenset[str] = frozenset()
    """Lock-Token values of answers, as sent; without the stand-ins of hidden ones."""

    @classmethod
    def of(cls, exchanges: tuple[Exchange, ...]) -> "Traits":
        """Collects the traits of the answers in ``exchanges``."""
        values: dict[str, list[str]] = {name: [] for name in _VALUES}
        names: set[str] = set()
        errors: list[str] = []
        multistatus: list[str] = []
        granted: list[str] = []
        urls = dict.fromkeys(_path(exchange.request.url) for exchange in exchanges[:_MOST])
        agents = dict.fromkeys(exchange.request.headers.get("User-Agent") or "" for exchange in exchanges[:_MOST])
        for exchange in exchanges:
            response = exchange.response
            if response is None:
                continue
            for field, value in response.headers:
                name = field.lower()
                names.add(name)
                if name in values:
                    values[name].append(value.strip())
            kind = None
            if response.status >= 300:
                kind = errors
            elif response.status == 207:
                kind = multistatus
            elif exchange.request.method.upper() == "LOCK":
                kind = granted
            if kind is not None and len(kind) < _MOST:
                kind.append((response.body or b"")[:4096].decode("utf-8", "replace").lower())
        return cls(
            server=" ".join([*values["server"], *values["x-powered-by"]]).lower(),
            dav=" ".join(values["dav"]).lower(),
            allow=frozenset("".join(value.split()) for value in values["allow"]),
            public=frozenset("".join(value.split()) for value in values["public"]),
            vary=frozenset("".join(value.split()).lower() for value in values["vary"]),
            realm=" ".join(values["www-authenticate"]).lower(),
            names=frozenset(names),
            bodies="\n".join([*errors, *multistatus]),
            errors="\n".join(errors),
            locks="\n".join([*multistatus, *granted]),
            urls="\n".join(urls),
            agents="\n".join(agents).lower(),
            tokens=frozenset(token for token in values["lock-token"] if STAND_IN not in token),
        )


class Store(Enum):
    """Where a product keeps its locks, for people who want to remove one."""

    MEMORY = "memory"
    """A restart of the server drops every lock."""
    DISK = "disk"
    """A file, a table or Redis: locks outlive a restart."""
    NOWHERE = "nowhere"
    """LOCK succeeds, but the server keeps nothing."""


class ZeroTimeout(Enum):
    """What a timeout of ``Second-0`` means."""

    ENDLESS = "endless"
    """The lock never ends."""
    OVER = "over"
    """The time is over."""


class MemberAct(Enum):
    """What a lock of depth 0 on a collection can forbid for a direct member (RFC 4918 §7.4)."""

    CREATE = "create"
    """PUT to a new name."""
    LOCK_NEW = "lock-new"
    """LOCK on a new name."""
    DELETE = "delete"
    MOVE = "move"
    PUT = "put"
    """PUT to an existing file."""
    LOCK = "lock"
    """LOCK on an existing file."""


RFC_4918 = frozenset({MemberAct.CREATE, MemberAct.LOCK_NEW, MemberAct.DELETE, MemberAct.MOVE})
"""What changes a collection's list of members, which is what its lock of depth 0 protects (RFC 4918 §7.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminUnlock:
    """A way for an administrator to release one lock and no other."""

    title: str
    command: tuple[str, ...]
    """An argv; the reader fills in the words in capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One product."""

    name: str
    """The word of the JSON contract."""
    title: str
    """The name for people."""
    recognise: Callable[[Traits], bool]
    lock_store: str = ""
    """Where locks are and what drops them, as a sentence for the administrator, without a full stop."""
    store: Store | None = None
    """Where it keeps them; ``None`` also if that depends on its configuration."""
    lock_setup: str = ""
    """How the administrator turns on locks: a title of at most ten words."""
    write_setup: str = ""
    """How the administrator allows writes from every client: a title of at most ten words."""
    propfind_setup: str = ""
    """How the administrator allows PROPFIND: a title of at most ten words."""
    zero_timeout: ZeroTimeout | None = None
    """What ``Second-0`` in a lock means; ``None`` also if it can mean either."""
    shows_locks: bool | None = None
    """Whether an empty lockdiscovery means that nothing is locked; False: it never shows locks."""
    can_hide_locks: bool = False
    """Whether its administrator can make lockdiscovery empty although there are locks."""
    leaves_out_lockdiscovery: bool = False
    """Whether lockdiscovery can be 404 if nothing is locked, as if there were no such property."""
    lists_locks: bool = True
    """Whether a PROPFIND on a collection shows the locks of its members; otherwise davlock asks each one."""
    tells_locks_alone: bool = False
    """Whether lockdiscovery can be 404 beside other properties although something is locked."""
    depth_zero_forbids: frozenset[MemberAct] | None = None
    """What a lock of depth 0 on a collection forbids to others; ``None``: nobody measured it."""
    removes_locked_members: bool | None = None
    """True if DELETE and MOVE of a collection pass although somebody else holds a lock on a member."""
    locked_member_bars_lock: bool = False
    """True if a lock on a direct member refuses a LOCK of depth 0 on its collection."""
    locks_collections: bool = True
    """True if a collection can be locked."""
    shows_inherited: bool | None = None
    """True if a resource shows the locks of the collections above it."""
    locks_by_spelling: bool = False
    """Whether it finds locks by the text of the path, so a slash at its end makes a difference."""
    counts_down: bool | None = None
    """True if the timeout shown is the time that remains."""
    counts_below_zero: bool = False
    """Whether it keeps a lock whose time is over, and counts on below zero."""
    always_grants: int | None = None
    """Seconds that it grants to every lock, whatever the client asked for."""
    timeout_misleads: bool = False
    """Whether the timeout that PROPFIND shows says nothing about how long a lock lasts."""
    loses_concurrent_changes: bool = False
    """Whether it was seen to lose one of two changes to locks made at the same time."""
    unlocks_by_hand: tuple[tuple[str, str], ...] = ()
    """Header fields of an UNLOCK that releases a lock taken by a person or an app, not by a client."""
    names_user_in_header: bool = False
    """True if an answer about one lock names the user who took it, and when, in header fields."""
    lock_properties: tuple[str, ...] = ()
    """Its own properties that describe a lock, in Clark notation."""
    keeps_longer: str = ""
    """A clause that says how long it keeps a lock of a few seconds, if it keeps it longer."""
    shared_token_suffices: bool | None = None
    """Whether it accepts a write with the token of one of several shared locks."""
    unlock_answer_proves: bool = False
    """True if a 2xx to UNLOCK was always seen to mean that the lock is gone."""
    unlock_answers_anything: bool = False
    """Whether every UNLOCK succeeds, whatever its token."""
    same_user_locks_again: bool = False
    """Whether the holder of an exclusive lock gets a second one."""
    untagged_if_is_deadly: bool = False
    """Whether an untagged If on a write was seen to crash the server."""
    foreign_token_works: bool | None = None
    """True if another principal can use a token that it learned."""
    foreign_token_status: int | None = None
    """The status that refuses a write with another principal's token."""
    useless_token_status: int | None = None
    """The status that refuses a write to a locked resource with another token in If."""
    useless_unlock_status: int | None = None
    """The status that refuses an UNLOCK whose token locks nothing there."""
    issues: str | None = None
    """How all its tokens begin, if it accepts no others."""
    refreshes_members: bool | None = None
    """True if a refresh of a lock of depth infinity extends it on the members of its collection, too."""
    dead_refresh_status: int | None = None
    """The status that refuses a refresh with a dead token, if that is not 412."""
    renews_for_any_login: bool = False
    """Whether any login can refresh a lock with its token, although only the holder can write with it."""
    takes_tagged_refresh: bool | None = None
    """True if a refresh may name its lock in a tagged list of If."""
    wants_absolute_tag: bool = False
    """True if a tag of If must be an absolute URL, and a path matches nothing."""
    honours_if_match: bool | None = None
    """Whether it refuses a PUT whose If-Match is false."""
    move_replaces: bool | None = None
    """True if MOVE with Overwrite replaces what is at its destination."""
    move_wants_destination_token: bool = False
    """Whether it refuses a MOVE without a token for the destination."""
    keeps_revisions: bool = False
    """Whether it keeps every write in its history, even after a deletion."""
    working_copy_locks: bool = False
    """True if a lock belongs to one working copy of Subversion, and only svn takes it over."""
    admin_unlock: tuple[AdminUnlock, ...] = ()
    """Ways for an administrator to release one lock."""
    source: str = ""
    """The source of all this."""
