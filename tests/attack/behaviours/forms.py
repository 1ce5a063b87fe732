"""What behaviours are made of: raw bytes, spoiled honest answers, answers with fields or bodies of their own."""

import re
from collections.abc import Callable, Iterable

from tests.attack.scene import Act, Behaviour, Turn
from tests.transport.scripted import response

XML = "Content-Type: application/xml; charset=utf-8"

Words = Callable[[Turn], bytes]
"""What is said in a turn."""


def filled(data: bytes, turn: Turn) -> bytes:
    """``data`` with addresses. ``{OWN}`` and ``{FOREIGN}`` have a scheme, ``{HOST}`` and ``{STRANGER}`` have none."""
    own, foreign = turn.own.encode(), turn.foreign.encode()
    for word, value in (
        (b"{OWN}", own),
        (b"{FOREIGN}", foreign),
        (b"{HOST}", own.partition(b"//")[2]),
        (b"{STRANGER}", foreign.partition(b"//")[2]),
        (b"{PATH}", turn.path.encode()),
    ):
        data = data.replace(word, value)
    return data


def raw(name: str, data: bytes, *options: str) -> Behaviour:
    """``data`` as it is, and the end of the connection."""

    def act(turn: Turn) -> bool:
        turn.say(filled(data, turn))
        return False

    return Behaviour(name=name, act=act, options=options)


def kept(name: str, data: bytes, *options: str) -> Behaviour:
    """``data`` as it is for each request, and the connection goes on."""

    def act(turn: Turn) -> bool:
        turn.say(filled(data, turn))
        return True

    return Behaviour(name=name, act=act, options=options)


def spoiled(name: str, spoil: Callable[[bytes], bytes], *, goes_on: bool = True) -> Behaviour:
    """The honest answer, after ``spoil`` had it."""

    def act(turn: Turn) -> bool:
        turn.say(filled(spoil(turn.honest()), turn))
        return goes_on

    return Behaviour(name=name, act=act)


def split(answer: bytes) -> tuple[bytes, bytes]:
    """Head with its empty line, and body."""
    head, mark, body = answer.partition(b"\r\n\r\n")
    return head + mark, body


def with_lines(name: str, *lines: bytes) -> Behaviour:
    """The honest answer, with ``lines`` in its head."""

    def spoil(answer: bytes) -> bytes:
        first, _, rest = answer.partition(b"\r\n")
        return b"\r\n".join([first, *lines, rest])

    return spoiled(name, spoil)


def with_status(name: str, line: bytes) -> Behaviour:
    """The honest answer under another status line."""
    return spoiled(name, lambda answer: line + b"\r\n" + answer.partition(b"\r\n")[2])


def with_length(name: str, *lines: bytes, body: bytes | None = None) -> Behaviour:
    """The honest answer with ``lines`` in place of its Content-Length, and perhaps another body."""

    def spoil(answer: bytes) -> bytes:
        head, own = split(answer)
        head = re.sub(rb"(?im)^content-length:.*\r\n", b"".join(line + b"\r\n" for line in lines), head)
        return head + (own if body is None else body)

    return spoiled(name, spoil, goes_on=False)


def answered(name: str, status: str, body: bytes, *fields: str, options: tuple[str, ...] = ()) -> Behaviour:
    """The same well-formed answer to every request."""

    def act(turn: Turn) -> bool:
        here = filled(body, turn)
        lines = [filled(field.encode("utf-8", "surrogateescape"), turn) for field in fields]
        head = [f"HTTP/1.1 {status}".encode(), *lines, b"Content-Length: %d" % len(here)]
        turn.say(b"\r\n".join(head) + b"\r\n\r\n" + (b"" if turn.method == "HEAD" else here))
        return True

    return Behaviour(name=name, act=act, options=options)


def by_method(name: str, answers: dict[str, Words], *options: str) -> Behaviour:
    """Some methods have an answer of their own; the others an honest one."""

    def act(turn: Turn) -> bool:
        words = answers.get(turn.method)
        turn.say(turn.honest() if words is None else filled(words(turn), turn))
        return True

    return Behaviour(name=name, act=act, options=options)


def listed(name: str, *elements: str, status: str = "207 Multi-Status") -> Behaviour:
    """PROPFIND is answered with these responses: ``{PATH}`` in them is what was asked for."""
    text = '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">' + "".join(elements) + "</D:multistatus>"

    def words(turn: Turn) -> bytes:
        return response(status, filled(text.encode("utf-8", "surrogatepass"), turn), XML)

    return by_method(name, {"PROPFIND": words})


def doing(name: str, act: Act, *options: str) -> Behaviour:
    """Whatever ``act`` does."""
    return Behaviour(name=name, act=act, options=options)


def flood(name: str, start: bytes, piece: bytes, seconds: float = 0.0) -> Behaviour:
    """After ``start``, one ``piece`` after the other without end, every ``seconds``."""

    def act(turn: Turn) -> bool:
        turn.say(start)
        turn.endless(piece, seconds)
        return False

    return doing(name, act)


def every(*groups: Iterable[Behaviour]) -> tuple[Behaviour, ...]:
    """All of them; each name is there once."""
    found = tuple(behaviour for group in groups for behaviour in group)
    names = [behaviour.name for behaviour in found]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    return found
