"""An exclusive lock: granted, seen, kept against others, used by its holder, released."""

from davlock.checks.check import Group
from davlock.checks.not_passed import Failed, Unknown
from davlock.checks.reader import UNREADABLE
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.checks.storage import difference
from davlock.operations.answers import answer, granted
from davlock.operations.case import went_well
from davlock.operations.lock_proof import Proof, of_second_lock
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.multistatus import BESIDE

GROUP = Group("exclusive", needs=("scratch",))
check = GROUP.check

PUT, LOCK, PROTECTS, TOKEN = "put", "lock", "lock-protects", "token-in-if"


@check(
    "put",
    "A file can be written",
    Level.MUST,
    "RFC 9110 §9.3.4",
    litmus="put",
    diagnostic=True,
)
def put(site: Site) -> None:
    """PUT of a new file, without any lock. A server that has lost its lock database refuses even that. Where what comes
    back differs, or cannot be read, the other checks go on all the same.
    """
    url = site.name()
    made = site.put(url)
    subject = site.last
    if not went_well(made):
        if made.status is not None and made.status >= 500:
            site.try_lock(url)
        raise Failed(answer(made), subject)
    try:
        back = site.content(url)
    except Unknown as error:
        site.enough.add(PUT)
        site.notes[UNREADABLE] = True
        raise Unknown(f"{error.why}. The other checks go by the answers alone", error.subject) from None
    if back is not None:
        site.storage.forms[NEW] = back
    if back != NEW:
        read = site.last
        site.learn_storage()
        if site.storage.tells_apart:
            site.enough.add(PUT)
        raise Failed(f"what was written is not what is read: {difference(NEW, back)}", read)


@check(
    "lock",
    "An exclusive lock is granted",
    Level.MUST,
    "RFC 4918 §9.10.1",
    litmus="lock_excl",
    needs=(PUT,),
    diagnostic=True,
)
def lock(site: Site) -> None:
    """LOCK of a file that exists: 200, the token in the Lock-Token header, the lock in the body."""
    url = site.file()
    asked = site.try_lock(url)
    subject = site.last
    if asked.status not in (200, 201):
        site.ask(requests.options(url))
        raise Failed(answer(asked), subject)
    token, active = granted(asked)
    if token is None:
        raise Failed(f"{answer(asked)} without a lock token", subject)
    if asked.status == 201:
        site.warn("a lock on what exists is answered 200, not 201", subject)
    header = asked.response.headers.get("Lock-Token") if asked.response is not None else None
    if header is None:
        site.warn("the Lock-Token header is missing", subject)
    elif header.strip() != token.coded:
        site.warn(f"Lock-Token is no <URI>: {header}", subject)
    if active is None:
        site.warn("the body of the answer does not describe the lock", subject)


@check(
    "lock-protects",
    "Nobody writes to a locked file without its token",
    Level.MUST,
    "RFC 4918 §7",
    litmus="notowner_modify",
    needs=(PUT, LOCK),
    diagnostic=True,
)
def lock_protects(site: Site) -> None:
    """PUT to a locked file without its token. Where it is carried out, locks are for show: two people overwrite each
    other's work, and their clients believe that they cannot. Where locks bind users and not their programs, the second
    user plays whoever has not the token from here on.
    """
    url = site.file()
    taken = site.lock(url)
    refused = site.put(url)
    if went_well(refused):
        second = site.try_lock(url)
        site.locks(url)
        if went_well(second):
            more = "the lock protects nothing. A second LOCK was granted, too"
        elif site.one_user is not None:
            more = "the lock protects nothing"
        elif len(site.users) > 1 and went_well(site.put(site.file(), by=1)) and not went_well(site.put(url, by=1)):
            site.stranger = 1
            site.enough.add(PROTECTS)
            more = "the lock keeps other users out, and no other program of this one"
        else:
            more = "the lock protects nothing, from this user at least"
        why = f"PUT without the token was answered {refused.status}: {more}"
        raise Failed(why, taken.subject)
    site.refused(refused, url, what="PUT without the token")


@check(
    "lock-excludes",
    "Nobody takes a second lock",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="notowner_lock",
    needs=(PUT, LOCK),
    diagnostic=True,
)
def lock_excludes(site: Site) -> None:
    """LOCK of a file that is locked exclusively."""
    url = site.file()
    site.lock(url)
    second = site.try_lock(url)
    if of_second_lock(second, granted=granted(second)[0] is not None) is Proof.FAKE:
        raise Failed(f"an exclusive LOCK was granted twice: {answer(second)}", site.last)
    site.denied(second, status=(423,), what="a second exclusive LOCK")


