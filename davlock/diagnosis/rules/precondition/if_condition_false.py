"""a condition of If that is more than a token is false: which one, and why.

What happened: the If header holds more than a token that is submitted: Not, an entity tag, several conditions. It is
true if every condition of at least one list is. Judged by what is known of the resource, the conditions named here
are those that failed. A list of one condition that was refused tells by itself: its condition is false.

A server that answers 423 says the same where the token is that of the lock, and a condition stands beside it.

How sure we are: certain where the locks or the entity tag were read after the refusal. Likely from the refusal alone.
Possible where RFC 4918 says that the condition cannot be false, so that this server evaluates it in its own way.

What to do: change or drop the condition that failed. Not <token> wants the lock to be absent; Not <DAV:no-lock> is
always true, and is there to submit a token without making the request depend on it.

How to confirm: the same request without that condition.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.refusal import failed_header
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.submitted_tokens import right_token_sent
from davlock.diagnosis.wording import look
from davlock.protocol.headers import EntityTag
from davlock.protocol.if_header import NO_LOCK, Condition, IfHeader, IfList, Mismatch, ResourceState
from davlock.protocol.url import resolve, same_path

OTHERS = ("If-Match", "If-None-Match", "If-Unmodified-Since")


@rule(
    id="412-if-condition-false",
    severity=Severity.ERROR,
    statuses=(412, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.4.3"), rfc4918("10.4.8")),
)
def check(evidence: Evidence) -> Match | None:
    """412 to an If header in which a condition can be said to be false; 423 where the token itself is right."""
    header, cause = evidence.if_header, evidence.cause
    if header is None or cause is None or evidence.method in ("UNLOCK", "LOCK"):
        return None
    if cause.status == 423:
        return _beside_the_token(evidence, header)
    if cause.status != 412:
        return None
    named = failed_header(evidence)
    if named and named != "if":
        return None
    if not named and any(name in evidence.headers for name in OTHERS):
        return None
    known = _known_false(evidence, header)
    if known:
        return _match(evidence, Certainty.CERTAIN, known)
    single = [one.conditions[0] for one in header.lists if len(one.conditions) == 1]
    told = [condition for condition in single if condition.negated or condition.etag is not None]
    if not told or len(single) < len(header.lists):
        return _beside_the_token(evidence, header)
    if all(condition.token == NO_LOCK for condition in told):
        return _against_the_rfc(evidence)
    false = [(condition, _why(condition)) for condition in told]
    return _match(evidence, Certainty.LIKELY, [entry for entry in false if entry[0].token != NO_LOCK])


def _beside_the_token(evidence: Evidence, header: IfHeader) -> Match | None:
    """Refused although the token is that of the lock: what stands beside it does not hold, or is not read."""
    sent = [condition for one in header.lists for condition in one.conditions]
    others = [condition for condition in sent if condition.etag is not None or condition.negated]
    if not others or not right_token_sent(evidence):
        return None
    bare = next((one for one in others if one.etag is not None and not _is_quoted(one.etag)), None)
    if bare is None and evidence.status == 412 and isinstance(evidence.etag, Known):
        return None  # by what was read, every condition holds
    if bare is not None and bare.etag is not None:
        headline = f"The entity tag in the If header is not in quotes: [{bare.etag.as_sent}]"
        words = "The token is right. A server that does not read such an entity tag takes the list for false."
        way = f"Put it in quotes, or submit the token alone:  If: (<{(evidence.submitted or ('',))[0]}>)"
    else:
        headline = f"The token is right, but the condition beside it does not hold: {others[0]}"
        words = "A list is true if every condition in it is true."
        if evidence.status == 423:
            words += " This server answers 423 where one is false."
        way = f"Submit the token alone:  If: (<{(evidence.submitted or ('',))[0]}>)"
    return Match(
        certainty=Certainty.LIKELY,
        headline=headline,
        explanation=words,
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("false", tuple(str(condition) for condition in others)),),
        remedies=(
            safe(way, who=Who.CLIENT_AUTHOR),
            look(evidence.target, "See the lock and its token"),
        ),
    )


def _is_quoted(etag: EntityTag) -> bool:
    return etag.as_sent.endswith('"')


def _known_false(evidence: Evidence, header: IfHeader) -> list[tuple[Condition, Mismatch]]:
    """The conditions that are false by what was read since; none unless each list has one."""
    tokens = None
    if isinstance(evidence.locks, Known) and locks_read_since(evidence):
        tokens = frozenset(covering.token for covering in evidence.covering if covering.token is not None)
        tokens = tokens if len(tokens) == len(evidence.covering) else None
    etag = (
        evidence.etag if isinstance(evidence.etag, Known) and evidence.after_subject(evidence.etag.exchange) else None
    )
    found: list[tuple[Condition, Mismatch]] = []
    for one in header.lists:
        if one.resource is not None and not same_path(resolve(evidence.target, one.resource), evidence.target):
            return []
        state = ResourceState(tokens=tokens or frozenset(), etag=etag.value if etag is not None else None)
        failures = IfHeader((IfList(None, one.conditions),)).evaluate({None: state}).failures
        told = [
            (failure.condition, failure.why)
            for failure in failures
            if (failure.condition.etag is not None and etag is not None)
            or (failure.condition.token is not None and (tokens is not None or failure.condition.token == NO_LOCK))
        ]
        if not told:
            return []
        found += told
    return found


def _why(condition: Condition) -> Mismatch:
    if not condition.negated:
        return Mismatch.ETAG_DIFFERS
    return Mismatch.TOKEN_HELD if condition.token else Mismatch.ETAG_MATCHES


def _match(evidence: Evidence, certainty: Certainty, false: list[tuple[Condition, Mismatch]]) -> Match:
    first, why = false[0]
    return Match(
        certainty=certainty,
        headline=f"The If header is false: {first} does not hold, for {why.value}",
        explanation="Nothing was written. False here: "
        + "; ".join(f"{condition} ({reason.value})" for condition, reason in false)
        + ".",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("false", tuple(str(condition) for condition, _ in false)),),
        remedies=(
            look(evidence.target, "See whether anything is locked, and under which token"),
            safe("Change or drop the condition that is false", who=Who.CLIENT_AUTHOR),
        ),
    )


def _against_the_rfc(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.POSSIBLE,
        headline="This server does not take Not <DAV:no-lock> for true, as RFC 4918 has it",
        explanation="DAV:no-lock is never the token of a lock (§10.4.8), so the condition cannot be false. Go's webdav"
        " knows no such token; on others the write may lack the token of an active lock.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        alternatives=(Alternative("423-token-required", "the same request without If: it is 423 if a lock is there"),),
        remedies=(
            look(evidence.target),
            safe("Submit the token without this condition:  If: (<token>)", who=Who.CLIENT_AUTHOR),
        ),
    )
