"""Redirects, to everywhere and nowhere."""

import itertools

from tests.attack.behaviours.forms import answered, doing, kept
from tests.attack.scene import READS, Behaviour, Turn

_PLACES: dict[str, tuple[str, ...]] = {
    "to-itself": ("{PATH}",),
    "elsewhere": ("{FOREIGN}{PATH}",),
    "elsewhere-with-login": ("http://anna:secret@{STRANGER}{PATH}",),
    "to-itself-with-login": ("http://eve:evil@{HOST}{PATH}",),
    "looks-like-itself": ("http://{HOST}@{STRANGER}/d/",),
    "without-scheme": ("//{STRANGER}{PATH}",),
    "to-https": ("https://{HOST}{PATH}",),
    "to-https-elsewhere": ("https://{STRANGER}{PATH}",),
    "port-0": ("http://127.0.0.1:0/d/",),
    "port-99999": ("http://127.0.0.1:99999/d/",),
    "port-without-number": ("http://127.0.0.1:/d/",),
    "fragment": ("{OWN}{PATH}#{FOREIGN}/",),
    "query": ("{PATH}?next={FOREIGN}/&x=\x7f",),
    "javascript": ("javascript:alert(1)",),
    "file": ("file:///etc/passwd",),
    "data": ("data:text/xml,%3Cx/%3E",),
    "ftp": ("ftp://{STRANGER}/d/",),
    "gopher": ("gopher://{STRANGER}/_PROPFIND%20/",),
    "unix": ("unix:/var/run/docker.sock",),
    "relative": ("other",),
    "dots": ("../../../../../../etc/",),
    "coded-dots": ("/d/%2e%2e/%2E%2E/elsewhere/",),
    "empty": ("",),
    "none": (),
    "two-alike": ("{PATH}", "{PATH}"),
    "two": ("/d/one", "{FOREIGN}/two"),
    "escapes": ("/d/\x1b[2J\x1b]0;x\x07",),
    "coded-escapes": ("/d/%1B%5B2J%00%0d%0aX:%20y",),
    "bidi": ("/d/\u202e\u2066fdp.exe",),
    "not-utf-8": ("/d/\udcff\udcfe\udcc3",),
    "ipv6": ("http://[::1]:1/d/",),
    "ipv6-broken": ("http://[::1/d/",),
    "ipv6-zone": ("http://[fe80::1%25lo]:1/d/",),
    "of-100-kb": ("/d/" + "x" * 60_000,),
    "backslashes": ("http:\\\\{STRANGER}\\d\\",),
    "slash-backslash": ("/\\{STRANGER}/d/",),
    "spaces": ("  http://{STRANGER}/d/   and more",),
    "coded-host": ("http://%31%32%37.0.0.1:1/d/",),
    "other-digits-in-host": ("http://１２７.0.0.1:1/d/",),
    "host-as-number": ("http://2130706433:1/d/",),
    "idn": ("http://xn--/d/",),
    "metadata": ("http://169.254.169.254/latest/meta-data/",),
    "in-angle-brackets": ("<{FOREIGN}/d/>",),
}

_STATUSES = itertools.cycle(("301 Moved", "302 Found", "307 Temporary", "308 Permanent", "303 See Other"))


def _to(name: str, places: tuple[str, ...]) -> Behaviour:
    return answered(
        f"redirect-{name}", next(_STATUSES), b"<a href='{FOREIGN}'>", *(f"Location: {place}" for place in places)
    )


def _chain(turn: Turn) -> bool:
    turn.say(b"HTTP/1.1 302 Found\r\nLocation: /d/%d/\r\nContent-Length: 0\r\n\r\n" % turn.number)
    return True


def _ping_pong(turn: Turn) -> bool:
    place = turn.path.rstrip("/") if turn.path.endswith("/") else turn.path + "/"
    turn.say(b"HTTP/1.1 301 Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % place.encode())
    return True


def _writes_elsewhere(turn: Turn) -> bool:
    if turn.method in READS:
        turn.say(turn.honest())
    else:
        place = b"HTTP/1.1 307 Moved\r\nLocation: %s%s\r\nContent-Length: 0\r\n\r\n"
        turn.say(place % (turn.foreign.encode(), turn.path.encode()))
    return True


def _writes_to_a_neighbour(turn: Turn) -> bool:
    if turn.method in READS:
        turn.say(turn.honest())
    else:
        turn.say(b"HTTP/1.1 308 Moved\r\nLocation: /other/b.txt\r\nContent-Length: 0\r\n\r\n")
    return True


def _endless_body(turn: Turn) -> bool:
    turn.say(b"HTTP/1.1 302 Found\r\nLocation: %s/\r\n\r\n" % turn.foreign.encode())
    turn.endless(b"x" * 65536)
    return False


BEHAVIOURS = (
    *(_to(name, places) for name, places in _PLACES.items()),
    doing("redirect-chain", _chain),
    doing("redirect-slash-and-back", _ping_pong),
    doing("redirect-of-writes-elsewhere", _writes_elsewhere),
    doing("redirect-of-writes-to-a-neighbour", _writes_to_a_neighbour),
    doing("redirect-with-an-endless-body", _endless_body),
    answered("300", "300 Choices", b"<a href='{FOREIGN}'>1</a>", "Location: {FOREIGN}/"),
    answered("304", "304 Not Modified", b"", "Location: {FOREIGN}/"),
    answered("305", "305 Use Proxy", b"", "Location: {FOREIGN}/"),
    answered("306", "306 Switch", b"", "Location: {FOREIGN}/"),
    answered("399", "399 Somewhere", b"", "Location: {FOREIGN}/"),
    answered("201-elsewhere", "201 Created", b"", "Location: {FOREIGN}{PATH}"),
    answered("200-elsewhere", "200 OK", b"", "Location: {FOREIGN}{PATH}", "Content-Location: {FOREIGN}/"),
    kept("redirect-lf", b"HTTP/1.1 302 Found\r\nLocation: /d/\n {FOREIGN}/\r\nContent-Length: 0\r\n\r\n"),
)
