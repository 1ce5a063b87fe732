"""An exclusive lock: the server grants, shows and enforces it; its holder uses and releases it."""

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.outcomes import CheckFailed, CheckUnknown
from davlock.checks.reader import UNREADABLE
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.checks.storage import difference
from davlock.operations.answers import answer, granted, refusal, status_line
from davlock.operations.lock_proof import Proof, hold_second_lock
from davlock.operations.probe import went_well
from davlock.protocol import requests
from davlock.protocol.if_header import IfHeader
from davlock.protocol.multistatus import BESIDE

GROUP = CheckGroup("exclusive", needs=("scratch",))
check = GROUP.check

PUT, LOCK, PROTECTS, TOKEN = "put", "lock", "lock-protects", "token-in-if"


@check(
    "put",
    "PUT writes a file",
    Level.MUST,
    "RFC 9110 §9.3.4",
    litmus="put",
    diagnostic=True,
)
def put(context: CheckContext) -> None:
    """Sends PUT of a new file, then GET. A server that lost its lock database refuses even this. If GET fails or brings
    other bytes, the other checks run nevertheless.
    """
    url = context.name()
    made = context.put(url)
    subject = context.last
    if not went_well(made):
        if made.status is not None and made.status >= 500:
            context.try_lock(url)
        raise CheckFailed(refusal(made, "PUT of a new file"), subject)
    try:
        back = context.content(url)
    except CheckUnknown as error:
        context.enough.add(PUT)
        context.notes[UNREADABLE] = True
        raise CheckUnknown(f"{error.why}; the other checks rely on statuses only", error.subject) from None
    if back is not None:
        context.storage.forms[NEW] = back
    if back != NEW:
        read = context.last
        context.learn_storage()
        if context.storage.tells_apart:
            context.enough.add(PUT)
        raise CheckFailed(f"the server {difference(NEW, back)}: GET does not return what PUT sent", read)


@check(
    "lock",
    "LOCK grants an exclusive lock",
    Level.MUST,
    "RFC 4918 §9.10.1",
    litmus="lock_excl",
    needs=(PUT,),
    diagnostic=True,
)
def lock(context: CheckContext) -> None:
    """Sends LOCK of an existing file. The answer is 200, with the token in Lock-Token and the lock in its body. A
    program that gets no lock opens the file read-only.
    """
    url = context.file()
    asked = context.try_lock(url)
    subject = context.last
    if asked.status not in (200, 201):
        context.ask(requests.options(url))
        raise CheckFailed(refusal(asked, "LOCK of a file"), subject)
    token, active = granted(asked)
    if token is None:
        raise CheckFailed(f"{answer(asked)}, but gave no lock token", subject)
    if asked.status == 201:
        context.warn("the server answered 201 to LOCK of an existing file, not 200", subject)
    header = asked.response.headers.get("Lock-Token") if asked.response is not None else None
    if header is None:
        context.warn("the answer to LOCK has no Lock-Token header", subject)
    elif header.strip() != token.coded:
        context.warn(f"the server sent a Lock-Token that is no <URI>: {header}", subject)
    if active is None:
        context.warn("the answer to LOCK does not describe the lock", subject)


@check(
    "lock-protects",
    "A locked file cannot be written without its token",
    Level.MUST,
    "RFC 4918 §7",
    litmus="notowner_modify",
    needs=(PUT, LOCK),
    diagnostic=True,
)
def lock_protects(context: CheckContext) -> None:
    """Sends PUT to a locked file without its token. If the server carries it out, locks protect nothing: two people
    overwrite each other's work. If locks bind users and not programs, the second user plays the stranger in later
    checks.
    """
    url = context.file()
    taken = context.lock(url)
    refused = context.put(url)
    if went_well(refused):
        second = context.try_lock(url)
        context.locks(url)
        if went_well(second):
            effect = "the lock protects nothing, and a second LOCK succeeded, too"
        elif context.one_user is not None:
            effect = "the lock protects nothing"
        elif (
            len(context.users) > 1
            and went_well(context.put(context.file(), by=1))
            and not went_well(context.put(url, by=1))
        ):
            context.stranger = 1
            context.enough.add(PROTECTS)
            effect = "the lock stops other users, but no other program of the same user"
        else:
            effect = "the lock protects nothing, at least not from the same user"
        why = f"the server accepted PUT without the token ({refused.status}): {effect}"
        raise CheckFailed(why, taken.subject)
    context.refused(refused, url, what="PUT without the token")


@check(
    "lock-excludes",
    "An exclusive lock excludes a second one",
    Level.MUST,
    "RFC 4918 §6.2",
    litmus="notowner_lock",
    needs=(PUT, LOCK),
    diagnostic=True,
)
def lock_excludes(context: CheckContext) -> None:
    """Sends a second exclusive LOCK of a locked file. If it succeeds, two people believe that they alone may write."""
    url = context.file()
    context.lock(url)
    second = context.try_lock(url)
    if hold_second_lock(second, granted=granted(second)[0] is not None) is Proof.FAKE:
        raise CheckFailed(f"the server granted two exclusive locks on one file ({status_line(second)})", context.last)
    context.denied(second, status=(423,), what="a second exclusive LOCK")


