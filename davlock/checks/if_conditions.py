"""The If header: tokens and entity tags, lists that must all hold, and Not."""

from collections.abc import Callable

from davlock.checks.check import Group
from davlock.checks.exclusive import LOCK, PROTECTS, PUT, TOKEN
from davlock.checks.not_passed import Failed, Skip
from davlock.checks.refreshing import NOBODYS
from davlock.checks.requester import NEW
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.case import went_well
from davlock.operations.scratch import OLD
from davlock.protocol.headers import EntityTag
from davlock.protocol.if_header import NO_LOCK, Condition, IfHeader, IfList
from davlock.protocol.lock import LockToken

GROUP = Group("if", needs=("scratch", PUT))
check = GROUP.check
LOCKS = (LOCK, PROTECTS, TOKEN)

NO_ETAG = EntityTag("davlock-no-such-version")


UNTAGGED = "conditions are looked at in untagged lists alone"


EVALUATED = "if-evaluated"


def _if(site: Site, url: str, *lists: tuple[Condition, ...]) -> tuple[str, str]:
    """Tagged, but for a server that looks at untagged lists alone, which is a fault of its own."""
    tag = None if site.notes.get(UNTAGGED) else url
    return "If", str(IfHeader(tuple(IfList(tag, conditions) for conditions in lists)))


def _refused(
    site: Site,
    url: str,
    *lists: tuple[Condition, ...],
    what: str,
    status: tuple[int, ...] = (412,),
) -> None:
    """PUT with these lists must be refused."""
    site.refused(site.put(url, NEW, _if(site, url, *lists)), url, status=status, what=what)


def _right_etag(site: Site, url: str) -> EntityTag:
    """The entity tag of ``url``, for a list that is to hold.

    Raises Skip where a weak one does not match, as it need not (RFC 4918 §10.4.4).
    """
    etag = site.entity_tag(url)
    if not etag.weak:
        return etag
    if not went_well(site.put(url, OLD, _if(site, url, (_etag(etag),)))):
        raise Skip("the server gives its files weak entity tags alone, and does not match them in If", site.last)
    return site.entity_tag(url)


def _token(token: LockToken, *, negated: bool = False) -> Condition:
    return Condition(negated, token)


def _etag(etag: EntityTag, *, negated: bool = False) -> Condition:
    return Condition(negated, etag=etag)


@check("if-evaluated", "Conditions in If are looked at", Level.MUST, "RFC 4918 §10.4.3")
def if_evaluated(site: Site) -> None:
    """PUT with a wrong entity tag, and with a token of nobody's, to a file that is not locked: 412. Where both are
    carried out, If is a place for tokens and nothing else, and no condition in it guards anything.
    """
    if _looked_at(site, site.name):
        return
    subject = site.last
    if site.untagged_is_safe:
        site.notes[UNTAGGED] = True
        if _looked_at(site, site.name):
            return
        del site.notes[UNTAGGED]
    raise Failed("PUT with conditions in If that do not hold was carried out: nobody looks at them", subject)


def _looked_at(site: Site, name: Callable[[], str]) -> bool:
    """Whether a wrong condition is refused, of either kind."""
    for condition in (_etag(NO_ETAG), _token(NOBODYS)):
        url = site.file(url=name())
        if not went_well(site.put(url, NEW, _if(site, url, (condition,)))):
            return True
    return False


@check("if-tagged", "Conditions are looked at in tagged lists, too", Level.MUST, "RFC 4918 §10.4.2", needs=(EVALUATED,))
def if_tagged(site: Site) -> None:
    """`<URL> ([wrong])`. WsgiDAV looks at untagged lists alone; what else is asked about conditions is asked with those
    then.
    """
    url = site.file()
    if site.notes.get(UNTAGGED):
        wrong = IfHeader((IfList(url, (_token(NOBODYS),)),))
        written = site.put(url, NEW, ("If", str(wrong)))
        raise Failed(
            f"PUT with a wrong condition for {url} was answered {written.status}; in an untagged list it is refused",
            site.last,
        )


@check(
    "if-untagged-wrong",
    "Conditions are looked at in untagged lists, too",
    Level.MUST,
    "RFC 4918 §10.4.2",
    litmus="fail_cond_put_unlocked",
    needs=(*LOCKS, EVALUATED),
)
def if_untagged_wrong(site: Site) -> None:
    """PUT with `(<token of nobody's>)`, to a file that is locked and to one that is not. Zope looks at tagged lists
    alone, and writes under the lock with any token: most clients send untagged lists.
    """
    if not site.untagged_is_safe:
        raise Skip("an untagged If ends some servers, and this one may be of them; --hostile runs it")
    if site.notes.get(UNTAGGED):
        raise Skip("untagged lists are looked at: if-evaluated saw it")
    for locked in (True, False):
        url = site.file()
        if locked:
            site.lock(url)
        written = site.put(url, NEW, ("If", str(IfHeader.untagged(NOBODYS))))
        subject = site.last
        if not site.holds(url, OLD):
            where = "to a locked file" if locked else "to a file that is not locked"
            raise Failed(
                f"PUT {where} with a wrong token in an untagged list was carried out (answered {written.status})",
                subject,
            )


