"""Command lines in a paste: what was asked, before the answer that stands below.

The text is cut at each command, so that every answer is read with the request of the command above it.
"""

import re
from dataclasses import replace

from davlock.capture import command_request
from davlock.capture.command_request import SentRequest
from davlock.capture.secret import HIDDEN
from davlock.capture.shell_words import Shell, read_words
from davlock.capture.supplement import Supplement
from davlock.values import dataclass

COMMANDS = 60
"""Commands of one paste that are read."""

_PROMPT = (
    r"(?P<prompt>(?:PS [^\n>]{0,200}>|[A-Z]:\\[^\n>]{0,200}>|\+{1,4}"
    r"|(?:[^\s$#%❯➜]{1,80} ){0,3}[^\s$#%❯➜]{0,80}[$#%❯➜]) ?)?"
)
_PROGRAM = (
    r"(?:time |sudo |(?:[A-Z_]{2,30}=\S{0,200} )){0,3}(?:/usr/bin/)?"
    r"(?P<program>curl(?:\.exe)?|https?|xhs?|wget|Invoke-WebRequest|Invoke-RestMethod|iwr|irm)"
)
_COMMAND = re.compile(rf"^[ \t]{{0,8}}{_PROMPT}{_PROGRAM} (?=\S)", re.MULTILINE)
_ASSIGNED = re.compile(
    r"^[ \t]{0,8}(?:PS [^\n>]{0,200}> ?)?\$\w{1,40} ?= ?(?P<program>Invoke-WebRequest|Invoke-RestMethod|iwr|irm) ",
    re.MULTILINE,
)
_POWERSHELL = ("invoke-webrequest", "invoke-restmethod", "iwr", "irm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A piece of a paste: the text below a command, and the request of that command."""

    text: str
    supplement: Supplement | None = None
    """``None`` for the text before the first command."""
    writes_status: bool = False
    """True if the command writes the status behind the body."""


def split_at_commands(text: str) -> tuple[Asked, ...]:
    """Returns the pieces of ``text``, each with the command above it; nothing where there is no command."""
    pieces: list[Asked] = []
    users: list[str] = []
    position = 0
    matches = sorted((*_COMMAND.finditer(text), *_ASSIGNED.finditer(text)), key=lambda match: match.start())
    asked: Supplement | None = None
    writes_status = False
    for match in matches:
        if match.start() < position or len(pieces) == COMMANDS:
            continue
        sent, end = _read(text, match)
        if sent is None:
            continue
        pieces.append(Asked(text=text[position : match.start()], supplement=asked, writes_status=writes_status))
        asked, position = sent.supplement(_mark(sent.user, users)), end
        writes_status = sent.writes_status
    if asked is None:
        return ()
    pieces.append(Asked(text=text[position:], supplement=asked, writes_status=writes_status))
    return tuple(piece for piece in pieces if piece.text.strip())


def without_commands(text: str) -> str:
    """Returns ``text`` without the command lines in it."""
    pieces = split_at_commands(text)
    return "".join(piece.text for piece in pieces) if pieces else text


def with_what_was_said(asked: Supplement, supplied: Supplement) -> Supplement:
    """Returns the request of a command, with what the person said of it in options of davlock."""
    if not (supplied.method or supplied.url or supplied.request_headers or supplied.request_body is not None):
        return asked
    changed = replace(asked, method=supplied.method or asked.method, url=supplied.url or asked.url)
    if supplied.request_headers:
        changed = replace(changed, request_headers=supplied.request_headers, request_complete=supplied.request_complete)
    return changed if supplied.request_body is None else replace(changed, request_body=supplied.request_body)


def _read(text: str, match: re.Match[str]) -> tuple[SentRequest | None, int]:
    program = match["program"].lower()
    prompt = match.groupdict().get("prompt") or ""
    shell = _shell(program, prompt, text[match.end() : text.find("\n", match.end()) + 1 or len(text)])
    read = read_words(text, match.end(), shell)
    if program.startswith("curl"):
        sent = command_request.curl(read.words)
    elif program == "wget":
        sent = command_request.wget(read.words)
    elif program in _POWERSHELL:
        sent = command_request.powershell(read.words, text[match.end() : read.end])
    else:
        sent = command_request.httpie(read.words, "https" if program in ("https", "xhs") else "http")
        if not prompt and not sent.method:
            return None, match.end()  # prose that begins with "http"
    known = sent.url or (program.startswith("curl") and prompt and sent.method)
    return (sent, read.end) if known else (None, match.end())


def _shell(program: str, prompt: str, line: str) -> Shell:
    if program in _POWERSHELL or prompt.startswith("PS "):
        return Shell.POWERSHELL
    windows = re.match(r"[A-Z]:\\", prompt) is not None or line.rstrip().endswith("^") or '^"' in line
    return Shell.CMD if windows else Shell.POSIX


def _mark(user: str, users: list[str]) -> str:
    """What stands for the login of ``user``: who it is is hidden, that it is another one is not."""
    if user and user not in users:
        users.append(user)
    number = users.index(user) + 1 if user else 1
    return HIDDEN if number == 1 else f"(hidden, user {number})"