@check(
    "lock-discovered",
    "lockdiscovery shows the lock",
    Level.MUST,
    "RFC 4918 §15.8",
    litmus="discover",
    needs=(PUT, LOCK, PROTECTS),
)
def lock_discovered(context: CheckContext) -> None:
    """Sends LOCK, then PROPFIND. People who are locked out must see who holds the lock, and until when. A server that
    hides its locks leaves them with a bare 423.
    """
    url = context.file()
    taken = context.lock(url)
    locks = context.locks(url)
    if locks is None:
        context.notes["hides-locks"] = True
        raise CheckFailed(f"on a locked file, {context.not_shown()}", context.last)
    if not locks:
        context.notes["hides-locks"] = True
        raise CheckFailed("lockdiscovery is empty on a locked file: nobody can see who holds the lock", context.last)
    if not any(active.token == taken.token for active in locks):
        if all(active.token is None for active in locks):
            context.warn("lockdiscovery shows the lock without its token")
        else:
            raise CheckFailed("lockdiscovery shows another token than LOCK gave", context.last)
    if any(deviation.where == BESIDE for deviation in context.multistatus(context.exchanges[-1]).deviations):
        context.warn("lockdiscovery is beside prop, not in it (RFC 4918 §14.22): strict clients see no lock")


@check(
    "token-in-if",
    "The holder writes with the token in If",
    Level.MUST,
    "RFC 4918 §10.4",
    litmus="owner_modify",
    needs=(PUT, LOCK, PROTECTS),
    diagnostic=True,
)
def token_in_if(context: CheckContext) -> None:
    """Sends PUT to a locked file with its token in If. If the server refuses it, nobody can work under a lock. Often a
    proxy drops If, or changes the host.
    """
    url = context.file()
    taken = context.lock(url)
    written = context.put(url, NEW, context.tagged(taken))
    subject = context.last
    if not went_well(written) and context.untagged_is_safe:
        context.put(url, NEW, ("If", str(IfHeader.untagged(taken.token))))
        if went_well(context.exchanges[-1]):
            raise CheckFailed(
                f"{refusal(written, f'PUT with the token tagged with {url}')}; it accepts the untagged token", subject
            )
    if not went_well(written):
        raise CheckFailed(refusal(written, "PUT with the token"), subject)
    context.done(written, url, what="PUT with the token")


@check(
    "unlock",
    "UNLOCK releases the lock",
    Level.MUST,
    "RFC 4918 §9.11",
    litmus="unlock",
    needs=(PUT, LOCK, PROTECTS),
    diagnostic=True,
)
def unlock(context: CheckContext) -> None:
    """Sends UNLOCK with the token, then PUT without it. A proxy that drops Lock-Token leaves every lock behind."""
    url = context.file()
    taken = context.lock(url)
    released = context.unlock(taken)
    subject = context.last
    written = context.put(url)
    if not went_well(released) or not went_well(written):
        context.locks(url)  # for the rules, which say why
    if not went_well(released):
        raise CheckFailed(refusal(released, "UNLOCK with the right token"), subject)
    if not went_well(written):
        raise CheckFailed(
            f"the server answered {released.status} to UNLOCK, but the file is still locked: {refusal(written)}",
            subject,
        )
    if released.status != 204:
        context.warn(f"the server answered {released.status} to UNLOCK, not 204", subject)


@check(
    "unlock-shown",
    "lockdiscovery does not show a released lock",
    Level.MUST,
    "RFC 4918 §15.8",
    needs=(PUT, LOCK, PROTECTS, "unlock", "lock-discovered"),
)
def unlock_shown(context: CheckContext) -> None:
    """Sends UNLOCK, then PROPFIND. A client that still sees the lock keeps waiting for it."""
    taken = context.lock(context.file())
    context.unlock(taken)
    if context.shows(taken):
        raise CheckFailed("lockdiscovery still shows the released lock", context.last)


@check(
    "read-while-locked",
    "A locked file can be read",
    Level.MUST,
    "RFC 4918 §7",
    needs=(PUT, LOCK),
)
def read_while_locked(context: CheckContext) -> None:
    """Sends GET of a locked file. A write lock must not stop anybody from reading."""
    if context.notes.get(UNREADABLE):
        raise CheckUnknown("no file can be read here, locked or unlocked")
    url = context.file()
    context.lock(url)
    got = context.ask(requests.get(url))
    if not went_well(got):
        raise CheckFailed(refusal(got, "GET of a locked file"), context.last)


@check(
    "relock",
    "A released file can be locked again",
    Level.MUST,
    "RFC 4918 §9.11",
    needs=(PUT, LOCK, "unlock"),
)
def relock(context: CheckContext) -> None:
    """Sends LOCK, UNLOCK, LOCK. The second lock has a new token. If it fails, a file can be edited only once."""
    url = context.file()
    first = context.lock(url)
    context.unlock(first)
    second = context.lock(url)
    if first.token == second.token:
        raise CheckFailed(f"both locks have the same token: {first.token}", second.subject)
