"""Challenges: what a server or a proxy offers for a login, in WWW-Authenticate or Proxy-Authenticate."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from davlock.late_pattern import late_pattern
from davlock.values import dataclass

# RFC 9110 §11.3, §11.6.1:
#   WWW-Authenticate = [ challenge *( OWS "," OWS challenge ) ]
#   challenge        = auth-scheme [ 1*SP ( token68 / [ auth-param *( OWS "," OWS auth-param ) ] ) ]
#   auth-param       = token BWS "=" BWS ( token / quoted-string )
# One comma separates challenges and parameters alike: what begins with a token and no "=" is a scheme.
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME = late_pattern(rf"({_WORD})(?:[ \t]+|$)(?![ \t=])")
_ELEMENT = late_pattern(r'(?:"(?:[^"\\]|\\.)*(?:"|$)|[^",])+', re.DOTALL)
_PARAMETER = late_pattern(rf"({_WORD})[ \t]*=[ \t]*(.*)", re.DOTALL)

_ALGORITHMS = {f"{name}{session}" for name in ("MD5", "SHA", "SHA-256", "SHA-512") for session in ("", "-SESS")}

_NEEDED = ("realm", "nonce")
"""Parameters that every Digest challenge has (RFC 7616 §3.3)."""

_KNOWN = {
    name.lower(): name
    for name in (
        # The IANA registry of HTTP authentication schemes.
        *("Basic", "Bearer", "Digest", "DPoP", "GNAP", "HOBA", "Mutual", "Negotiate", "OAuth", "PrivateToken"),
        *("SCRAM-SHA-1", "SCRAM-SHA-256", "vapid", "Concealed"),
        # In wide use without being in it.
        *("NTLM", "Kerberos", "Token", "ApiKey", "AWS4-HMAC-SHA256", "Hawk", "SharedKey", "Passport1.4", "WSSE"),
    )
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """One offer: its scheme as sent, and its parameters with lower-case names and values as sent."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """The scheme as it is usually written."""
        return known_scheme(self.scheme) or self.scheme

    def value(self, name: str) -> str:
        """A parameter without its quotes; empty where there is none."""
        sent = self.parameters.get(name, "")
        if len(sent) > 1 and sent[0] == sent[-1] == '"':
            return re.sub(r"\\(.)", r"\1", sent[1:-1])
        return sent

    @property
    def realm(self) -> str:
        """For what the login is, in the server's words; empty where it does not say."""
        return self.value("realm")

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a challenge must have, and this one has not: nobody can answer it. Only Digest is checked."""
        if self.scheme.lower() != "digest":
            return ()
        return tuple(name for name in _NEEDED if name not in self.parameters)

    @property
    def spoken(self) -> bool:
        """Whether davlock can answer it: Basic, Bearer, and Digest with an algorithm and a quality that it knows."""
        scheme = self.scheme.lower()
        return scheme in ("basic", "bearer") or (scheme == "digest" and answerable_digest(self.parameters))


def challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """The offers in the values of one field, in their order: in one value or in several."""
    offered: list[tuple[str, dict[str, str]]] = []
    for field_value in values:
        for element in map(str.strip, _ELEMENT.findall(field_value)):
            scheme = _SCHEME.match(element)
            if scheme:
                offered.append((scheme[1], {}))
                element = element[scheme.end() :]
            parameter = _PARAMETER.fullmatch(element)
            if parameter and offered:
                offered[-1][1][parameter[1].lower()] = parameter[2]
    return tuple(Challenge(scheme, parameters) for scheme, parameters in offered)


def answerable_digest(parameters: Mapping[str, str]) -> bool:
    """Whether a Digest challenge (RFC 7616 §3.3) is whole, and asks for nothing beyond what davlock computes."""
    algorithm = parameters.get("algorithm", "").strip('"')
    qualities = {quality.strip() for quality in parameters.get("qop", "").strip('"').lower().split(",")}
    known = (algorithm or "MD5").upper() in _ALGORITHMS
    return known and parameters.keys() >= set(_NEEDED) and bool({"auth", ""} & qualities)


def known_scheme(word: str) -> str | None:
    """``word`` as the scheme that it names; ``None`` where it names none that is known: it may then be a secret."""
    return _KNOWN.get(word.lower())


def scheme_of(credentials: str) -> str | None:
    """The scheme at the beginning of an Authorization value (RFC 9110 §11.4); ``None`` where none is known."""
    word, space, _ = credentials.strip().partition(" ")
    return known_scheme(word) if space else None
