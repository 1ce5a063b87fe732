"""it is locked, the request sent no token, the holder is unknown.

What happened: someone holds a lock on the resource, and the request did not send the lock's token. The write works
with the token, or when the lock is gone.

How sure we are: certain if the answer says lock-token-submitted, or if the request surely sent no token. Possible if
the capture does not show the method, because it may be a LOCK that met another lock. Possible if a log shows neither
headers nor words, because the request may have sent a wrong token. Possible if nothing shows WebDAV: other
applications use 423 for their own locks, and for locked accounts.

What to do: ask the server who holds the lock. If it is you, send the token in the If header. Otherwise wait, or ask
the holder.

How to confirm: `davlock diagnose URL` shows the lock, if the server shows its locks.
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
    """Matches a refusal as locked if the request sent no known token, and nobody read the locks since."""
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
            headline="It is locked, and your request sent no token that opens the lock",
            explanation=f"{_explained(evidence)} The capture does not show the request.",
            retry=retry_as_told(evidence),
            evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Retry-After")),
            alternatives=(Alternative("423-lock-conflict", "the request's method: LOCK, rather than a write"),),
            remedies=_ways(evidence),
        )
    if _is_a_line_of_a_log(evidence):
        return Match(
            certainty=Certainty.POSSIBLE,
            headline="It is locked, and the log does not show if your request sent a token",
            explanation="The log line has no If header, so the token may be missing or wrong.",
            retry=retry_as_told(evidence),
            evidence=quotes.answer(evidence),
            alternatives=(
                Alternative("423-wrong-token", "the request's If header: its token is not that of the lock"),
            ),
            remedies=_ways(evidence),
        )
    other_page = _is_a_page_of_something_else(evidence)
    known = (code or evidence.submitted == ()) and not other_page
    # Nephele names the destination of a MOVE if its source is locked.
    either = elsewhere is not None and evidence.method == "MOVE"
    below = elsewhere is None and not code and evidence.method in ("DELETE", "MOVE") and evidence.target.endswith("/")
    what = "The folder or something in it" if below else "It"
    if elsewhere is None and evidence.destination is not None and not code:
        # COPY only reads its source.
        source = f"{what}," if below else "The source"
        what = "The destination" if evidence.method == "COPY" else f"{source} or the destination"
    return Match(
        certainty=Certainty.CERTAIN if known and not either else Certainty.LIKELY,
        headline=f"The destination {elsewhere} is locked, and your request sent no token for it"
        if elsewhere
        else f"{what} is locked, and your request sent no token",
        explanation=_explained(evidence)
        + (_FILES_LOCK if _may_be_files_lock(evidence) else "")
        + (" Some servers name the destination although the source is locked." if either else ""),
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
        return "The answer does not say who holds the lock."
    return f"The server says: “{words.rstrip('.')}”."


def _perhaps_no_dav(evidence: Evidence) -> Match:
    message = evidence.error.message if evidence.error is not None else None
    return Match(
        certainty=Certainty.POSSIBLE,
        headline="It is locked, but nothing shows that this is a WebDAV lock",
        explanation=(f"The server says: “{message.rstrip('.')}”. " if message else "")
        + "The application may have a lock of its own, or it may have locked an account.",
        retry=retry_as_told(evidence),
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "If"),
            *quotes.response_header(evidence, "Retry-After"),
        ),
        alternatives=(NO_DAV,),
        remedies=(
            safe("Do what the answer says, in the application"),
            *_ways(evidence),
        ),
    )


def _is_a_line_of_a_log(evidence: Evidence) -> bool:
    """Whether only a method, a URL and a status are known, as in an access log."""
    asked, response = evidence.asked, evidence.response
    if asked is None or not asked.fragment or evidence.submitted is not None or response is None:
        return False
    return not asked.request.headers and not response.reason and response.body is None and not response.headers


def _is_a_page_of_something_else(evidence: Evidence) -> bool:
    """Whether the answer is a web page, not the usual one for 423, and nothing in the exchanges is from WebDAV."""
    error = evidence.error
    if error is None or error.kind is not BodyKind.HTML or not no_sign_of_dav(evidence):
        return False
    return Said.LOCKED_PAGE_USUAL not in evidence.said


def _destination_named(evidence: Evidence) -> str | None:
    """Returns the Destination of a COPY or MOVE, if the answer names it as locked."""
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


_FILES_LOCK = " On Nextcloud, a person, an editor or a client such as LibreOffice may hold it in the files_lock app."


def _may_be_files_lock(evidence: Evidence) -> bool:
    """Whether sabre itself refuses, at the path of Nextcloud and ownCloud: their internal locks use other words."""
    exception = evidence.error.exception if evidence.error is not None else None
    return exception == "Sabre\\DAV\\Exception\\Locked" and "/remote.php/" in evidence.target


def _ways_of_files_lock(evidence: Evidence) -> tuple[Remedy, ...]:
    if not _may_be_files_lock(evidence):
        return ()
    holder = ("davlock", "propfind", evidence.target, "-p", "{http://nextcloud.org/ns}lock-owner")
    return (
        safe("Ask Nextcloud who holds it", holder),
        intrusive(
            "Close the file, or unlock it in Nextcloud",
            who=Who.LOCK_OWNER,
        ),
        for_admin(destructive("Release it on the server", ("occ", "files:lock", "--unlock", "FILE-ID"))),
    )


def _ways_below(evidence: Evidence, *, below: bool) -> tuple[Remedy, ...]:
    """Returns how to find a locked member, which keeps a collection where it is and is not shown on the collection."""
    return (safe("List the locks in the folder", ("davlock", "locks", "-r", evidence.target)),) if below else ()
