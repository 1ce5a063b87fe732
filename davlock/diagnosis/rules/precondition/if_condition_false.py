"""a condition in the If header is false.

What happened: your If header has more than a token: Not, an entity tag, or several conditions. The header is true if
all conditions of at least one list are true. The finding names the conditions that are false. With 423, the token is
right, but another condition beside it is false.

How sure we are: certain if the locks or the entity tag were read after the refusal. Likely from the refusal alone,
because a refused list of one condition shows that this condition is false. Possible if RFC 4918 says that the
condition is always true: then this server evaluates it in its own way.

What to do: change or drop that condition. Not <token> is true if the resource does not have that lock. Not
<DAV:no-lock> is always true: it sends a token without depending on it.

How to confirm: the same request without that condition works.
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
    """Matches a 412 to an If header if a condition is known to be false, or a 423 if the token itself is right."""
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
    single = [entry.conditions[0] for entry in header.lists if len(entry.conditions) == 1]
    refused = [condition for condition in single if condition.negated or condition.etag is not None]
    if not refused or len(single) < len(header.lists):
        return _beside_the_token(evidence, header)
    if all(condition.token == NO_LOCK for condition in refused):
        return _against_the_rfc(evidence)
    false = [(condition, _why(condition)) for condition in refused]
    return _match(evidence, Certainty.LIKELY, [entry for entry in false if entry[0].token != NO_LOCK])


def _beside_the_token(evidence: Evidence, header: IfHeader) -> Match | None:
    """Matches if the token is that of the lock, so that another condition is false or unreadable."""
    sent = [condition for entry in header.lists for condition in entry.conditions]
    others = [condition for condition in sent if condition.etag is not None or condition.negated]
    if not others or not right_token_sent(evidence):
        return None
    bare = next((condition.etag for condition in others if condition.etag and not _is_quoted(condition.etag)), None)
    if bare is None and evidence.status == 412 and isinstance(evidence.etag, Known):
        return None  # by what was read, every condition is true
    token = (evidence.submitted or ("",))[0]
    if bare is not None:
        headline = f"The entity tag in your If header has no quotes: [{bare.as_sent}]"
        words = "The token is right, but a server that cannot read such an entity tag treats the list as false."
        way = f"Put it in quotes, or send  If: (<{token}>)"
    else:
        headline = f"The token is right, but another condition in your If header is false: {others[0]}"
        words = "A list is true only if every condition in it is true."
        if evidence.status == 423:
            words += " This server answers 423 if one is false."
        way = f"Send the token alone:  If: (<{token}>)"
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
    """Returns the conditions that are false by what was read since; none unless each list has one."""
    tokens = None
    if isinstance(evidence.locks, Known) and locks_read_since(evidence):
        tokens = frozenset(covering.token for covering in evidence.covering if covering.token is not None)
        tokens = tokens if len(tokens) == len(evidence.covering) else None
    etag = (
        evidence.etag if isinstance(evidence.etag, Known) and evidence.after_subject(evidence.etag.exchange) else None
    )
    false: list[tuple[Condition, Mismatch]] = []
    for entry in header.lists:
        if entry.resource is not None and not same_path(resolve(evidence.target, entry.resource), evidence.target):
            return []
        state = ResourceState(tokens=tokens or frozenset(), etag=etag.value if etag is not None else None)
        failures = IfHeader((IfList(None, entry.conditions),)).evaluate({None: state}).failures
        decided = [
            (failure.condition, failure.why)
            for failure in failures
            if (failure.condition.etag is not None and etag is not None)
            or (failure.condition.token is not None and (tokens is not None or failure.condition.token == NO_LOCK))
        ]
        if not decided:
            return []
        false += decided
    return false


def _why(condition: Condition) -> Mismatch:
    if not condition.negated:
        return Mismatch.ETAG_DIFFERS
    return Mismatch.TOKEN_HELD if condition.token else Mismatch.ETAG_MATCHES


def _match(evidence: Evidence, certainty: Certainty, false: list[tuple[Condition, Mismatch]]) -> Match:
    return Match(
        certainty=certainty,
        headline=f"Your If header is false: {false[0][1].value}",
        explanation="The server wrote nothing. False here: "
        + "; ".join(f"{condition} ({reason.value})" for condition, reason in false)
        + ".",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *quotes.locks(evidence)),
        facts=(("false", tuple(str(condition) for condition, _ in false)),),
        remedies=(
            look(evidence.target, "See what is locked, and its token"),
            safe("Change or drop the condition that is false", who=Who.CLIENT_AUTHOR),
        ),
    )


def _against_the_rfc(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.POSSIBLE,
        headline="The server treats Not <DAV:no-lock> as false, against RFC 4918",
        explanation="No lock has the token DAV:no-lock, so this is always true. Go's WebDAV does not know it; on"
        " other servers, the write may lack the token of an active lock.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        alternatives=(Alternative("423-token-required", "the same request without If: it gets 423 if a lock exists"),),
        remedies=(
            look(evidence.target),
            safe("Send the token alone:  If: (<token>)", who=Who.CLIENT_AUTHOR),
        ),
    )
