"""The server wants to know who you are.

What happened: 401: no credentials were sent, or the server did not accept them. Whether anything is locked was not
even looked at. SharePoint and OneDrive say 403 with X-MSDAVEXT_Error where they want a login in a browser first.

How sure we are: certain, the status says so. Likely where a lock token came with credentials: some servers answer 401
to the token of another user.

What to do: give credentials, or correct them: -u USER, --digest where the server asks for Digest, --oauth2-bearer for
a token. Some services want an app password.

How to confirm: the same command with credentials is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc
from davlock.diagnosis.situation import sent_tokens
from davlock.protocol.message import Headers

BASIC = ("-u", "USER")

BROWSER_FIRST = "917656"
"""The number in X-MSDAVEXT_Error that asks for a login (MS-WDV §2.2.3)."""

FORMS = "X-Forms_Based_Auth_Required"
"""Where Office finds the page to log in on (MS-OFBA §2.2.2)."""


def check(evidence: Evidence) -> Match | None:
    """401 or 407, or SharePoint's 403 that asks for a login."""
    if evidence.cause is None or evidence.response is None:
        return None
    if evidence.cause.status == 403 and _wants_a_browser(evidence.response.headers):
        return _sharepoint(evidence)
    if evidence.cause.status not in CHALLENGES:
        return None
    proxy = evidence.cause.status == 407
    sent = "Authorization" in evidence.headers
    if sent and not proxy and sent_tokens(evidence) and _accepted_elsewhere(evidence):
        return None  # it is not the login that the server minds
    name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    values = evidence.response.headers.get_all(name)
    offers = tuple(Quote(f"response header {name}", value, evidence.subject) for value in values)
    options = _options(" ".join(values).lower())
    if proxy:
        headline, title = "The proxy wants credentials", "Give the credentials with -x http://USER:PASSWORD@PROXY"
    else:
        headline = "The server did not accept these credentials" if sent else "The server wants credentials"
        title = f"Give the credentials with {' '.join(options)}"
        title += "" if options == BASIC else ", which this server asks for"
    doubtful = sent and not proxy and bool(sent_tokens(evidence))
    return Match(
        certainty=Certainty.LIKELY if doubtful else Certainty.CERTAIN,
        headline=headline,
        explanation="Nothing is said about locks: the request was refused before that.",
        retry=AFTER_CHANGE,
        evidence=(quotes.status_line(evidence), *offers, *quotes.office_error(evidence)),
        alternatives=(
            Alternative("403-unlock-not-owner", "PROPFIND with the same credentials: it is answered if they are good"),
        )
        if doubtful
        else (),
        remedies=(
            Remedy(
                Who.YOU,
                title,
                None if proxy else ("davlock", "diagnose", *options, evidence.target),
                Risk.SAFE,
            ),
        ),
    )


def _options(offered: str) -> tuple[str, ...]:
    """How to give what the server asks for; of several schemes the simplest."""
    if "basic" in offered:
        return BASIC
    if "digest" in offered:
        return (*BASIC, "--digest")
    return ("--oauth2-bearer", "TOKEN") if "bearer" in offered else BASIC


def _wants_a_browser(headers: Headers) -> bool:
    """By SharePoint's number for it, or its hint for Office. Other numbers are about the document."""
    number = (headers.get(quotes.OFFICE_ERROR) or "").partition(";")[0].strip()
    return number == BROWSER_FIRST or FORMS in headers


def _accepted_elsewhere(evidence: Evidence) -> bool:
    """Whether the same credentials were good for another request in these exchanges."""
    sent = evidence.headers.get("Authorization")
    return any(
        exchange.status is not None
        and exchange.status not in CHALLENGES
        and exchange.request.headers.get("Authorization") == sent
        for exchange in evidence.exchanges
    )


def _sharepoint(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server wants a login in a browser first",
        explanation="Nothing is said about locks: the request was refused before that.",
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *quotes.office_error(evidence),
            *quotes.response_header(evidence, FORMS),
        ),
        remedies=(
            Remedy(Who.YOU, "Open the site in a browser and sign in, then connect again", None, Risk.INTRUSIVE),
            Remedy(Who.YOU, "Or use a login that works without a browser: an app password", None, Risk.SAFE),
        ),
    )


RULE = Rule(
    id="401-not-authenticated",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="credentials are wanted, or were not accepted",
    page=__doc__,
    check=check,
    references=(rfc(9110, "15.5.2"),),
)
