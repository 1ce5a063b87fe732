"""The If header: tokens, entity tags, lists of conditions, and Not."""

from collections.abc import Callable

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.outcomes import CheckFailed, CheckSkipped
from davlock.checks.refreshing import NOBODYS
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.operations.probe import went_well
from davlock.operations.scratch import OLD
from davlock.protocol.headers import EntityTag
from davlock.protocol.if_header import NO_LOCK, Condition, IfHeader, IfList
from davlock.protocol.lock import LockToken

GROUP = CheckGroup("if", needs=("scratch", PUT))
check = GROUP.check
LOCKS = (LOCK, PROTECTS, TOKEN)

NO_ETAG = EntityTag("davlock-no-such-version")


UNTAGGED = "the server checks conditions only in untagged lists"


EVALUATED = "if-evaluated"


def _if(context: CheckContext, url: str, *lists: tuple[Condition, ...]) -> tuple[str, str]:
    """Returns a tagged If; an untagged one if the server checks only those, which is a fault of its own."""
    tag = None if context.notes.get(UNTAGGED) else url
    return "If", str(IfHeader(tuple(IfList(tag, conditions) for conditions in lists)))


def _refused(
    context: CheckContext,
    url: str,
    *lists: tuple[Condition, ...],
    what: str,
    status: tuple[int, ...] = (412,),
) -> None:
    """Demands that the server refuses PUT with these lists."""
    context.refused(context.put(url, NEW, _if(context, url, *lists)), url, status=status, what=what)


def _right_etag(context: CheckContext, url: str) -> EntityTag:
    """Returns the entity tag of ``url``, for a list that must match.

    Raises CheckSkipped if it is weak and does not match: it need not (RFC 4918 §10.4.4).
    """
    etag = context.entity_tag(url)
    if not etag.weak:
        return etag
    if not went_well(context.put(url, OLD, _if(context, url, (_etag(etag),)))):
        raise CheckSkipped("the server gives files only weak entity tags, and does not match them in If", context.last)
    return context.entity_tag(url)


def _token(token: LockToken, *, negated: bool = False) -> Condition:
    return Condition(negated, token)


def _etag(etag: EntityTag, *, negated: bool = False) -> Condition:
    return Condition(negated, etag=etag)


@check("if-evaluated", "The server checks the conditions in If", Level.MUST, "RFC 4918 §10.4.3")
def if_evaluated(context: CheckContext) -> None:
    """Sends PUT to an unlocked file, with a wrong entity tag and then with a wrong token in If. The server must return
    412. If both succeed, no condition in If protects anything.
    """
    if _checked(context, context.name):
        return
    subject = context.last
    if context.untagged_is_safe:
        context.notes[UNTAGGED] = True
        if _checked(context, context.name):
            return
        del context.notes[UNTAGGED]
    raise CheckFailed("the server carried out PUT with wrong conditions in If: it ignores them", subject)


def _checked(context: CheckContext, name: Callable[[], str]) -> bool:
    """Whether the server refuses a wrong entity tag or a wrong token."""
    for condition in (_etag(NO_ETAG), _token(NOBODYS)):
        url = context.file(url=name())
        if not went_well(context.put(url, NEW, _if(context, url, (condition,)))):
            return True
    return False


@check("if-tagged", "The server checks conditions in tagged lists", Level.MUST, "RFC 4918 §10.4.2", needs=(EVALUATED,))
def if_tagged(context: CheckContext) -> None:
    """Sends PUT with a wrong condition after the file's URL, `<URL> (<wrong>)`. WsgiDAV checks only untagged lists. The
    other checks of conditions use such lists then.
    """
    url = context.file()
    if context.notes.get(UNTAGGED):
        wrong = IfHeader((IfList(url, (_token(NOBODYS),)),))
        written = context.put(url, NEW, ("If", str(wrong)))
        raise CheckFailed(
            f"the server accepts a wrong condition in a tagged list ({written.status}), but not in an untagged one",
            context.last,
        )


