"""``davlock put``."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, network_options, why_option
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.profile_targets import TARGET
from davlock.cli.target_screens import target_presenter
from davlock.cli.targets import conclude, for_each, whole_tree
from davlock.cli.tokens import AUTO, given_tokens
from davlock.cli.upload import Upload
from davlock.errors import LocalProtocolError
from davlock.operations import put
from davlock.protocol.url import NAME_SAFE
from davlock.render.result import Result
from davlock.transport.base import Send
from davlock.values import dataclass

PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileBody:
    """A file as a request body: read again from the start each time, as authentication may need."""

    path: str

    @property
    def length(self) -> int:
        """In bytes."""
        return os.stat(self.path).st_size

    def __iter__(self) -> Iterator[bytes]:
        with open(self.path, "rb") as file:
            while piece := file.read(PIECE):
                yield piece


@click.command("put", cls=BriefCommand)
@click.argument("file", metavar="FILE")
@click.argument("url", type=TARGET, metavar="URL")
@click.option(
    "--token",
    "tokens",
    multiple=True,
    default=("auto",),
    metavar="TOKEN",
    help="Lock token to send. Default: auto, the tokens of the locks that davlock took.",
)
@click.option("--if", "raw_if", metavar="HEADER", help="If header to send unchanged.")
@click.option("--if-match", metavar="ETAG", help="Write only if the file still has this ETag.")
@click.option("--if-none-match", metavar="ETAG", help="'*': write only if nothing is there.")
@click.option("--if-unmodified-since", metavar="DATE", help="Write only if nobody changed it since.")
@click.option("--content-type", metavar="TYPE", help="Type of the content.")
@why_option
@network_options
def command(
    file: str,
    url: str,
    tokens: tuple[str, ...],
    raw_if: str | None,
    if_match: str | None,
    if_none_match: str | None,
    if_unmodified_since: str | None,
    content_type: str | None,
    shared: Shared,
) -> int:
    """Write FILE ('-': stdin) to URL under locks and conditions, and explain a refusal.

    A 207 is a failure unless every member of it is a success. If URL ends in a slash, davlock adds the name of FILE.
    """
    held = given_tokens(tokens)
    if held and raw_if is not None:
        raise LocalProtocolError("--token and --if both set the If header", "use one of them")
    typed = put.Conditions(
        tokens=held,
        raw_if=raw_if,
        if_match=None if if_match == "current" else if_match,
        match_current=if_match == "current",
        if_none_match=if_none_match,
        if_unmodified_since=if_unmodified_since,
    )
    known = CommandKnowledge(shared)
    presenter = target_presenter("put", shared)
    with _body(file) as body, open_ledger(shared) as ledger:

        def act(send: Send, typed_url: str) -> tuple[Result, ExitStatus]:
            # What was typed is the scope, and it is set already: the name of a file cannot move it.
            target = typed_url if file == "-" else _with_name(typed_url, file)
            kept = ledger.covering(target) if AUTO in tokens and raw_if is None else ()
            kept_tokens = tuple(entry.lock_token for entry in kept if entry.lock_token is not None)
            tokens_sent = tuple(dict.fromkeys((*held, *kept_tokens)))
            noted = tuple(token for token in tokens_sent if token not in held)
            conditions = replace(typed, tokens=tokens_sent, noted=noted)
            upload = Upload(body)
            with upload.naming_what_may_be_there(target):
                report = put.put(
                    upload.observed(send),
                    target,
                    upload.body,
                    conditions,
                    content_type=content_type,
                    own=own_locks(ledger, target),
                    profiles=known.profiles,
                )
            for why in (skipped.why for skipped in report.skipped if skipped.what == "PUT"):
                complain(f"{target}: {why}")
            return conclude(report, known)

        return for_each((url,), shared, presenter, act, ledger=ledger, writes=whole_tree)


def _with_name(url: str, file: str) -> str:
    """``url``, and behind a trailing slash the name of ``file``, escaped so that it stays one name."""
    if "?" in url or not url.endswith("/"):
        return url
    return url + quote(os.fsencode(os.path.basename(file)), safe=NAME_SAFE)


@contextmanager
def _body(file: str) -> Iterator[FileBody]:
    """The file; stdin is kept in a temporary file first, since its length must be known and it may be sent twice."""
    if file != "-":
        try:
            with open(file, "rb"):
                pass
        except OSError as error:
            raise LocalProtocolError(f"{file}: {error.strerror}", "name a readable file, or '-' for stdin") from None
        yield FileBody(file)
        return
    with tempfile.NamedTemporaryFile(prefix="davlock-") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield FileBody(spool.name)
