"""A server that writes commands, formulas and escape sequences wherever it can: no output carries them out."""

from collections.abc import Callable
from html import escape

import pytest

from davlock.cli.output import echo_for_script
from tests.cli.answers import active_lock, by_method, element, multistatus
from tests.cli.command import run
from tests.render.test_sinks import assert_harmless
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]

EVIL = [
    "##vso[task.setvariable variable=x]y",
    "::error::x",
    "word word word word word word word ::add-mask::x",
    "##[add-path]/tmp",
    "=cmd|'/c calc'!A1",
    "a\u202eb\u206ac\u3164d\ufe0fe\U000e0041f\ue000g" + "\u0301" * 9,
]

COMMANDS = [
    ("locks", "--depth", "1"),
    ("locks", "-r", "--tree"),
    ("diagnose",),
    ("propfind", "--depth", "1"),
    ("cleanup", "--all"),
    ("cleanup", "--all", "--yes", "--no-ledger"),
]


def evil_server(serve: Serve) -> str:
    """A collection whose members, locks and properties say such words, and so do the header and the refusals."""
    folder = "<D:resourcetype><D:collection/></D:resourcetype>"
    members = [element("/t/", more=folder)]
    for words in EVIL:
        name = escape(words.replace("/", "_").replace("#", "%23").replace("?", "%3F"))
        lock = active_lock(escape(words), owner=escape(words), root=f"/t/{name}", timeout="Infinite")
        members.append(element(f"/t/{name}", locks=lock, more=f"<D:displayname>{escape(words)}</D:displayname>"))
    raw = [words.encode().decode("latin-1") for words in EVIL]
    refused = response(f"403 {raw[0]}", EVIL[1].encode(), f"X-Reason: {raw[2]}", "Content-Type: text/plain")
    answers = {
        "PROPFIND": multistatus(*members),
        "OPTIONS": response("200 OK", b"", "DAV: 1, 2", f"Server: {raw[3]}", f"X-More: {raw[5]}"),
    }
    return f"{serve(by_method(answers, default=refused)).url}/t/"


OUTPUTS = [
    (("--format", "tsv", "-v", "--trace-tokens"), 80),
    (("--format", "table"), 80),
    (("--format", "table"), 30),
    (("--json",), 80),
]


@pytest.mark.parametrize(("output", "width"), OUTPUTS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_acts(serve: Serve, command: tuple[str, ...], output: tuple[str, ...], width: int) -> None:
    done = run(*command, *output, evil_server(serve), env={"COLUMNS": str(width)})
    assert done.code != 70, done.err
    assert_harmless(done.out)
    assert_harmless(done.err)
    if "tsv" in output:
        computed = [cell for row in done.rows for cell in row if cell.startswith(("=", "@", "+"))]
        assert set(computed) <= set(EVIL), "a token stays as it is, and nothing else does"


@pytest.mark.parametrize("token", ["urn:uuid:1", "12345", "opaquelocktoken:a-b"])
def test_a_token_for_a_script_is_printed_as_it_is(token: str, capsys: pytest.CaptureFixture[str]) -> None:
    echo_for_script(token)
    assert tuple(capsys.readouterr()) == (f"{token}\n", "")


@pytest.mark.parametrize("token", ["::add-mask::x", "##vso[x]", "a\x1b[2J"])
def test_a_token_that_acts_is_escaped(token: str, capsys: pytest.CaptureFixture[str]) -> None:
    echo_for_script(token)
    out, err = capsys.readouterr()
    assert_harmless(out)
    assert "--json has them" in err
