"""``davlock explain``: pages, and captures of every kind."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from davlock.cli.examples import EXAMPLES
from davlock.diagnosis.mentions import mentions
from davlock.diagnosis.rules.registry import BY_ID
from davlock.diagnosis.status_findings import FINDINGS
from davlock.diagnosis.topics import TOPICS
from davlock.render.topic_pages import FACTS
from tests.capture.recordings import NAMES, recording, response_of
from tests.cli.command import Done, run

URL = "http://dav.example/team/report.txt"
LOCKED = (
    b"HTTP/1.1 423 Locked\r\nContent-Type: application/xml\r\nContent-Length: 155\r\n\r\n"
    b'<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:lock-token-submitted><D:href>/team/</D:href>'
    b"</D:lock-token-submitted></D:error>"
)


def capture(tmp_path: Path, data: bytes, name: str = "capture") -> str:
    path = tmp_path / name
    path.write_bytes(data)
    return str(path)


def one_line(done: Done) -> str:
    (line,) = done.err.splitlines()
    assert "Traceback" not in done.err
    return line


# -- pages


@pytest.mark.parametrize("status", sorted(TOPICS))
def test_statuses(status: int) -> None:
    done = run("explain", "--json", str(status))
    topic = done.result["topic"]
    assert (done.code, topic["kind"], topic["id"]) == (0, "status", str(status))
    assert topic["findings"]
    assert set(topic["findings"]) <= set(BY_ID)
    assert list(topic["sections"]) == ["What it means", "Its look-alikes", "How to tell", "What to do"]
    assert list(topic["summary"]) == list(FACTS)
    rows = dict(run("explain", "--format", "tsv", str(status)).rows)
    assert rows[str(status)] == TOPICS[status].names[status]
    assert rows["Findings"].split(", ") == topic["findings"]
    for width in (80, 120):
        lines = shown(run("explain", str(status), tty=True, env={"COLUMNS": str(width)}))
        assert lines[0] == f"{status} {TOPICS[status].names[status]}"
        assert max(map(len, lines)) <= width
        assert lines == [line.rstrip() for line in lines]
    answer = next(number for number, line in enumerate(lines) if line.startswith("╰"))
    assert answer < 23, "what to do is on the first screen"


def test_statuses_stand_side_by_side() -> None:
    """As many columns as statuses where there is room, below each other where there is none."""
    rows = run("explain", "--format", "tsv", "423", "409", "429").rows
    assert rows[0] == ["Status", "423 Locked", "409 Conflict", "429 Too Many Requests"]
    assert [row[0] for row in rows[1:]] == list(FACTS.values())
    topics = [result["topic"] for result in run("explain", "423", "409", "429", "--json").json["results"]]
    assert [topic["id"] for topic in topics] == ["423", "409", "429"]
    for width, beside in ((60, False), (80, True), (120, True)):
        lines = shown(run("explain", "423", "409", "429", tty=True, env={"COLUMNS": str(width)}))
        assert max(map(len, lines)) <= width
        assert len(lines) <= 36
        assert any("423 Locked" in line and "409 Conflict" in line for line in lines) is beside
        words = " ".join(" ".join(lines).split())
        for entry in ("an explicit lock", "how fast you ask", "davlock explain 423"):
            assert entry in words
    assert run("explain", "423", "999").code == 2


def test_pages_of_findings_follow_each_other() -> None:
    rows = [row[0] for row in run("explain", "--format", "tsv", "423-held-by-other", "423").rows]
    assert rows.index("423-held-by-other") < rows.index("423")


def shown(done: Done) -> list[str]:
    """The lines of a terminal, without their colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", done.out).splitlines()


def test_the_statuses_that_are_confused_are_there() -> None:
    assert {207, 301, 302, 307, 308, 400, 401, 403, 404, 405, 409, 412, 413, 423, 424, 428, 429} <= set(TOPICS)
    assert {500, 501, 502, 503, 504, 507} <= set(TOPICS)


def test_findings_stand_under_the_statuses_that_they_explain() -> None:
    """Whatever the number in their ids: servers answer the same trouble with different statuses."""
    for status, ids in (
        (423, {"423-held-by-other", "423-ancestor-lock", "423-unexplained"}),
        (424, {"424-consequence", "424-parent-refused"}),
        (207, {"207-write-failed", "423-ancestor-lock"}),
        (500, {"409-missing-parent", "lock-outcome-unknown"}),
        (413, {"507-no-space"}),
    ):
        assert ids <= set(FINDINGS[status])
    assert not {"no-lock", "lock-granted", "lock-never-expires"} & {id_ for ids in FINDINGS.values() for id_ in ids}
    assert FINDINGS[423][-1] == "423-unexplained"


