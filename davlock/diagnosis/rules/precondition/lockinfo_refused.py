"""the server does not accept the form of the LOCK.

What happened: your LOCK is not in a form that the server accepts. Its body is missing, malformed or asks for something
unknown, or its Depth is 1, which no lock can have. Servers answer 400, 422 or 412. Some also want a body in a renewal:
they cannot renew locks.

How sure we are: certain if the request shows the fault, otherwise likely.

What to do: send a lockinfo body with lockscope and locktype, and Depth 0 or infinity. A renewal has no body, but an If
header.

How to confirm: `davlock lock URL` sends a form that every recorded server reads.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.lockinfo import FormFault, refused_form
from davlock.diagnosis.remedies import intrusive
from davlock.diagnosis.rule import Match, rfc4918, rule


@rule(
    id="400-lockinfo-refused",
    severity=Severity.ERROR,
    statuses=(400, 403, 412, 422, 501),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.10.1"), rfc4918("14.11")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a LOCK that the server refuses for a fault in the request: 400, 415, 422, or 412 without a condition.

    Zope answers 403 to a wrong Depth.
    """
    form = refused_form(evidence)
    if form is None:
        return None
    if form.fault is FormFault.RENEWAL:
        return _no_renewal(evidence)
    if form.fault is FormFault.TAGGED:
        return _tagged_renewal(evidence)
    forbidden = evidence.cause is not None and evidence.cause.status == 403
    return Match(
        certainty=Certainty.LIKELY if forbidden else Certainty.CERTAIN,
        headline=f"The server cannot use your LOCK: {form.words}",
        explanation="No lock is in the way: the refusal is about the form of the request.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Depth"),
            *quotes.request_header(evidence, "Timeout"),
            *_body(evidence),
        ),
        alternatives=(Alternative("403-no-permission", "a well-formed LOCK: it gets 403, too"),) if forbidden else (),
        remedies=(intrusive("Let davlock send a correct LOCK", ("davlock", "lock", evidence.target)),),
    )


def _no_renewal(evidence: Evidence) -> Match:
    """Returns the match if the server wants a body in a renewal: it treats every LOCK as a new one."""
    tagged = evidence.if_header is not None and evidence.if_header.tagged
    untagged = Alternative("412-refresh-lost-lock", "the same renewal with an untagged list: If: (<token>)")
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server does not renew locks: it wants a body in every LOCK",
        explanation="A renewal has no body. You can hold a lock only until its time is over.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        facts=(("submitted", evidence.submitted or ()),),
        alternatives=(
            Alternative("proxy-header-dropped", "the same request, sent to the server without a proxy: it works"),
            *((untagged,) if tagged else ()),
        ),
        remedies=(
            intrusive(
                "After it expires, take a longer lock",
                ("davlock", "lock", evidence.target),
            ),
        ),
    )


def _tagged_renewal(evidence: Evidence) -> Match:
    """Returns the match for lighttpd, which reads the token of a renewal only from an untagged list."""
    known = evidence.server is not None and evidence.server.takes_tagged_refresh is False
    token = evidence.submitted[0] if evidence.submitted else "TOKEN"
    return Match(
        certainty=Certainty.LIKELY if known else Certainty.POSSIBLE,
        headline=f"The server {'wants' if known else 'may want'} no URL in the If header of a renewal",
        explanation="A renewal names its lock in the If header, and some servers read only a token there.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        alternatives=()
        if known
        else (Alternative("412-refresh-lost-lock", "the same renewal with an untagged list: If: (<token>)"),),
        remedies=(
            intrusive(
                "Renew it without the URL",
                ("davlock", "refresh", evidence.target, "--token", token),
            ),
        ),
    )


def _body(evidence: Evidence) -> tuple[Quote, ...]:
    body = evidence.request.body if evidence.request else None
    return (
        (Quote("request body", body[:200].decode("utf-8", "replace").strip() or "(empty)", evidence.subject),)
        if isinstance(body, bytes)
        else ()
    )
