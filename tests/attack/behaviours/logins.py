"""Challenges that never end, of odd schemes, and in odd letters."""

from tests.attack.behaviours.forms import answered, doing, filled, kept
from tests.attack.behaviours.heads import BIDI, ESCAPES
from tests.attack.scene import Behaviour, Turn
from tests.cli.reflecting import reflected

_NONCE = 'nonce="n0nce0123456789"'


def _offers(name: str, *challenges: str, status: str = "401 Unauthorized", body: bytes = b"no") -> Behaviour:
    fields = (f"WWW-Authenticate: {challenge}" for challenge in challenges)
    return answered(f"login-{name}", status, body, *fields)


def _new_nonces(turn: Turn) -> bool:
    line = b'WWW-Authenticate: Digest realm="r", nonce="%d", qop="auth", stale=true' % turn.number
    turn.say(b"HTTP/1.1 401 Again\r\n" + line + b"\r\nContent-Length: 0\r\n\r\n")
    return True


def _in_turn(turn: Turn) -> bool:
    """Another scheme each time."""
    offer = (b'Basic realm="a"', b'Digest realm="b", nonce="n", qop="auth"', b"Negotiate", b'Bearer realm="c"')[
        turn.number % 4
    ]
    turn.say(b"HTTP/1.1 401 Again\r\nWWW-Authenticate: " + offer + b"\r\nContent-Length: 0\r\n\r\n")
    return True


def _endless(turn: Turn) -> bool:
    turn.say(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n')
    turn.endless(b"x" * 65536)
    return False


def _slow(turn: Turn) -> bool:
    turn.say(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="r"\r\nContent-Length: 9999\r\n\r\n')
    turn.endless(b"x", 0.05)
    return False


def _once(turn: Turn) -> bool:
    """A login is wanted, and what comes with it is answered honestly, with words about the next login."""
    if b"\r\nauthorization:" not in turn.request.lower():
        turn.say(
            b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n'
        )
    else:
        first, _, rest = turn.honest().partition(b"\r\n")
        line = b'Authentication-Info: nextnonce="\x1b[2J", rspauth="0", cnonce=, nc=zz'
        turn.say(b"\r\n".join([first, line, rest]))
    return True


def _only_writes(turn: Turn) -> bool:
    if turn.method in ("OPTIONS", "PROPFIND"):
        turn.say(turn.honest())
    else:
        turn.say(
            filled(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="{FOREIGN}"\r\nContent-Length: 0\r\n\r\n', turn)
        )
    return True


def _reflecting(manner: str) -> Behaviour:
    def act(turn: Turn) -> bool:
        turn.say(reflected(manner, turn.request))
        return manner != "rubbish"

    return doing(f"reflects-and-{manner}", act)


BEHAVIOURS = (
    _offers("basic", 'Basic realm="r"'),
    _offers("none"),
    _offers("empty", ""),
    _offers("digest", f'Digest realm="r", {_NONCE}, qop="auth", algorithm=SHA-256'),
    _offers("digest-old", f'Digest realm="r", {_NONCE}'),
    _offers("digest-md5-sess", f'Digest realm="r", {_NONCE}, algorithm=MD5-sess, qop="auth"'),
    _offers("digest-sha-512-256", f'Digest realm="r", {_NONCE}, algorithm=SHA-512-256-sess, qop="auth", userhash=true'),
    _offers("digest-unknown", f'Digest realm="r", {_NONCE}, algorithm=ROT13, qop="auth"'),
    _offers("digest-algorithm-injects", f'Digest realm="r", {_NONCE}, algorithm="MD5\\", x=\\"y", qop="auth"'),
    _offers("digest-auth-int", f'Digest realm="r", {_NONCE}, qop="auth-int"'),
    _offers("digest-qop-odd", f'Digest realm="r", {_NONCE}, qop=",,auth ,\x7f"'),
    _offers("digest-no-nonce", 'Digest realm="r", qop="auth"'),
    _offers("digest-empty-nonce", 'Digest realm="r", nonce="", qop="auth"'),
    _offers(
        "digest-nonce-quotes", 'Digest realm="r\\"s\\\\", nonce="a\\"b\\\\c, uri=\\"/x\\"", qop="auth", opaque="\\""'
    ),
    _offers("digest-nonce-of-50-kb", f'Digest realm="r", nonce="{"n" * 50_000}", qop="auth"'),
    _offers("digest-nonce-not-utf-8", 'Digest realm="r", nonce="\udcff\udcfe", qop="auth"'),
    _offers("digest-of-many-values", "Digest " + ", ".join(f'x{number}="y"' for number in range(3000))),
    _offers("digest-domain-elsewhere", f'Digest realm="r", {_NONCE}, domain="{{FOREIGN}}/", qop="auth"'),
    _offers("digest-no-realm", f"Digest {_NONCE}"),
    _offers("digest-alone", "Digest"),
    _offers("digest-open-quote", 'Digest realm="r, nonce=n'),
    _offers("digest-twice", f'Digest realm="a", {_NONCE}', f'Digest realm="b", {_NONCE}, algorithm=SHA-256'),
    _offers("negotiate", "Negotiate"),
    _offers("negotiate-blob", "Negotiate " + "YII" * 9000, "NTLM TlRMTVNTUAACAAAA"),
    _offers("ntlm", "NTLM"),
    _offers("bearer", f'Bearer realm="r", error="invalid_token", error_description="{ESCAPES[:20].decode("latin-1")}"'),
    _offers("unknown", 'Kerberos9 x="y"', "!!! ???", "\x7f"),
    _offers("realm-of-60-kb", f'Basic realm="{"r" * 60_000}"'),
    _offers("realm-escapes", f'Basic realm="{ESCAPES.decode("utf-8", "surrogateescape")}"'),
    _offers("realm-bidi", f'Basic realm="{BIDI.decode()}"'),
    _offers("realm-latin-1", 'Basic realm="Caf\udce9", charset="ISO-8859-1"'),
    _offers("realm-charset-odd", 'Basic realm="r", charset="utf-7"'),
    _offers("a-hundred", *['Basic realm="r"'] * 90),
    _offers("a-thousand-in-one", ", ".join(f'S{number} realm="r"' for number in range(2000))),
    _offers("commas", ",,,,, ,Basic,,=,,realm=,"),
    _offers(
        "login-page", body=b"<html><form action='{FOREIGN}/login'><input type=password></form></html>", status="200 OK"
    ),
    _offers("511", 'Basic realm="r"', status="511 Network Authentication Required"),
    _offers("403", 'Basic realm="r"', status="403 Forbidden"),
    answered("login-407", "407 Proxy Login", b"", 'Proxy-Authenticate: Basic realm="r"'),
    answered("login-407-digest", "407 Proxy Login", b"", f'Proxy-Authenticate: Digest realm="r", {_NONCE}'),
    kept("login-407-none", b"HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n"),
    doing("login-new-nonces", _new_nonces),
    doing("login-schemes-in-turn", _in_turn),
    doing("login-endless-body", _endless),
    doing("login-slow-body", _slow),
    doing("login-once-with-words", _once),
    doing("login-only-writes", _only_writes),
    *(_reflecting(manner) for manner in ("works", "utf16", "refuses", "challenges", "locked", "moves", "rubbish")),
)