@pytest.mark.parametrize("rule", sorted(BY_ID))
def test_findings(rule: str) -> None:
    done = run("explain", "--json", rule)
    topic = done.result["topic"]
    assert (done.code, topic["kind"], topic["id"]) == (0, "finding", rule)
    assert topic["severity"] == BY_ID[rule].severity.word
    assert topic["retry"]
    rows = dict(run("explain", "--format", "tsv", rule).rows)
    assert rows[rule] == topic["title"]
    assert topic["observed"] == BY_ID[rule].title
    assert topic["title"].lower() == f"{BY_ID[rule].title}.".lower()
    lines = shown(run("explain", rule, tty=True, env={"COLUMNS": "80"}))
    assert lines[0] == rule
    assert any(line.split() == ["Severity", topic["severity"]] for line in lines)
    assert max(len(line) for line in lines if "https://" not in line) <= 80, "an address is never broken"
    assert any(line.startswith("│ What to do") for line in lines)


def test_headings_and_commands_are_bold() -> None:
    page = run("explain", "423-held-by-other", tty=True).out
    assert "\x1b[1mWhat to do" in page
    assert "\x1b[1mdavlock locks URL\x1b[0m" in page
    assert "\x1b" not in run("explain", "423-held-by-other", tty=True, env={"NO_COLOR": "1"}).out


def test_list() -> None:
    done = run("explain", "--list", "--json")
    rules = done.result["rules"]
    assert done.code == 0
    assert {rule["id"] for rule in rules} == set(BY_ID)
    assert {rule["origin"] for rule in rules} == {"davlock"}
    first = next(rule for rule in rules if rule["id"] == "423-held-by-other")
    assert first == {
        "id": "423-held-by-other",
        "severity": "error",
        "family": "locked",
        "title": BY_ID["423-held-by-other"].title,
        "origin": "davlock",
    }
    assert run("explain", "--list").rows == [list(rule.values()) for rule in rules]
    table = shown(run("explain", "--list", tty=True, env={"COLUMNS": "120"}))
    assert max(map(len, table)) <= 120
    assert table == [line.rstrip() for line in table]
    for rule in rules:
        assert any(f" {rule['id']} " in line for line in table), rule["id"]
    some = [row[0] for row in run("explain", "--list", "429", "428").rows]
    assert set(some) == {*FINDINGS[429], *FINDINGS[428]}


@pytest.mark.parametrize("shape", ["tsv", "json"])
def test_a_status_needs_neither_rules_nor_a_parser_nor_a_network(shape: str) -> None:
    """Which is what keeps it fast; a terminal needs rich besides."""
    call = f"run(['explain', '423', '--format', '{shape}'])"
    script = f"import sys; from davlock.cli.main import run; {call}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "davlock.diagnosis.topics" in loaded
    forbidden = ("davlock.diagnosis.rule", "davlock.diagnosis.finding", "davlock.protocol.xml", "lxml", "httpx", "rich")
    assert not {name for name in loaded if name.startswith(forbidden)}


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("423-held-by-othr", "did you mean 423-held-by-other"),
        ("423-HELD-BY-OTHER", "did you mean 423-held-by-other"),
        ("held-by-other", "did you mean 423-held-by-other"),
        ("zzzzzz", "try: davlock explain 423"),
        ("999", "there is no page for 999; the nearest is 507"),
        ("406", "the nearest is 405"),
        ("/does/not/exist.http", "neither a file nor a finding nor a status"),
        ("4２3", "neither a file"),
    ],
)
def test_what_is_not_there(subject: str, words: str) -> None:
    done = run("explain", subject)
    assert (done.code, done.out) == (2, "")
    assert words in one_line(done)


@pytest.mark.parametrize("words", [("423 Locked",), ("423", "Locked"), ("HTTP/1.1 423 Locked",)])
def test_the_words_of_a_status_are_the_status(words: tuple[str, ...]) -> None:
    done = run("explain", *words, "--json")
    assert (done.code, done.result["topic"]["id"]) == (0, "423")


def test_the_name_of_an_error_has_a_page_of_what_it_is() -> None:
    done = run("explain", "FileLocked", "--json")
    assert done.code == 0
    assert done.result["mentions"][0]["see"] == ["423-transactional"]
    page = run("explain", "FileLocked", tty=True)
    assert "mentions" in page.out
    assert "curl -i" in page.out


@pytest.mark.parametrize(
    ("text", "see"),
    [
        ("existing lock on file: 2 shared locks", "423-transactional"),
        ('"report.odt" is locked', "423-held-by-other"),
        ("Datei „plan.xlsx“ ist gesperrt", "423-held-by-other"),
        ('"plan.xlsx" is locked for shared use by alice@example.com.', "423-office-session"),
        ("the server does not support locks", "lock-not-supported"),
    ],
)
def test_the_words_that_people_search_for_name_a_finding(text: str, see: str) -> None:
    (mention,) = run("explain", text, "--json").result["mentions"]
    assert mention["see"][0] == see


@pytest.mark.parametrize("text", ['database "x.db" is locked', "the account bob is locked"])
def test_what_is_no_document_is_not_called_one(text: str) -> None:
    assert run("explain", text).code == 2


@pytest.mark.parametrize("text", ["HTTP 429 Too many login retries", "429 Too many failed login attempts"])
def test_a_429_whose_words_are_about_logins_is_a_login_throttle(text: str) -> None:
    assert run("explain", text, "--json").result["findings"][0]["id"] == "429-login-throttle"