@check(
    "if-token-etag",
    "Token and entity tag, both right",
    Level.MUST,
    "RFC 4918 §10.4.3",
    litmus="cond_put",
    needs=LOCKS,
)
def if_token_etag(site: Site) -> None:
    """PUT with `(<token> [etag])` for a locked file: both hold, so it is written."""
    url = site.file()
    etag = _right_etag(site, url)
    taken = site.lock(url)
    field = _if(site, url, (_token(taken.token), _etag(etag)))
    site.done(site.put(url, NEW, field), url, what="PUT with the right token and entity tag")


@check(
    "if-wrong-etag",
    "The right token does not save a wrong entity tag",
    Level.MUST,
    "RFC 4918 §10.4.3",
    needs=(*LOCKS, EVALUATED),
)
def if_wrong_etag(site: Site) -> None:
    """PUT with `(<token> [wrong])`: a list holds only where all of it does. 412."""
    url = site.file()
    taken = site.lock(url)
    _refused(site, url, (_token(taken.token), _etag(NO_ETAG)), what="PUT with a wrong entity tag in If")


@check("if-not", "Not is understood", Level.MUST, "RFC 4918 §10.4.8", litmus="cond_put_with_not", needs=LOCKS)
def if_not(site: Site) -> None:
    """PUT with `(<token>) (Not <DAV:no-lock>)`: the way in which a client submits a token that may have expired."""
    url = site.file()
    taken = site.lock(url)
    field = _if(site, url, (_token(taken.token),), (_token(NO_LOCK, negated=True),))
    site.done(site.put(url, NEW, field), url, what="PUT with Not <DAV:no-lock>")


@check(
    "if-not-alone",
    "Not <DAV:no-lock> opens no lock",
    Level.MUST,
    "RFC 4918 §10.4.1",
    litmus="cond_put_corrupt_token",
    needs=LOCKS,
)
def if_not_alone(site: Site) -> None:
    """PUT with `(<another token>) (Not <DAV:no-lock>)`: it holds, and the lock's token was not submitted: 423."""
    url = site.file()
    site.lock(url)
    lists = (_token(NOBODYS),), (_token(NO_LOCK, negated=True),)
    _refused(site, url, *lists, status=(423,), what="PUT with another token")


@check(
    "if-no-lock",
    "DAV:no-lock holds for nothing that is locked",
    Level.MUST,
    "RFC 4918 §10.4.8",
    litmus="fail_cond_put",
    needs=LOCKS,
)
def if_no_lock(site: Site) -> None:
    """PUT to a locked file with `(<DAV:no-lock> [etag])`: no lock has this token. 412. Where the file has no entity tag
    that matches, with `(<DAV:no-lock>)`.
    """
    url = site.file()
    try:
        conditions: tuple[Condition, ...] = (_token(NO_LOCK), _etag(_right_etag(site, url)))
    except Skip:
        conditions = (_token(NO_LOCK),)
    site.lock(url)
    _refused(site, url, conditions, what="PUT with <DAV:no-lock>")


@check(
    "if-no-lock-unlocked",
    "DAV:no-lock holds for nothing at all",
    Level.MUST,
    "RFC 4918 §10.4.8",
    litmus="fail_cond_put_unlocked",
    needs=(EVALUATED,),
)
def if_no_lock_unlocked(site: Site) -> None:
    """PUT to a file that nobody has locked, with `(<DAV:no-lock>)`: 412."""
    url = site.file()
    _refused(site, url, (_token(NO_LOCK),), what="PUT with <DAV:no-lock>")


@check(
    "if-lists",
    "One list that holds suffices",
    Level.MUST,
    "RFC 4918 §10.4.3",
    litmus="complex_cond_put",
    needs=LOCKS,
)
def if_lists(site: Site) -> None:
    """PUT with `(<token> [etag]) (Not <DAV:no-lock> [etag])`."""
    url = site.file()
    etag = _right_etag(site, url)
    taken = site.lock(url)
    field = _if(site, url, (_token(taken.token), _etag(etag)), (_token(NO_LOCK, negated=True), _etag(etag)))
    site.done(site.put(url, NEW, field), url, what="PUT with two lists that hold")


@check(
    "if-lists-fail",
    "Where no list holds nothing is written",
    Level.MUST,
    "RFC 4918 §10.4.3",
    litmus="fail_complex_cond_put",
    needs=(*LOCKS, EVALUATED),
)
def if_lists_fail(site: Site) -> None:
    """PUT with `(<token> [wrong]) (Not <DAV:no-lock> [wrong])`: 412."""
    url = site.file()
    taken = site.lock(url)
    lists = (_token(taken.token), _etag(NO_ETAG)), (_token(NO_LOCK, negated=True), _etag(NO_ETAG))
    _refused(site, url, *lists, what="PUT with two lists that do not hold")


