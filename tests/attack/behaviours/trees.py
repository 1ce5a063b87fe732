"""Trees without an end: a walk must end by its bounds."""

import itertools
from collections.abc import Callable

from tests.attack.behaviours.forms import XML, by_method
from tests.attack.scene import Behaviour, Turn
from tests.cli.answers import active_lock, document, element
from tests.transport.scripted import response

_COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"

_numbers = itertools.count(1)

Children = Callable[[str], list[str]]


def _tree(name: str, children: Children, *, locked: bool = False) -> Behaviour:
    """Every path is a collection with these children; ``locked``: with a lock on each."""

    def words(turn: Turn) -> bytes:
        def shown(href: str) -> str:
            locks = active_lock(f"urn:x:{abs(hash(href))}", root=href) if locked else ""
            return element(href, locks=locks, more=_COLLECTION)

        hrefs = [turn.path]
        if not turn.request.lower().count(b"\r\ndepth: 0"):
            hrefs += children(turn.path if turn.path.endswith("/") else turn.path + "/")
        return response("207 Multi-Status", document(*map(shown, hrefs)), XML)

    return by_method(name, {"PROPFIND": words})


def _repeated(path: str) -> list[str]:
    return [path + "a/"] if len(path) < 60_000 else []


def _doubled(path: str) -> list[str]:
    return [path + path.strip("/")[-2000:] + "/"]


def _endless(name: str, *, locked: bool) -> Behaviour:
    """A collection whose members never end, each with another name."""

    def act(turn: Turn) -> bool:
        if turn.method != "PROPFIND":
            turn.say(turn.honest())
            return True
        turn.say(_START + element(turn.path, more=_COLLECTION).encode())
        members = itertools.count(1)
        while turn.conversation.pause(0):
            turn.conversation.say(b"".join(_member(turn.path, next(members), locked=locked) for _ in range(100)))
        return False

    return Behaviour(name=name, act=act, patient=True)


OWNER = "o" * 60_000
"""Long enough that a few thousand are more than davlock may hold."""


def _member(path: str, number: int, *, locked: bool) -> bytes:
    href = f"{path.rstrip('/')}/{number}"
    return element(href, locks=active_lock(f"urn:x:{number}", root=href, owner=OWNER) if locked else "").encode()


_START = (
    b"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\n\r\n"
    b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">'
)

BEHAVIOURS = (
    _endless("tree-of-endless-members", locked=False),
    _endless("tree-of-endless-locks", locked=True),
    _tree("tree-of-two-each", lambda path: [path + "a/", path + "b/"]),
    _tree("tree-of-two-each-with-locks", lambda path: [path + "a/", path + "b/"], locked=True),
    _tree("tree-of-one-each", _repeated),
    _tree("tree-that-doubles", _doubled),
    _tree("tree-of-itself", lambda path: [path, path]),
    _tree("tree-of-its-parent", lambda path: [path.rstrip("/").rpartition("/")[0] + "/", "/"]),
    _tree("tree-of-the-root", lambda path: ["/", "/d/", "/other/"]),
    _tree("tree-of-dots", lambda path: [path + "./", path + "x/../", path + "a/.././b/"]),
    _tree("tree-of-slashes", lambda path: [path + "/", path + "//"]),
    _tree("tree-of-spellings", lambda path: ["/%64/", "/d/%61/", "/d/a/", "/D/"]),
    _tree("tree-of-coded-slashes", lambda path: [path + "a%2fb/", path + "a%2Fb/"]),
    _tree("tree-of-double-codes", lambda path: [path.replace("%", "%25") + "%25/"]),
    _tree("tree-of-queries", lambda path: [path + "?a=1", path + ";v=1/", path + "#x"]),
    _tree("tree-of-strangers", lambda path: [f"{path}{next(_numbers)}/" for _ in range(50)]),
    _tree("tree-of-ten-thousand-each", lambda path: [f"{path}{number}/" for number in range(10_000)]),
    _tree("tree-of-long-names", lambda path: [path + "n" * 5000 + "/"] if len(path) < 50_000 else []),
    _tree(
        "tree-of-odd-names", lambda path: [path + name + "/" for name in ("%00", "%0a", "%1b", "\u202e", "%ff", "...")]
    ),
    _tree("tree-elsewhere", lambda path: ["http://127.0.0.1:1" + path, "//127.0.0.1:1/x/", "http://[::1]:1/d/"]),
)
