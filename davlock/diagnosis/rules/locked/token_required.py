"""a write was refused for want of a token; the holder is not known.

What happened: the resource is locked and the request submitted no token. 423 is an explicit lock: the write goes
through with the token, or when the lock is gone.

How sure we are: certain where the body says lock-token-submitted or the request is known to carry no token. Without the
request's method it could also be a LOCK that met another lock. Possible where a log shows neither the request's header
nor the answer's words: a token may have been sent, and not be that of the lock. Possible where nothing in what was seen
is WebDAV: other applications say 423 of locks of their own, and of locked accounts.

What to do: ask the server who holds the lock. If you do, submit the token in If; otherwise wait or ask the holder.

How to confirm: `davlock diagnose URL` shows the lock, where the server shows locks.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.finding import Alternative, Certainty, Remedy, RetryVerdict, Severity, Who
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.predicates.applications import is_thin, may_be_no_dav, no_sign_of_dav
from davlock.diagnosis.predicates.locks import locks_unread
from davlock.diagnosis.predicates.refusal import blamed, refused_as_locked
from davlock.diagnosis.predicates.resource import spares_the_target
from davlock.diagnosis.remedies import destructive, for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import NO_DAV, investigate, retry_as_told
from davlock.protocol.precondition import LOCK_TOKEN_SUBMITTED, BodyKind
from davlock.protocol.url import same_path
from davlock.servers.phrases import Said


@rule(
    id="423-token-required",
    severity=Severity.ERROR,
    statuses=(207, 409, 423),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc4918("11.3"), rfc4918("7.5")),
)
def check(evidence: Evidence) -> Match | None:
    """Refused as locked, no token submitted as far as is known, and locks not read since."""
    if not refused_as_locked(evidence):
        return None
    elsewhere = _destination_named(evidence)
    if elsewhere is None and (
        (evidence.covering and not spares_the_target(evidence)) or evidence.submitted or not locks_unread(evidence)
    ):
        return None
    if evidence.method in READS or evidence.method == "UNLOCK":
        return None  # a read needs no token, and UNLOCK sends its own in another header
    code = evidence.cause is not None and LOCK_TOKEN_SUBMITTED in evidence.cause.codes
    thin = is_thin(evidence) and not code
    if thin and not evidence.method:
        return None  # any application may say so, of any lock
    if may_be_no_dav(evidence) or thin:
        return _perhaps_no_dav(evidence)
    if not evidence.method and not code:
        return Match(
            certainty=Certainty.POSSIBLE,
            headline="The resource is locked, and the request had no token that opens it",
            explanation="423 is an explicit lock. What was requested is not in the capture.",
            retry=retry_as_told(evidence),
            evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Retry-After")),
            alternatives=(Alternative("423-lock-conflict", "the request's method: LOCK, rather than a write"),),
            remedies=_ways(evidence),
        )
    if _is_a_line_of_a_log(evidence):
        return Match(
            certainty=Certainty.POSSIBLE,
            headline="The resource is locked; whether the request submitted a lock token is not shown",
            explanation="423 is an explicit lock. The line shows no field If: a token may have been missing, or wrong.",
            retry=retry_as_told(evidence),
            evidence=quotes.answer(evidence),
            alternatives=(
                Alternative("423-wrong-token", "the request's field If: it has a token that is not that of the lock"),
            ),
            remedies=_ways(evidence),
        )
    other_page = _is_a_page_of_something_else(evidence)
    known = (code or evidence.submitted == ()) and not other_page
    # Nephele names the destination of a MOVE where its source is locked.
    either = elsewhere is not None and evidence.method == "MOVE"
    below = elsewhere is None and not code and evidence.method in ("DELETE", "MOVE") and evidence.target.endswith("/")
    what = "collection, or something in it," if below else "resource"
    if elsewhere is None and evidence.destination is not None and not code:
        # COPY only reads its source.
        what = "destination" if evidence.method == "COPY" else f"{what.rstrip(',')}, or the destination,"
    return Match(
        certainty=Certainty.CERTAIN if known and not either else Certainty.LIKELY,
        headline=f"The destination {elsewhere} is locked, and the request submitted no token for it"
        if elsewhere
        else f"The {what} is locked, and the request submitted no lock token",
        explanation=_explained(evidence)
        + (_FILES_LOCK if _may_be_files_lock(evidence) else "")
        + (" Some servers name the destination where it is the source that is locked." if either else ""),
        retry=retry_as_told(evidence),
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "If"),
            *quotes.response_header(evidence, "Retry-After"),
        ),
        alternatives=(NO_DAV,) if other_page else (),
        remedies=(*_ways(evidence, elsewhere), *_ways_below(evidence, below=below), *_ways_of_files_lock(evidence)),
    )


def _explained(evidence: Evidence) -> str:
    words = own_words(evidence)
    if not words:
        return "423 is an explicit lock. Who holds it is not in what was seen."
    return f"The server says: “{words.rstrip('.')}”. 423 is an explicit lock."


def _perhaps_no_dav(evidence: Evidence) -> Match:
    said = evidence.error.message if evidence.error is not None else None
    return Match(
        certainty=Certainty.POSSIBLE,
        headline="The resource is locked; whether by a WebDAV lock, which a token opens, is not known",
        explanation=(f"The server says: {said.rstrip('.')}. " if said else "")
        + "Nothing in what was seen is WebDAV's: the lock may be the application's own, or even an account's.",
        retry=retry_as_told(evidence),
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "If"),
            *quotes.response_header(evidence, "Retry-After"),
        ),
        alternatives=(NO_DAV,),
        remedies=(
            safe("Do what the answer says, in the application's own interface or manual"),
            *_ways(evidence),
        ),
    )


def _is_a_line_of_a_log(evidence: Evidence) -> bool:
    """Whether a method, a URL and a status are all that is known: an access log has no more."""
    asked, response = evidence.asked, evidence.response
    if asked is None or not asked.fragment or evidence.submitted is not None or response is None:
        return False
    return not asked.request.headers and not response.reason and response.body is None and not response.headers


def _is_a_page_of_something_else(evidence: Evidence) -> bool:
    """Whether it is a web page that is not the usual one for 423, and nothing is WebDAV's."""
    error = evidence.error
    if error is None or error.kind is not BodyKind.HTML or not no_sign_of_dav(evidence):
        return False
    return Said.LOCKED_PAGE_USUAL not in evidence.said


