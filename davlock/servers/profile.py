"""What is known of one product: how it is recognised, and where it departs from RFC 4918.

``None`` means that nobody has measured it. What a profile says is only ever "likely": versions and configurations
differ.
"""

from collections.abc import Callable
from enum import Enum

from davlock.protocol.lock import STAND_IN
from davlock.protocol.message import Exchange
from davlock.values import dataclass

_MOST = 100  # bodies of a kind: a walk has thousands, and the first ones tell
_VALUES = ("server", "x-powered-by", "dav", "allow", "public", "vary", "www-authenticate", "lock-token")


def _path(url: str) -> str:
    """The path of ``url``, without host, query and fragment."""
    return url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a set of exchanges gives away about the server, gathered once for all profiles."""

    server: str = ""
    """Every Server and X-Powered-By value, lower case."""
    dav: str = ""
    """Every DAV value, lower case."""
    allow: frozenset[str] = frozenset()
    """Allow values as sent, white space removed."""
    public: frozenset[str] = frozenset()
    """Like the above, for Public: the methods that IIS knows at all."""
    vary: frozenset[str] = frozenset()
    """Vary values, lower case, white space removed."""
    realm: str = ""
    """Every WWW-Authenticate value, lower case."""
    names: frozenset[str] = frozenset()
    """The names of all fields, lower case."""
    bodies: str = ""
    """The first bytes of the bodies of errors and multistatus answers, lower case."""
    errors: str = ""
    """Those of errors alone: a multistatus can echo names that only the client brought up."""
    locks: str = ""
    """The first bytes of multistatus answers and of successes of LOCK, lower case: how a lock is written down."""
    urls: str = ""
    """The paths that were asked, a line each, as sent."""
    agents: str = ""
    """Every User-Agent of the requests, lower case."""
    tokens: frozenset[str] = frozenset()
    """Lock-Token values of answers, as sent; without stand-ins, which tell nothing."""

    @classmethod
    def of(cls, exchanges: tuple[Exchange, ...]) -> "Traits":
        """From the answers among ``exchanges``."""
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
    """Where a product keeps its locks, for somebody who wants to remove one."""

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


class MemberAct(Enum):
    """What a lock of depth 0 on a collection can forbid to do with a direct member (RFC 4918 §7.4)."""

    CREATE = "create"
    """PUT of a name that is not there yet."""
    LOCK_NEW = "lock-new"
    """LOCK of a name that is not there yet."""
    DELETE = "delete"
    MOVE = "move"
    PUT = "put"
    """PUT to a file that is there."""
    LOCK = "lock"
    """LOCK of a file that is there."""


RFC_4918 = frozenset({MemberAct.CREATE, MemberAct.LOCK_NEW, MemberAct.DELETE, MemberAct.MOVE})
"""What changes a collection's list of members, which is what its lock of depth 0 protects (RFC 4918 §7.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminUnlock:
    """A way in which an administrator frees one lock and no other."""

    title: str
    command: tuple[str, ...]
    """Its words; those in capitals are to be filled in."""


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
    lock_setup: str = ""
    """What its administrator sets so that it offers locks at all."""
    write_setup: str = ""
    """What its administrator sets so that it takes writes from any client."""
    propfind_setup: str = ""
    """What its administrator sets so that it answers PROPFIND."""
    zero_timeout: ZeroTimeout | None = None
    """What ``Second-0`` in a lock means; ``None`` too where it can mean either."""
    shows_locks: bool | None = None
    """Whether a lockdiscovery that is empty means that nothing is locked."""
    can_hide_locks: bool = False
    """Whether its administrator can make lockdiscovery empty although there are locks."""
    leaves_out_lockdiscovery: bool = False
    """Whether lockdiscovery can be 404 where nothing is locked, as if there were no such property."""
    lists_locks: bool = True
    """Whether a PROPFIND on a collection shows the locks of its members; if not, each must be asked for its own."""
    tells_locks_alone: bool = False
    """Whether lockdiscovery can be 404 among other properties, too, where something is locked."""
    depth_zero_forbids: frozenset[MemberAct] | None = None
    """What a lock of depth 0 on a collection forbids to others; ``None``: nobody measured it."""
    removes_locked_members: bool | None = None
    """Whether DELETE and MOVE of a collection pass although somebody else holds a lock on a member."""
    locked_member_bars_lock: bool = False
    """Whether a lock on a direct member refuses a LOCK of depth 0 on its collection."""
    locks_collections: bool = True
    """Whether a collection can be locked."""
    shows_inherited: bool | None = None
    """Whether a resource shows the locks of the collections above it."""
    locks_by_spelling: bool = False
    """Whether it looks for locks by the text of the path: with a slash at its end, and without, they differ."""
    counts_down: bool | None = None
    """Whether the timeout shown is the time that remains."""
    counts_below_zero: bool = False
    """Whether it goes on counting below zero, and keeps the lock, when its time is over."""
    always_grants: int | None = None
    """Seconds that every lock is granted, whatever was asked for."""
    timeout_misleads: bool = False
    """Whether the timeout that PROPFIND shows is no measure of how long a lock lasts."""
    loses_concurrent_changes: bool = False
    """Whether of two locks that were taken or released at one time, one change was seen to get lost."""
    unlocks_by_hand: tuple[tuple[str, str], ...] = ()
    """Header fields of an UNLOCK that releases a lock which no client took, but a person or an app."""
    names_user_in_header: bool = False
    """Whether an answer about one lock names the user who took it, and when, in header fields."""
    lock_properties: tuple[str, ...] = ()
    """Properties of its own that tell of a lock, in Clark notation."""
    keeps_longer: str = ""
    """What it makes of a lock that was asked for seconds, where it keeps it longer, as a clause."""
    shared_token_suffices: bool | None = None
    """Whether a write with one of several shared locks' tokens is let through."""
    unlock_answer_proves: bool = False
    """Whether a 2xx to UNLOCK was always seen to mean that the lock is gone."""
    unlock_answers_anything: bool = False
    """Whether UNLOCK is answered with a success whatever token it names."""
    same_user_locks_again: bool = False
    """Whether the user who holds an exclusive lock is granted a second one."""
    untagged_if_is_deadly: bool = False
    """Whether an untagged If on a write was seen to end the server."""
    foreign_token_works: bool | None = None
    """Whether another principal can use a token that it learned."""
    foreign_token_status: int | None = None
    """How a write with another principal's token is refused."""
    useless_token_status: int | None = None
    """How a write to a locked resource is refused whose If names another token than the lock's."""
    useless_unlock_status: int | None = None
    """How an UNLOCK is refused whose token locks nothing there."""
    issues: str | None = None
    """How all its tokens begin, where it reads no others."""
    refreshes_members: bool | None = None
    """Whether a refresh of a lock of depth infinity extends it on the members of its collection, too."""
    dead_refresh_status: int | None = None
    """How a refresh is refused whose token is no lock's, where that is not 412."""
    renews_for_any_login: bool = False
    """Whether the token is enough to refresh a lock, although a write with it is refused to another login."""
    takes_tagged_refresh: bool | None = None
    """Whether a refresh may name its lock in a tagged list of If."""
    wants_absolute_tag: bool = False
    """Whether a tag of If must be an absolute URL, and a path matches nothing."""
    honours_if_match: bool | None = None
    """Whether a PUT with an If-Match that does not hold is refused."""
    move_replaces: bool | None = None
    """Whether MOVE with Overwrite replaces what is at its destination."""
    move_wants_destination_token: bool = False
    """Whether a MOVE is refused unless a token for the destination is submitted as well."""
    keeps_revisions: bool = False
    """Whether every write stays in its history, also of what was deleted since."""
    working_copy_locks: bool = False
    """Whether a lock belongs to one working copy of Subversion, and only svn takes it over."""
    admin_unlock: tuple[AdminUnlock, ...] = ()
    """Ways in which an administrator frees one lock."""
    source: str = ""
    """Where this is from."""