@pytest.mark.parametrize("text", ["error 423 on line 17 of file.c", "file.c, line 17: error 423"])
def test_the_number_of_an_error_at_a_line_of_a_source_is_no_status(text: str) -> None:
    done = run("explain", text, "--json")
    assert done.code == 0
    assert done.result["mentions"][0]["see"] == ["423"]
    assert not done.result.get("findings")


@pytest.mark.parametrize("text", ["HTTP error 423 at line 17 of upload.py", "line 17\nError 423", "Error: 423"])
def test_the_number_of_an_error_beside_a_line_may_be_a_status(text: str) -> None:
    assert run("explain", text, "--json").result["findings"][0]["id"] == "423-unexplained"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("status=423 path=/a user=bob", "The status is 423 (Locked)"),
        ('{"locks":["a"],"status":423}', "The status is 423 (Locked)"),
        ("curl: (22) The requested URL returned error: 423", "The status is 423 (Locked)"),
        ("curl: (22) The requested URL returned error: 423 Locked", "The server says “locked”"),
    ],
)
def test_a_number_alone_says_no_word(text: str, begins: str) -> None:
    done = run("explain", text, "--json")
    assert done.result["findings"][0]["headline"].startswith(begins)


_AGENT = "Microsoft-WebDAV-MiniRedir/10.0.19045"
_LOGGED = '192.0.2.50 - - [28/Jan/2026:10:06:08 +0100] "PUT /dav/a.odt HTTP/1.1" 423'
_IIS_LINE = f"2026-01-28 10:06:08 192.0.2.1 PUT /dav/a.odt - 443 CORP\\mia 192.0.2.50 {_AGENT} - 423 0 0 15"


@pytest.mark.parametrize("text", [f'{_LOGGED} 258 "-" "{_AGENT}"', f'{_LOGGED} 258 "-" "curl/8"', _IIS_LINE])
def test_an_access_log_does_not_show_whether_a_token_was_submitted(text: str) -> None:
    first = run("explain", text, "--json").result["findings"][0]
    assert (first["id"], first["certainty"]) == ("423-token-required", "possible")
    assert "does not show" in first["headline"]
    assert "If" in first["explanation"]
    assert [entry["id"] for entry in first["alternatives"]] == ["423-wrong-token"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Issue is locked for editing by admin", "423-application-lock"),
        ('Page "Home" is locked for editing by Bob', "423-application-lock"),
        ("This record is locked for editing by another user", "423-application-lock"),
        ("Office is locked for editing by another user", "423-application-lock"),
        ("plan.docx is locked for editing by Bob", "423-office-session"),
        ("Microsoft Excel\nBudget is locked for editing by 'Ida Mayer'", "423-office-session"),
        ("The file is locked for editing by 'another user'.", "423-office-session"),
        ('Das Dokument ist zur Bearbeitung durch "Ida" gesperrt: plan.odt', "423-office-session"),
    ],
)
def test_locked_for_editing_is_offices_only_where_something_of_office_is_named(text: str, first: str) -> None:
    (mention,) = run("explain", text, "--json").result["mentions"]
    assert mention["see"][0] == first
    assert len(mention["see"]) > 1


@pytest.mark.parametrize(
    "text",
    [
        "a locked for editing by " * 5000,
        "Word " * 20000,
        "file " * 20000,
        ("Word " * 80 + "\n") * 300,
        ("Word file zur Bearbeitung durch " * 12 + "\n") * 300,
    ],
)
def test_hostile_mentions_take_no_time(text: str) -> None:
    started = time.thread_time()
    mentions(text)
    assert time.thread_time() - started < 20


def test_a_status_behind_the_word_webdav_is_an_answer_of_webdav() -> None:
    first = run("explain", "Error: Failed to save to WebDAV: 423", "--json").result["findings"][0]
    assert (first["id"], first["certainty"]) == ("423-token-required", "possible")


@pytest.mark.parametrize(
    "text",
    [
        "Error: cannot connect to WebDAV: 423 bytes read",
        "Failed to connect to WebDAV: 423.5 ms",
        "WebDAV: 423 files synchronised",
        "Error: WebDAV: 4230",
    ],
)
def test_another_number_behind_the_word_webdav_is_no_answer(text: str) -> None:
    result = run("explain", text, "--json").result
    assert not result.get("findings")
    assert result["mentions"][0]["meaning"] == "WebDAV"


@pytest.mark.parametrize("text", ["database is locked", "Could not get lock /var/lib/dpkg/lock", "port 423 ssh2"])
def test_what_is_about_another_lock_is_refused(text: str) -> None:
    done = run("explain", text)
    assert (done.code, done.out) == (2, "")


