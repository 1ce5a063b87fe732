"""The examples of docs/library.md, on real servers: the page shows the files that run here, word for word."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import davlock
from tests.cli.conftest import MakeFile
from tests.conftest import ServerFor

EXAMPLES = Path(__file__).parent / "examples"

PAGE = Path(__file__).parents[2] / "docs" / "library.md"

FREE, BLOCKED, FOR_EVER = "", "Second-600", "Infinite"
"""For how long bob has locked the file."""

CASES = {
    "who_holds_it": (BLOCKED, r"bob holds it until (None|2\d{3}-.*\+00:00)\n"),
    "may_i_write": (
        BLOCKED,
        r"(?s)report.odt is LOCKED by bob .*\n- Wait for it davlock wait -u alice .*- .*--steal .*",
    ),
    "upload_under_a_lock": (FREE, ""),
    "try_again": (FREE, r"locked with \S+\n"),
    "explain_a_response": (BLOCKED, r"PUT was REFUSED \(423\): .*\n\['423-token-required'.*\]\n"),
    "explain_a_log": (FREE, r"http://\S+report.odt blocked PUT was REFUSED \(423\).*\n"),
    "locks_that_stay": (FOR_EVER, r"stays for more than a day: \S+report.odt bob\n"),
    "in_asyncio": (FREE, "clear\n204\n"),
    "long_work": (FREE, ""),
    "without_a_server": (FREE, "None 401-not-authenticated\n"),
}
"""Each example: for how long bob has locked the file before, and what the example prints."""

CONTENT = {"upload_under_a_lock": b"first\none more line\n", "in_asyncio": b"new", "long_work": b"draft 2\n"}
"""What is in the file afterwards, where the example writes it."""


def test_the_page_shows_every_example_word_for_word() -> None:
    shown = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert shown == [(EXAMPLES / f"{name}.py").read_text() for name in CASES]
    assert sorted(CASES) == sorted(path.stem for path in EXAMPLES.glob("[a-z]*.py"))


@pytest.mark.parametrize("kind", ["wsgidav", "apache"])
@pytest.mark.parametrize("name", CASES)
def test_an_example_does_what_the_page_says(
    kind: str, name: str, server_for: ServerFor, make_file: MakeFile, capsys: pytest.CaptureFixture[str]
) -> None:
    url = make_file(server_for(kind, auth="basic"), "report.odt")
    blocked, printed = CASES[name]
    code = (EXAMPLES / f"{name}.py").read_text()
    host, above = urlsplit(url).netloc, urlsplit(url).path.rpartition("/")[0]
    code = code.replace("https://dav.example/team", url.rpartition("/")[0]).replace("secret", "alice")
    code = code.replace("/team/", f"{above}/").replace("dav.example", host)
    token = locked_by_bob(url, blocked) if blocked else ""
    exec(compile(code, name, "exec"), {"__name__": name})  # noqa: S102 -- our own
    assert re.fullmatch(printed, capsys.readouterr().out)
    assert server_for(kind, auth="basic").path(url).read_bytes() == CONTENT.get(name, b"first\n")
    left = davlock.discover(url, auth=("alice", "alice")).locks
    assert [lock.token for lock in left or ()] == ([token] if token else [])


def locked_by_bob(url: str, timeout: str) -> str:
    body = (
        '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
        "<owner>bob</owner></lockinfo>"
    )
    answer = httpx.request("LOCK", url, content=body, headers={"Timeout": timeout}, auth=("bob", "bob"))
    return answer.headers["Lock-Token"].strip("<>")