@check(
    "if-untagged-wrong",
    "The server checks conditions in untagged lists",
    Level.MUST,
    "RFC 4918 §10.4.2",
    litmus="fail_cond_put_unlocked",
    needs=(*LOCKS, EVALUATED),
)
def if_untagged_wrong(context: CheckContext) -> None:
    """Sends PUT with a wrong token, `(<wrong>)`, to a locked and to an unlocked file. Most clients send such lists.
    Zope checks only tagged ones, and writes under the lock with any token.
    """
    if not context.untagged_is_safe:
        raise CheckSkipped("an untagged If crashes some servers, and perhaps this one; --hostile runs it")
    if context.notes.get(UNTAGGED):
        raise CheckSkipped("if-evaluated showed that the server checks untagged lists")
    for locked in (True, False):
        url = context.file()
        if locked:
            context.lock(url)
        written = context.put(url, NEW, ("If", str(IfHeader.untagged(NOBODYS))))
        subject = context.last
        if not context.holds(url, OLD):
            where = "a locked file" if locked else "an unlocked file"
            raise CheckFailed(
                f"the server carried out PUT to {where} with a wrong untagged token ({written.status})",
                subject,
            )


@check(
    "if-token-etag",
    "The right token and entity tag permit a PUT",
    Level.MUST,
    "RFC 4918 §10.4.3",
    litmus="cond_put",
    needs=LOCKS,
)
def if_token_etag(context: CheckContext) -> None:
    """Sends PUT to a locked file with `(<token> [etag])`. Both match, so the server must write."""
    url = context.file()
    etag = _right_etag(context, url)
    taken = context.lock(url)
    field = _if(context, url, (_token(taken.token), _etag(etag)))
    context.done(context.put(url, NEW, field), url, what="PUT with the right token and entity tag")


@check(
    "if-wrong-etag",
    "A wrong entity tag fails even with the right token",
    Level.MUST,
    "RFC 4918 §10.4.3",
    needs=(*LOCKS, EVALUATED),
)
def if_wrong_etag(context: CheckContext) -> None:
    """PUT to a locked file with `(<token> [wrong])` must return 412. A list must match as a whole."""
    url = context.file()
    taken = context.lock(url)
    _refused(context, url, (_token(taken.token), _etag(NO_ETAG)), what="PUT with a wrong entity tag in If")


@check(
    "if-not",
    "The server understands Not in If",
    Level.MUST,
    "RFC 4918 §10.4.8",
    litmus="cond_put_with_not",
    needs=LOCKS,
)
def if_not(context: CheckContext) -> None:
    """Sends PUT to a locked file with `(<token>) (Not <DAV:no-lock>)`. Clients send this if their token may have
    expired.
    """
    url = context.file()
    taken = context.lock(url)
    field = _if(context, url, (_token(taken.token),), (_token(NO_LOCK, negated=True),))
    context.done(context.put(url, NEW, field), url, what="PUT with Not <DAV:no-lock>")


@check(
    "if-not-alone",
    "Not <DAV:no-lock> does not replace the token",
    Level.MUST,
    "RFC 4918 §10.4.1",
    litmus="cond_put_corrupt_token",
    needs=LOCKS,
)
def if_not_alone(context: CheckContext) -> None:
    """PUT to a locked file with `(<another token>) (Not <DAV:no-lock>)` must return 423. The condition matches, but the
    client did not send the lock's token.
    """
    url = context.file()
    context.lock(url)
    lists = (_token(NOBODYS),), (_token(NO_LOCK, negated=True),)
    _refused(context, url, *lists, status=(423,), what="PUT with another token and Not <DAV:no-lock>")


@check(
    "if-no-lock",
    "DAV:no-lock must not match a locked file",
    Level.MUST,
    "RFC 4918 §10.4.8",
    litmus="fail_cond_put",
    needs=LOCKS,
)
def if_no_lock(context: CheckContext) -> None:
    """PUT to a locked file with `(<DAV:no-lock> [etag])` must return 412. No lock has this token. Without a usable
    entity tag, davlock sends `(<DAV:no-lock>)`.
    """
    url = context.file()
    try:
        conditions: tuple[Condition, ...] = (_token(NO_LOCK), _etag(_right_etag(context, url)))
    except CheckSkipped:
        conditions = (_token(NO_LOCK),)
    context.lock(url)
    _refused(context, url, conditions, what="PUT with <DAV:no-lock>")


@check(
    "if-no-lock-unlocked",
    "DAV:no-lock must not match an unlocked file",
    Level.MUST,
    "RFC 4918 §10.4.8",
    litmus="fail_cond_put_unlocked",
    needs=(EVALUATED,),
)
def if_no_lock_unlocked(context: CheckContext) -> None:
    """PUT to an unlocked file with `(<DAV:no-lock>)` must return 412. The RFC defines this token as one that never
    matches.
    """
    url = context.file()
    _refused(context, url, (_token(NO_LOCK),), what="PUT with <DAV:no-lock>")


