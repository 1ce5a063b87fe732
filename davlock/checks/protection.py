"""What a lock protects, besides the content."""

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.not_passed import Failed, Skip
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer
from davlock.operations.case import went_well
from davlock.operations.scratch import OLD
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.message import Exchange

GROUP = Group("protection", needs=("scratch", PUT, LOCK, PROTECTS))
check = GROUP.check

_PATCH = b"""<?xml version="1.0" encoding="utf-8"?>
<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x:note xmlns:x="urn:davlock">davlock</x:note></D:prop></D:set>\
</D:propertyupdate>"""


def _move(site: Site, method: str, url: str, destination: str, *fields: tuple[str, str]) -> None:
    site.request(method, url, ("Destination", destination), ("Overwrite", "T"), *fields)


def _usual(site: Site, url: str) -> None:
    """Raises Skip where the server takes no property of anybody's."""
    asked = site.request("PROPPATCH", url, ("Content-Type", requests.XML_TYPE), body=_PATCH)
    codes = _codes(site, asked)
    if not went_well(asked) and 200 not in codes:
        told = ", ".join(str(code) for code in codes if code is not None)
        raise Skip(f"the server takes no property where nothing is locked: {answer(asked)} ({told})", site.last)


def _codes(site: Site, exchange: Exchange) -> frozenset[int | None]:
    """The statuses within a 207; the answer's own where it is none."""
    if exchange.status != 207:
        return frozenset({exchange.status})
    elements = site.multistatus(exchange).responses
    inside = {propstat.status for element in elements for propstat in element.propstats}
    return frozenset(inside | {element.status for element in elements})


@check("delete-locked", "A locked file is not deleted", Level.MUST, "RFC 4918 §9.6", litmus="notowner_modify")
def delete_locked(site: Site) -> None:
    """DELETE without the token."""
    url = site.file()
    site.lock(url)
    site.refused(site.ask(requests.delete(url)), url, what="DELETE without the token")


@check("move-locked", "A locked file is not moved away", Level.MUST, "RFC 4918 §9.9", litmus="notowner_modify")
def move_locked(site: Site) -> None:
    """MOVE of a locked file without the token."""
    url, to = site.file(), site.name()
    site.lock(url)
    _move(site, "MOVE", url, to)
    site.refused(site.exchanges[-1], url, what="MOVE without the token")


@check("move-onto-locked", "Nothing is moved over a locked file", Level.MUST, "RFC 4918 §9.9")
def move_onto_locked(site: Site) -> None:
    """MOVE of another file onto a locked one without its token."""
    url, other = site.file(), site.file(content=NEW)
    site.lock(url)
    _move(site, "MOVE", other, url)
    site.refused(site.exchanges[-1], url, what="MOVE onto it without the token")


@check(
    "copy-onto-locked", "Nothing is copied over a locked file", Level.MUST, "RFC 4918 §9.8", litmus="notowner_modify"
)
def copy_onto_locked(site: Site) -> None:
    """COPY of another file onto a locked one without its token."""
    url, other = site.file(), site.file(content=NEW)
    site.lock(url)
    _move(site, "COPY", other, url)
    site.refused(site.exchanges[-1], url, what="COPY onto it without the token")


@check("copy-locked", "A locked file can be copied", Level.MUST, "RFC 4918 §7.6", litmus="copy")
def copy_locked(site: Site) -> None:
    """COPY reads its source, and the copy is not locked."""
    url, to = site.file(), site.name()
    site.lock(url)
    _move(site, "COPY", url, to)
    copied = site.exchanges[-1]
    site.done(copied, to, OLD, what="COPY of a locked file")
    written = site.put(to)
    if not went_well(written):
        raise Failed(f"the copy is locked as well: {answer(written)}", site.last)


@check(
    "proppatch-locked",
    "The properties of a locked file are kept",
    Level.MUST,
    "RFC 4918 §9.2",
    litmus="notowner_modify",
)
def proppatch_locked(site: Site) -> None:
    """PROPPATCH without the token. What a server that keeps no properties says before any lock, it may say then."""
    fields = (("Content-Type", requests.XML_TYPE),)
    free = site.file()
    _usual(site, free)
    site.lock(free)
    refused = site.request("PROPPATCH", free, *fields, body=_PATCH)
    if refused.status == 207:
        if 200 in _codes(site, refused):
            raise Failed("PROPPATCH without the token was carried out, and had to be refused", site.last)
        return
    site.denied(refused, status=(423,), what="PROPPATCH without the token")


