"""MOVE with a source token where the server wants one for both names.

What happened: Go's webdav checks the If header of a MOVE against the source and the destination. The destination has
no lock, so no list can be true for it, and the answer is 412 although the token is right.

How sure we are: likely. It is known of this server; a dead token would look the same.

What to do: release the lock before the MOVE, or lock the destination too and submit both tokens.

How to confirm: the same MOVE after UNLOCK succeeds.
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
    """412 to MOVE with a token, from Go's webdav: by its profile, or its plain words."""
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
        headline="This server wants a token for the destination of the MOVE as well",
        explanation="Go's webdav tests the If header against both names, and the destination has no lock.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "If"),
            *quotes.request_header(evidence, "Destination"),
        ),
        alternatives=(
            Alternative("412-if-token-unknown", "a PUT on the source with the same token"),
            *(
                (Alternative("412-destination-exists", f"PROPFIND {destination}: it is there"),)
                if (evidence.headers.get("Overwrite") or "").upper() == "F"
                else ()
            ),
        ),
        remedies=(
            intrusive("Release the lock before the MOVE", ("davlock", "unlock", evidence.target)),
            intrusive("Lock the destination too, and submit both tokens", who=Who.CLIENT_AUTHOR),
        ),
    )
