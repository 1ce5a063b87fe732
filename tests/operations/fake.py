"""A sender that answers from a list, and remembers what it was asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from davlock.errors import NoResponse, NoResponseKind
from davlock.ledger import Ledger, Process
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.transport.base import EVIDENCE_LIMIT
from tests.cli.answers import document

OFF = Ledger(None, process=Process(host="", boot="", pid=1, started=""), now=lambda: 0.0, complain=lambda words: None)
"""A ledger that keeps nothing."""

Answer = Response | NoResponse | BaseException


@dataclass
class FakeSend:
    """Each method has its answers, one after the other, and the last one for ever; or a function gives them."""

    answers: dict[str, list[Answer]] | Callable[[Request], Answer]
    requests: list[Request] = field(default_factory=list)
    piece: int = 100

    def __call__(self, request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        self.requests.append(request)
        if callable(self.answers):
            answer = self.answers(request)
        else:
            queue = self.answers[request.method]
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, NoResponse):
            return Exchange(request=request, outcome=answer)
        if isinstance(answer, BaseException):
            raise answer
        if feed is not None and answer.status == 207 and answer.body:
            for start in range(0, len(answer.body), self.piece):
                feed(answer.body[start : start + self.piece])
            answer = Response(
                status=answer.status,
                reason=answer.reason,
                headers=answer.headers,
                body=answer.body[:EVIDENCE_LIMIT],
                body_truncated=len(answer.body) > EVIDENCE_LIMIT,
            )
        return Exchange(request=request, outcome=answer, elapsed_ms=1.0)

    @property
    def methods(self) -> list[str]:
        """What was asked, in order."""
        return [request.method for request in self.requests]

    @property
    def lines(self) -> list[str]:
        """The same, with the URLs."""
        return [f"{request.method} {request.url}" for request in self.requests]


def answer(status: int, body: bytes = b"", *fields: tuple[str, str]) -> Response:
    """A response."""
    return Response(status=status, headers=Headers.of(fields), body=body)


def listing(*elements: str, server: str | None = None) -> Response:
    """207 with these elements, from a server that names itself."""
    fields: Iterable[tuple[str, str]] = [("Server", server)] if server is not None else []
    return Response(
        status=207, headers=Headers.of([("Content-Type", "application/xml"), *fields]), body=document(*elements)
    )


def lost(*, sent: bool = True) -> NoResponse:
    """The connection went away."""
    return NoResponse(NoResponseKind.RESET, "http://dav.example/a.txt", "the connection was reset", sent=sent)