def test_at_a_terminal_it_asks_for_the_paste() -> None:
    """Ctrl-D after a line end closes stdin; the paste then is explained as any other."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "davlock", "explain", "--color", "never", "--format", "json"]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        assert process.stderr is not None
        asked = process.stderr.readline().decode()
        os.write(ours, b"Error: Invalid response: 423 Locked\n\x04")
        out, err = process.communicate(timeout=60)
        os.close(ours)
    assert asked == "Paste the answer, the log line or the error, then press Enter and Ctrl-D:\n"
    assert err == b""
    assert [finding["id"] for finding in json.loads(out)["results"][0]["findings"]] == [
        "423-token-required",
        "capture-fragment",
    ]
    assert process.returncode == 0


def test_a_paste_of_nothing_at_a_terminal_says_what_to_type() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "davlock", "explain"]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        assert process.stderr is not None
        process.stderr.readline()
        os.write(ours, b"\x04")
        _, err = process.communicate(timeout=60)
        os.close(ours)
    assert b"there is nothing to explain" in err
    assert process.returncode == 2


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("A line of a client's log", "423-token-required"),
        ("An exception of a program", "423-token-required"),
        ("An answer, copied with the prompt behind it", "409-management-lock"),
    ],
)
def test_the_pastes_of_the_manual_are_read(title: str, first: str) -> None:
    line = dict(EXAMPLES["explain"])[title]
    if "<<'END'\n" in line:
        done = run("explain", "--format", "json", stdin=line.partition("<<'END'\n")[2].removesuffix("END").encode())
    else:
        done = run("explain", *shlex.split(line)[2:], "--format", "json")
    assert json.loads(done.out)["results"][0]["findings"][0]["id"] == first


def test_the_shapes_of_pastes_are_listed() -> None:
    done = run("explain", "--formats")
    assert done.code == 0
    assert ["requests", "an exception of requests"] in done.rows


def test_nothing_and_too_much() -> None:
    nothing = run("explain")
    assert (nothing.code, nothing.out) == (2, "")
    assert "davlock explain --list" in one_line(nothing)
    both = run("explain", "--formats", "423")
    assert (both.code, both.out) == (2, "")
    assert "leave out 423" in one_line(both)


def test_a_finding_comes_before_a_file_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("423", "no-lock"):
        (tmp_path / name).write_bytes(LOCKED)
        assert run("explain", "--json", name).result["topic"]["id"] == name
    assert run("explain", "--json", "./423").ids


def test_no_such_file_with_a_supplement() -> None:
    done = run("explain", "none.http", "--method", "PUT")
    assert done.code == 2
    assert "none.http: there is no such file" in one_line(done)


# -- captures


@pytest.mark.parametrize("name", NAMES)
def test_recordings(name: str, tmp_path: Path) -> None:
    if name == "lighttpd-no-answer":
        done = run("explain", capture(tmp_path, recording(name)))
        assert "Traceback" not in done.err
        assert done.code in (0, 2)
        return
    done = run("explain", "--json", capture(tmp_path, recording(name)))
    assert done.code == 0, done
    status = int(response_of(name).split(b" ", 2)[1])
    assert done.result["exchanges"][-1]["status"] == status
    if status >= 400:
        assert done.result["findings"], "a bad status never yields silence"
        assert done.result["findings"][0]["severity"] == "error"
    product = {"rclone": "golang-webdav"}.get(name.split("-")[0], name.split("-")[0])
    assert done.result["server"]["product"] in (product, None)
    for shape in ("table", "tsv"):
        assert run("explain", "--format", shape, capture(tmp_path, response_of(name))).code == 0


def test_lone_response_and_what_was_asked(tmp_path: Path) -> None:
    alone = run("explain", "--json", capture(tmp_path, LOCKED))
    assert alone.code == 0
    assert alone.result["target"] is None
    assert alone.ids[0].startswith("423-")
    file = capture(tmp_path, LOCKED)
    body = capture(tmp_path, b"hello", "body")
    told = run(
        "explain", "--json", file, "--method", "put", "--url", URL, "--request-header", "Content-Type: text/plain",
        "--request-header", "Depth:0", "--request-body", body, "--request-complete",
    )  # fmt: skip
    assert told.code == 0
    assert told.result["target"] == URL
    assert told.result["exchanges"] == [{"method": "PUT", "url": URL, "status": 423, "elapsed_ms": None}]
    assert told.ids[0] == "423-ancestor-lock"
    assert told.result["findings"][0]["facts"]["lockroot"] == "http://dav.example/team/"
    stdin = run("explain", "--json", "-", "--method", "PUT", "--url", URL, stdin=LOCKED)
    assert stdin.ids[0] == told.ids[0]


def test_credentials_in_the_url_are_not_kept(tmp_path: Path) -> None:
    url = URL.replace("//", "//alice:sesame@")
    done = run("explain", "--json", capture(tmp_path, LOCKED), "--method", "PUT", "--url", url)
    assert done.result["target"] == URL
    assert "sesame" not in done.out + done.err


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (("--request-header", "nonsense"), "write --request-header 'Name: value'"),
        (("--request-body", "/does/not/exist"), "/does/not/exist: No such file"),
        (("--url", "dav.example/x"), "is not the URL of a resource"),
    ],
)
def test_bad_supplements(tmp_path: Path, extra: tuple[str, ...], words: str) -> None:
    done = run("explain", capture(tmp_path, LOCKED), *extra)
    assert (done.code, done.out) == (2, "")
    assert words in one_line(done)


def test_request_and_response(tmp_path: Path) -> None:
    data = b"PUT /team/report.txt HTTP/1.1\r\nHost: dav.example\r\nAuthorization: Basic c2VzYW1l\r\n\r\n" + LOCKED
    done = run("explain", "--json", capture(tmp_path, data))
    assert done.ids[0] == "423-ancestor-lock"
    assert done.result["target"] == URL
    assert "c2VzYW1l" not in done.out


def test_curl_verbose(tmp_path: Path) -> None:
    text = (
        "* Connected to dav.example (192.0.2.1) port 80\n> PUT /team/report.txt HTTP/1.1\n> Host: dav.example\n"
        "> Content-Length: 3\n> \n< HTTP/1.1 423 Locked\n< Content-Length: 0\n< \n* Connection #0 to host left intact\n"
    )
    done = run("explain", "--json", capture(tmp_path, text.encode()))
    assert done.code == 0
    assert done.ids[0].startswith("423-")
    assert done.result["exchanges"] == [{"method": "PUT", "url": URL, "status": 423, "elapsed_ms": None}]


def test_curl_include_after_a_challenge(tmp_path: Path) -> None:
    data = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n" + LOCKED
    done = run("explain", "--json", capture(tmp_path, data), "--method", "PUT", "--url", URL)
    assert done.ids[0] == "423-ancestor-lock"


def test_an_unlock_whose_headers_were_not_captured_had_a_token(tmp_path: Path) -> None:
    data = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    file = capture(tmp_path, data)
    assert run("explain", "--json", file, "--method", "UNLOCK", "--url", URL).ids == ["403-unlock-not-owner"]
    complete = run("explain", "--json", file, "--method", "UNLOCK", "--url", URL, "--request-complete")
    assert complete.ids == ["403-no-permission"]


def test_har(tmp_path: Path) -> None:
    entry = {
        "startedDateTime": "2026-11-22T10:00:00Z",
        "time": 12.5,
        "request": {
            "method": "PUT",
            "url": URL,
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Cookie", "value": "sid=sesame"}],
            "bodySize": 3,
        },
        "response": {
            "status": 423,
            "statusText": "Locked",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Content-Type", "value": "application/xml"}],
            "content": {"size": 1, "mimeType": "application/xml", "text": LOCKED.partition(b"\r\n\r\n")[2].decode()},
        },
    }
    data = json.dumps({"log": {"version": "1.2", "creator": {}, "entries": [entry]}}).encode()
    done = run("explain", "--json", capture(tmp_path, data, "x.har"))
    assert done.code == 0
    assert done.ids[0] == "423-ancestor-lock"
    assert done.result["exchanges"][0]["elapsed_ms"] == 12.5
    assert "sesame" not in done.out


def test_a_story_of_two_exchanges(tmp_path: Path) -> None:
    """LOCK, then PUT without its token: one RESULT, and the token is known."""
    data = (
        recording("apache-lock").rstrip()
        + b"\r\n"
        + b"PUT /g/f.txt HTTP/1.1\r\nHost: 127.0.0.1:18080\r\nContent-Length: 0\r\n\r\n"
        + b"HTTP/1.1 423 Locked\r\nContent-Length: 0\r\n\r\n"
    )
    done = run("explain", "--json", capture(tmp_path, data))
    assert done.code == 0
    assert [entry["method"] for entry in done.result["exchanges"]] == ["LOCK", "PUT"]
    assert len(done.json["results"]) == 1


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"hello", b"{}", b"\x00\x01\x02", b'{"log": 1}', b"HTTP/1.1 abc\r\n\r\n"]
)
def test_what_is_no_capture(tmp_path: Path, data: bytes) -> None:
    for done in (run("explain", capture(tmp_path, data)), run("explain", "-", stdin=data)):
        assert (done.code, done.out) == (2, "")
        one_line(done)


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run("explain", str(tmp_path))
    assert folder.code == 2
    assert "Is a directory" in one_line(folder)
    path = capture(tmp_path, LOCKED)

    def forbidden(*arguments: object, **more: object) -> object:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("davlock.cli.explain_capture.open", forbidden, raising=False)
    done = run("explain", path)
    assert done.code == 2
    assert f"{path}: Permission denied" in one_line(done)


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.capture.detect.CAPTURE_LIMIT", 100)
    done = run("explain", capture(tmp_path, LOCKED + b" " * 1000))
    assert done.code == 2
    assert "too large" in one_line(done)


def test_escape_sequences_in_a_capture(tmp_path: Path) -> None:
    data = (
        b"HTTP/1.1 423 \x1b[31mLocked\r\nX: \x1b]0;t\x07\r\nContent-Type: text/plain\r\n\r\n\x1b[2Jgone \xe2\x80\xaex"
    )
    path = capture(tmp_path, data)
    for shape in ("table", "tsv"):
        out = run("explain", "--format", shape, path, tty=True, env={"NO_COLOR": "1"}).out
        assert not set("\x1b\x07\u202e") & set(out)
    assert run("explain", "--json", path).out.isascii()


def several(*answered: tuple[str, str, int]) -> bytes:
    """Requests and their responses, one after the other."""
    return b"".join(
        f"{method} {path} HTTP/1.1\r\nHost: dav.example\r\nContent-Length: 0\r\n\r\n"
        f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n".encode()
        for method, path, status in answered
    )


def test_each_story_is_a_result(tmp_path: Path) -> None:
    """In order, each with its own exchanges, in every format."""
    data = several(("PUT", "/a", 423), ("GET", "/logo.png", 404), ("PUT", "/b", 201), ("LOCK", "/c/d", 409))
    path = capture(tmp_path, data)
    results = run("explain", "--json", path).json["results"]
    assert [(entry["target"], [one["status"] for one in entry["exchanges"]]) for entry in results] == [
        ("http://dav.example/a", [423]),
        ("http://dav.example/c/d", [409]),
    ]
    assert [entry["findings"][0]["id"] for entry in results] == ["423-token-required", "409-missing-parent"]
    assert {
        "what": "failed reads of 1 other resource",
        "why": "no write was tried there, and nothing was said about locks",
    } in (results[-1]["skipped"])
    lines = run("explain", "--format", "jsonl", path).out.splitlines()
    assert [json.loads(line)["target"] for line in lines] == [entry["target"] for entry in results]
    assert [row[0] for row in run("explain", "--format", "tsv", path).rows] == [entry["target"] for entry in results]
    table = run("explain", path, tty=True, env={"NO_COLOR": "1"}).out
    assert table.startswith("1 of 2 · PUT http://dav.example/a\nPUT was REFUSED (423): ")
    assert "\n\n2 of 2 · LOCK http://dav.example/c/d\nLOCK was REFUSED (409): " in table
    assert "What happened" not in table


def test_many_stories_end_in_a_list(tmp_path: Path) -> None:
    path = capture(tmp_path, several(*(("PUT", f"/f{number}", 423) for number in range(4))))
    table = run("explain", path, tty=True, env={"NO_COLOR": "1", "COLUMNS": "120"}).out
    overview = table.partition("What happened")[2]
    assert all(f"http://dav.example/f{number}" in overview for number in range(4))
    assert overview.count("423-token-required") == 4
    assert run("explain", path, env={"COLUMNS": "120"}).out == table, "a text stays a text in a pipe"
    assert "What happened" not in run("explain", "--format", "tsv", path).out


def test_nothing_to_tell(tmp_path: Path) -> None:
    path = capture(tmp_path, several(("GET", "/a", 200), ("PUT", "/b", 201)))
    words = {"what": "2 exchanges", "why": "none failed, and none was about a lock"}
    done = run("explain", "--json", path)
    assert (done.code, done.result["target"], done.result["findings"]) == (0, None, [])
    assert (done.result["verdict"], done.result["skipped"], len(done.result["exchanges"])) == ("unknown", [words], 2)
    assert "2 exchanges were read: none failed" in run("explain", path, tty=True).out


def test_several_troubles_of_one_resource(tmp_path: Path) -> None:
    """One result: each refusal is explained, and says which request it is about."""
    data = several(("PUT", "/a", 423), ("PUT", "/a", 423), ("UNLOCK", "/a", 400))
    done = run("explain", "--json", capture(tmp_path, data))
    assert done.ids == ["400-lock-token-missing", "423-token-required"]
    quotes = [finding["evidence"][0] for finding in done.result["findings"]]
    assert quotes == [
        {"source": "request", "quote": "UNLOCK http://dav.example/a", "exchange": 2},
        {"source": "request", "quote": "PUT http://dav.example/a", "exchange": 1},
    ]


def test_headings_are_harmless(tmp_path: Path) -> None:
    data = several(("PUT", "/a", 423), ("PUT", "/b", 423)).replace(b"Said", b"\x1b[2J[bold]x\xe2\x80\xae")
    out = run("explain", capture(tmp_path, data), tty=True, env={"NO_COLOR": "1"}).out
    assert not set("\x1b\u202e") & set(out)
    assert "[bold]x" in out


def test_two_users_in_one_capture(tmp_path: Path) -> None:
    """What alice was granted is not bob's, whoever recorded both."""
    granted = recording("apache-lock").rstrip().replace(b"Host:", b"Authorization: Basic YWxpY2U6eA==\r\nHost:")
    data = (
        granted
        + b"\r\nPUT /g/f.txt HTTP/1.1\r\nHost: 127.0.0.1:18701\r\nAuthorization: Basic Ym9iOng=\r\n"
        + b"Content-Length: 0\r\n\r\nHTTP/1.1 423 Locked\r\nContent-Length: 0\r\n\r\n"
    )
    done = run("explain", "--json", capture(tmp_path, data))
    assert done.ids[0] == "423-held-by-other"
    assert done.result["verdict"] == "blocked"
    alone = run("explain", "--json", capture(tmp_path, data.replace(b"Ym9iOng=", b"YWxpY2U6eA==")))
    assert alone.ids[0] == "423-own-lock-token-missing"
    assert "YWxpY2U" not in done.out + alone.out


