"""``explain``: what an answer that somebody has means. Asks no server."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol, cast, overload

from davlock.capture.known_secrets import KnownSecrets
from davlock.capture.secret import body_without_secrets, shown_url, without_secrets
from davlock.capture.secretless_exchange import hide_in_exchange
from davlock.diagnosis.judge_capture import judge_capture
from davlock.errors import LocalProtocolError
from davlock.library.values import LockDiagnosis, diagnosis_value
from davlock.protocol.deviation import Deviation
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.render.build_result import result
from davlock.transport.base import COLLECT_LIMIT


class ReceivedResponse(Protocol):
    """A response as httpx and requests have it: ``httpx.Response`` and ``requests.Response`` fit.

    ``explain`` also reads ``request`` (with ``method``, ``url``, ``headers`` and ``content`` or ``body``), ``history``,
    and ``reason_phrase`` or ``reason``, if they are there.
    """

    @property
    def status_code(self) -> int:
        """Such as 423."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields."""
        ...

    @property
    def content(self) -> bytes:
        """The body, decoded."""
        ...


@overload
def explain(source: str | bytes, *, method: str | None = None, url: str | None = None) -> tuple[LockDiagnosis, ...]: ...


@overload
def explain(source: ReceivedResponse, *, method: str | None = None, url: str | None = None) -> LockDiagnosis: ...


def explain(
    source: str | bytes | ReceivedResponse, *, method: str | None = None, url: str | None = None
) -> LockDiagnosis | tuple[LockDiagnosis, ...]:
    """Returns what an answer means, and what to do. Asks no server, and is quick.

    ``source`` is a response of httpx or requests that was read: then the result is one diagnosis. Or it is the text of
    a capture, in any form that ``davlock explain`` reads: then the result is one diagnosis for each incident in it, at
    least one. ``method`` and ``url`` describe the request if ``source`` does not.

    Logins and cookies of the request are hidden before anything reads them. Raises LocalProtocolError if the text is
    no capture.
    """
    now = datetime.now(UTC)
    if isinstance(source, str | bytes):
        from davlock.capture.detect import read_capture  # half of the time: a response needs none of the shapes
        from davlock.capture.supplement import Supplement

        supplement = Supplement(method=method.upper() if method else None, url=url)
        data = source.encode("utf-8", "replace") if isinstance(source, str) else source
        capture = read_capture(data, supplement)
        return _diagnoses(capture.exchanges, capture.deviations, now)
    if not isinstance(getattr(source, "status_code", None), int):
        raise LocalProtocolError(
            f"{type(source).__name__} is neither text nor a response", "give explain() an httpx or requests response"
        )
    answers = [*(getattr(source, "history", None) or ()), source]
    secrets = KnownSecrets()
    for answer in answers:
        _learn(secrets, answer)
    exchanges = tuple(_exchange(answer, secrets, method=method, url=url) for answer in answers)
    return _diagnoses(exchanges, (), now)[-1]


def _diagnoses(
    exchanges: tuple[Exchange, ...], deviations: Iterable[Deviation], now: datetime
) -> tuple[LockDiagnosis, ...]:
    return tuple(
        diagnosis_value(result(diagnosis, now=now)) for diagnosis in judge_capture(exchanges, deviations=deviations)
    )


def _learn(secrets: KnownSecrets, answer: ReceivedResponse) -> None:
    """Adds the secrets of a request, and the cookies of its answer: the next answer may repeat them."""
    request = _sent(answer)
    secrets.add_url_login(str(_read(request, "url") or _read(answer, "url") or ""))
    for name, value in (*_fields(_read(request, "headers"), complete=False), *_fields(answer.headers, complete=False)):
        secrets.add_field(name, value)


def _exchange(answer: ReceivedResponse, secrets: KnownSecrets, *, method: str | None, url: str | None) -> Exchange:
    """One response and its request, without secrets."""
    request = _sent(answer)
    address = url or str(_read(request, "url") or _read(answer, "url") or "")
    asked = Request(
        method=(method or str(_read(request, "method") or "")).upper(),
        url=shown_url(address),
        headers=_fields(_read(request, "headers"), complete=request is not None),
        body=_sent_body(request),
    )
    secrets.add_url_login(address)
    body = _bytes(_read(answer, "content"))
    received = Response(
        status=answer.status_code,
        reason=str(_read(answer, "reason_phrase", "reason") or ""),
        headers=_fields(answer.headers, complete=True),
        body=body,
        body_truncated=body is not None and len(body) == COLLECT_LIMIT,
    )
    clean = hide_in_exchange(Exchange(request=asked, outcome=received), secrets.filter(asked.url))
    return replace(
        clean,
        request=replace(asked, headers=without_secrets(asked.headers)),
        outcome=_without_secrets(cast(Response, clean.outcome)),
    )


def _without_secrets(response: Response) -> Response:
    return replace(response, headers=without_secrets(response.headers), body=body_without_secrets(response.body))


def _sent(answer: object) -> object:
    """The request of a response; ``None`` if it has none. httpx raises RuntimeError then."""
    try:
        return getattr(answer, "request", None)
    except RuntimeError:
        return None


def _read(holder: object, *names: str) -> object:
    """The first of these attributes that is there; ``None`` where nobody has read it yet, as of a stream."""
    for name in names:
        try:
            value = getattr(holder, name, None)
        except Exception:  # httpx: RequestNotRead, ResponseNotRead; requests: RuntimeError for content already consumed
            return None
        if value is not None:
            return cast(object, value)
    return None


def _sent_body(request: object) -> bytes | None:
    """The body of a request; requests writes ``None`` for an empty one."""
    body = _read(request, "content", "body")
    if body is None and getattr(request, "body", b"") is None:
        return b""
    return _bytes(body)


def _fields(headers: object, *, complete: bool) -> Headers:
    """Header fields; httpx has those of one name apart."""
    if headers is None:
        return Headers.of((), complete=False)
    pairs = getattr(headers, "multi_items", None) or getattr(headers, "items", None)
    if pairs is None:
        return Headers.of((), complete=False)
    return Headers.of(((_text(name), _text(value)) for name, value in pairs()), complete=complete)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: object) -> bytes | None:
    """A body that is in memory; ``None`` for a file or a generator, which was read before."""
    if isinstance(body, str):
        body = body.encode()
    return body[:COLLECT_LIMIT] if isinstance(body, bytes) else None
