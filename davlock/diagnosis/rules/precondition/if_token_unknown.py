"""the submitted token locks nothing here: expired, released, moved, foreign.

What happened: the If header named a lock token, and no lock of this resource has it. The If header itself is then the
obstacle: the same request without it may well go through. The status is 412 by RFC 4918; servers were seen to choose
423, 409, 400 or 424, and to show no lock afterwards.

How sure we are: certain where lockdiscovery was read and shows other locks, or none on a server that is known to show
them all. Likely from the condition alone, and where a server may hide its locks or their tokens. Possible where nothing
was read, and an entity tag stands beside the token: either can have failed.

What to do: drop the token, look whether anything is locked, take a new lock, and compare the entity tag before
writing.

How to confirm: `davlock locks URL` does not show the token.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.lock_ending import what_became_of_it
from davlock.diagnosis.predicates.file_locks import is_transactional
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.refusal import failed_header
from davlock.diagnosis.predicates.resource import spares_the_target
from davlock.diagnosis.predicates.tokens import only_tokens, sent_dead_tokens
from davlock.diagnosis.predicates.unknown_method import says_unknown_method
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import describe, look
from davlock.protocol.precondition import BodyKind
from davlock.servers.phrases import Said


@rule(
    id="412-if-token-unknown",
    severity=Severity.ERROR,
    statuses=(400, 409, 412, 423, 424),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.4"), rfc4918("12.1")),
)
def check(evidence: Evidence) -> Match | None:
    """412 to a write with a token in If that no known lock has; another refusal where nothing is locked."""
    if evidence.cause is None or evidence.is_refresh or evidence.method == "UNLOCK":
        return None
    if evidence.cause.status != 412 and not _refused_otherwise(evidence):
        return None
    named = failed_header(evidence)
    if named and named != "if":
        return None
    said_so = bool(named) or Said.TOKEN_OR_ETAG_WRONG in evidence.said
    if not evidence.submitted and not (said_so and "If" not in evidence.headers and not evidence.headers.complete):
        return None
    tokens = evidence.submitted or ()
    known = isinstance(evidence.locks, Known) and locks_read_since(evidence)
    hidden = any(covering.token is None for covering in evidence.covering)
    if known and any(covering.token in tokens for covering in evidence.covering):
        return None
    read = quotes.locks(evidence) if known else ()
    if known and isinstance(evidence.locks, Known) and not read:
        read = (Quote("lockdiscovery", "(empty)", evidence.locks.exchange),)
    etags = evidence.if_header is not None and any(
        condition.etag is not None for entry in evidence.if_header.lists for condition in entry.conditions
    )
    vouched = evidence.server is not None and evidence.server.shows_locks is True
    misspelt = _misspelt(evidence, tokens) if known else None
    became, shows = what_became_of_it(evidence)
    if misspelt is not None:
        explanation = f"It is the token of the active lock in another spelling: {misspelt}."
    elif known and hidden:
        explanation = "A lock is shown without its token, so that the two cannot be compared."
    elif known and evidence.covering:
        explanation = f"Another lock is active: {describe(evidence.covering[0], evidence)}."
    elif known and vouched:
        explanation = "Nothing is locked: the If header is the only obstacle."
    elif known:
        explanation = "No lock is shown: the If header is most likely the only obstacle."
    else:
        explanation = became or "The lock has expired, was released, or belongs to another resource."
    certainty = Certainty.CERTAIN if known and not etags else Certainty.LIKELY if tokens else Certainty.POSSIBLE
    if known and (hidden or not (evidence.covering or vouched)):
        certainty = min(certainty, Certainty.LIKELY)
    if evidence.cause.status != 412:
        certainty = Certainty.LIKELY
        explanation += f" This server answers {evidence.cause.status} to a token that belongs to no lock."
    either = etags and bool(tokens) and not known and not became
    if either:
        certainty = Certainty.POSSIBLE
        explanation = "Its list names an entity tag as well: which of the two does not hold is not in what was seen."
    moving = evidence.method in ("MOVE", "COPY")
    alternatives = []
    if etags or not tokens:
        alternatives.append(Alternative("412-etag-changed", "the current ETag: it differs from the one in the request"))
    if moving:
        certainty = Certainty.POSSIBLE
        words = "the same request with the destination locked too: Go's webdav wants tokens for both names"
        alternatives.append(Alternative("412-move-destination-unlocked", words))
        if (evidence.headers.get("Overwrite") or "").upper() == "F":
            alternatives.append(Alternative("412-destination-exists", f"PROPFIND {evidence.destination}: it is there"))
    if evidence.if_header is not None and evidence.if_header.tagged and certainty is not Certainty.CERTAIN:
        words = "the same token in an untagged list: If: (<token>)"
        alternatives.append(Alternative("412-tagged-list-mismatch", words))
    if evidence.cause.status == 423 and not vouched:
        words = "the same write without the If header: it is 423 as well if a lock is hidden"
        alternatives.append(Alternative("423-token-withheld", words))
    tagged = evidence.if_header is not None and evidence.if_header.tagged and certainty is not Certainty.CERTAIN
    untagged = intrusive(
        "If a proxy stands in front of the server, try the untagged form, which names no host",
        ("davlock", "put", "FILE", evidence.target, "--if", " ".join(f"(<{token}>)" for token in tokens)),
    )
    unread = safe("Send it without the If header: reading needs no token", who=Who.CLIENT_AUTHOR)
    respelt = safe(f"Send the token exactly as it was granted:  If: (<{misspelt}>)", who=Who.CLIENT_AUTHOR)
    take = intrusive(
        "Take a new lock, and compare the entity tag before you write",
        ("davlock", "lock", evidence.target),
    )
    return Match(
        certainty=certainty,
        headline="The submitted lock token locks nothing here, or the entity tag beside it is another one now"
        if either
        else "The submitted lock token locks nothing here",
        explanation=explanation,
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *read, *shows),
        facts=(("submitted", tokens),),
        alternatives=tuple(alternatives),
        remedies=(
            look(evidence.target, "See whether anything is locked now"),
            *((untagged,) if tagged and evidence.method == "PUT" else ()),
            *((respelt,) if misspelt is not None else ()),
            *((unread,) if evidence.method in READS else ()),
            *(() if moving or evidence.method in READS or (known and evidence.covering) else (take,)),
        ),
    )


def _refused_otherwise(evidence: Evidence) -> bool:
    """Whether a dead token is all that can have been refused, by a status that says something else."""
    status = evidence.cause.status if evidence.cause is not None else None
    if not sent_dead_tokens(evidence) or status not in _OTHER_STATUSES or not only_tokens(evidence):
        return False
    if status == 423:
        return not is_transactional(evidence) and not spares_the_target(evidence) and evidence.destination is None
    # 400 and 409 can be about a body, a destination or a parent: of what is there, and has none of them, they are not.
    there = isinstance(evidence.exists, Known) and evidence.exists.value
    plain = evidence.error is None or evidence.error.kind not in (BodyKind.JSON, BodyKind.PROBLEM, BodyKind.ERROR)
    unknown = says_unknown_method(evidence.status, evidence.error)
    return there and plain and not unknown and evidence.method in ("PUT", "DELETE", "PROPPATCH")


_OTHER_STATUSES = (400, 409, 423, 424)


def _misspelt(evidence: Evidence, tokens: tuple[str, ...]) -> str | None:
    """The active lock's token, where the one that was sent differs only in case or lost its scheme."""
    for covering in evidence.covering:
        for token in tokens:
            active, sent = (covering.token or "").lower(), token.lower()
            if sent and active and (active == sent or active.endswith(f":{sent}")):
                return covering.token
    return None
