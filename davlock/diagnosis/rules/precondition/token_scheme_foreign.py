"""the token has a form that this server never issues.

What happened: your token is from another server, or a program has changed it. Apache's mod_dav issues and reads only
tokens of the form opaquelocktoken:UUID. It answers 400 to an UNLOCK with any other form (urn:uuid:…, a bare number).
In an If header, such a condition is false, which leads to 412.

How sure we are: likely, because the server is known by its answers and the token does not fit it. Certain if the
server itself says that it cannot read the token.

What to do: read the token again from this server's own answer, and send it unchanged, with its scheme. The token that
you sent can never work here.

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
    """Matches a 400 or 412 to tokens that all begin differently from the server's own, or the server's words for it."""
    if evidence.cause is None or evidence.cause.member or evidence.cause.status not in (400, 412):
        return None
    sent = sent_tokens(evidence)
    says_so = Said.TOKEN_FORMAT_UNKNOWN in evidence.said
    prefix = evidence.server.issues if evidence.server is not None else _of_httpd(evidence)
    foreign = prefix is not None and bool(sent) and not any(token.lower().startswith(prefix) for token in sent)
    foreign = foreign and _speaks_itself(evidence) and not any(_came_from_here(evidence, token) for token in sent)
    others = any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))
    if not says_so and (not foreign or (others and evidence.method != "UNLOCK")):
        return None
    if not says_so and evidence.method == "UNLOCK" and not (evidence.headers.get("Lock-Token") or "").startswith("<"):
        return None  # the header is malformed, whatever the token
    header = "Lock-Token" if evidence.method == "UNLOCK" else "If"
    return Match(
        certainty=Certainty.CERTAIN if says_so else Certainty.LIKELY,
        headline="This server never issues lock tokens like the one that you sent",
        explanation="Another server granted it, or something changed it on its way"
        + (f": this server's own tokens begin with “{prefix}”" if prefix is not None else "")
        + ". It opens and releases nothing here.",
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, header)),
        facts=(("sent", sent), ("issued", prefix)),
        remedies=(
            look(evidence.target, "See what is locked, and its token"),
            safe("Send tokens exactly as this server granted them", who=Who.CLIENT_AUTHOR),
        ),
    )


def _of_httpd(evidence: Evidence) -> str | None:
    """Returns the prefix of mod_dav's tokens, if httpd itself could not read an UNLOCK: only mod_dav reads one."""
    server = (evidence.response.headers.get("Server") or "") if evidence.response else ""
    page = Said.HTTPD_BAD_REQUEST_PAGE in evidence.said
    return APACHE.issues if evidence.method == "UNLOCK" and page and server.startswith("Apache") else None


def _speaks_itself(evidence: Evidence) -> bool:
    error = evidence.error
    if error is None or error.kind is BodyKind.NOT_CAPTURED:
        return True
    return Said.HTTPD_BAD_REQUEST_PAGE in evidence.said or Said.HTTPD_PRECONDITION_PAGE in evidence.said


def _came_from_here(evidence: Evidence, token: str) -> bool:
    """Whether an answer in these exchanges granted or showed the token."""
    granted = any(taken.lock.token is not None and taken.lock.token.uri == token for taken in evidence.taken)
    return granted or any(covering.token == token for covering in evidence.covering)
