"""Names that not every server, proxy and client escapes alike."""

import unicodedata
from urllib.parse import quote

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed, CheckSkipped
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.answers import answer
from davlock.operations.probe import went_well
from davlock.protocol.if_header import IfHeader

GROUP = CheckGroup("names", needs=("scratch", PUT, LOCK, PROTECTS, TOKEN))
check = GROUP.check


def _round(context: CheckContext, name: str) -> None:
    """Lock it, be kept out, write with the token, see the lock, release it."""
    url = context.file(url=f"{context.url}{name}")
    taken = context.lock(url)
    context.refused(context.put(url), url, what="PUT without the token")
    written = context.put(url, NEW, context.tagged(taken))
    subject = context.last
    if not went_well(written) and context.untagged_is_safe:
        again = context.put(url, NEW, ("If", str(IfHeader.untagged(taken.token))))
        if went_well(again):
            context.warn(f"the token tagged with {url} was refused ({answer(written)}); untagged it is taken", subject)
            written = again
    if not went_well(written):
        raise CheckFailed(f"PUT with the token was refused: {answer(written)}", subject)
    if context.shows(taken) is False:
        raise CheckFailed("lockdiscovery does not show the lock", context.last)
    released = context.unlock(taken)
    if not went_well(released):
        raise CheckFailed(f"UNLOCK was refused: {answer(released)}", context.last)
    context.done(context.put(url), url, what="PUT after UNLOCK")


def _named(id: str, title: str, name: str, story: str, clause: str = "RFC 4918 §8.3") -> None:
    def act(context: CheckContext) -> None:
        _round(context, name)

    act.__name__, act.__doc__ = id.replace("-", "_"), story
    check(id, title, Level.MUST, clause, needs=("unlock",))(act)


_named("name-space", "A name with a space", "a%20b.txt", "Lock, write, see and release `a b.txt`.")
_named("name-upper-escapes", "Escapes in upper case", quote("ü") + "-U.txt", "The same for a name escaped as `%C3%BC`.")
_named(
    "name-lower-escapes",
    "Escapes in lower case",
    quote("ü").lower() + "-l.txt",
    "The same for a name escaped as `%c3%bc`, which is the same name.",
    "RFC 3986 §6.2.2.1",
)
_named(
    "name-nfc",
    "UTF-8, composed",
    quote(unicodedata.normalize("NFC", "Grüße-é.txt")),
    "A name as Windows and Linux write it (NFC).",
)
_named(
    "name-nfd",
    "UTF-8, decomposed",
    quote(unicodedata.normalize("NFD", "Grüße-è.txt")),
    "A name as macOS writes it (NFD).",
)
_named(
    "name-reserved",
    "Characters that mean something in XML and in URLs",
    quote("a&b;c=d'e(f)+.txt", safe=""),
    "A name with `&`, `;`, `=`, `'`, brackets and a plus sign.",
)
_named("name-percent", "A percent sign", "100%25.txt", "A name with a percent sign in it, which may be decoded twice.")


@check("name-case-of-escapes", "The case of escapes makes no other name", Level.MUST, "RFC 3986 §6.2.2.1")
def name_case_of_escapes(context: CheckContext) -> None:
    """Locked as `%C3%A4`, written as `%c3%a4` without the token: it is the same file."""
    upper, lower = f"{context.url}{quote('ä')}-case.txt", f"{context.url}{quote('ä').lower()}-case.txt"
    context.file(url=upper)
    context.lock(upper)
    context.refused(context.put(lower), upper, what="PUT by the other spelling")


@check("name-slash", "A collection without its slash", Level.SHOULD, "RFC 4918 §5.2")
def name_slash(context: CheckContext) -> None:
    """LOCK of a collection whose URL lacks the trailing slash, as many clients send it: it is on the collection, which
    nobody can lock by its other name then. Where collections are not locked at all there is nothing to be told.
    """
    folder = context.collection()
    taken = context.try_lock(folder.rstrip("/"))
    subject = context.last
    if not went_well(taken):
        if not went_well(context.try_lock(folder)):
            raise CheckSkipped("a collection is not locked with its slash either", context.last)
        raise CheckFailed(f"{answer(taken)}; with the slash it is granted", subject)
    context.denied(context.try_lock(folder), status=(423,), what="a second LOCK, with the slash,")


@check("name-unescaped-lockroot", "The lock root is escaped", Level.MUST, "RFC 4918 §8.3", needs=("lock-discovered",))
def name_unescaped_lockroot(context: CheckContext) -> None:
    """A lockroot with a bare space in it is no URL; clients that compare it with theirs find no match."""
    url = context.file(url=f"{context.url}{quote('root ö.txt')}")
    taken = context.lock(url)
    shown = taken.among(context.locks(url) or ()) or taken.lock
    root = shown.root.as_sent if shown is not None and shown.root is not None else None
    if root is not None and (" " in root or not root.isascii()):
        context.warn(f"the lockroot is not escaped: {root}")
