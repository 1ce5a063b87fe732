"""a program's own lock file, not a WebDAV lock.

What happened: office programs, sync clients and note-taking programs mark what they work on with a small file or folder
beside it: ~$report.docx (Microsoft Office), .~lock.report.odt# (LibreOffice), report.odt.lock (OpenCloud, floccus and
others), locks/ (Joplin). Programs respect these files; the WebDAV server does not know what they mean.

How sure we are: likely: the name is that of an editor's own lock file, and the server shows no lock.

What to do: close the document in that program. If the program is gone for good, delete the file; UNLOCK cannot remove
it, because there is no token. A 409 or 403 on it is about the folder above or permission, as for any other file.

How to confirm: `davlock locks URL` on the document itself shows whether that has a lock.
"""

import re
from urllib.parse import unquote

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.applications import application_refusal, is_thin
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.remedies import destructive, safe
from davlock.diagnosis.resource import read_propfind
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import parent_of
from davlock.late_pattern import late_pattern
from davlock.protocol.spelling import path_of
from davlock.protocol.url import resolve, same_path

MADE_BY: tuple[tuple[str, str], ...] = (
    (r"~\$.+", "Microsoft Office"),
    (r"\.~lock\..+#", "LibreOffice"),
    (r"\.floccus.*\.lock", "floccus"),
    (r".+\.lock", "OpenCloud or another program"),
)
"""Patterns for the last name in the path, and the program that makes such a file."""

OFFICE = MADE_BY[:2]
"""Programs whose lock files have names that nothing else has."""

_WAYS = (
    safe("Close the document in that program", who=Who.LOCK_OWNER),
    destructive("If that program is gone for good, delete the file"),
)

# Version lists of package managers are ordinary files, which nobody should delete.
_VERSIONS = late_pattern(
    r"(?i)(?:cargo|yarn|poetry|gemfile|composer|pipfile|podfile|flake|mix|pdm|uv|bun|deno|pixi|paket|pubspec|symfony|chart)\.lock"
)

_JOPLIN = late_pattern(r"locks|\d+_\d+_[0-9A-Za-z]+\.json|(?:exclusive|sync)_\w+\.json")


@rule(
    id="not-a-dav-lock",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("6.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches the name of a lock file where nothing is locked or the refusal is a 403, 404 or 409; or such a file
    beside a resource that is not locked.
    """
    if refused_as_locked(evidence) or evidence.covering or application_refusal(evidence) is not None:
        return None
    if is_thin(evidence):
        return None  # resources of any application can have such names
    status = evidence.cause.status if evidence.cause is not None else evidence.status
    refused = status in (403, 404, 409)
    free = is_inquiry(evidence) and isinstance(evidence.locks, Known)
    names = [unquote(name) for name in path_of(evidence.target).split("/") if name]
    if not names or not (refused or free):
        return None
    maker = _maker(names, refused=refused)
    if not maker:
        return _listed(evidence) if free else None
    kind = "folder" if names[-1] == "locks" else "file"
    empty = (Quote("lockdiscovery", "(empty)", evidence.locks.exchange),) if isinstance(evidence.locks, Known) else ()
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"“{names[-1][:60]}” is a lock {kind} of {maker}, not a WebDAV lock",
        explanation="The server does not know what it means, and UNLOCK cannot remove it.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("request URL", path_of(evidence.target), evidence.subject),
            *((quotes.status_line(evidence),) if evidence.cause is not None else empty),
        ),
        facts=(("name", names[-1]),),
        remedies=_WAYS if free else (),
    )


def _listed(evidence: Evidence) -> Match | None:
    """Returns a match for a lock file of an office program beside the target, or in it if it is a collection."""
    for index, exchange in enumerate(evidence.exchanges):
        if exchange.request.method.upper() != "PROPFIND" or exchange.request.headers.get("Depth") == "0":
            continue
        answer = read_propfind(exchange)
        for href in () if isinstance(answer, str) else (href for element in answer.responses for href in element.hrefs):
            name = unquote(path_of(href).rpartition("/")[2])
            maker = next((maker for pattern, maker in OFFICE if re.fullmatch(pattern, name, re.DOTALL)), "")
            if maker and _concerns(resolve(exchange.request.url, href), name, evidence.target):
                return Match(
                    certainty=Certainty.LIKELY,
                    headline=f"Found “{name[:60]}”, {maker}'s own lock file; the server itself has no lock",
                    explanation="Somebody may have the document open. No WebDAV lock is involved.",
                    retry=AFTER_CHANGE,
                    evidence=(Quote("href", href, index),),
                    facts=(("name", name),),
                    remedies=_WAYS,
                )
    return None


def _concerns(url: str, name: str, target: str) -> bool:
    """Whether the lock file ``name`` at ``url`` is for the target, or for one of its members."""
    above = parent_of(url)
    if same_path(above, target):
        return True
    document = unquote(path_of(target).rpartition("/")[2])
    # Office leaves out the first two characters of a long name.
    marks = (f"~${document}", f"~${document[2:]}", f"~${document[1:]}", f".~lock.{document}#")
    return bool(document) and name in marks and same_path(above, parent_of(target))


def _maker(names: list[str], *, refused: bool) -> str:
    last = names[-1]
    if _VERSIONS.fullmatch(last):
        return ""
    for pattern, maker in MADE_BY:
        if re.fullmatch(pattern, last, re.DOTALL):
            return maker
    # A folder named "locks" matters only if creating or writing it fails, as it does for Joplin.
    joplin = refused and "locks" in names[-2:] and _JOPLIN.fullmatch(last)
    return "Joplin or another sync client" if joplin else ""
