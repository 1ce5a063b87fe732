"""Which commands a finding may print, and with which options of the person: they are to work as they are pasted.

Every URL in them stays at the origin that the person asked.

A person copies a printed command, and davlock sends the login along (DAVLOCK_USER, --netrc). A server chooses its
lockroots, hrefs and Locations, so none of them may send that login to another host, or a write out of the tree.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Remedy, Who
from davlock.diagnosis.invocation import Invocation
from davlock.diagnosis.wording import url_for_svn
from davlock.protocol.url import is_ancestor, origin, same_origin, same_path, same_resource, without_credentials
from davlock.protocol.write_scope import inside

_VALUES = frozenset(
    {
        *("--token", "--if", "--if-match", "--if-none-match", "-p", "-A", "-u", "--oauth2-bearer", "-H", "-X"),
        *("--depth", "--scope", "--timeout", "--owner", "--as"),
    }
)
"""Options whose value is no URL that anybody asks: a lock token may be an http URL, and stays as it is."""

_READING = frozenset({"diagnose", "locks", "propfind", "wait", "watch", "explain", "info"})
"""Commands of davlock and svn that change nothing."""

_OFFLINE = frozenset({"explain", "decode", "demo"})

FILE = "FILE"
"""Stands for the file to upload, where the person has not typed one."""

THEIR_LOGIN = "THEIR-LOGIN"
"""Stands for the login of a lock's owner, which no server tells."""

_OF_CURL = frozenset(
    {
        *(
            "-u",
            "--netrc",
            "--basic",
            "--digest",
            "--negotiate",
            "-k",
            "--cacert",
            "--cert",
            "--key",
            "--cert-type",
            "-x",
            "--noproxy",
            "--resolve",
        ),
        *("--unix-socket", "-4", "-6"),
    }
)
"""Options that mean the same to curl."""

_SCHEMES = ("http://", "https://")

_PROGRAMS = frozenset({"davlock", "svn"})
_ASKING = _PROGRAMS | {"curl"}


def printable(remedy: Remedy, evidence: Evidence) -> Remedy:
    """``remedy``, its command with URLs of the origin that was asked; without its command where that cannot be.

    A URL on another host becomes the same path at our origin where it names the target or a collection above it:
    behind a proxy a server knows itself by another name. A write is printed for the target, what is above or below it,
    and the Destination that the person named.
    """
    command = remedy.command
    if command is None or remedy.typed:
        return remedy
    if "" in command or _names_a_path(command, evidence.target):  # the URL, in a capture that does not tell it whole
        return replace(remedy, command=None)
    places = _places(command)
    if not places:
        return remedy
    words = list(command)
    for place in places:
        url = _at_our_origin(words[place], evidence, writes=_writes(command))
        if url is None:
            return replace(remedy, command=None)
        words[place] = url
    return replace(remedy, command=_as_the_person_asks(tuple(words), remedy.who, evidence.invocation))


def with_options(command: tuple[str, ...], made: Invocation | None) -> tuple[str, ...]:
    """Returns ``command`` with the options by which the person reached the server and logged in."""
    return _as_the_person_asks(command, Who.YOU, made)


def _as_the_person_asks(command: tuple[str, ...], who: Who, made: Invocation | None) -> tuple[str, ...]:
    """``command`` with the options by which the person reached the server and logged in: without them it ends in 401.

    What only the lock's owner can do is printed with a login to fill in, where there is one at all.
    """
    if made is not None and command[0] == "svn" and made.user and who is not Who.SERVER_ADMIN:
        return (*command[:2], "--username", made.user, *command[2:])
    verbs = _verbs(command)
    if made is None or not verbs:
        return command
    asks = made.asks if who is not Who.LOCK_OWNER or not made.user else (("-u", THEIR_LOGIN),)
    if "-u" in command:
        asks = ()
    if made.verb[1:] == ("put",) and made.arguments and command[:2] == ("davlock", "put"):
        command = tuple(made.arguments[0] if word == FILE else word for word in command)
    command, supplied = _named(command, made)
    typed = {option[0] for option in (*asks, *made.reach)}
    supplied = tuple(option for option in supplied if option[0] not in typed)
    options = [option for option in (*asks, *supplied, *made.reach) if command[0] != "curl" or option[0] in _OF_CURL]
    if command[0] == "curl":
        options = _for_curl(command, options, made.user)
    return (*command[:verbs], *(word for option in options for word in option), *command[verbs:])