def test_what_reading_had_to_forgive_is_said(tmp_path: Path) -> None:
    """Each remark once, and of very many the first."""
    once = several(("PUT", "/a", 423))
    data = b"".join(once.replace(b"example", b"example\r\nno header %d" % number) for number in range(9))
    skipped = run("explain", "--json", capture(tmp_path, data)).result["skipped"]
    remarks = [entry["why"] for entry in skipped if entry["what"] == "the capture's header"]
    assert remarks == [f"not a header line, skipped: 'no header {number}'" for number in range(5)]


@pytest.mark.parametrize(("sent", "first"), [("", "refresh"), ("If: (<urn:a>)\n", "diagnose"), ("(body)", "diagnose")])
def test_a_refresh_that_names_no_token_is_told_to(tmp_path: Path, sent: str, first: str) -> None:
    """sabre/dav 1.8 and Subversion look at the lock before they look for the If."""
    body = "<lockinfo xmlns='DAV:'/>" if sent == "(body)" else ""
    fields = f"Host: dav.example\n{sent if not body else ''}Content-Length: {len(body)}\n\n{body}"
    data = f"LOCK /team/a.txt HTTP/1.1\n{fields}HTTP/1.1 423 Locked\nContent-Length: 0\n\n".encode()
    done = run("explain", "--json", "--request-complete", capture(tmp_path, data))
    commands = [remedy["command"] for remedy in done.result["findings"][0]["remedies"] if remedy["command"]]
    assert commands[0][:2] == ["davlock", first], done.ids


