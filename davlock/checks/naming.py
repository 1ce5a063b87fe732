"""Names that servers, proxies and clients escape differently."""

import unicodedata
from urllib.parse import quote

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed, CheckSkipped
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.protocol.if_header import IfHeader

GROUP = CheckGroup("names", needs=("scratch", PUT, LOCK, PROTECTS, TOKEN))
check = GROUP.check


def _round(context: CheckContext, name: str) -> None:
    """Locks a file with this name, writes without and with the token, reads the lock, releases it."""
    url = context.file(url=f"{context.url}{name}")
    taken = context.lock(url)
    context.refused(context.put(url), url, what="PUT without the token")
    written = context.put(url, NEW, context.tagged(taken))
    subject = context.last
    if not went_well(written) and context.untagged_is_safe:
        again = context.put(url, NEW, ("If", str(IfHeader.untagged(taken.token))))
        if went_well(again):
            context.warn(f"{refusal(written, 'the token tagged with the URL')}; it accepts the untagged token", subject)
            written = again
    if not went_well(written):
        raise CheckFailed(refusal(written, "PUT with the token"), subject)
    if context.shows(taken) is False:
        raise CheckFailed("lockdiscovery does not show the lock of a file with this name", context.last)
    released = context.unlock(taken)
    if not went_well(released):
        raise CheckFailed(refusal(released), context.last)
    context.done(context.put(url), url, what="PUT after UNLOCK")


def _named(id: str, title: str, name: str, story: str, clause: str = "RFC 4918 §8.3") -> None:
    def act(context: CheckContext) -> None:
        _round(context, name)

    act.__name__, act.__doc__ = id.replace("-", "_"), story
    check(id, title, Level.MUST, clause, needs=("unlock",))(act)


_named(
    "name-space",
    "Locks work on a name with a space",
    "a%20b.txt",
    "davlock locks, writes and releases the file `a b.txt`. Many people have spaces in their file names.",
)
_named(
    "name-upper-escapes",
    "Locks work on escapes in upper case",
    quote("ü") + "-U.txt",
    "davlock locks, writes and releases a file with `%C3%BC` in its name.",
)
_named(
    "name-lower-escapes",
    "Locks work on URLs with lower-case escapes (%c3)",
    quote("ü").lower() + "-l.txt",
    "davlock locks, writes and releases a file with `%c3%bc` in its name, which means `%C3%BC`.",
    "RFC 3986 §6.2.2.1",
)
_named(
    "name-nfc",
    "Locks work on composed UTF-8",
    quote(unicodedata.normalize("NFC", "Grüße-é.txt")),
    "davlock locks, writes and releases a file named as Windows and Linux do it (NFC).",
)
_named(
    "name-nfd",
    "Locks work on decomposed UTF-8",
    quote(unicodedata.normalize("NFD", "Grüße-è.txt")),
    "davlock locks, writes and releases a file named as macOS does it (NFD).",
)
_named(
    "name-reserved",
    "Locks work on characters that XML and URLs reserve",
    quote("a&b;c=d'e(f)+.txt", safe=""),
    "davlock locks, writes and releases a file with `&`, `;`, `=`, `'`, brackets and a plus sign in its name.",
)
_named(
    "name-percent",
    "Locks work on a percent sign",
    "100%25.txt",
    "davlock locks, writes and releases a file with a percent sign in its name. A server or proxy may decode it twice.",
)


@check("name-case-of-escapes", "The case of escapes does not change the file", Level.MUST, "RFC 3986 §6.2.2.1")
def name_case_of_escapes(context: CheckContext) -> None:
    """Sends LOCK of a name with `%C3%A4`, then PUT to it as `%c3%a4` without the token. Otherwise another spelling
    evades the lock.
    """
    upper, lower = f"{context.url}{quote('ä')}-case.txt", f"{context.url}{quote('ä').lower()}-case.txt"
    context.file(url=upper)
    context.lock(upper)
    context.refused(context.put(lower), upper, what="PUT with the other spelling of the name")


@check("name-slash", "A collection is the same with and without its slash", Level.SHOULD, "RFC 4918 §5.2")
def name_slash(context: CheckContext) -> None:
    """Sends LOCK of a collection without its trailing slash, as many clients do, then LOCK with it. The second must
    fail. If the collection cannot be locked at all, davlock skips the check.
    """
    folder = context.collection()
    taken = context.try_lock(folder.rstrip("/"))
    subject = context.last
    if not went_well(taken):
        if not went_well(context.try_lock(folder)):
            raise CheckSkipped("the server does not lock the collection with its slash either", context.last)
        raise CheckFailed(f"{refusal(taken, 'LOCK without the slash')}; it grants LOCK with the slash", subject)
    context.denied(context.try_lock(folder), status=(423,), what="a second LOCK with the slash")


@check(
    "name-unescaped-lockroot",
    "The server escapes the lock root",
    Level.MUST,
    "RFC 4918 §8.3",
    needs=("lock-discovered",),
)
def name_unescaped_lockroot(context: CheckContext) -> None:
    """Sends LOCK of a name with a space, then PROPFIND. A lockroot with a bare space is no URL. Clients that compare it
    with their own find no match.
    """
    url = context.file(url=f"{context.url}{quote('root ö.txt')}")
    taken = context.lock(url)
    shown = taken.among(context.locks(url) or ()) or taken.lock
    root = shown.root.as_sent if shown is not None and shown.root is not None else None
    if root is not None and (" " in root or not root.isascii()):
        context.warn(f"the server does not escape the lockroot: {root}")
