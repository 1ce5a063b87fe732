"""LOCK body malformed, empty without If, or Depth 1.

What happened: The LOCK request itself is not one that the server takes. The body of the LOCK is missing, malformed or
asks for something unknown, or its Depth is 1, which no lock can have. Servers answer 400, 422 or 412. Some miss a body
in a renewal, too: they have no renewals.

How sure we are: certain where the fault can be named from the request; likely otherwise.

What to do: send a lockinfo with lockscope and locktype, Depth 0 or infinity. A refresh has no body and needs If.

How to confirm: `davlock lock URL` sends the form that every recorded server reads.
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
    """LOCK answered 400, 415 or 422, or 412 without any condition, and a fault in the request that can be named. Zope
    says 403 to a wrong Depth.
    """
    form = refused_form(evidence)
    if form is None:
        return None
    if form.fault is FormFault.RENEWAL:
        return _no_refresh(evidence)
    if form.fault is FormFault.TAGGED:
        return _tagged_refresh(evidence)
    forbidden = evidence.cause is not None and evidence.cause.status == 403
    return Match(
        certainty=Certainty.LIKELY if forbidden else Certainty.CERTAIN,
        headline=f"LOCK was refused for its own form: {form.words}",
        explanation="No lock stands in the way: the request is not one that asks for a lock correctly.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Depth"),
            *quotes.request_header(evidence, "Timeout"),
            *_body(evidence),
        ),
        alternatives=(Alternative("403-no-permission", "a well-formed LOCK: it is 403 as well"),) if forbidden else (),
        remedies=(intrusive("Let davlock send a well-formed LOCK", ("davlock", "lock", evidence.target)),),
    )


def _no_refresh(evidence: Evidence) -> Match:
    """The server misses a body in a renewal, which has none: it takes every LOCK for a new one."""
    tagged = evidence.if_header is not None and evidence.if_header.tagged
    untagged = Alternative("412-refresh-lost-lock", "the same refresh with an untagged list: If: (<token>)")
    return Match(
        certainty=Certainty.LIKELY,
        headline="This server does not renew locks: it wants a lockinfo body in every LOCK",
        explanation="A renewal has no body (RFC 4918 §9.10.2). A lock of yours can be held until its time is over.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        facts=(("submitted", evidence.submitted or ()),),
        alternatives=(
            Alternative("proxy-header-dropped", "the same request sent to the server past every proxy: it is granted"),
            *((untagged,) if tagged else ()),
        ),
        remedies=(
            intrusive(
                "Take a new lock when this one is over; ask for enough time at once",
                ("davlock", "lock", evidence.target),
            ),
        ),
    )


def _tagged_refresh(evidence: Evidence) -> Match:
    """lighttpd reads the token of a refresh only from an untagged list; a dead token it answers otherwise."""
    known = evidence.server is not None and evidence.server.takes_tagged_refresh is False
    token = evidence.submitted[0] if evidence.submitted else "TOKEN"
    return Match(
        certainty=Certainty.LIKELY if known else Certainty.POSSIBLE,
        headline="LOCK was refused for its own form: a refresh whose If header has a tag",
        explanation="A refresh names its lock in the If header (RFC 4918 §9.10.2), and this server wants no URL there.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If")),
        alternatives=()
        if known
        else (Alternative("412-refresh-lost-lock", "the same refresh with an untagged list: If: (<token>)"),),
        remedies=(
            intrusive(
                "Refresh it with an untagged list",
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
