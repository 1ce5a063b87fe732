"""the token in the If header locks nothing here.

What happened: your request sent a lock token, but no lock of this resource has it. Now the If header itself is in the
way: the same request without it may work. RFC 4918 says 412; some servers answer 423, 409, 400 or 424, although
nothing is locked.

How sure we are: certain if the server shows other locks, or no lock and is known to show all. Likely from the refusal
alone, or if the server may hide locks or tokens. Possible if nobody read the locks, and the header also has an entity
tag, which may be wrong instead.

What to do: forget the token, and check if anything is locked. Take a new lock, and compare the entity tag before you
write.

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
    """Matches a 412 to a token in If that no known lock has, or another refusal of it if nothing is locked."""
    if evidence.cause is None or evidence.is_refresh or evidence.method == "UNLOCK":
        return None
    if evidence.cause.status != 412 and not _refused_otherwise(evidence):
        return None
    named = failed_header(evidence)
    if named and named != "if":
        return None
    if Said.IF_ETAG_DIFFERS in evidence.said or Said.IF_NOT_FAILS in evidence.said:
        return None  # the server names another condition as false
    names_token = Said.IF_TOKEN_NOT_FOUND in evidence.said
    said_so = bool(named) or names_token or Said.TOKEN_OR_ETAG_WRONG in evidence.said
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
    story, proof = what_became_of_it(evidence)
    if misspelt is not None:
        explanation = f"It is the token of the active lock in another spelling: {misspelt}."
    elif known and hidden:
        explanation = "The server shows a lock without its token, so nobody can compare the two."
    elif known and evidence.covering:
        explanation = f"Another lock is active: {describe(evidence.covering[0], evidence)}."
    elif known and vouched:
        explanation = "Nothing is locked, so only the If header is in the way."
    elif known:
        explanation = "The server shows no lock, so probably only the If header is in the way."
    else:
        explanation = story or "The lock has expired, was released, or is on another resource."
    certainty = (
        Certainty.CERTAIN if known and not etags else Certainty.LIKELY if tokens or names_token else Certainty.POSSIBLE
    )
    if known and (hidden or not (evidence.covering or vouched)):
        certainty = min(certainty, Certainty.LIKELY)
    if evidence.cause.status != 412:
        certainty = Certainty.LIKELY
        explanation += f" This server answers {evidence.cause.status} to a token that belongs to no lock."
    either = etags and bool(tokens) and not known and not story and not names_token
    if either:
        certainty = Certainty.POSSIBLE
        explanation = "Your If header also has an entity tag, and nothing in the evidence shows which of the two fails."
    moving = evidence.method in ("MOVE", "COPY")
    alternatives = []
    if (etags or not tokens) and not names_token:
        alternatives.append(Alternative("412-etag-changed", "the current ETag: it differs from the one in the request"))
    if moving:
        certainty = Certainty.POSSIBLE
        words = "the same request with the destination locked, too: Go's WebDAV wants tokens for both names"
        alternatives.append(Alternative("412-move-destination-unlocked", words))
        if (evidence.headers.get("Overwrite") or "").upper() == "F":
            alternatives.append(Alternative("412-destination-exists", f"PROPFIND {evidence.destination}: it exists"))
    if evidence.if_header is not None and evidence.if_header.tagged and certainty is not Certainty.CERTAIN:
        words = "the same token in an untagged list: If: (<token>)"
        alternatives.append(Alternative("412-tagged-list-mismatch", words))
    if evidence.cause.status == 423 and not vouched:
        words = "the same write without the If header: it gets 423, too, if a lock is hidden"
        alternatives.append(Alternative("423-token-withheld", words))
    tagged = evidence.if_header is not None and evidence.if_header.tagged and certainty is not Certainty.CERTAIN
    untagged = intrusive(
        "Behind a proxy, send the token without a URL",
        ("davlock", "put", "FILE", evidence.target, "--if", " ".join(f"(<{token}>)" for token in tokens)),
    )
    unread = safe("Read it without the If header", who=Who.CLIENT_AUTHOR)
    respelt = safe(f"Send the token as granted:  If: (<{misspelt}>)", who=Who.CLIENT_AUTHOR)
    take = intrusive(
        "Take a new lock, then compare the entity tag",
        ("davlock", "lock", evidence.target),
    )
    return Match(
        certainty=certainty,
        headline="Your If header fails: its token locks nothing here, or its entity tag is outdated"
        if either
        else f"The token in your If header {'may lock' if certainty is Certainty.POSSIBLE else 'locks'} nothing here",
        explanation=explanation,
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *read, *proof),
        facts=(("submitted", tokens),),
        alternatives=tuple(alternatives),
        remedies=(
            look(evidence.target, "Check if anything is locked now"),
            *((untagged,) if tagged and evidence.method == "PUT" else ()),
            *((respelt,) if misspelt is not None else ()),
            *((unread,) if evidence.method in READS else ()),
            *(() if moving or evidence.method in READS or (known and evidence.covering) else (take,)),
        ),
    )


def _refused_otherwise(evidence: Evidence) -> bool:
    """Whether the server can only have refused a dead token, with a status that usually means something else."""
    status = evidence.cause.status if evidence.cause is not None else None
    if not sent_dead_tokens(evidence) or status not in _OTHER_STATUSES or not only_tokens(evidence):
        return False
    if status == 423:
        return not is_transactional(evidence) and not spares_the_target(evidence) and evidence.destination is None
    # 400 and 409 can be about a body, a destination or a parent, but not for a resource that exists and has none.
    there = isinstance(evidence.exists, Known) and evidence.exists.value
    plain = evidence.error is None or evidence.error.kind not in (BodyKind.JSON, BodyKind.PROBLEM, BodyKind.ERROR)
    unknown = says_unknown_method(evidence.status, evidence.error)
    return there and plain and not unknown and evidence.method in ("PUT", "DELETE", "PROPPATCH")


_OTHER_STATUSES = (400, 409, 423, 424)


def _misspelt(evidence: Evidence, tokens: tuple[str, ...]) -> str | None:
    """Returns the active lock's token, if the one that was sent differs only in case or has lost its scheme."""
    for covering in evidence.covering:
        for token in tokens:
            active, sent = (covering.token or "").lower(), token.lower()
            if sent and active and (active == sent or active.endswith(f":{sent}")):
                return covering.token
    return None
