"""The server wants to know who you are.

What happened: 401: no credentials were sent, or the server did not accept them. Whether anything is locked was not
even looked at.

How sure we are: certain. The status says so.

What to do: give credentials, or correct them: -u USER, --digest where the server asks for Digest, --oauth2-bearer for
a token. Some services want an app password.

How to confirm: the same command with credentials.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc


def check(evidence: Evidence) -> Match | None:
    """401 or 407."""
    if evidence.cause is None or evidence.cause.status not in (401, 407):
        return None
    proxy = evidence.cause.status == 407
    sent = "Authorization" in evidence.headers
    offers = quotes.response_header(evidence, "Proxy-Authenticate" if proxy else "WWW-Authenticate")
    words = " ".join(quote.text for quote in offers)
    digest = "digest" in words.lower() and "basic" not in words.lower()
    if proxy:
        headline, option = "The proxy wants credentials", "-x http://USER:PASSWORD@PROXY"
    elif sent:
        headline, option = "The server did not accept these credentials", "-u USER"
    else:
        headline, option = "The server wants credentials", "-u USER"
    title = "Give the credentials with " + option + (" and --digest, which this server asks for" if digest else "")
    return Match(
        certainty=Certainty.CERTAIN,
        headline=headline,
        explanation="Nothing is said about locks: the request was refused before that.",
        retry=AFTER_CHANGE,
        evidence=(quotes.status_line(evidence), *offers, *quotes.response_header(evidence, "X-MSDAVEXT_Error")),
        remedies=(
            Remedy(
                Who.YOU,
                title,
                None
                if proxy
                else ("davlock", "diagnose", "-u", "USER", *(("--digest",) if digest else ()), evidence.target),
                Risk.SAFE,
            ),
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
