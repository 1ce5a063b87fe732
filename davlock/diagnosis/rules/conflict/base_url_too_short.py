"""the URL stops above the user's own folder.

What happened: the client was given the address of the whole DAV tree, where users' folders begin further down.
Nothing can be created there, although the folders can be seen in the web interface. Nextcloud and ownCloud serve
files under /remote.php/dav/files/USER/, HiDrive under /users/ACCOUNT/. No lock is involved.

How sure we are: likely. The path shows it; a server with another layout could use the same words.

What to do: correct the base URL in the client's settings.

How to confirm: PROPFIND with Depth 1 on the longer URL lists your files.
"""

import re
from urllib.parse import urlsplit

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import CREATING, Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.protocol.url import origin

_TREE = re.compile(r"(?P<base>.*?/remote\.php/dav)/+(?P<first>[^/]+)(?P<rest>.*)", re.DOTALL)

# What Nextcloud, ownCloud 10 and oCIS have directly under /remote.php/dav, from their RootCollection.
ROOTS = frozenset(
    {
        "addressbooks",
        "archive",
        "avatars",
        "bulk",
        "calendars",
        "comments",
        "direct",
        "files",
        "meta",
        "photos",
        "principals",
        "provisioning",
        "public-calendars",
        "public-files",
        "queue",
        "recognize",
        "spaces",
        "subscriptions",
        "system-calendars",
        "systemtags",
        "systemtags-assigned",
        "systemtags-current",
        "systemtags-relations",
        "trash-bin",
        "trashbin",
        "uploads",
        "versions",
    }
)

HIDRIVE = ("hidrive.strato.com", "hidrive.ionos.com")


@rule(
    id="409-base-url-too-short",
    severity=Severity.ERROR,
    statuses=(409,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.7.1"), rfc4918("9.3.1")),
)
def check(evidence: Evidence) -> Match | None:
    """403, 404 or 409 to a creation at a path where no user's folder can begin."""
    cause = evidence.cause
    if evidence.method not in CREATING or cause is None or cause.member or cause.status not in (403, 404, 409):
        return None
    if refused_as_locked(evidence) or evidence.is_refresh:
        return None
    right = _right_base(evidence.destination or evidence.target)
    if right is None:
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The URL stops above your own folder: the files are under {right}",
        explanation="Nothing can be created there. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *_asked(evidence)),
        facts=(("base", right),),
        remedies=(safe(f"Set the client's base URL to {right}"),),
    )


def _asked(evidence: Evidence) -> tuple[Quote, ...]:
    return (Quote("request", f"{evidence.method} {evidence.destination or evidence.target}", evidence.subject),)


def _right_base(url: str) -> str | None:
    """The base URL that is meant, with a word in capitals for what only the person knows; ``None`` where it fits."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if host.endswith(HIDRIVE) and not parts.path.startswith(("/users/", "/public/", "/common/")):
        return f"{origin(url)}/users/ACCOUNT/"
    found = _TREE.fullmatch(parts.path)
    if found is None:
        return None
    user_missing = found["first"] == "files" and "/" not in found["rest"].strip("/")
    if found["first"].lower() in ROOTS and not user_missing:
        return None
    return f"{origin(url)}{found['base']}/files/USER/"
