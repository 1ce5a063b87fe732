"""``--bundle FILE``: what a bug report needs, in one zip, with nothing in it that lets anybody in."""

import io
import json
import os
import platform
import re
import ssl
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from importlib import metadata

from davlock import __version__
from davlock.capture.har_writing import write_har
from davlock.capture.redaction import StandIns
from davlock.capture.secret import HIDDEN, without_passwords
from davlock.errors import LocalProtocolError, OutputFailed
from davlock.protocol.message import Exchange, Headers
from davlock.render import json_v1
from davlock.render.result import Result

LIBRARIES = ("brotli", "click", "httpcore", "httpx", "http-sf", "lxml", "rich", "socksio", "truststore")

SHORTEST = 4
"""Characters: a shorter secret is part of too many words to be replaced wherever it stands."""

HARMLESS_FIELDS = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "cache-control", "content-type", "depth", "destination"),
        *("expect", "host", "if", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since"),
        *("lock-token", "overwrite", "pragma", "range", "timeout", "user-agent"),
    }
)
"""What -H may have set without anything being given away by it."""

README = """\
What davlock was told by a server, for a bug report.

result.json     what davlock made of it (davlock/1, as davlock diagnose --json prints it)
exchanges.har   what was asked about the resource, and answered: davlock explain exchanges.har reads it
if-match.har    what --if-match asked, if it was given
scratch.har     what --scratch asked, if it was given
versions.json   davlock, Python, the libraries and the platform

Left out: passwords, Authorization, cookies, the values of -H, and the content of the resource. Lock tokens are replaced
by stand-ins, the same in all files. Host names, paths and the owners of locks are still in it: look before you send it.
"""


class Bundle:
    """What is collected for one URL.

    ``secrets`` are the texts that must not be in it, whoever quotes them; ``fields`` the names that -H was given.
    """

    def __init__(self, path: str, *, secrets: Iterable[str], fields: Iterable[str]) -> None:
        folder = os.path.dirname(path) or "."
        if path in ("", "-") or os.path.isdir(path) or not os.path.isdir(folder):
            raise LocalProtocolError(f"--bundle {path}: this cannot be a file", "name one in a folder that exists")
        self._path = path
        found = {secret for secret in secrets if len(secret) >= SHORTEST}
        longest_first = sorted(found, key=len, reverse=True)
        self._fields = {name.lower() for name in fields} - HARMLESS_FIELDS
        self._secret = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def write(self, command: str, result: Result, parts: dict[str, tuple[Exchange, ...]]) -> None:
        """The file, in place of one that is there; ``parts`` are the exchanges by the name of their HAR.

        Raises OutputFailed where it cannot be written.
        """
        stand_ins = StandIns()
        stand_ins.learn(result.exchanges)
        document = json.loads(json_v1.document(command, [result]))
        files = {
            "README.txt": README,
            "result.json": json.dumps(self._harmless(document, stand_ins), indent=2) + "\n",
            "versions.json": json.dumps(versions(), indent=2) + "\n",
        }
        for name, exchanges in parts.items():
            told = [self._without_fields(_without_content(exchange)) for exchange in exchanges]
            har = json.loads(write_har(told, redact_tokens=True, stand_ins=stand_ins))
            files[name] = json.dumps(self._harmless(har, stand_ins), indent=1) + "\n"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)  # without a date of its own
        try:
            with open(self._path, "wb") as file:
                file.write(packed.getvalue())
        except OSError as error:
            raise OutputFailed(f"--bundle {self._path}", error.strerror or str(error)) from None

    def _without_fields(self, exchange: Exchange) -> Exchange:
        headers = exchange.request.headers
        shown = Headers.of(
            ((name, HIDDEN if name.lower() in self._fields else value) for name, value in headers),
            complete=headers.complete,
        )
        return replace(exchange, request=replace(exchange.request, headers=shown))

    def _harmless(self, value: object, stand_ins: StandIns) -> object:
        """The same JSON value with every text in it made fit to be shown to others."""
        if isinstance(value, str):
            return self._secret.sub(HIDDEN, stand_ins.everywhere(without_passwords(value)))
        if isinstance(value, list):
            return [self._harmless(entry, stand_ins) for entry in value]
        if isinstance(value, dict):
            return {key: self._harmless(entry, stand_ins) for key, entry in value.items()}
        return value


def _without_content(exchange: Exchange) -> Exchange:
    """A GET was sent for its headers; what the person keeps in the file is nobody's business."""
    response = exchange.response
    if response is None or exchange.request.method != "GET" or not response.ok:
        return exchange
    return replace(exchange, outcome=replace(response, body=None))


def versions() -> dict[str, object]:
    """What davlock runs on, without the names of anybody or anything."""
    return {
        "davlock": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": sys.platform,
        "machine": platform.machine(),
        "openssl": ssl.OPENSSL_VERSION,
        "libraries": {name: version for name in LIBRARIES if (version := _version(name)) is not None},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
