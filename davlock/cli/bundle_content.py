"""What a bundle keeps of the exchanges, and how their secrets are hidden."""

import threading
from collections import deque
from dataclasses import replace

from davlock.capture.known_secrets import KnownSecrets
from davlock.capture.redaction import StandIns
from davlock.capture.secret import HIDDEN, without_url_secrets
from davlock.protocol.message import Exchange

BODY_LIMIT = 1024 * 1024
"""Bytes of a body that go into the bundle."""

HALF = 8 * 1024 * 1024
"""Bytes of the exchanges that are kept from the beginning, and as many from the end: a walk can be very long."""


class Tape:
    """The first and the last of many exchanges, each with the name of its file."""

    def __init__(self) -> None:
        self._first: list[tuple[str, Exchange]] = []
        self._last: deque[tuple[str, Exchange]] = deque()
        self._first_size = 0
        self._last_size = 0
        self._guard = threading.Lock()
        self.left_out = 0

    def add(self, name: str, exchange: Exchange) -> None:
        """One more, which can push out one from the middle."""
        size = _size(exchange)
        with self._guard:
            if not self._last and self._first_size + size <= HALF:
                self._first.append((name, exchange))
                self._first_size += size
                return
            self._last.append((name, exchange))
            self._last_size += size
            while self._last_size > HALF and len(self._last) > 1:
                self._last_size -= _size(self._last.popleft()[1])
                self.left_out += 1

    @property
    def exchanges(self) -> list[tuple[str, Exchange]]:
        """What is kept, in the order of time."""
        with self._guard:
            return [*self._first, *self._last]


def _size(exchange: Exchange) -> int:
    bodies = exchange.request.body, exchange.response.body if exchange.response is not None else None
    return 2048 + sum(len(body) for body in bodies if isinstance(body, bytes))


class Harmless:
    """Makes every text in a JSON value fit to be shown to others."""

    def __init__(self, secrets: KnownSecrets, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins
        self._filter = secrets.filter()
        self._words = secrets.words()

    def __call__(self, value: object) -> object:
        """The same value with every text in it made harmless; the keys stay."""
        if isinstance(value, str):
            text = self._stand_ins.everywhere(without_url_secrets(value))
            return self._words.sub(HIDDEN, self._filter.text(text))
        if isinstance(value, list | tuple):
            return [self(entry) for entry in value]
        if isinstance(value, dict):
            return {key: self(entry) for key, entry in value.items()}
        return value


def without_content(exchange: Exchange) -> Exchange:
    """``exchange`` without the content of the person's file, which GET brings and PUT takes, and with short bodies."""
    request, response = exchange.request, exchange.response
    if request.method == "PUT" or (isinstance(request.body, bytes) and len(request.body) > BODY_LIMIT):
        request = replace(request, body=None)
    if response is None:
        return replace(exchange, request=request)
    if request.method == "GET" and response.ok:
        response = replace(response, body=None)
    elif response.body is not None and len(response.body) > BODY_LIMIT:
        response = replace(response, body=response.body[:BODY_LIMIT], body_truncated=True)
    return replace(exchange, request=request, outcome=response)