@check(
    "lock-discovered",
    "lockdiscovery shows the lock",
    Level.MUST,
    "RFC 4918 §15.8",
    litmus="discover",
    needs=(PUT, LOCK, PROTECTS),
)
def lock_discovered(site: Site) -> None:
    """Whoever runs into a lock must be able to see whose it is and until when. A server that hides its locks leaves
    people with a bare 423.
    """
    url = site.file()
    taken = site.lock(url)
    found = site.locks(url)
    if found is None:
        site.notes["hides-locks"] = True
        raise Failed(f"on a locked file, {site.not_shown()}", site.last)
    if not found:
        site.notes["hides-locks"] = True
        raise Failed("lockdiscovery is empty on a locked file", site.last)
    if not any(active.token == taken.token for active in found):
        if all(active.token is None for active in found):
            site.warn("lockdiscovery shows the lock without its token")
        else:
            raise Failed("lockdiscovery shows another token than LOCK gave", site.last)
    if any(told.where == BESIDE for told in site.multistatus(site.exchanges[-1]).deviations):
        site.warn("lockdiscovery stands beside prop, not in it (RFC 4918 §14.22): strict clients see no lock")


@check(
    "token-in-if",
    "The holder of a lock writes with its token",
    Level.MUST,
    "RFC 4918 §10.4",
    litmus="owner_modify",
    needs=(PUT, LOCK, PROTECTS),
    diagnostic=True,
)
def token_in_if(site: Site) -> None:
    """PUT to the locked file with the token in If. Where that is refused, nobody can work under a lock: often a proxy
    that drops If, or changes the host in it.
    """
    url = site.file()
    taken = site.lock(url)
    written = site.put(url, NEW, site.tagged(taken))
    subject = site.last
    if not went_well(written) and site.untagged_is_safe:
        site.put(url, NEW, ("If", str(IfHeader.untagged(taken.token))))
        if went_well(site.exchanges[-1]):
            raise Failed(f"PUT with the token tagged with {url}: {answer(written)}; untagged it is taken", subject)
    if not went_well(written):
        raise Failed(f"PUT with the token was refused: {answer(written)}", subject)
    site.done(written, url, what="PUT with the token")


@check(
    "unlock",
    "UNLOCK releases the lock",
    Level.MUST,
    "RFC 4918 §9.11",
    litmus="unlock",
    needs=(PUT, LOCK, PROTECTS),
    diagnostic=True,
)
def unlock(site: Site) -> None:
    """UNLOCK with the token, and then a PUT without one. A proxy that drops Lock-Token leaves every lock behind."""
    url = site.file()
    taken = site.lock(url)
    released = site.unlock(taken)
    subject = site.last
    written = site.put(url)
    if not went_well(released) or not went_well(written):
        site.locks(url)  # for the rules, which say why
    if not went_well(released):
        raise Failed(f"UNLOCK with the right token: {answer(released)}", subject)
    if not went_well(written):
        raise Failed(f"UNLOCK was answered {released.status}, and the file is still locked: {answer(written)}", subject)
    if released.status != 204:
        site.warn(f"UNLOCK was answered {released.status}, not 204", subject)


@check(
    "unlock-shown",
    "A released lock is not shown any more",
    Level.MUST,
    "RFC 4918 §15.8",
    needs=(PUT, LOCK, PROTECTS, "unlock", "lock-discovered"),
)
def unlock_shown(site: Site) -> None:
    """lockdiscovery after UNLOCK: clients that look there would think it is still locked."""
    taken = site.lock(site.file())
    site.unlock(taken)
    if site.shows(taken):
        raise Failed("lockdiscovery still shows the lock", site.last)


@check(
    "read-while-locked",
    "A locked file can be read",
    Level.MUST,
    "RFC 4918 §7",
    needs=(PUT, LOCK),
)
def read_while_locked(site: Site) -> None:
    """A write lock does not keep anybody from reading."""
    if site.notes.get(UNREADABLE):
        raise Unknown("nothing can be read here, locked or not")
    url = site.file()
    site.lock(url)
    got = site.ask(requests.get(url))
    if not went_well(got):
        raise Failed(f"GET of a locked file: {answer(got)}", site.last)


@check(
    "relock",
    "What was released can be locked again",
    Level.MUST,
    "RFC 4918 §9.11",
    needs=(PUT, LOCK, "unlock"),
)
def relock(site: Site) -> None:
    """LOCK, UNLOCK, LOCK: the second lock has a token of its own."""
    url = site.file()
    first = site.lock(url)
    site.unlock(first)
    second = site.lock(url)
    if first.token == second.token:
        raise Failed(f"both locks have the same token, {first.token}", second.subject)
