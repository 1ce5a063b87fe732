"""What a server offers for a login: read from its fields, and compared with what davlock speaks."""

import pytest

from davlock.protocol.challenge import challenges, known_scheme, scheme_of


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (('Basic realm="Team files"',), [("Basic", "Team files", True)]),
        (("basic realm=dav",), [("Basic", "dav", True)]),
        (('Basic realm="a, Digest b"',), [("Basic", "a, Digest b", True)]),
        (('Basic realm="say \\"hi\\""',), [("Basic", 'say "hi"', True)]),
        (('Digest realm="r", nonce="n", qop="auth"',), [("Digest", "r", True)]),
        (('Digest realm="r", nonce="n", algorithm=SHA-512-256',), [("Digest", "r", False)]),
        (('Digest realm="r", nonce="n", qop="auth-int"',), [("Digest", "r", False)]),
        (('Digest realm="r"',), [("Digest", "r", False)]),
        (("Negotiate", "NTLM"), [("Negotiate", "", False), ("NTLM", "", False)]),
        (('Negotiate, NTLM, Basic realm="x"',), [("Negotiate", "", False), ("NTLM", "", False), ("Basic", "x", True)]),
        (('Bearer realm="x", error="invalid_token"',), [("Bearer", "x", True)]),
        (("Cloudflare-Access aud=x",), [("Cloudflare-Access", "", False)]),
        (("", ",", "=", '"'), []),
        ((), []),
    ],
)
def test_offers(values: tuple[str, ...], expected: list[tuple[str, str, bool]]) -> None:
    assert [(offer.name, offer.realm, offer.spoken) for offer in challenges(values)] == expected


def test_a_word_that_is_no_known_scheme_may_be_a_secret() -> None:
    assert scheme_of("Basic YWxpY2U6eA==") == "Basic"
    assert scheme_of("  negotiate YII") == "Negotiate"
    for value in ("s3cret", "s3cret s3cret", "Basic", ""):
        assert scheme_of(value) is None
    assert known_scheme("s3cret") is None
