"""a password over plain http.

What happened: the request carried Basic, a bearer token, a cookie or the key of a gateway to another host, and nothing
encrypted it; or the login of a proxy went to it so. Everybody on the way can read it, and use it: the server's own
network, a Wi-Fi, a proxy.

How sure we are: certain, davlock sent it itself. Names and addresses of this machine are left out, and so is Digest,
which does not send the password.

What to do: use https. Where the server has none, Digest (--digest) keeps the password to itself. If the network is your
own, --allow-insecure-auth hides this finding and the line on stderr. davlock refuses nothing because of it.

How to confirm: the URL begins with http://, and `davlock -v` shows the request with `Authorization: Basic`, or with the
field that the finding names.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, Role, rfc, rule
from davlock.protocol.challenge import scheme_of

_WITH_SCHEME = ("authorization", "proxy-authorization")


@rule(
    id="insecure-login",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(7617, "4"), rfc(6750, "5.3")),
)
def check(evidence: Evidence) -> Match | None:
    """A live request with a login that others can read, and that reached a server."""
    invocation = evidence.invocation
    if invocation is None:
        return None
    for index, exchange in enumerate(evidence.exchanges):
        if exchange.response is None:
            continue
        in_clear = exchange.request.url.lower().startswith("http://")
        for name in invocation.exposed if in_clear else ():
            value = exchange.request.headers.get(name)
            scheme = scheme_of(value) if value is not None and name.lower() in _WITH_SCHEME else None
            if value is not None and scheme != "Digest":
                return _match(_what(name, scheme), Quote(f"request header {name}", value, index), scheme)
        if invocation.exposed_proxy:
            quote = Quote("proxy", invocation.proxy_host, index)
            return _match("The password of the proxy", quote, None)
    return None


def _what(name: str, scheme: str | None) -> str:
    if name.lower() == "authorization":
        return f"The {'token' if scheme == 'Bearer' else 'password' if scheme == 'Basic' else 'login'}"
    return f"The {name}"


def _match(what: str, quote: Quote, scheme: str | None) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"{what} went over plain http: others on the way can read it",
        explanation="Nothing between here and the server encrypts it. Over https nobody else sees it.",
        retry=AFTER_CHANGE,
        evidence=(quote,),
        facts=(("scheme", scheme),),
        remedies=(
            safe("Use https in the URL, if the server has it"),
            for_admin(intrusive("Serve WebDAV over https, or offer Digest")),
        ),
    )
