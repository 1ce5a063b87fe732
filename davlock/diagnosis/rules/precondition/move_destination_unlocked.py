"""the server wants a token for the destination of the MOVE, too.

What happened: Go's WebDAV tests the If header of a MOVE on the source and on the destination. The destination has no
lock, so no token is right for it. The answer is 412, although your token is right.

How sure we are: likely, because this server is known to do so. A dead token looks the same.

What to do: release the lock before the MOVE, or lock the destination, too, and send both tokens.

How to confirm: the same MOVE works after UNLOCK.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.lock_ending import what_became_of_it
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.protocol.url import resolve, same_path


@rule(
    id="412-move-destination-unlocked",
    severity=Severity.ERROR,
    statuses=(412,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.9.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 412 to a MOVE with a token from Go's webdav, known by its profile or by its numbers as tokens."""
    if evidence.method != "MOVE" or evidence.cause is None or evidence.cause.status != 412 or not evidence.submitted:
        return None
    known = evidence.server is not None and evidence.server.move_wants_destination_token
    numbered = all(token.isdigit() for token in evidence.submitted)
    if not known and not numbered:
        return None
    destination = evidence.destination
    header = evidence.if_header
    tags = [resolve(evidence.target, entry.resource) for entry in header.lists if entry.resource] if header else []
    if destination is not None and any(same_path(tag, destination) for tag in tags):
        return None  # it has one
    ended, _ = what_became_of_it(evidence)
    if ended:
        return None  # the token is dead
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server wants a token for the destination of your MOVE, too",
        explanation="Go's WebDAV tests the If header on both names, and the destination has no lock.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "If"),
            *quotes.request_header(evidence, "Destination"),
        ),
        alternatives=(
            Alternative("412-if-token-unknown", "a PUT on the source with the same token"),
            *(
                (Alternative("412-destination-exists", f"PROPFIND {destination}: it exists"),)
                if (evidence.headers.get("Overwrite") or "").upper() == "F"
                else ()
            ),
        ),
        remedies=(
            intrusive("Release the lock before the MOVE", ("davlock", "unlock", evidence.target)),
            intrusive("Lock the destination, too, and send both tokens", who=Who.CLIENT_AUTHOR),
        ),
    )
