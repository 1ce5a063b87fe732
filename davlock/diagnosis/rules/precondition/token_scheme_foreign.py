"""a token of a form that this server never issues.

What happened: mod_dav reads a lock token only in the form opaquelocktoken:UUID, in which it issues its own. It cannot
parse any other (urn:uuid:…, a bare number): UNLOCK with such a token is answered 400, and a condition on it in If is
false, which makes 412. The token comes from another server, or a client has rewritten it.

How sure we are: likely. The product is known by its answers, and the form of the token does not fit it.

What to do: read the token again from this server's own answer, and send it unchanged, its scheme included. The one
that was sent can never work here.

How to confirm: `davlock locks URL` shows the tokens of this server.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NEVER, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.tokens import sent_tokens
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import look
from davlock.protocol.precondition import BodyKind
from davlock.servers.apache import PROFILE as APACHE
from davlock.servers.phrases import Said


@rule(
    id="400-token-scheme-foreign",
    severity=Severity.ERROR,
    statuses=(400, 412),
    retry=(RetryVerdict.NEVER,),
    see=(rfc4918("6.5"), rfc4918("10.5")),
)
def check(evidence: Evidence) -> Match | None:
    """400 or 412 to a request all of whose tokens begin otherwise than the server's own; or the server's words."""
    if evidence.cause is None or evidence.cause.member or evidence.cause.status not in (400, 412):
        return None
    sent = sent_tokens(evidence)
    said = Said.TOKEN_FORMAT_UNKNOWN in evidence.said
    prefix = evidence.server.issues if evidence.server is not None else _of_httpd(evidence)
    foreign = prefix is not None and bool(sent) and not any(token.lower().startswith(prefix) for token in sent)
    foreign = foreign and _speaks_itself(evidence) and not any(_came_from_here(evidence, token) for token in sent)
    others = any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))
    if not said and (not foreign or (others and evidence.method != "UNLOCK")):
        return None
    if not said and evidence.method == "UNLOCK" and not (evidence.headers.get("Lock-Token") or "").startswith("<"):
        return None  # the header is malformed, whatever the token
    header = "Lock-Token" if evidence.method == "UNLOCK" else "If"
    return Match(
        certainty=Certainty.CERTAIN if said else Certainty.LIKELY,
        headline="The lock token is of a form that this server never issues",
        explanation="It was not granted here, or it was changed on its way"
        + (f": this server's own tokens begin with {prefix}" if prefix is not None else "")
        + ". It can open and release nothing here.",
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, header)),
        facts=(("sent", sent), ("issued", prefix)),
        remedies=(
            look(evidence.target, "See whether anything is locked, and under which token"),
            safe(
                "Send a token exactly as this server granted it, its scheme included",
                who=Who.CLIENT_AUTHOR,
            ),
        ),
    )


def _of_httpd(evidence: Evidence) -> str | None:
    """What mod_dav issues, where httpd itself refused an UNLOCK as not understood: only mod_dav reads one at all."""
    server = (evidence.response.headers.get("Server") or "") if evidence.response else ""
    page = Said.HTTPD_BAD_REQUEST_PAGE in evidence.said
    return APACHE.issues if evidence.method == "UNLOCK" and page and server.startswith("Apache") else None


def _speaks_itself(evidence: Evidence) -> bool:
    error = evidence.error
    if error is None or error.kind is BodyKind.NOT_CAPTURED:
        return True
    return Said.HTTPD_BAD_REQUEST_PAGE in evidence.said or Said.HTTPD_PRECONDITION_PAGE in evidence.said


def _came_from_here(evidence: Evidence, token: str) -> bool:
    """Whether an answer in these exchanges granted or showed the token after all."""
    granted = any(taken.lock.token is not None and taken.lock.token.uri == token for taken in evidence.taken)
    return granted or any(covering.token == token for covering in evidence.covering)