@check("if-wrong-token", "A wrong token opens nothing", Level.MUST, "RFC 4918 §10.4", needs=LOCKS)
def if_wrong_token(site: Site) -> None:
    """PUT to a locked file with another token in If."""
    url = site.file()
    site.lock(url)
    _refused(site, url, (_token(NOBODYS),), status=(412, 423), what="PUT with a wrong token")


@check(
    "if-stale-token",
    "A token that was released holds no more",
    Level.MUST,
    "RFC 4918 §10.4.3",
    needs=(*LOCKS, "unlock", EVALUATED),
)
def if_stale_token(site: Site) -> None:
    """PUT to a file that is not locked any more, with the token of before: 412. A client whose lock was taken away must
    not overwrite what somebody else wrote meanwhile.
    """
    url = site.file()
    taken = site.lock(url)
    site.unlock(taken)
    _refused(site, url, (_token(taken.token),), what="PUT with a token that was released")


@check(
    "if-other-resource",
    "A tag names the resource it is about",
    Level.MUST,
    "RFC 4918 §10.4.2",
    needs=(*LOCKS, EVALUATED),
)
def if_other_resource(site: Site) -> None:
    """PUT to a locked file with its token tagged with another file, which has no lock: the list does not hold."""
    url, other = site.file(), site.file()
    taken = site.lock(url)
    written = site.put(url, NEW, site.tagged(taken, other))
    subject = site.last
    if went_well(written):
        site.warn(f"PUT with the token tagged with another file was answered {written.status}, not 412", subject)


@check(
    "if-etag-unlocked",
    "If guards what is not locked, too",
    Level.MUST,
    "RFC 4918 §10.4",
    needs=(EVALUATED,),
)
def if_etag_unlocked(site: Site) -> None:
    """PUT with `([wrong])` to a file that nobody has locked: 412; with the right entity tag it is written."""
    url = site.file()
    _refused(site, url, (_etag(NO_ETAG),), what="PUT with a wrong entity tag in If")
    etag = _right_etag(site, url)
    site.done(site.put(url, NEW, _if(site, url, (_etag(etag),))), url, what="PUT with the right entity tag in If")


@check(
    "if-token-unlocked", "A token where nothing is locked holds not", Level.MUST, "RFC 4918 §10.4.3", needs=(EVALUATED,)
)
def if_token_unlocked(site: Site) -> None:
    """PUT with a token to a file that nobody has locked: 412."""
    url = site.file()
    _refused(site, url, (_token(NOBODYS),), what="PUT with a token")


@check(
    "if-untagged",
    "An untagged token is taken",
    Level.MUST,
    "RFC 4918 §10.4.2",
    litmus="owner_modify",
    needs=LOCKS,
    hostile=True,
)
def if_untagged(site: Site) -> None:
    """PUT with `(<token>)`, which is about the file itself. Most clients write it so."""
    url = site.file()
    taken = site.lock(url)
    field = ("If", str(IfHeader.untagged(taken.token)))
    site.done(site.put(url, NEW, field), url, what="PUT with an untagged token")


@check("if-path-tag", "A tag may be a path", Level.SHOULD, "RFC 4918 §10.4.2", needs=LOCKS, hostile=True)
def if_path_tag(site: Site) -> None:
    """PUT with the token tagged with the path alone (Simple-ref, RFC 4918 §8.3)."""
    url = site.file()
    taken = site.lock(url)
    path = "/" + url.split("/", 3)[3]
    site.done(site.put(url, NEW, site.tagged(taken, path)), url, what="PUT with a path for a tag")


@check("if-garbage", "An If that is none is refused", Level.MUST, "RFC 4918 §10.4.2", hostile=True)
def if_garbage(site: Site) -> None:
    """PUT with an If header that does not parse: 400, and nothing is written."""
    url = site.file()
    site.refused(site.put(url, NEW, ("If", "(<nonsense")), url, OLD, status=(400, 412), what="PUT with a broken If")


@check(
    "timeout-list",
    "The Timeout of the RFC's own example is taken",
    Level.MUST,
    "RFC 4918 §10.7",
    needs=(LOCK,),
    hostile=True,
)
def timeout_list(site: Site) -> None:
    """LOCK with `Timeout: Infinite, Second-4100000000`. lighttpd 1.4.69 hangs on it for good."""
    from davlock.protocol import requests, xml
    from davlock.protocol.lock import LockScope

    url = site.file()
    fields = (
        ("Depth", "0"),
        ("Timeout", "Infinite, Second-4100000000"),
        ("Content-Type", requests.XML_TYPE),
    )
    body = xml.lockinfo(LockScope.EXCLUSIVE, site.owner)
    asked = site.request("LOCK", url, *fields, body=body)
    if not went_well(asked):
        raise Failed(f"LOCK with a list of timeouts was answered {asked.status}", site.last)