def test_several_files_are_one_story(tmp_path: Path) -> None:
    lock, put = tmp_path / "1.http", tmp_path / "2.http"
    lock.write_text("LOCK /a HTTP/1.1\nHost: dav.example\n\nHTTP/1.1 423 Locked\nContent-Length: 0\n")
    put.write_text("PUT /a HTTP/1.1\nHost: dav.example\n\nHTTP/1.1 412 Precondition Failed\nContent-Length: 0\n")
    done = run("explain", str(lock), str(put), "--json")
    assert len(done.result["exchanges"]) == 2


def test_a_text_behind_the_body_changes_no_finding(tmp_path: Path) -> None:
    answer = (
        "HTTP/1.1 423 Locked\nContent-Type: application/xml\n\n"
        '<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">'
        "<s:exception>OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked</s:exception></d:error>"
    )
    found = []
    for behind in ("", "423", "user@host:~$ ", "\n\nWhat does it mean?\n"):
        file = tmp_path / "answer.http"
        file.write_text(answer + behind)
        findings = run("explain", str(file), "--json").result["findings"]
        found.append([finding["id"] for finding in findings])
    assert found == [["423-transactional"]] * 4


def test_an_answer_of_an_application_has_nothing_of_webdav(tmp_path: Path) -> None:
    """Neither a verdict on a lock of WebDAV, nor a note that lockdiscovery was not asked."""
    path = tmp_path / "answer"
    path.write_bytes(
        b"HTTP/1.1 409 Conflict\nContent-Type: application/json\n\n"
        b'{"ID":"6f1b2c3d","Operation":"OperationTypeApply","Who":"alice@build-7","Created":"2021-04-16T09:12:33Z"}'
    )
    done = run("explain", "--format", "table", str(path))
    assert "REFUSED (409): locked by Terraform or OpenTofu" in done.out
    assert "alice@build-7, since 2021-04-16T09:12:33Z" in " ".join(done.out.split())
    assert "terraform force-unlock 6f1b2c3d" in done.out
    commands, _, last = done.out.rstrip().rpartition("\n")
    assert last.startswith("423-terraform-state-lock, certain · ")
    for never in ("not asked", "davlock", "MKCOL", "BLOCKED"):
        assert never not in commands


