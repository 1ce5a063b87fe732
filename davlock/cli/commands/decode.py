"""``davlock decode``.

A header is decoded without what only a body needs: lxml, rich and the captures stay away.
"""

import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import click

from davlock.cli.exit_status import for_success
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, document_options, parse_captured_url
from davlock.cli.output import Presenter
from davlock.cli.profile_targets import TARGET
from davlock.errors import LimitExceeded, LocalProtocolError, RemoteProtocolError
from davlock.protocol import strict
from davlock.protocol.headers import parse_etag_leniently
from davlock.protocol.if_header import ResourceState
from davlock.protocol.strict import read_if
from davlock.protocol.url import resolve, same_path
from davlock.render import decoding
from davlock.render.decoding import Decoded
from davlock.render.result import LockView, Result

if TYPE_CHECKING:
    from davlock.diagnosis.skipped import Skipped
    from davlock.protocol.if_header import IfHeader, ResourceState
    from davlock.render.tables import Console

HEADERS = ("if", "lock-token", "timeout", "retry-after", "etag")
BODIES = ("lockdiscovery", "multistatus")

HEADER_LIMIT = 1024 * 1024
"""Bytes of a header value that are read: no server takes a hundredth of it."""

_OPTIONS = {"held": ("if",), "etag": ("if",), "now": ("retry-after",), "url": BODIES}


@click.command("decode", cls=BriefCommand)
@click.argument("kind", metavar="KIND", type=click.Choice((*HEADERS, *BODIES), case_sensitive=False))
@click.argument("text", metavar="[TEXT|-]", default="-")
@click.option("--held", multiple=True, metavar="TOKEN", help="if: evaluate it with this lock held. Repeatable.")
@click.option("--etag", metavar="ETAG", help="if: evaluate it with this ETag of the resource.")
@click.option(
    "--now", metavar="DATE", help="retry-after: count from this time, not from now. DATE is an HTTP-date or ISO 8601."
)
@click.option("--url", type=TARGET, metavar="URL", help="lockdiscovery, multistatus: URL the body is about.")
@document_options()
def command(
    kind: str, text: str, held: tuple[str, ...], etag: str | None, now: str | None, url: str | None, shared: Shared
) -> int:
    """Explain a header or a body, and show where it is wrong. Asks no server.

    KIND is if, lock-token, timeout, retry-after, etag, lockdiscovery or multistatus. TEXT is the value. With '-' or
    without TEXT, davlock reads stdin. The name of the header can stand before its value. A part of a body is enough:
    one response, one activelock, or an error.

    davlock also reads what breaks the specification, if its meaning is clear, and says what it accepted. With --held or
    --etag it evaluates an If header: which condition fails, in which list, and why.

    Exit status 0: the text is valid, whatever it says. 1: it is not valid.
    """
    given = {"held": held, "etag": etag is not None, "now": now is not None, "url": url is not None}
    for option, kinds in _OPTIONS.items():
        if given[option] and kind not in kinds:
            raise LocalProtocolError(f"--{option} is for decode {' and '.join(kinds)}", "leave it out")
    if kind in BODIES:
        decoded = _body(kind, text, url)
    else:
        if text == "-":
            text = _piped(HEADER_LIMIT).decode("utf-8-sig", "surrogateescape")
        value = _without_name(kind, text)
        decoded = _if(value, held, etag) if kind == "if" else _header(kind, value, now)

    def show(console: "Console", result: Result) -> None:
        from davlock.render.decoded_tables import show_decoded

        show_decoded(console, result, text)

    presenter = Presenter("decode", shared, rows=decoding.rows, show=show)
    presenter.add(decoded)
    presenter.finish()
    return for_success(decoding.is_valid(decoding.decoded_of(decoded)))


def _result(
    decoded: Decoded, *, skipped: "tuple[Skipped, ...]" = (), locks: tuple[LockView, ...] | None = None
) -> Result:
    return Result(target=None, skipped=skipped, locks=locks, extra=(("decoded", decoded),))


def _piped(limit: int) -> bytes:
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        what = f"more than {limit // 1024 // 1024} MiB is too much to decode"
        raise LocalProtocolError(what, "cut it to the part in question")
    return data


def _without_name(kind: str, text: str) -> str:
    """The header's value; the name before it becomes blanks, so that positions are those of what was given."""
    start = len(text) - len(text.lstrip())
    rest = text[start + len(kind) :].lstrip(" \t")
    if text[start : start + len(kind)].lower() != kind or not rest.startswith(":"):
        return text
    return rest[1:].rjust(len(text))


