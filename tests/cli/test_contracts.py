"""What scripts rely on: the JSON shape, the columns, the exit statuses, and that nothing is cut."""

import itertools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from davlock import __version__
from davlock.cli.exit_status import MEANINGS, ExitStatus, combine
from davlock.cli.main import COMMANDS
from davlock.protocol.visible import columns
from davlock.render.plain import LOCK_COLUMNS
from tests.cli.answers import OPTIONS, OTHER, TOKEN, active_lock, by_method, document, element, granted, multistatus
from tests.cli.command import Done, run, run_process
from tests.saying import Say, Saying
from tests.transport.scripted import ScriptedServer, response

Serve = Callable[..., ScriptedServer]


class Maybe:
    """A value of the shape, or null."""

    def __init__(self, shape: object) -> None:
        self.shape = shape


TEXT, NUMBER = (str,), (int, float)
LOCK = {
    "url": TEXT,
    "lockroot": Maybe(TEXT),
    "direct": Maybe((bool,)),
    "scope": Maybe({"exclusive", "shared"}),
    "type": Maybe({"write"}),
    "depth": Maybe({"0", "infinity"}),
    "owner": Maybe(TEXT),
    "token": Maybe(TEXT),
    "timeout": {"as_sent": Maybe(TEXT), "seconds": Maybe((int,)), "infinite": (bool,)},
    "expires_at": Maybe(re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")),
    "age": Maybe(
        {
            "seconds": (int,),
            "source": {"nc:lock-time", "ledger", "uuid1", "countdown"},
            "certainty": {"certain", "likely"},
        }
    ),
    "mine": Maybe((bool,)),
    "vendor": (dict,),
}
FINDING = {
    "id": re.compile(r"(\d{3}-)?[a-z]+(-[a-z]+)*"),
    "severity": {"error", "warning", "notice", "ok"},
    "certainty": {"certain", "likely", "possible"},
    "headline": TEXT,
    "explanation": TEXT,
    "facts": (dict,),
    "alternatives": [{"id": TEXT, "decided_by": TEXT}],
    "evidence": [{"source": TEXT, "quote": TEXT, "exchange": Maybe((int,))}],
    "remedies": [
        {
            "who": {"you", "lock-owner", "server-admin", "client-author"},
            "title": TEXT,
            "command": Maybe([TEXT]),
            "risk": {"safe", "intrusive", "destructive"},
            "note": Maybe(TEXT),
        }
    ],
    "retry": {
        "verdict": {"never", "after-wait", "after-change", "not-needed"},
        "after_seconds": Maybe(NUMBER),
    },
    "references": [{"title": TEXT, "url": re.compile(r"https://.*")}],
}
RESULT: dict[str, object] = {
    "target": Maybe(TEXT),
    "verdict": {"clear", "blocked", "unknown"},
    "server": {"product": Maybe(TEXT), "dav": [TEXT], "allow": Maybe([TEXT])},
    "locks": Maybe([LOCK]),
    "findings": [FINDING],
    "skipped": [{"what": TEXT, "why": TEXT}],
    "exchanges": [{"method": Maybe(TEXT), "url": Maybe(TEXT), "status": Maybe((int,)), "elapsed_ms": Maybe(NUMBER)}],
}
METHODS = {
    method: {"verdict": {"clear", "blocked", "unknown"}, "lock": Maybe((int,)), "why": TEXT}
    for method in ("PUT", "DELETE", "MOVE", "LOCK")
}
PROPERTIES = [{"url": TEXT, "status": Maybe((int,)), "name": re.compile(r"\{.+\}.+"), "value": TEXT}]
TOPIC = {
    "kind": {"status", "finding"},
    "id": TEXT,
    "title": TEXT,
    "sections": (dict,),
    "findings": [TEXT],
    "references": [{"title": TEXT, "url": TEXT}],
}
SEVERITIES = ("error", "warning", "notice", "ok")


def check(value: Any, shape: Any, at: str = "$") -> None:
    """``value`` has exactly the keys and types of ``shape``."""
    if isinstance(shape, Maybe):
        if value is not None:
            check(value, shape.shape, at)
    elif isinstance(shape, dict):
        assert isinstance(value, dict), at
        assert set(value) == set(shape), at
        for key, inner in shape.items():
            check(value[key], inner, f"{at}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), at
        for index, entry in enumerate(value):
            check(entry, shape[0], f"{at}[{index}]")
    elif isinstance(shape, set):
        assert value in shape, at
    elif isinstance(shape, re.Pattern):
        assert shape.fullmatch(value), f"{at}: {value}"
    else:
        assert isinstance(value, shape), f"{at}: {value!r}"
        assert bool in shape or not isinstance(value, bool), at


def check_document(done: Done, command: str, **more: object) -> None:
    assert set(done.json) == {"schema", "davlock", "command", "results"}
    assert (done.json["schema"], done.json["davlock"], done.json["command"]) == ("davlock/1", __version__, command)
    for result in done.json["results"]:
        named = {"methods": METHODS} if "methods" in result else {}
        check(result, {**RESULT, **named, **more})
        assert all(met["lock"] is None or result["locks"][met["lock"]] for met in result.get("methods", {}).values())
        order = [SEVERITIES.index(finding["severity"]) for finding in result["findings"]]
        assert order == sorted(order)
        for finding in result["findings"]:
            for quote in finding["evidence"]:
                assert quote["exchange"] is None or 0 <= quote["exchange"] < len(result["exchanges"])
    assert done.out.isascii()


SHARED = active_lock(scope="shared") + active_lock(OTHER, scope="shared", depth="infinity", root="/")
LOCKED = response("423 Locked", b'<D:error xmlns:D="DAV:"><D:no-conflicting-lock/></D:error>')


MORE = "<D:getetag>&quot;1&quot;</D:getetag><D:resourcetype/>"

ANSWERS = {
    "OPTIONS": OPTIONS,
    "PROPFIND": multistatus(
        element("/a.txt", locks=SHARED, more=MORE), fields=("Date: Sun, 22 Nov 2026 10:00:00 GMT",)
    ),
    "LOCK": LOCKED,
    "PUT": LOCKED,
    "UNLOCK": response("409 Conflict"),
}


@pytest.fixture
def server(say: Say) -> Saying:
    return say(ANSWERS)


CASES: Mapping[str, tuple[tuple[str, ...], int]] = {
    "diagnose": (("diagnose",), 1),
    "diagnose-held": (("diagnose", "--token", TOKEN), 1),
    "locks": (("locks",), 0),
    "propfind": (("propfind",), 0),
    "lock": (("lock",), 1),
    "refresh": (("refresh", "--token", TOKEN), 1),
    "unlock": (("unlock", "--token", "urn:x:dead"), 1),
    "put": (("put", "-"), 1),
}


@pytest.mark.parametrize("name", CASES)
def test_json(server: Saying, name: str) -> None:
    arguments, code = CASES[name]
    url = f"{server.url}/a.txt"
    done = run(*arguments, "--json", url)
    assert done.code == code
    command = arguments[0]
    check_document(done, command, **({"properties": PROPERTIES} if command == "propfind" else {}))
    assert done.err == ""
    assert done.result["target"] == url
    assert done.result["exchanges"][0]["elapsed_ms"] > 0
    assert done.json == json.loads(run(*arguments, "--format", "json", url, tty=True).out) or command


@pytest.mark.parametrize("name", CASES)
def test_jsonl(server: Saying, name: str) -> None:
    arguments, _ = CASES[name]
    urls = [f"{server.url}/a.txt", f"{server.url}/a.txt?2"] if arguments[0] != "put" else [f"{server.url}/a.txt"]
    done = run(*arguments, "--format", "jsonl", *urls)
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [line["target"] for line in lines] == urls
    more = {"properties": PROPERTIES} if arguments[0] == "propfind" else {}
    for line in lines:
        named = {"methods": METHODS} if "methods" in line else {}
        check(line, {"schema": {"davlock/1"}, "command": {arguments[0]}, **RESULT, **named, **more})


@pytest.mark.parametrize(("subject", "kind"), [("423", "status"), ("423-held-by-other", "finding")])
def test_json_of_a_topic(subject: str, kind: str) -> None:
    done = run("explain", "--json", subject)
    assert done.code == 0
    of_a_finding = {
        "severity": set(SEVERITIES),
        "observed": TEXT,
        "retry": [{"never", "after-wait", "after-change", "not-needed"}],
        "statuses": [(int,)],
        "origin": TEXT,
    }
    more = of_a_finding if kind == "finding" else {"summary": (dict,)}
    check_document(done, "explain", topic={**TOPIC, **more})
    assert done.result["topic"]["kind"] == kind
    assert (done.result["target"], done.result["verdict"], done.result["locks"]) == (None, "unknown", None)


DEVIATIONS = [{"where": TEXT, "what": TEXT}]
FAULT = Maybe({"position": (int,), "expected": TEXT, "found": TEXT})
BROKEN = Maybe({"where": TEXT, "why": TEXT})
SAID = {"error_codes": [TEXT], "description": Maybe(TEXT)}
PROPSTAT = {"status": Maybe((int,)), "reason": TEXT, "properties": [{"name": TEXT, "value": TEXT}], **SAID}
RESPONSE = {
    "hrefs": [TEXT],
    "status": Maybe((int,)),
    "reason": TEXT,
    "failed": (bool,),
    "propstats": [PROPSTAT],
    **SAID,
}
TOKEN_CONDITION = {"not": (bool,), "token": TEXT}
EVALUATE = {
    "true": (bool,),
    "failed": [{"list": (int,), "condition": (int,), **TOKEN_CONDITION, "why": TEXT}],
    "true_by_strong_comparison": (bool,),
    "submits_held": Maybe((bool,)),
}
LISTS: dict[str, object] = {"lists": [{"resource": Maybe(TEXT), "conditions": [TOKEN_CONDITION]}]}
MULTISTATUS = {"failure": (bool,), "responses": [RESPONSE], **SAID}
DECODED: Mapping[str, tuple[tuple[str, ...], int, dict[str, object]]] = {
    "if": (("if", "(<urn:a>) (Not <urn:b>)"), 0, LISTS),
    "if-tagged": (("if", "</a> (<urn:a>)"), 0, LISTS),
    "if-evaluated": (("if", "(<urn:a>)", "--held", "urn:b"), 0, {**LISTS, "evaluate": EVALUATE}),
    "if-wrong": (("if", "(urn:a)"), 1, LISTS),
    "lock-token": (("lock-token", "<urn:a>"), 0, {"token": Maybe(TEXT)}),
    "lock-token-wrong": (("lock-token", "<"), 1, {"token": Maybe(TEXT)}),
    "timeout": (("timeout", "Second-5"), 0, {"infinite": (bool,), "seconds": Maybe(NUMBER)}),
    "timeout-wrong": (("timeout", "Second-5.5"), 1, {"infinite": (bool,), "seconds": Maybe(NUMBER)}),
    "retry-after": (("retry-after", "7"), 0, {"seconds": Maybe(NUMBER)}),
    "retry-after-wrong": (("retry-after", "soon"), 1, {"seconds": Maybe(NUMBER)}),
    "etag": (("etag", 'W/"1"'), 0, {"weak": (bool,), "value": Maybe(TEXT)}),
    "etag-wrong": (("etag", '"'), 1, {"weak": (bool,), "value": Maybe(TEXT)}),
    "lockdiscovery": (("lockdiscovery", document(element(locks=active_lock())).decode()), 0, {"locks": [LOCK]}),
    "lockdiscovery-wrong": (("lockdiscovery", "<a/>"), 1, {"locks": [LOCK]}),
    "multistatus": (("multistatus", document(element(locks=active_lock())).decode()), 0, MULTISTATUS),
    "multistatus-wrong": (("multistatus", "<a/>"), 1, MULTISTATUS),
}


@pytest.mark.parametrize("name", DECODED)
def test_json_of_what_was_decoded(name: str) -> None:
    arguments, code, more = DECODED[name]
    kind = arguments[0]
    header = {"valid": (bool,), "error": FAULT} if kind not in ("lockdiscovery", "multistatus") else {}
    body = {} if header else {"ok": (bool,), "error": BROKEN}
    shape = {"kind": {kind}, **header, **body, **more, "deviations": DEVIATIONS}
    done = run("decode", "--json", *arguments)
    assert done.code == code
    check_document(done, "decode", decoded=shape)
    assert (done.result["target"], done.result["verdict"]) == (None, "unknown")
    assert done.result["decoded"]["valid" if header else "ok"] is (code == 0)
    line = json.loads(run("decode", "--format", "jsonl", *arguments).out)
    check(line, {"schema": {"davlock/1"}, "command": {"decode"}, **RESULT, "decoded": shape})
    assert line["decoded"] == done.result["decoded"]


def test_json_of_a_lock_that_was_taken(say: Say) -> None:
    free, taken = multistatus(element()), multistatus(element(locks=active_lock()))
    server = say({"PROPFIND": [free, taken], "LOCK": granted(owner="me")})
    done = run("lock", "--json", f"{server.url}/a.txt")
    check_document(done, "lock")
    assert done.code == 0
    (lock,) = done.result["locks"]
    assert (lock["token"], lock["mine"], lock["direct"]) == (TOKEN, True, True)
    assert lock["timeout"] == {"as_sent": "Second-540", "seconds": 540, "infinite": False}


# -- TSV


def test_tsv_of_locks(server: Saying) -> None:
    done = run("locks", f"{server.url}/a.txt", env={"FORCE_COLOR": "1"})
    url = f"{server.url}/a.txt"
    step = f"davlock wait -w 10m {url}"
    alice, above = "mailto:alice@example.org", f"{server.url}/"
    assert done.rows == [
        [url, "shared", "0", alice, TOKEN, "Second-540", "", url, "", "", "", step],
        [url, "shared", "infinity", alice, OTHER, "Second-540", "", above, "", "", "", step],
    ]
    named = run("locks", "--columns", f"{server.url}/a.txt").rows
    assert (named[0], named[1:]) == (list(LOCK_COLUMNS), done.rows)
    assert run("locks", "--columns", "--owner", "nobody", f"{server.url}/a.txt").rows == [list(LOCK_COLUMNS)]


def test_tsv_of_findings(server: Saying) -> None:
    done = run("diagnose", f"{server.url}/a.txt")
    assert {len(row) for row in done.rows} == {8}
    first = done.rows[0]
    assert first[:5] == [f"{server.url}/a.txt", "blocked", "error", first[3], "certain"]
    assert first[5].startswith("after-")


def test_tsv_of_nothing(say: Say) -> None:
    server = say({"PROPFIND": multistatus(element()), "PUT": response("204 No Content")})
    url = f"{server.url}/a.txt"
    assert run("locks", url).out == ""
    assert run("put", "-", url).rows == [[url, "clear", *[""] * 6]]


def test_tsv_of_properties(say: Say) -> None:
    body = (
        "<D:response><D:href>/a.txt</D:href>"
        "<D:propstat><D:prop><D:getetag>\"1\"</D:getetag><x:note xmlns:x='urn:x'>two\n\tlines</x:note></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
        "<D:propstat><D:prop><D:lockdiscovery/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
        "<D:propstat><D:prop><D:quota/></D:prop></D:propstat></D:response>"
    )
    url = say({"PROPFIND": multistatus(body)}).url + "/a.txt"
    done = run("propfind", "-p", "getetag", "-p", "{urn:x}note", "-p", "lockdiscovery", url)
    assert done.code == 0
    assert done.rows[0] == [url, "200", "{DAV:}getetag", '"1"']
    assert done.rows[1][:3] == [url, "200", "{urn:x}note"]
    assert "two\\n\\tlines" in done.rows[1][3]
    assert done.rows[2] == [url, "404", "{DAV:}lockdiscovery", ""]
    table = run("propfind", "--format", "table", "-p", "lockdiscovery", url).out
    assert "404" in table


def test_tsv_of_a_topic() -> None:
    done = run("explain", "423", "--format", "tsv")
    assert done.rows[0] == ["423", "Locked"]
    assert {len(row) for row in done.rows} == {2}
    assert any(row[0] == "Findings" and "423-held-by-other" in row[1] for row in done.rows)


DECODED_COLUMNS = {
    "valid": 2,
    "error": 4,
    "forgiven": 3,
    "note": 3,
    "condition": 7,
    "evaluate": 2,
    "timeout": 2,
    "wait": 2,
    "token": 2,
    "etag": 3,
    "lock": 12,
    "failure": 2,
    "response": 5,
    "propstat": 5,
    "property": 5,
}


@pytest.mark.parametrize("name", DECODED)
def test_tsv_of_what_was_decoded(name: str) -> None:
    arguments, code, _ = DECODED[name]
    done = run("decode", "--format", "tsv", *arguments)
    assert done.rows[0] == ["valid", "no" if code else "yes"]
    assert all(len(row) == DECODED_COLUMNS[row[0]] for row in done.rows)
    assert (done.rows[1][0] == "error") is bool(code)


def test_json_of_the_list() -> None:
    rule = {"id": FINDING["id"], "severity": set(SEVERITIES), "family": TEXT, "title": TEXT, "origin": TEXT}
    check_document(run("explain", "--list", "--json"), "explain", rules=[rule])


# -- tables

LONG_TOKEN = "opaquelocktoken:0x" + "9cc16e04b133ffbc" * 8
LONG_FOLDER = "/" + "a-very-long-name-" * 12 + "/"
LONG_NAME = LONG_FOLDER + "report.txt"


LONG_LOCKS = {
    "several": active_lock(LONG_TOKEN, root=LONG_NAME, scope="shared")
    + active_lock(
        OTHER, scope="shared", root="/", depth="infinity", owner="Bob, of a department with a very long name"
    ),
    "one-from-above": active_lock(LONG_TOKEN, root=LONG_FOLDER, depth="infinity"),
}


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("locks", LONG_LOCKS)
@pytest.mark.parametrize("command", ["diagnose", "locks", "put"])
def test_tables_cut_nothing(say: Say, command: str, locks: str, width: int) -> None:
    answer = multistatus(element(LONG_NAME, locks=LONG_LOCKS[locks]))
    server = say({"PROPFIND": answer, "OPTIONS": OPTIONS, "PUT": LOCKED})
    url = server.url + LONG_NAME
    options = {"put": ("--why", "-"), "diagnose": ("--why",), "locks": ("--tokens",)}.get(command, ())
    done = run(command, *options, url, tty=True, env={"COLUMNS": str(width), "NO_COLOR": "1"})
    lines = done.out.splitlines()
    mark = "report.txt  " if command == "locks" else " *token +"
    for token in (LONG_TOKEN, OTHER):
        assert (token in LONG_LOCKS[locks]) is any(re.match(f"{mark}{token}", line) for line in lines)
    assert not re.search(r"\\S…", done.out), "rich has cut something"
    unbroken = ("→ davlock ", "No locks on", "1 lock on", "2 locks on", "report.txt  ")
    breakable = [line for line in lines if not ("://" in line or "token  " in line or line.startswith(unbroken))]
    assert [line for line in breakable if len(line.rstrip()) > width] == []
    if locks == "one-from-above":
        shown = LONG_FOLDER if command == "locks" else server.url + LONG_FOLDER
        assert shown in re.sub(r"[\s│]+", "", done.out)


def test_commands_below_a_table_can_be_copied(server: Saying) -> None:
    done = run("diagnose", "--why", f"{server.url}/a.txt", tty=True, env={"COLUMNS": "40", "NO_COLOR": "1"})
    found = [line.strip() for line in done.out.splitlines() if line.strip().startswith("davlock ")]
    asked = run("diagnose", "--json", f"{server.url}/a.txt")
    wanted = [
        remedy["command"]
        for finding in asked.result["findings"]
        for remedy in finding["remedies"]
        if remedy["command"] is not None
    ]
    assert wanted
    assert all(" ".join(command) in found for command in wanted if " " not in "".join(command))


COLOUR = [
    # arguments, environment, terminal, coloured, a table
    ((), {}, True, True, True),
    ((), {}, False, False, False),
    ((), {"NO_COLOR": "1"}, True, False, True),
    ((), {"NO_COLOR": ""}, True, True, True),
    ((), {"TERM": "dumb"}, True, False, True),
    ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, True, True),
    (("--color", "never"), {"FORCE_COLOR": "1"}, True, False, True),
    (("--color", "always"), {"NO_COLOR": "1"}, True, True, True),
    (("--color", "always"), {}, False, True, True),
    (("--format", "table"), {}, False, False, True),
    (("--format", "table"), {"FORCE_COLOR": "1"}, False, True, True),
    (("--format", "tsv", "--color", "always"), {}, True, False, False),
    (("--format", "json", "--color", "always"), {}, True, False, False),
    ((), {"DAVLOCK_COLOR": "never"}, True, False, True),
]


@pytest.mark.parametrize(("arguments", "env", "tty", "coloured", "table"), COLOUR)
def test_colour(
    server: Saying, arguments: tuple[str, ...], env: dict[str, str], tty: bool, coloured: bool, table: bool
) -> None:
    done = run("locks", *arguments, f"{server.url}/a.txt", tty=tty, env=env)
    assert ("\x1b[" in done.out) is coloured
    assert ("────" in done.out) is table


def test_long_listings_are_columns(say: Say) -> None:
    """Beyond 200 rows rich would take longer than the server; wide characters still line up."""
    elements = [
        element(f"/f/{n}", locks=active_lock(f"urn:x:{n}", owner="日本" if n % 2 else "\u202eeve")) for n in range(201)
    ]
    url = say({"PROPFIND": multistatus(*elements)}).url + "/f/"
    done = run("locks", "--depth", "1", url, tty=True, env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert "\u202e" not in done.out
    head, titles, line, *rows, _, _, _ = done.out.splitlines()
    assert head.startswith("201 locks below ")
    assert len(rows) == 201
    start, end = titles.index("HOLDER"), len(line)
    assert [row[start:].split()[0] for row in rows[:2]] == ["\\u202eeve", "日本"]
    assert {columns(row) for row in rows} == {end}, "the last column ends at the same place in every row"


def test_listing_for_people(say: Say) -> None:
    locked, free, hidden = (
        multistatus(element(locks=active_lock())),
        multistatus(element()),
        multistatus(element(status="404 Not Found")),
    )
    for answer, words, code in (
        (locked, "1 lock on", 0),
        (free, "No locks on", 0),
        (hidden, "either nothing is locked, or it hides them", 3),
    ):
        url = say({"PROPFIND": answer}).url + "/a.txt"
        done = run("locks", url, tty=True)
        assert done.code == code
        assert words in " ".join(done.out.split())


def test_a_listing_where_some_do_not_tell(say: Say) -> None:
    answer = multistatus(element("/f/", locks=active_lock()), element("/f/x", status="403 Forbidden"))
    url = say({"PROPFIND": answer}).url + "/f/"
    done = run("locks", "--depth", "1", "--json", url)
    assert done.code == 0
    assert len(done.result["locks"]) == 1
    assert "1 of 2 resources" in done.result["skipped"][0]["why"]
    assert "1 of 2 resources" in run("locks", "--depth", "1", url, tty=True).out


def test_quiet_lock_prints_the_token_alone(say: Say) -> None:
    free, taken = multistatus(element()), multistatus(element(locks=active_lock()))

    def server() -> str:
        return say({"PROPFIND": [free, taken], "LOCK": granted()}).url + "/a.txt"

    assert run("lock", "-q", server(), tty=True).out == f"{TOKEN}\n"
    assert run("lock", "--print", "token", server()).out == f"{TOKEN}\n"
    url = server()
    assert run("lock", "--print", "if", url).out == f"If: <{url}> (<{TOKEN}>)\n"
    assert run("lock", "-q", "--json", server()).result["locks"][0]["token"] == TOKEN


# -- exit statuses


def test_combine() -> None:
    order = [*map(ExitStatus, (70, 74, 4, 5, 6, 8, 1, 3))]
    assert combine([]) is ExitStatus.OK
    for code in ExitStatus:
        assert combine([code]) is code
        assert combine([code, code]) is code
    for graver, lesser in itertools.combinations(order, 2):
        assert combine([lesser, graver]) is graver
        assert combine([lesser, graver, lesser]) is graver
    for part in (ExitStatus.OK, ExitStatus.PARTIAL):
        for code in order[2:]:
            assert combine([part, code]) is ExitStatus.PARTIAL
        for code in order[:2]:
            assert combine([part, code]) is code
    assert combine([ExitStatus.USAGE, ExitStatus.LOCK_LOST]) is ExitStatus.LOCK_LOST


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitStatus)


def test_fail_on_warning(say: Say) -> None:
    """A class 1 server: nothing blocks, and something is still worth a warning."""
    server = say(
        {
            "PROPFIND": multistatus(element()),
            "OPTIONS": response("200 OK", b"", "DAV: 1", "Allow: OPTIONS, GET, PUT, PROPFIND"),
        }
    )
    url = f"{server.url}/a.txt"
    assert run("diagnose", url).code == 0
    warned = run("diagnose", "--json", "--fail-on", "warning", url)
    assert (warned.code, warned.ids[0]) == (1, "lock-not-supported")


def test_missing_resource(say: Say) -> None:
    url = say({"PROPFIND": response("404 Not Found")}).url + "/a.txt"
    for command in ("locks", "propfind"):
        done = run(command, "--json", url)
        assert (done.code, done.ids[0]) == (1, "404-not-found")
    assert "404-not-found" in run("propfind", url, tty=True).out


# -- the installed command


def test_version() -> None:
    for arguments in (("--version",), ("-V",)):
        done = run_process(*arguments)
        assert (done.code, done.out, done.err) == (0, f"davlock {__version__}\n", "")
    inside = run("--version")
    assert (inside.code, inside.out) == (0, f"davlock {__version__}\n")


def test_processes_end_with_these_statuses(serve: Serve) -> None:
    url = f"{serve(by_method(ANSWERS)).url}/a.txt"
    assert run_process("diagnose", url).code == 1
    assert run_process("locks", url).code == 0
    assert run_process("put", "-", url, stdin=b"content").code == 1
    usage = run_process("nonsense")
    assert (usage.code, usage.out) == (2, "")
    assert len(usage.err.splitlines()) == 1


def test_help_of_every_command() -> None:
    overview = run("--help").out
    for name in COMMANDS:
        assert f"  {name} " in overview
        page = run(name, "--help")
        assert page.code == 0
        assert f"davlock {name}" in page.out