@pytest.mark.parametrize(
    ("url", "other"),
    [("https://ocis.example/dav/spaces/1$2/a.odt", ["423-token-required"]), ("https://dav.example/a.odt", [])],
)
def test_a_500_to_a_write_may_be_a_lock_at_infinite_scale(url: str, other: list[str]) -> None:
    answer = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
    done = run("explain", "-", "--method", "PUT", "--url", url, "--format", "json", stdin=answer)
    (finding,) = json.loads(done.out)["results"][0]["findings"]
    assert finding["id"] == "other-unexplained"
    assert [alternative["id"] for alternative in finding["alternatives"]] == other


_SIGNED = "https://dav.example/dav/a.odt?x=1&X-Amz-Credential=s3cret&X-Amz-Signature=s3cret&sig=s3cret&se=s3cret"


@pytest.mark.parametrize(
    "text",
    [
        f"423 Client Error: Locked for url: {_SIGNED}",
        f'192.0.2.50 - - [28/Jan/2026:10:06:08 +0100] "PUT {_SIGNED} HTTP/1.1" 423 258 "-" "davfs2/1.6.1"',
        f"$ curl -i -T a.odt '{_SIGNED}'\nHTTP/1.1 423 Locked\n\n",
        f"PUT {_SIGNED} HTTP/1.1\nHost: dav.example\n\nHTTP/1.1 423 Locked\n\n",
        f"HTTP/1.1 302 Found\nLocation: {_SIGNED}\n\n",
        f'HTTP/1.1 423 Locked\nContent-Type: application/json\n\n{{"message":"no {_SIGNED} for https://s3cret@h/"}}',
        f'$ curl -w "%{{http_code}}" https://dav.example/a?x=1\n{{"message":"no {_SIGNED}"}}423',
    ],
)
@pytest.mark.parametrize("form", ["json", "tsv", "table"])
def test_secrets_in_a_query_stay_out_of_targets_and_commands(text: str, form: str) -> None:
    done = run("explain", "--format", form, "--why", "-", "--url", _SIGNED, stdin=text.encode())
    assert "x=1" in done.out
    assert "s3cret" not in done.out + done.err


