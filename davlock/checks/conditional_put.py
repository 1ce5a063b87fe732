"""Conditional writes without locks: they protect people's work where locks do not.

Each check also sends a wrong condition: a server that ignores conditions passes with a right one.
"""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import PUT
from davlock.checks.outcomes import CheckFailed, CheckSkipped
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.operations.scratch import OLD
from davlock.protocol import requests
from davlock.protocol.requests import NO_SUCH_VERSION

GROUP = CheckGroup("conditional", needs=("scratch", PUT))
check = GROUP.check
WRONG = "if-match-wrong"

LONG_AGO = "Mon, 01 Jan 2001 00:00:00 GMT"
FAR_OFF = "Wed, 01 Jan 2120 00:00:00 GMT"


@check(
    "if-match-wrong",
    "A wrong If-Match stops a PUT",
    Level.MUST,
    "RFC 9110 §13.1.1",
    diagnostic=True,
)
def if_match_wrong(context: CheckContext) -> None:
    """PUT with an entity tag that no file has must return 412. Otherwise a client that believes itself safe overwrites
    the work of others.
    """
    url = context.file()
    context.refused(
        context.put(url, NEW, ("If-Match", NO_SUCH_VERSION)), url, status=(412,), what="PUT with a wrong If-Match"
    )


@check("if-match-right", "The right If-Match permits a PUT", Level.MUST, "RFC 9110 §13.1.1", needs=(WRONG,))
def if_match_right(context: CheckContext) -> None:
    """Sends PUT with the entity tag that the server gave. If it fails, a careful client can never save."""
    url = context.file()
    etag = context.strong_etag(url)
    context.done(context.put(url, NEW, ("If-Match", str(etag))), url, what=f"PUT with If-Match {etag}")


@check("if-match-stale", "An outdated If-Match stops a PUT", Level.MUST, "RFC 9110 §13.1.1", needs=(WRONG,))
def if_match_stale(context: CheckContext) -> None:
    """PUT with the entity tag from before another write must return 412. This is the lost update that If-Match
    prevents.
    """
    url = context.file()
    etag = context.strong_etag(url)
    other = b"davlock: written by somebody else, and longer than before\n"
    if not went_well(context.put(url, other)):
        raise CheckFailed(refusal(context.exchanges[-1], "a second PUT"), context.last)
    context.refused(
        context.put(url, NEW, ("If-Match", str(etag))), url, other, status=(412,), what="PUT with an outdated If-Match"
    )


@check("if-match-weak", "A weak entity tag never matches If-Match", Level.SHOULD, "RFC 9110 §13.1.1", needs=(WRONG,))
def if_match_weak(context: CheckContext) -> None:
    """PUT with W/ before the right entity tag must return 412. If-Match compares strongly, and a weak tag names no
    exact version.
    """
    url = context.file()
    etag = context.strong_etag(url)
    written = context.put(url, NEW, ("If-Match", f"W/{str(etag).removeprefix('W/')}"))
    if went_well(written):
        context.warn(f"the server answered {written.status} to PUT with a weak If-Match, not 412")


@check("if-match-star", "If-Match: * requires an existing file", Level.MUST, "RFC 9110 §13.1.1", needs=(WRONG,))
def if_match_star(context: CheckContext) -> None:
    """PUT with If-Match: * to a missing name must return 412 and create nothing. A client uses it to avoid reviving a
    deleted file.
    """
    url = context.name()
    context.refused(context.put(url, NEW, ("If-Match", "*")), url, None, status=(412,), what="PUT with If-Match: *")
    there = context.file()
    context.done(context.put(there, NEW, ("If-Match", "*")), there, what="PUT with If-Match: * to an existing file")


@check(
    "if-none-match-star",
    "If-None-Match: * never overwrites a file",
    Level.MUST,
    "RFC 9110 §13.1.2",
    diagnostic=True,
)
def if_none_match_star(context: CheckContext) -> None:
    """PUT with If-None-Match: * creates a new file, and returns 412 for an existing one. Clients create files safely
    this way, without a lock.
    """
    url = context.file()
    context.refused(
        context.put(url, NEW, ("If-None-Match", "*")), url, OLD, status=(412,), what="PUT with If-None-Match: *"
    )
    new = context.name()
    context.done(context.put(new, NEW, ("If-None-Match", "*")), new, what="PUT of a new file with If-None-Match: *")


@check("if-unmodified-since", "The server checks If-Unmodified-Since", Level.SHOULD, "RFC 9110 §13.1.4")
def if_unmodified_since(context: CheckContext) -> None:
    """PUT with a date long ago must return 412. With a date far ahead the server must write."""
    url = context.file()
    context.refused(
        context.put(url, NEW, ("If-Unmodified-Since", LONG_AGO)),
        url,
        status=(412,),
        what="PUT with an If-Unmodified-Since long ago",
    )
    context.done(
        context.put(url, NEW, ("If-Unmodified-Since", FAR_OFF)), url, what="PUT with an If-Unmodified-Since far ahead"
    )


@check("if-match-delete", "A wrong If-Match stops a DELETE", Level.MUST, "RFC 9110 §13.1.1")
def if_match_delete(context: CheckContext) -> None:
    """DELETE with an entity tag that no file has must return 412. Otherwise a client deletes a newer version than it
    knows.
    """
    url = context.file()
    gone = context.request("DELETE", url, ("If-Match", NO_SUCH_VERSION))
    context.refused(gone, url, status=(412,), what="DELETE with a wrong If-Match")


@check("etag-same", "PROPFIND and HEAD give the same entity tag", Level.SHOULD, "RFC 4918 §15.6")
def etag_same(context: CheckContext) -> None:
    """Sends HEAD and PROPFIND of one file. Clients take the entity tag from a listing and send it with a PUT."""
    url = context.file()
    header = context.etag_of(context.ask(requests.head(url)))
    listed = context.listed_etag(url)
    if header is None or listed is None:
        raise CheckSkipped("the server gives no entity tag in HEAD or in PROPFIND", context.last)
    if header.value != listed.value:
        raise CheckFailed(f"HEAD gives the entity tag {header}, PROPFIND gives {listed}", context.last)


@check("etag-changes", "New content gets a new entity tag", Level.MUST, "RFC 9110 §8.8.3")
def etag_changes(context: CheckContext) -> None:
    """Sends PUT of other content, then HEAD. If two versions have the same entity tag, no condition can tell them
    apart.
    """
    url = context.file()
    before = context.strong_etag(url)
    if not went_well(context.put(url, b"davlock: another content of another length\n")):
        raise CheckFailed(refusal(context.exchanges[-1], "a second PUT"), context.last)
    after = context.etag_of(context.ask(requests.head(url)))
    if after is not None and after.value == before.value:
        raise CheckFailed(f"the content changed, but the entity tag is still {before}", context.last)
