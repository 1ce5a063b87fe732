"""The secrets that a capture holds, in its requests and its command lines: its answers may repeat them.

They are looked for in the text as it came, whatever its form: a reader takes each secret out where it stands, and
does not know it any more when it comes to the answer.
"""

import json
import re
from collections.abc import Iterable, Iterator

from davlock.capture.known_secrets import KnownSecrets
from davlock.capture.secret import HIDDEN, SECRET_FIELDS
from davlock.capture.supplement import Supplement
from davlock.protocol.challenge import known_scheme

_FIELDS = tuple(name.encode() for name in sorted({*SECRET_FIELDS, "set-cookie"}))

# Behind the name of a field: "Name: value" as it was sent, in quotes as options and programs write it, and as HAR does.
_VALUE = re.compile(
    rb"(?P<quote>['\"]?)\]?\s{0,3}(?:=>|[:=]|,\s{0,200}\"value\"\s{0,3}:)\s{0,3}"
    rb"(?:\"(?P<json>(?:[^\"\\\r\n]|\\.){1,16384})\"|'(?P<single>[^'\r\n]{1,16384})'|(?P<rest>[^\r\n]{1,16384}))"
)
_WITHIN_NAME = re.compile(rb"[\w-]")
_USERINFO = re.compile(rb"://[^/?#\s<>\"']{1,1024}@")
_USER_OPTION = re.compile(
    r"(?:^|\s)(?:-[A-Za-z]{0,4}u ?|--(?:proxy-)?user[= ])(?:'([^'\n]{1,400})'|\"([^\"\n]{1,400})\"|([^\s'\"]{1,400}))",
    re.MULTILINE,
)

_COMMANDS = 512 * 1024
"""Bytes of a paste in which davlock reads command lines."""

COOKIES_KEPT = 48
"""A long recording has thousands, of advertisers too. How many of the latest ones are hidden, in their plain form."""


def secrets_in(captures: Iterable[bytes], supplement: Supplement) -> KnownSecrets:
    """Returns the secrets of ``captures``, which are one story, and of what a person said about it."""
    secrets = KnownSecrets(cookies_kept=COOKIES_KEPT)
    for data in captures:
        for name, value in _fields(data):
            for part in value.split(";") if name == "cookie" else (value,):
                secrets.add_field("set-cookie" if name == "cookie" else name, part)
        if b"@" in data:
            for match in _USERINFO.finditer(data):
                secrets.add_url_login(_text(match[0]))
        if len(data) <= _COMMANDS:
            for option in _USER_OPTION.finditer(_text(data)):
                user, _, password = (option[1] or option[2] or option[3]).partition(":")
                secrets.add_login(user, password)
    for name, value in supplement.request_headers:
        secrets.add_field(name, value)
    secrets.add_url_login(supplement.url or "")
    return secrets


def _fields(data: bytes) -> Iterator[tuple[str, str]]:
    """The secret fields in ``data``; not the words of a sentence that begins with the name of one."""
    for name, value in _named(data):
        credential = value if name in ("cookie", "set-cookie") else _credential(value)
        if credential and HIDDEN[:-1] not in credential:
            yield name, credential


def _credential(value: str) -> str:
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() == "digest" or not rest:
        return value
    words = rest.split()
    return f"{scheme} {words[0]}" if len(words) == 1 or known_scheme(scheme) is not None else ""


def _named(data: bytes) -> Iterator[tuple[str, str]]:
    lowered = data.lower()
    for name in _FIELDS:
        place = lowered.find(name)
        while place >= 0:
            value = None if _WITHIN_NAME.match(data[place - 1 : place]) else _VALUE.match(data, place + len(name))
            if value is not None:
                yield name.decode(), _value(data[place - 1 : place], value)
            place = lowered.find(name, place + len(name))


def _value(before: bytes, match: re.Match[bytes]) -> str:
    """The value of a field, without the quotes around it; ``before`` is what stands before the name."""
    text = _text(match["json"] or match["single"] or match["rest"])
    if match["json"]:
        try:
            return str(json.loads(f'"{text}"'))
        except ValueError:
            return text
    # A quote that opened before the name ends behind the value.
    return text.partition(before.decode())[0] if before in (b"'", b'"') and not match["quote"] else text


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
