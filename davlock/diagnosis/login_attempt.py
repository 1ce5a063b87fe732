"""A login that was refused: what the server or the proxy offered, and what the request sent."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.invocation import Invocation
from davlock.protocol.challenge import Challenge, challenges, scheme_of
from davlock.values import dataclass

BASIC, DIGEST, BEARER, NEGOTIATE = "Basic", "Digest", "Bearer", "Negotiate"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempt:
    """One request that got 401 or 407. ``sent`` is its scheme, ``None`` where it came without a login."""

    offered: tuple[Challenge, ...]
    sent: str | None
    known: bool
    """True if it is known that nothing else was sent."""
    asked_by: Invocation
    live: bool

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes offered, each once, in the usual spelling."""
        return tuple(dict.fromkeys(challenge.name[:40] for challenge in self.offered))

    @property
    def spoken(self) -> tuple[str, ...]:
        """Those of them that davlock speaks."""
        return tuple(dict.fromkeys(challenge.name for challenge in self.offered if challenge.spoken))

    @property
    def broken(self) -> tuple[str, ...]:
        """What the only scheme offered lacks, so that no program can answer it; empty where one may."""
        lacks = [challenge.lacks for challenge in self.offered]
        return lacks[0] if lacks and all(lacks) else ()

    @property
    def realm(self) -> str:
        """For what the login is, in the server's words."""
        return next((challenge.realm for challenge in self.offered if challenge.realm), "")

    def parameter(self, scheme: str, name: str) -> str:
        """A parameter of the challenge of that scheme; empty where there is none."""
        return next((entry.value(name) for entry in self.offered if entry.name == scheme and entry.value(name)), "")

    @property
    def offered_words(self) -> str:
        """``Basic``, ``Negotiate and NTLM``; of Digest in a form that davlock cannot answer, which."""
        words = []
        for scheme in self.schemes:
            # A Digest of another algorithm is another offer.
            odd = scheme == DIGEST and DIGEST not in self.spoken
            detail = self.parameter(DIGEST, "algorithm") or self.parameter(DIGEST, "qop") if odd else ""
            words.append(f"{scheme} with {detail[:40]}" if detail else scheme)
        return listed(words) or "no way to log in"

    @property
    def sent_words(self) -> str:
        """``none``, ``Basic``, ``a bearer token``, ``Basic typed with -H``; and a client certificate."""
        with_certificate = " and a client certificate" if self.asked_by.certificate else ""
        if self.sent is None:
            return "a client certificate, and no password," if with_certificate else "none"
        if self.asked_by.header:
            source = f"from {self.asked_by.kept_in}" if self.asked_by.kept_in else "typed with -H"
            return f"{self.sent or 'an Authorization'} {source}{with_certificate}"
        return {BEARER: "a bearer token", "": "a login"}.get(self.sent, self.sent) + with_certificate


def attempt(evidence: Evidence, *, proxy: bool) -> LoginAttempt:
    """What the exchange under question offered and sent; ``proxy``: to the proxy."""
    response, asked_by = evidence.response, evidence.invocation
    name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    field = "Proxy-Authorization" if proxy else "Authorization"
    value = evidence.headers.get(field)
    sent = None if value is None else scheme_of(value) or ""
    if proxy and sent is None and asked_by is not None and asked_by.proxy_login:
        sent = BASIC  # the network layer adds it, and no exchange shows it
    return LoginAttempt(
        offered=challenges(response.headers.get_all(name)) if response is not None else (),
        sent=sent,
        known=evidence.headers.complete,
        # Who reads a capture can ask the server with davlock diagnose.
        asked_by=asked_by or Invocation(verb=("davlock", "diagnose"), arguments=(evidence.target,)),
        live=asked_by is not None,
    )


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
