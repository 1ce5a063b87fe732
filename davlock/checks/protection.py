"""What a lock protects beyond the content."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed, CheckSkipped
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.answers import answer, refusal
from davlock.operations.probe import went_well
from davlock.operations.scratch import OLD
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.message import Exchange

GROUP = CheckGroup("protection", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check

_PATCH = b"""<?xml version="1.0" encoding="utf-8"?>
<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x:note xmlns:x="urn:davlock">davlock</x:note></D:prop></D:set>\
</D:propertyupdate>"""


def _move(context: CheckContext, method: str, url: str, destination: str, *fields: tuple[str, str]) -> None:
    context.request(method, url, ("Destination", destination), ("Overwrite", "T"), *fields)


def _usual(context: CheckContext, url: str) -> None:
    """Raises CheckSkipped if the server stores no properties, even on unlocked files."""
    asked = context.request("PROPPATCH", url, ("Content-Type", requests.XML_TYPE), body=_PATCH)
    codes = _codes(context, asked)
    if not went_well(asked) and 200 not in codes:
        statuses = ", ".join(str(code) for code in codes if code is not None)
        raise CheckSkipped(
            f"the server stores no properties, even on unlocked files: {answer(asked)} ({statuses})", context.last
        )


def _codes(context: CheckContext, exchange: Exchange) -> frozenset[int | None]:
    """Returns the statuses in a 207; the status of any other answer."""
    if exchange.status != 207:
        return frozenset({exchange.status})
    elements = context.multistatus(exchange).responses
    inside = {propstat.status for element in elements for propstat in element.propstats}
    return frozenset(inside | {element.status for element in elements})


@check(
    "delete-locked",
    "A locked file cannot be deleted without its token",
    Level.MUST,
    "RFC 4918 §9.6",
    litmus="notowner_modify",
)
def delete_locked(context: CheckContext) -> None:
    """Sends DELETE of a locked file without the token. Otherwise others delete what somebody is editing."""
    url = context.file()
    context.lock(url)
    context.refused(context.ask(requests.delete(url)), url, what="DELETE without the token")


@check(
    "move-locked",
    "A locked file cannot be moved without its token",
    Level.MUST,
    "RFC 4918 §9.9",
    litmus="notowner_modify",
)
def move_locked(context: CheckContext) -> None:
    """Sends MOVE of a locked file without the token. Otherwise the file disappears while its holder edits it."""
    url, to = context.file(), context.name()
    context.lock(url)
    _move(context, "MOVE", url, to)
    context.refused(context.exchanges[-1], url, what="MOVE without the token")


@check("move-onto-locked", "MOVE cannot replace a locked file without its token", Level.MUST, "RFC 4918 §9.9")
def move_onto_locked(context: CheckContext) -> None:
    """Sends MOVE of another file onto a locked one. Many programs save with PUT and MOVE, so a lock must stop this,
    too.
    """
    url, other = context.file(), context.file(content=NEW)
    context.lock(url)
    _move(context, "MOVE", other, url)
    context.refused(context.exchanges[-1], url, what="MOVE onto a locked file")


@check(
    "copy-onto-locked",
    "COPY cannot replace a locked file without its token",
    Level.MUST,
    "RFC 4918 §9.8",
    litmus="notowner_modify",
)
def copy_onto_locked(context: CheckContext) -> None:
    """Sends COPY of another file onto a locked one. Otherwise others overwrite what somebody is editing."""
    url, other = context.file(), context.file(content=NEW)
    context.lock(url)
    _move(context, "COPY", other, url)
    context.refused(context.exchanges[-1], url, what="COPY onto a locked file")


@check(
    "copy-locked", "A locked file can be copied, and its copy is unlocked", Level.MUST, "RFC 4918 §7.6", litmus="copy"
)
def copy_locked(context: CheckContext) -> None:
    """Sends COPY of a locked file, then PUT to the copy. COPY only reads its source."""
    url, to = context.file(), context.name()
    context.lock(url)
    _move(context, "COPY", url, to)
    copied = context.exchanges[-1]
    context.done(copied, to, OLD, what="COPY of a locked file")
    written = context.put(to)
    if not went_well(written):
        raise CheckFailed(f"the copy is locked, too: {refusal(written)}", context.last)


@check(
    "proppatch-locked",
    "A lock protects the properties of its file",
    Level.MUST,
    "RFC 4918 §9.2",
    litmus="notowner_modify",
)
def proppatch_locked(context: CheckContext) -> None:
    """Sends PROPPATCH of a locked file without the token. A server that stores no properties is not checked."""
    fields = (("Content-Type", requests.XML_TYPE),)
    free = context.file()
    _usual(context, free)
    context.lock(free)
    refused = context.request("PROPPATCH", free, *fields, body=_PATCH)
    if refused.status == 207:
        if 200 in _codes(context, refused):
            raise CheckFailed("the server carried out PROPPATCH without the token, which it must refuse", context.last)
        return
    context.denied(refused, status=(423,), what="PROPPATCH without the token")


@check(
    "proppatch-token",
    "The holder changes properties with the token",
    Level.MUST,
    "RFC 4918 §9.2",
    litmus="owner_modify",
    needs=(TOKEN,),
)
def proppatch_token(context: CheckContext) -> None:
    """Sends PROPPATCH of a locked file with the token. Windows Explorer writes properties after each save."""
    fields = (("Content-Type", requests.XML_TYPE),)
    url = context.file()
    _usual(context, url)
    taken = context.lock(url)
    asked = context.request("PROPPATCH", url, *fields, context.tagged(taken), body=_PATCH)
    if asked.status != 207 and not went_well(asked):
        raise CheckFailed(refusal(asked, "PROPPATCH with the token"), context.last)
    after = _codes(context, asked)
    if asked.status == 207 and 200 not in after:
        raise CheckFailed(
            f"the server refused PROPPATCH with the token: 207 with {', '.join(map(str, sorted(filter(None, after))))}",
            context.last,
        )


@check("delete-token", "The holder deletes the file with the token", Level.MUST, "RFC 4918 §9.6", needs=(TOKEN,))
def delete_token(context: CheckContext) -> None:
    """Sends DELETE with the token, then PUT to the same name. File and lock must both be gone."""
    url = context.file()
    taken = context.lock(url)
    gone = context.ask(requests.delete(url, condition=str(IfHeader.tagged_with(url, taken.token))))
    subject = context.last
    if not went_well(gone):
        raise CheckFailed(refusal(gone, "DELETE with the token"), subject)
    if context.content(url) is not None:
        raise CheckFailed(f"the server answered {gone.status} to DELETE, but the file is still there", subject)
    context.done(context.put(url), url, what="PUT to the deleted name")


@check(
    "move-token", "The holder moves the file, and the lock stays behind", Level.MUST, "RFC 4918 §7.7", needs=(TOKEN,)
)
def move_token(context: CheckContext) -> None:
    """Sends MOVE with the token, then PUT to the new name. If the lock moves along, nobody knows its new place."""
    url, to = context.file(), context.name()
    taken = context.lock(url)
    _move(context, "MOVE", url, to, context.tagged(taken))
    moved, subject = context.exchanges[-1], context.last
    if not went_well(moved):
        raise CheckFailed(refusal(moved, "MOVE with the token"), subject)
    written = context.put(to)
    if not went_well(written):
        raise CheckFailed(f"the lock moved along with the file: {refusal(written)}", context.last)


@check("mkcol-in-locked", "MKCOL in a locked collection is refused", Level.MUST, "RFC 4918 §9.3", needs=("depth-0",))
def mkcol_in_locked(context: CheckContext) -> None:
    """Sends MKCOL without the token in a collection with a lock of depth 0. The lock protects the list of members."""
    folder = context.collection()
    context.lock(folder)
    made = context.ask(requests.mkcol(f"{folder}sub/"))
    subject = context.last
    if context.exists(f"{folder}sub/"):
        raise CheckFailed(
            f"the server carried out MKCOL in a locked collection ({made.status}), which it must refuse", subject
        )
    context.denied(made, status=(423,), what="MKCOL in a locked collection")


@check(
    "token-in-lock-token",
    "A token in the Lock-Token header permits no write",
    Level.MUST,
    "RFC 4918 §10.4",
    needs=(TOKEN,),
)
def token_in_lock_token(context: CheckContext) -> None:
    """Sends PUT with the token in Lock-Token. Only UNLOCK reads this header; If submits a token."""
    url = context.file()
    taken = context.lock(url)
    written = context.put(url, NEW, ("Lock-Token", taken.token.coded))
    context.refused(written, url, what="PUT with the token in Lock-Token")


@check("sibling-free", "A lock leaves the files beside it writable", Level.MUST, "RFC 4918 §6.1")
def sibling_free(context: CheckContext) -> None:
    """Sends PUT to another file in the same collection, with a name that begins the same. Otherwise one lock stops work
    on other files.
    """
    url = context.file()
    beside = url.removesuffix(".txt") + "0.txt"
    context.file(url=beside)
    context.lock(url)
    context.done(context.put(beside), beside, what="PUT to the file beside a locked one")