def _for_curl(command: tuple[str, ...], options: list[tuple[str, ...]], user: str) -> list[tuple[str, ...]]:
    """The ``options`` and what else curl needs. It knows no variable of davlock, sends no ticket without -u, and
    offers Basic alone unless somebody says otherwise.
    """
    if "-u" in command:
        return options
    options = [("--negotiate", "-u", ":") if option[0] == "--negotiate" else option for option in options]
    names = {option[0] for option in options}
    if user and not names & {"-u", "--netrc", "--negotiate"}:
        options = [("-u", user), *options]
    if (user or "--netrc" in names) and not names & {"--basic", "--digest", "--negotiate"}:
        options = [("--anyauth",), *options]
    return options


def _named(command: tuple[str, ...], made: Invocation) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """``command`` with its URLs as the person names them, and no option; else as it is, with the options it needs."""
    server, places = made.server, _places(command)
    if server is None:
        return command, ()
    if not places and command[0] == "davlock":  # the beginning of a command
        return command, ()
    named = {place: server.word(command[place]) for place in places} if command[0] == "davlock" else {0: None}
    if None in named.values():
        return command, server.options
    return tuple(named.get(place) or word for place, word in enumerate(command)), ()


def _verbs(command: tuple[str, ...]) -> int:
    """How many words stand before the options of a command that asks the server; 0 for all others."""
    if command[0] == "curl":
        return 1
    if command[0] != "davlock" or len(command) < 2 or command[1] in _OFFLINE:
        return 0
    return 3 if command[1] == "ledger" else 2


def _places(command: tuple[str, ...]) -> tuple[int, ...]:
    """Where its URLs stand."""
    return tuple(
        place
        for place, word in enumerate(command)
        if place > 0 and command[place - 1] not in _VALUES and ("://" in word or word.startswith(("//", "\\\\")))
    )


def _names_a_path(command: tuple[str, ...], target: str) -> bool:
    """Whether the target is only a path, and a word names it or a collection above it. No program can ask a path."""
    if target.lower().startswith(_SCHEMES):
        return False
    places = range(1, len(command) if command[0] in _ASKING else 1)
    words = [command[place] for place in places if command[place - 1] not in _VALUES]
    return any(word.startswith("/") or word == target or target.startswith(f"{word.rstrip('/')}/") for word in words)


def _writes(command: tuple[str, ...]) -> bool:
    if command[0] in _PROGRAMS:
        return len(command) < 2 or command[1] not in _READING or "--attempt" in command or "--scratch" in command
    return not (command[0] == "curl" and "-X" not in command and "-T" not in command)


def _at_our_origin(url: str, evidence: Evidence, *, writes: bool) -> str | None:
    """The URL as it may stand in a command; ``None`` where it may not."""
    target = without_credentials(evidence.target)
    if not target.lower().startswith(_SCHEMES) or not url.lower().startswith(_SCHEMES):
        return None
    try:
        path = urlsplit(url).path or "/"
    except ValueError:
        return None
    asked = _without_query(target)
    # Whatever stands before and behind the path is the server's: userinfo, another host, a query, a fragment.
    ours = origin(target) + path
    if ours == asked or (same_path(ours, asked) and not same_origin(url, target)):
        return target
    if same_origin(url, target) and not writes:
        return ours
    for own in filter(None, (asked, url_for_svn(asked), evidence.destination)):
        if same_resource(ours, own) or inside(own, ours) or (is_ancestor(ours, own) and inside(ours, own)):
            return ours
    return None


def _without_query(url: str) -> str:
    """``url`` without its query and fragment."""
    return url.partition("#")[0].partition("?")[0]
