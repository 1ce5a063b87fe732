"""A password or token went over plain http, where others on the way can read it.

What happened: the request carried Basic or a bearer token to another host, and nothing encrypted it. Everybody on the
way can read the password, and use it: the server's own network, a Wi-Fi, a proxy.

How sure we are: certain, davlock sent it itself. Names and addresses of this machine are left out, and so is Digest,
which does not send the password.

What to do: use https. Where the server has none, Digest (--digest) keeps the password to itself. If the network is your
own, --allow-insecure-auth hides this finding and the line on stderr. davlock refuses nothing because of it.

How to confirm: the URL begins with http://, and `davlock -v` shows the request with `Authorization: Basic`.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc
from davlock.protocol.challenge import scheme_of


def check(evidence: Evidence) -> Match | None:
    """A live request whose login others can read, and that reached a server."""
    if evidence.invocation is None or not evidence.invocation.exposed:
        return None
    for index, exchange in enumerate(evidence.exchanges):
        value = exchange.request.headers.get("Authorization")
        if value is None or exchange.response is None or not exchange.request.url.lower().startswith("http://"):
            continue
        scheme = scheme_of(value)
        if scheme == "Digest":
            continue
        what = "token" if scheme == "Bearer" else "password" if scheme == "Basic" else "login"
        return Match(
            certainty=Certainty.CERTAIN,
            headline=f"The {what} went over plain http: others on the way can read it",
            explanation="Nothing between here and the server encrypts it. Over https nobody else sees it.",
            retry=AFTER_CHANGE,
            evidence=(Quote("request header Authorization", value, index),),
            facts=(("scheme", scheme),),
            remedies=(
                Remedy(Who.YOU, "Use https in the URL, if the server has it", None, Risk.SAFE),
                Remedy(Who.SERVER_ADMIN, "Serve WebDAV over https, or offer Digest", None, Risk.INTRUSIVE),
            ),
        )
    return None


RULE = Rule(
    id="insecure-login",
    family=Family.CAPABILITY,
    severity=Severity.WARNING,
    title="a password over plain http",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc(7617, "4"), rfc(6750, "5.3")),
)