@pytest.mark.parametrize(
    ("media", "body", "words"),
    [
        ("text/plain", "alice has it until 11:00", "“alice has it until 11:00”"),
        ("text/html", "<html><body>Bob Smith edits it since 10:03</body></html>", "“Bob Smith edits it since 10:03”"),
        ("application/json", '{"error":"locked","message":"a.odt is locked by alice"}', "“a.odt is locked by alice”"),
        ("application/json", '{"code":"DOC_LOCKED","lockedBy":"alice"}', "locked by the application, held by alice"),
    ],
)
def test_who_holds_it_is_on_the_screen(media: str, body: str, words: str) -> None:
    refusal = f"HTTP/1.1 423 Locked\r\nContent-Type: {media}\r\n\r\n{body}".encode()
    shown = " ".join(run("explain", "-", stdin=refusal, tty=True).out.split())
    assert words in shown
    assert "does not say who" not in shown


@pytest.mark.parametrize("subject", ["423", "423-held-by-other"])
def test_a_pasted_status_or_id_gets_the_page_of_a_typed_one(subject: str) -> None:
    typed = run("explain", subject)
    assert run("explain", "-", stdin=f"{subject}\n".encode()) == typed
    assert run("explain", stdin=subject.encode()) == typed


def test_a_pasted_word_that_names_nothing_is_no_capture() -> None:
    assert run("explain", "-", stdin=b"locks\n").code == 2


def test_why_a_browser_got_no_answer_is_on_the_screen(tmp_path: Path) -> None:
    asked = {"method": "PUT", "url": "https://dav.example/a.txt", "httpVersion": "HTTP/1.1", "headers": []}
    answered = {"status": 0, "statusText": "", "headers": [], "content": {}, "_error": "net::ERR_BLOCKED_BY_CLIENT"}
    entry = {"startedDateTime": "2026-11-30T10:00:00Z", "time": 0, "request": asked, "response": answered}
    file = tmp_path / "blocked.har"
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
    assert "No answer came. The capture says: net::ERR_BLOCKED_BY_CLIENT." in run("explain", str(file)).out


def test_mod_davs_line_of_a_207_to_lock_says_that_nothing_is_locked() -> None:
    line = (
        b"[Mon Nov 30 10:11:12.345678 2026] [dav:error] [pid 22:tid 139] [client 10.0.0.4:5132] Could not LOCK /docs/"
        b" due to a failed precondition (e.g. other locks).  [207, #0]\n"
    )
    assert run("explain", "-", "--json", stdin=line).ids[0] == "207-lock-refused-by-member"


def test_a_host_that_cannot_be_one_is_no_bug_of_davlock() -> None:
    done = run("explain", "-", "--json", stdin=b"> H HTTP/1.1\n> Host:]\n< HTTP/1.1 401")
    assert (done.code, done.ids) == (0, ["401-not-authenticated"])


@pytest.mark.parametrize(
    ("said", "line", "finding"),
    [
        ("Is my user account locked?", '"PROPFIND /dav/ HTTP/1.1" 401 381 "-" "davfs2/1.6.1"', "401-not-authenticated"),
        (
            "Word says it is locked by another user. Why?",
            '"PUT /dav/n/a.odt HTTP/1.1" 409 9 "-" "x"',
            "409-missing-parent",
        ),
        ("12:00 waiting for the lock of the last run", '"PUT /dav/a.odt HTTP/1.1" 403 9 "-" "x"', "403-no-permission"),
    ],
)
def test_what_the_asker_says_beside_a_log_line_is_no_answer(said: str, line: str, finding: str) -> None:
    paste = f"{said}\n10.0.0.5 - - [10/Jan/2026:10:00:00 +0100] {line}\n"
    assert run("explain", "-", "--json", stdin=paste.encode()).ids[0] == finding


@pytest.mark.parametrize(
    "message", ["Permission denied to create file (filename composer.lock)", "No access to /joplin/locks/1.json"]
)
def test_a_name_with_lock_in_it_is_no_word_about_locks(message: str) -> None:
    words = f"<s:exception>Sabre\\DAV\\Exception\\Forbidden</s:exception><s:message>{message}</s:message>"
    body = f'<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">{words}</d:error>'
    data = f"HTTP/1.1 403 Forbidden\nContent-Type: application/xml\n\n{body}"
    done = run("explain", "-", "--json", stdin=data.encode())
    assert (done.ids[0], done.result["findings"][0]["certainty"]) == ("403-no-permission", "certain")


@pytest.mark.parametrize(
    "words",
    [
        "Der Remoteserver hat einen Fehler zurückgegeben: (423) Locked.",
        "Le serveur distant a retourné une erreur : (423) Locked.",
        "リモート サーバーがエラーを返しました: (423)",
    ],
)
def test_dotnets_exception_is_read_in_other_languages(words: str) -> None:
    assert run("explain", "-", "--json", stdin=words.encode()).ids[0] == "423-unexplained"