def _if(value: str, held: tuple[str, ...], etag: str | None) -> Result:
    reading = read_if(value)
    decoded = decoding.if_header(reading, value)
    if not held and etag is None:
        return _result(decoded)
    state = _state(held, etag)
    header = reading.value
    if header is None:
        return _result(decoded)
    decoded["evaluate"] = decoding.evaluation(
        header.evaluate(lambda _: state),
        header.evaluate(lambda _: state, strong=True),
        submits_held=any(token.uri in state.tokens for token in header.tokens) if held else None,
    )
    return _result(decoded, skipped=_assumed(header, held=bool(held), etag=etag is not None))


def _state(held: tuple[str, ...], etag: str | None) -> "ResourceState":
    from davlock.cli.tokens import given_token

    try:
        tag = parse_etag_leniently(etag)[0] if etag is not None else None
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"--etag: {error.why}", "write it as the server does: '\"abc\"'") from None
    return ResourceState(frozenset(given_token(text, "--held").uri for text in held), tag)


def _assumed(header: "IfHeader", *, held: bool, etag: bool) -> "tuple[Skipped, ...]":
    """What an evaluation rests on without being told."""
    from davlock.diagnosis.skipped import Skipped

    conditions = [condition for tagged in header.lists for condition in tagged.conditions]
    resources = {tagged.resource for tagged in header.lists}
    notes = []
    if not held and any(condition.token is not None for condition in conditions):
        notes.append("without --held the resource was taken to be unlocked")
    if not etag and any(condition.etag is not None for condition in conditions):
        notes.append("without --etag the resource was taken to have no entity tag")
    if len(resources) > 1:
        notes.append(f"the {len(resources)} resources named were taken to be in the same state")
    return tuple(Skipped("evaluate", note) for note in notes)


def _header(kind: str, value: str, now: str | None) -> Result:
    match kind:
        case "lock-token":
            return _result(decoding.lock_token(strict.read_lock_token(value), value))
        case "timeout":
            return _result(decoding.timeout(strict.read_timeout(value), value))
        case "etag":
            return _result(decoding.etag(strict.read_etag(value), value))
        case _:
            return _result(decoding.retry_after(strict.read_retry_after(value, now=_moment(now)), value))


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    raise LocalProtocolError(f"--now: {text!r:.80} is not a date", "write 2026-11-22T12:00:00Z, or an HTTP-date")


def _body(kind: str, text: str, url: str | None) -> Result:
    from davlock.capture.detect import CAPTURE_LIMIT

    data = _piped(CAPTURE_LIMIT) if text == "-" else text.encode("utf-8", "surrogatepass")
    base = parse_captured_url(url) if url is not None else ""
    try:
        return _locks(data, base) if kind == "lockdiscovery" else _multistatus(data, base)
    except RemoteProtocolError as error:
        return _result(decoding.unusable(kind, error))


def _multistatus(data: bytes, base: str) -> Result:
    from davlock.protocol.fragment import read_multistatus
    from davlock.protocol.held_bytes import SHOWN_LIMIT, held_bytes
    from davlock.protocol.multistatus import ResponseElement
    from davlock.protocol.xml_elements import mebibytes

    responses: list[Decoded] = []
    failure = False
    held = 0

    def take(element: ResponseElement) -> None:
        nonlocal failure, held
        held += held_bytes(element)
        if held > SHOWN_LIMIT:
            what = f"its responses take more than {mebibytes(SHOWN_LIMIT)} of memory: decode a part of it"
            raise LimitExceeded("multistatus", what)
        failure = failure or element.failed
        responses.append(decoding.response(element))

    envelope = read_multistatus(data, base, take)
    failure = failure or bool(envelope.error_codes)
    return _result(decoding.multistatus(envelope, responses, failure=failure))


def _locks(data: bytes, base: str) -> Result:
    from davlock.diagnosis.skipped import Skipped
    from davlock.locks.holder_words import holder_words
    from davlock.protocol.fragment import read_locks

    fragment = read_locks(data, base)
    views = []
    for href, lock in fragment.locks:
        url = base if href is None else resolve(base, href) if base else href
        root = lock.root.url if lock.root else None
        views.append(
            LockView(
                url=url,
                lock=lock,
                holder=holder_words(lock),
                root=root,
                direct=same_path(root, url) if root is not None and url else None,
                mine=None,
                endless=lock.timeout is not None and lock.timeout.infinite,
                ends_at=None,
            )
        )
    skipped = tuple(
        Skipped("locks", f"of {count} {'resource' if count == 1 else 'resources'} not told: {status} {reason}".rstrip())
        for status, reason, count in fragment.withheld
    )
    shown = tuple(views)
    return _result(decoding.lockdiscovery(fragment, shown), skipped=skipped, locks=shown)