@check(
    "proppatch-token",
    "The holder of a lock changes properties",
    Level.MUST,
    "RFC 4918 §9.2",
    litmus="owner_modify",
    needs=(TOKEN,),
)
def proppatch_token(site: Site) -> None:
    """PROPPATCH with the token, where the server keeps properties at all."""
    fields = (("Content-Type", requests.XML_TYPE),)
    url = site.file()
    _usual(site, url)
    taken = site.lock(url)
    asked = site.request("PROPPATCH", url, *fields, site.tagged(taken), body=_PATCH)
    if asked.status != 207 and not went_well(asked):
        raise Failed(f"PROPPATCH with the token was refused: {answer(asked)}", site.last)
    after = _codes(site, asked)
    if asked.status == 207 and 200 not in after:
        raise Failed(f"PROPPATCH with the token was refused within its 207: {sorted(filter(None, after))}", site.last)


@check("delete-token", "The holder of a lock deletes the file", Level.MUST, "RFC 4918 §9.6", needs=(TOKEN,))
def delete_token(site: Site) -> None:
    """DELETE with the token: the file and its lock are gone, and the name is free."""
    url = site.file()
    taken = site.lock(url)
    gone = site.ask(requests.delete(url, condition=str(IfHeader.tagged_with(url, taken.token))))
    subject = site.last
    if not went_well(gone):
        raise Failed(f"DELETE with the token was refused: {answer(gone)}", subject)
    if site.content(url) is not None:
        raise Failed(f"DELETE was answered {gone.status}, and the file is still there", subject)
    site.done(site.put(url), url, what="PUT to the name afterwards")


@check(
    "move-token", "The holder of a lock moves the file, without the lock", Level.MUST, "RFC 4918 §7.7", needs=(TOKEN,)
)
def move_token(site: Site) -> None:
    """MOVE with the token: the lock does not go along to the new name."""
    url, to = site.file(), site.name()
    taken = site.lock(url)
    _move(site, "MOVE", url, to, site.tagged(taken))
    moved, subject = site.exchanges[-1], site.last
    if not went_well(moved):
        raise Failed(f"MOVE with the token was refused: {answer(moved)}", subject)
    written = site.put(to)
    if not went_well(written):
        raise Failed(f"the lock went along with the file: {answer(written)}", site.last)


@check("mkcol-in-locked", "No collection is made in a locked one", Level.MUST, "RFC 4918 §9.3", needs=("depth-0",))
def mkcol_in_locked(site: Site) -> None:
    """MKCOL in a collection that is locked by itself: its list of members is protected."""
    folder = site.collection()
    site.lock(folder)
    made = site.ask(requests.mkcol(f"{folder}sub/"))
    subject = site.last
    if site.exists(f"{folder}sub/"):
        raise Failed(f"MKCOL was carried out (answered {made.status}) and had to be refused", subject)
    site.denied(made, status=(423,), what="MKCOL")


@check("token-in-lock-token", "A token in Lock-Token opens nothing", Level.MUST, "RFC 4918 §10.4", needs=(TOKEN,))
def token_in_lock_token(site: Site) -> None:
    """PUT with the token in the Lock-Token header, which is for UNLOCK alone."""
    url = site.file()
    taken = site.lock(url)
    written = site.put(url, NEW, ("Lock-Token", taken.token.coded))
    site.refused(written, url, what="PUT with the token in Lock-Token")


@check("sibling-free", "A lock covers nothing beside it", Level.MUST, "RFC 4918 §6.1")
def sibling_free(site: Site) -> None:
    """PUT to another file in the same collection, one whose name begins alike."""
    url = site.file()
    beside = url.removesuffix(".txt") + "0.txt"
    site.file(url=beside)
    site.lock(url)
    site.done(site.put(beside), beside, what="PUT to the file beside it")