@check(
    "if-lists",
    "One matching list in If permits a PUT",
    Level.MUST,
    "RFC 4918 §10.4.3",
    litmus="complex_cond_put",
    needs=LOCKS,
)
def if_lists(context: CheckContext) -> None:
    """Sends PUT to a locked file with `(<token> [etag]) (Not <DAV:no-lock> [etag])`. One matching list is enough."""
    url = context.file()
    etag = _right_etag(context, url)
    taken = context.lock(url)
    field = _if(context, url, (_token(taken.token), _etag(etag)), (_token(NO_LOCK, negated=True), _etag(etag)))
    context.done(context.put(url, NEW, field), url, what="PUT with two matching lists")


@check(
    "if-lists-fail",
    "PUT is refused if no list in If matches",
    Level.MUST,
    "RFC 4918 §10.4.3",
    litmus="fail_complex_cond_put",
    needs=(*LOCKS, EVALUATED),
)
def if_lists_fail(context: CheckContext) -> None:
    """PUT to a locked file with `(<token> [wrong]) (Not <DAV:no-lock> [wrong])` must return 412."""
    url = context.file()
    taken = context.lock(url)
    lists = (_token(taken.token), _etag(NO_ETAG)), (_token(NO_LOCK, negated=True), _etag(NO_ETAG))
    _refused(context, url, *lists, what="PUT with two lists that do not match")


@check("if-wrong-token", "A wrong token does not permit a PUT", Level.MUST, "RFC 4918 §10.4", needs=LOCKS)
def if_wrong_token(context: CheckContext) -> None:
    """Sends PUT to a locked file with another token in If. If it succeeds, any token opens any lock."""
    url = context.file()
    context.lock(url)
    _refused(context, url, (_token(NOBODYS),), status=(412, 423), what="PUT with a wrong token")


@check(
    "if-stale-token",
    "A released token must not match",
    Level.MUST,
    "RFC 4918 §10.4.3",
    needs=(*LOCKS, "unlock", EVALUATED),
)
def if_stale_token(context: CheckContext) -> None:
    """PUT to an unlocked file with the token of its former lock must return 412. A client that lost its lock must not
    overwrite what others wrote since.
    """
    url = context.file()
    taken = context.lock(url)
    context.unlock(taken)
    _refused(context, url, (_token(taken.token),), what="PUT with a released token")


@check(
    "if-other-resource",
    "A tagged list applies only to its own resource",
    Level.MUST,
    "RFC 4918 §10.4.2",
    needs=(*LOCKS, EVALUATED),
)
def if_other_resource(context: CheckContext) -> None:
    """Sends PUT to a locked file, with its token after the URL of another, unlocked file. The list does not match
    there.
    """
    url, other = context.file(), context.file()
    taken = context.lock(url)
    written = context.put(url, NEW, context.tagged(taken, other))
    subject = context.last
    if went_well(written):
        context.warn(
            f"the server answered {written.status} to PUT with the token tagged with another file, not 412",
            subject,
        )


@check(
    "if-etag-unlocked",
    "The server checks entity tags in If without a lock",
    Level.MUST,
    "RFC 4918 §10.4",
    needs=(EVALUATED,),
)
def if_etag_unlocked(context: CheckContext) -> None:
    """PUT to an unlocked file with `([wrong])` must return 412. With the right entity tag the server must write."""
    url = context.file()
    _refused(context, url, (_etag(NO_ETAG),), what="PUT with a wrong entity tag in If")
    etag = _right_etag(context, url)
    context.done(
        context.put(url, NEW, _if(context, url, (_etag(etag),))), url, what="PUT with the right entity tag in If"
    )


@check(
    "if-token-unlocked",
    "A token must not match an unlocked resource",
    Level.MUST,
    "RFC 4918 §10.4.3",
    needs=(EVALUATED,),
)
def if_token_unlocked(context: CheckContext) -> None:
    """PUT with a made-up token to an unlocked file must return 412. Otherwise a client cannot notice that its lock is
    gone.
    """
    url = context.file()
    _refused(context, url, (_token(NOBODYS),), what="PUT with a made-up token to an unlocked file")
