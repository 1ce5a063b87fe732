"""The Lock-Token header came without its angle brackets.

What happened: the token of an UNLOCK is a Coded-URL and stands between < and >. Apache, lighttpd and Go answer 400
without them, nginx 204 without doing anything; sabre and WsgiDAV forgive it.

How sure we are: likely. The header is malformed, and this server refused the request.

What to do: put the brackets around the token, and nothing else: keep its scheme, add no white space.

How to confirm: the same UNLOCK with <…> is answered otherwise.
"""

import re
from html import unescape

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918


def check(evidence: Evidence) -> Match | None:
    """UNLOCK answered 400, and a Lock-Token that is no Coded-URL."""
    sent = evidence.headers.get("Lock-Token")
    if evidence.method != "UNLOCK" or evidence.cause is None or evidence.cause.status != 400 or not sent:
        return None
    if re.fullmatch(r"<[^<>]+>", sent):
        return None
    token = unescape(sent).strip("<>()\"' ")
    bare = not any(mark in sent for mark in "<>()\"'")
    return Match(
        certainty=Certainty.LIKELY,
        headline="The token in Lock-Token stands without its angle brackets"
        if bare
        else "The token in Lock-Token does not stand between one pair of angle brackets",
        explanation="This server reads a token only in the form <token>.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Lock-Token")),
        remedies=(
            Remedy(
                Who.YOU,
                "Let davlock send it in the right form",
                ("davlock", "unlock", evidence.target, "--token", token),
                Risk.INTRUSIVE,
            ),
            Remedy(Who.CLIENT_AUTHOR, f"Send  Lock-Token: <{token}>", None, Risk.SAFE),
        ),
    )


RULE = Rule(
    id="400-lock-token-brackets",
    family=Family.PRECONDITION,
    severity=Severity.ERROR,
    title="Lock-Token without angle brackets where they are demanded",
    page=__doc__,
    check=check,
    references=(rfc4918("10.1"), rfc4918("10.5")),
)