def _destination_named(evidence: Evidence) -> str | None:
    """The Destination of COPY or MOVE, where the answer names it as what is locked."""
    named = blamed(evidence)
    if named is None or evidence.destination is None or not same_path(named, evidence.destination):
        return None
    return evidence.destination


def _ways(evidence: Evidence, elsewhere: str | None = None) -> tuple[Remedy, ...]:
    # COPY writes to its destination only; MOVE can be refused for either.
    urls = [elsewhere or evidence.destination or evidence.target]
    if evidence.destination is not None and evidence.method == "MOVE":
        urls.append(evidence.target)
    return tuple(investigate(url) for url in urls if url)


_FILES_LOCK = (
    " On Nextcloud, the files_lock app keeps such locks: of a person, of an app, or of a client such as LibreOffice or"
    " the desktop client, which may be your own."
)


def _may_be_files_lock(evidence: Evidence) -> bool:
    """Whether it is sabre's own refusal at the path of Nextcloud and ownCloud: no transactional lock says so."""
    exception = evidence.error.exception if evidence.error is not None else None
    return exception == "Sabre\\DAV\\Exception\\Locked" and "/remote.php/" in evidence.target


def _ways_of_files_lock(evidence: Evidence) -> tuple[Remedy, ...]:
    if not _may_be_files_lock(evidence):
        return ()
    holder = ("davlock", "propfind", evidence.target, "-p", "{http://nextcloud.org/ns}lock-owner")
    return (
        safe("Ask Nextcloud who holds it", holder),
        intrusive(
            "Close the file, or unlock it in Nextcloud's web page (UNLOCK with the field X-User-Lock: 1)",
            who=Who.LOCK_OWNER,
        ),
        for_admin(destructive("Release it: occ files:lock --unlock FILEID")),
    )


def _ways_below(evidence: Evidence, *, below: bool) -> tuple[Remedy, ...]:
    """A lock on a member keeps a collection where it is, and is not shown on the collection."""
    if not below:
        return ()
    title = "List the locks in it"
    return (safe(title, ("davlock", "locks", "-r", evidence.target)),)
