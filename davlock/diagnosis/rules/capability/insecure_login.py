"""a password was sent over plain http.

What happened: the request had a password, a token, a cookie or a gateway's key, and nothing encrypted it. Or the login
for a proxy was sent like that. Everybody on the way can read and use it: on your network, on Wi-Fi, at a proxy.

How sure we are: certain: davlock sent it itself. It does not report names and addresses of this machine, nor Digest,
which does not send the password.

What to do: use https. If the server has none, --digest does not send the password. If you trust the network,
--allow-insecure-auth hides this finding and the line on stderr. davlock sends the login either way.

How to confirm: the URL begins with http://. `davlock -v` shows the request with `Authorization: Basic`, or with the
header that the finding names.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, RetryVerdict, Severity
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
    """Matches a live request that reached a server with a login that others can read."""
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
            return _match("The proxy's password", quote, None, remedies=_FOR_A_PROXY)
    return None


def _what(name: str, scheme: str | None) -> str:
    if name.lower() == "authorization":
        return f"The {'token' if scheme == 'Bearer' else 'password' if scheme == 'Basic' else 'login'}"
    return f"The {name}"


_FOR_A_SERVER = (
    safe("Use https, if the server offers it"),
    for_admin(intrusive("Serve WebDAV over https, or offer Digest")),
)

_FOR_A_PROXY = (
    safe("Give the proxy an https:// address, if it offers that"),
    for_admin(intrusive("Offer https at the proxy")),
)
"""An https URL does not help: the login goes to the proxy before the tunnel to the server is there."""


def _match(what: str, quote: Quote, scheme: str | None, *, remedies: tuple[Remedy, ...] = _FOR_A_SERVER) -> Match:
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"{what} went over plain http: others can read it",
        explanation="Nothing encrypts it on its way. Over https nobody else could read it.",
        retry=AFTER_CHANGE,
        evidence=(quote,),
        facts=(("scheme", scheme),),
        remedies=remedies,
    )
