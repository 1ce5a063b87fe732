"""the URL ends above the user's own folder.

What happened: your program uses the address of the whole WebDAV tree, but your own folder starts further down. Nobody
can create anything at that address, although the web page shows your files. Nextcloud and ownCloud keep files under
/remote.php/dav/files/USER/, HiDrive under /users/ACCOUNT/. No lock is involved.

How sure we are: likely, because the path shows it. A server with another layout may use the same words in its paths.

What to do: add the missing path to the base URL in your program's settings.

How to confirm: `davlock propfind URL --depth 1` on the longer URL lists your files.
"""

import re
from urllib.parse import urlsplit

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import CREATING, Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.late_pattern import late_pattern
from davlock.protocol.url import origin

_TREE = late_pattern(r"(?P<base>.*?/remote\.php/dav)/+(?P<first>[^/]+)(?P<rest>.*)", re.DOTALL)

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
    """Matches a 403, 404 or 409 to a creation at a path where no user's folder can start."""
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
        headline=f"Your URL ends too early: your files are under {right}",
        explanation="Nobody can create anything at your URL. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *_asked(evidence)),
        facts=(("base", right),),
        remedies=(safe(f"Set the client's base URL to {right}"),),
    )


def _asked(evidence: Evidence) -> tuple[Quote, ...]:
    return (Quote("request", f"{evidence.method} {evidence.destination or evidence.target}", evidence.subject),)


def _right_base(url: str) -> str | None:
    """Returns the right base URL, with a word in capitals for what only the person knows; ``None`` if ``url`` fits."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if host.endswith(HIDRIVE) and not parts.path.startswith(("/users/", "/public/", "/common/")):
        return f"{origin(url)}/users/ACCOUNT/"
    tree = _TREE.fullmatch(parts.path)
    if tree is None:
        return None
    user_missing = tree["first"] == "files" and "/" not in tree["rest"].strip("/")
    if tree["first"].lower() in ROOTS and not user_missing:
        return None
    return f"{origin(url)}{tree['base']}/files/USER/"
