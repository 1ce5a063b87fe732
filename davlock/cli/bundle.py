"""``--bundle FILE``: one zip with all that a bug report needs, and with nothing in it that lets anybody in."""

import io
import json
import zipfile
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import click

from davlock import __version__
from davlock.capture.har_writing import write_har
from davlock.capture.known_secrets import HARMLESS_FIELDS, KnownSecrets
from davlock.capture.redaction import StandIns
from davlock.capture.secret import HIDDEN
from davlock.cli.bundle_content import Harmless, Tape, without_content
from davlock.cli.bundle_file import refuse_path, replace_file
from davlock.cli.exit_status import for_exception, for_lost_report
from davlock.cli.installation import versions
from davlock.cli.output import complain
from davlock.errors import Cancelled, DavlockError, LocalProtocolError, OutputFailed
from davlock.protocol.message import Exchange, Headers, Request
from davlock.render import json_v1
from davlock.render.result import Result
from davlock.transport.base import Send

RESULTS_KEPT = 200
"""How many results are kept, the last ones."""

README = """\
A davlock bundle, for a bug report. Look at it before you send it.

result.json     the results of the command, as --json prints them
exchanges.har   the requests and answers; read it with: davlock explain exchanges.har
                With several URLs, exchanges-2.har is about the second one, and so on.
if-match.har    the requests of diagnose --if-match, and scratch.har those of diagnose --scratch
command.json    the command, the names of its options, and how it ended
versions.json   davlock, Python, the libraries and the platform

davlock leaves out: passwords, Authorization, cookies, the values of -H, and the content of files. It hides them also
where the server repeats them, plain or encoded. It hides signatures and tokens in the query of a URL (sig, token, …).
It replaces lock tokens by stand-ins, the same in all files, unless you typed --trace-tokens.

Still in it: host names, URLs, user names, the owners of locks, and all else that the server says.
"""

T = TypeVar("T")


class Recorder:
    """Collects what one command asks and learns, and writes the bundle. Several threads may share it.

    Raises LocalProtocolError for a ``path`` that can never be written.
    """

    def __init__(self, path: str, secrets: KnownSecrets, *, keep_tokens: bool, fields: tuple[str, ...] = ()) -> None:
        refuse_path(path)
        context = click.get_current_context()
        _, *words = context.command_path.split()
        self.command = " ".join(words)
        self.part = "exchanges"
        self._path = path
        self._secrets = secrets
        self._keep_tokens = keep_tokens
        self._hidden_fields = {name.lower() for name in fields} - HARMLESS_FIELDS
        self._options = _typed_options(context)
        self._target = 0
        self._tape = Tape()
        self._results: deque[dict[str, object]] = deque(maxlen=RESULTS_KEPT)

    def next_target(self) -> None:
        """From now on, requests are about the next URL."""
        self._target += 1
        self.part = "exchanges"

    def recording(self, send: Send) -> Send:
        """``send``, with every exchange recorded."""

        def recorded(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
            exchange = send(request, feed=feed)
            suffix = f"-{self._target}" if self._target > 1 else ""
            self._tape.add(f"{self.part}{suffix}.har", without_content(exchange))
            return exchange

        return recorded

    def add(self, result: Result) -> None:
        """One more result."""
        self._results.append(json_v1.as_dict(result))

    @property
    def empty(self) -> bool:
        """Returns true if no server was asked and nothing was learned."""
        return not self._results and not self._tape.exchanges

    def write(self, *, status: int | None, error: str | None = None) -> None:
        """Put the file in place, in one step. Raises OutputFailed."""
        try:
            replace_file(self._path, self._packed(status, error))
        except OSError as failure:
            raise OutputFailed(f"--bundle {self._path}", failure.strerror or str(failure)) from None

    def _packed(self, status: int | None, error: str | None) -> bytes:
        stand_ins = StandIns(keep_tokens=self._keep_tokens)
        stand_ins.learn(exchange for _, exchange in self._tape.exchanges)
        for result in self._results:
            stand_ins.learn_from_json(result)
        harmless = Harmless(self._secrets, stand_ins)
        first_word = self.command.partition(" ")[0]
        document = {
            "schema": json_v1.SCHEMA,
            "davlock": __version__,
            "command": first_word,
            "results": harmless(list(self._results)),
        }
        ending = {
            "command": self.command,
            "options": self._options,
            "exit_status": status,
            "error": harmless(error),
            "exchanges_left_out": self._tape.left_out,
        }
        files = {
            "README.txt": README,
            "result.json": _json(document),
            "command.json": _json(ending),
            "versions.json": _json(versions()),
        }
        for name in dict.fromkeys(("exchanges.har", *(name for name, _ in self._tape.exchanges))):
            exchanges = [self._without_fields(exchange) for part, exchange in self._tape.exchanges if part == name]
            har = json.loads(write_har(exchanges, redact_tokens=not self._keep_tokens, stand_ins=stand_ins))
            files[name] = json.dumps(harmless(har), indent=1) + "\n"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)  # without a date of its own
        return packed.getvalue()

    def _without_fields(self, exchange: Exchange) -> Exchange:
        headers = exchange.request.headers
        shown = Headers.of(
            ((name, HIDDEN if name.lower() in self._hidden_fields else value) for name, value in headers),
            complete=headers.complete,
        )
        return replace(exchange, request=replace(exchange.request, headers=shown))


def run_with_bundle(recorder: Recorder, command: Callable[[], T]) -> T | int:
    """Run ``command``, and write the bundle however it ends. Returns the exit status, or raises as ``command`` does.

    Nothing is written for a usage error before the first request: it would replace a bundle that is worth something.
    """
    try:
        status = command()
    except BaseException as error:
        if isinstance(error, LocalProtocolError | click.ClickException | click.exceptions.Exit) and recorder.empty:
            raise
        written = _try_to_write(recorder, status=_status(error), error=_words(error))
        # A signal decides the exit status, and so does a bug; the words of another error are said here.
        if written or not isinstance(error, DavlockError) or isinstance(error, Cancelled):
            raise
        complain(str(error))
        return for_lost_report(0, failed=True)
    code = int(status) if isinstance(status, int) else 0
    if _try_to_write(recorder, status=code):
        return status
    return for_lost_report(code, failed=True, child=recorder.command == "run")


def _try_to_write(recorder: Recorder, *, status: int | None, error: str | None = None) -> bool:
    """Whether the bundle could be written; stderr says why not. Stdout is none of its business, and stays as it is."""
    try:
        recorder.write(status=status, error=error)
    except OutputFailed as failure:
        complain(str(failure))
        return False
    return True


def _status(error: BaseException) -> int | None:
    """``None`` for a bug."""
    return for_exception(error, "") if isinstance(error, DavlockError | KeyboardInterrupt) else None


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, DavlockError) else f"{type(error).__name__}: {error}".rstrip(": ")


def _typed_options(context: click.Context) -> list[str]:
    """The names of the options on the command line; their values may be secrets."""
    typed = click.core.ParameterSource.COMMANDLINE
    options = [option for option in context.command.params if isinstance(option, click.Option)]
    return [option.opts[-1] for option in options if context.get_parameter_source(option.name or "") is typed]


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
