"""``davlock decode``: what a header or a body says, and where it goes wrong."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from davlock.protocol.visible import columns, visible
from davlock.render.schema import schema
from tests.capture.recordings import response_of
from tests.cli.answers import OTHER, TOKEN, active_lock, document, element
from tests.cli.command import Done, clean_environment, popen, run, run_process

T1 = "urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2"
T2 = "urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092"

VALIDATOR = Draft202012Validator(schema())


def decode(kind: str, text: str, *options: str) -> tuple[int, Any]:
    """The exit status and ``decoded``, which are the same from stdin and from the command line."""
    piped = run("decode", kind, *options, "--json", stdin=text.encode())
    assert run("decode", kind, *options, "--json", "--", text) == piped
    VALIDATOR.validate(piped.json)
    assert piped.err == ""
    return piped.code, piped.result["decoded"]


def table(*arguments: str, stdin: bytes = b"", width: int = 80) -> list[str]:
    done = run(*arguments, stdin=stdin, tty=True, env={"COLUMNS": str(width), "NO_COLOR": "1"})
    assert done.err == ""
    return done.out.splitlines()


# -- If

RFC_4918 = [
    (
        "§10.4.6",
        f'(<{T1}>\r\n  ["I am an ETag"])\r\n  (["I am another ETag"])',
        [
            (None, [{"not": False, "token": T1}, {"not": False, "etag": '"I am an ETag"'}]),
            (None, [{"not": False, "etag": '"I am another ETag"'}]),
        ],
    ),
    ("§10.4.7", f"(Not <{T1}>\r\n<{T2}>)", [(None, [{"not": True, "token": T1}, {"not": False, "token": T2}])]),
    (
        "§10.4.8",
        f"(<{T1}>)\r\n  (Not <DAV:no-lock>)",
        [(None, [{"not": False, "token": T1}]), (None, [{"not": True, "token": "DAV:no-lock"}])],
    ),
    (
        "§10.4.9",
        f'</resource1>\r\n  (<{T1}>\r\n  [W/"A weak ETag"]) (["strong ETag"])',
        [
            ("/resource1", [{"not": False, "token": T1}, {"not": False, "etag": 'W/"A weak ETag"'}]),
            ("/resource1", [{"not": False, "etag": '"strong ETag"'}]),
        ],
    ),
    (
        "§10.4.10",
        f"<http://www.example.com/specs/>\r\n  (<{T1}>)",
        [("http://www.example.com/specs/", [{"not": False, "token": T1}])],
    ),
    ("§10.4.11", '</specs/rfc2518.doc> (Not ["4217"])', [("/specs/rfc2518.doc", [{"not": True, "etag": '"4217"'}])]),
]


@pytest.mark.parametrize(("section", "text", "lists"), RFC_4918, ids=[case[0] for case in RFC_4918])
def test_if_headers_of_the_rfc(section: str, text: str, lists: list[tuple[object, object]]) -> None:
    code, decoded = decode("if", text)
    assert code == 0
    assert decoded == {
        "kind": "if",
        "valid": True,
        "error": None,
        "lists": [{"resource": resource, "conditions": conditions} for resource, conditions in lists],
        "deviations": [],
    }


@pytest.mark.parametrize(
    ("text", "position", "expected", "found"),
    [
        ("", 0, "'(' or '<'", ""),
        ("()", 1, "a state token", ")"),
        ("(<urn:a> urn:b)", 9, "or ')'", "urn:b)"),
        ("  (<urn:a>", 10, "or ')'", ""),
        ("(<urn:a>) </x> (<urn:b>)", 10, "the lists before it have no tag", "</x> (<urn:b>)"),
        ("(<urn:a\0>)", 1, "a state token", "<urn:a\0>)"),
        ("(Not Not <urn:a>)", 5, "a state token", "Not <urn:a>)"),
    ],
)
def test_where_an_if_header_goes_wrong(text: str, position: int, expected: str, found: str) -> None:
    done = run("decode", "if", "--json", stdin=text.encode())
    error = done.result["decoded"]["error"]
    assert (done.code, done.result["decoded"]["valid"], done.result["decoded"]["lists"]) == (1, False, [])
    assert (error["position"], error["found"]) == (position, found)
    assert expected in error["expected"]


def test_the_name_of_the_header_may_stand_before_it() -> None:
    assert decode("if", "If: (<urn:a>)") == decode("if", "(<urn:a>)")
    assert decode("Lock-Token", "lock-token:<urn:a>") == decode("lock-token", "<urn:a>")
    _, wrong = decode("if", "If: (urn:a)")
    assert wrong["error"] == {
        "position": 5,
        "expected": "a state token '<…>' or an entity tag '[\"…\"]'",
        "found": "urn:a)",
    }
    # Part of the value, not a name.
    assert decode("etag", "etag-5")[1]["value"] == "etag-5"


@pytest.mark.parametrize(
    ("text", "options", "true", "failed", "submits"),
    [
        ("(<urn:a>)", ("--held", "urn:a"), True, [], True),
        ("(<urn:a>)", ("--held", "<urn:b>"), False, [(0, 0, "no lock with this token")], False),
        ("(<urn:a>)", ("--held", "urn:b", "--held", "urn:a"), True, [], True),
        ('(<urn:a> ["1"])', ("--held", "urn:a", "--etag", '"2"'), False, [(0, 1, "another entity tag")], True),
        ('(<urn:a>) (["1"])', ("--etag", "1"), True, [(0, 0, "no lock with this token")], None),
        ("(Not <urn:a>)", ("--held", "urn:a"), False, [(0, 0, "has a lock with this token")], False),
        ("(<urn:b>) (Not <DAV:no-lock>)", ("--held", "urn:a"), True, [(0, 0, "no lock with this token")], False),
    ],
)
def test_evaluate(
    text: str, options: tuple[str, ...], true: bool, failed: list[tuple[int, int, str]], submits: bool | None
) -> None:
    code, decoded = decode("if", text, *options)
    evaluate = decoded["evaluate"]
    assert (code, evaluate["true"], evaluate["submits_held"]) == (0, true, submits)
    assert [(one["list"], one["condition"]) for one in evaluate["failed"]] == [place[:2] for place in failed]
    for one, (_, _, words) in zip(evaluate["failed"], failed, strict=True):
        assert words in one["why"]


@pytest.mark.parametrize(("text", "true"), [('(["1"])', True), ('(Not ["1"])', False)])
def test_a_weak_entity_tag_depends_on_the_server(text: str, true: bool) -> None:
    _, decoded = decode("if", text, "--etag", 'W/"1"')
    assert decoded["evaluate"]["true"] is true
    assert decoded["evaluate"]["true_by_strong_comparison"] is not true
    words = f"On a server that compares entity tags strongly it is {str(not true).lower()}"
    assert any(words in line for line in table("decode", "if", text, "--etag", 'W/"1"'))


@pytest.mark.parametrize(
    ("text", "options", "notes"),
    [
        ("(<urn:a>)", ("--held", "urn:a"), []),
        ('(<urn:a> ["1"])', ("--held", "urn:a"), ["without --etag"]),
        ('(<urn:a> ["1"])', ("--etag", "1"), ["without --held"]),
        ("</a> (<urn:a>) </b> (<urn:a>)", ("--held", "urn:a"), ["the 2 resources named"]),
        ("</a> (<urn:a>) (<urn:b>)", ("--held", "urn:a"), []),
    ],
)
def test_what_an_evaluation_rests_on(text: str, options: tuple[str, ...], notes: list[str]) -> None:
    done = run("decode", "if", "--json", text, *options)
    assert len(done.result["skipped"]) == len(notes)
    assert all(note in entry["why"] for note, entry in zip(notes, done.result["skipped"], strict=True))
    rows = run("decode", "--format", "tsv", "if", text, *options).rows
    assert [row[0] for row in rows].count("note") == len(notes)


def test_no_state_no_evaluation() -> None:
    assert "evaluate" not in decode("if", "(<urn:a>)")[1]
    assert "evaluate" not in decode("if", "(", "--held", "urn:a")[1]


# -- the other headers


@pytest.mark.parametrize(
    ("kind", "text", "options", "code", "said"),
    [
        ("timeout", "Infinite, Second-4100000000", (), 0, {"infinite": True, "seconds": None}),
        ("timeout", "Second-604800", (), 0, {"infinite": False, "seconds": 604800}),
        ("timeout", "Second-59.98", (), 1, {"infinite": False, "seconds": 59.98}),
        ("timeout", "soon", (), 1, {"infinite": False, "seconds": None}),
        ("retry-after", "120", (), 0, {"seconds": 120}),
        (
            "retry-after",
            "Fri, 31 Dec 1999 23:59:59 GMT",
            ("--now", "Fri, 31 Dec 1999 23:58:59 GMT"),
            0,
            {"seconds": 60},
        ),
        ("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT", ("--now", "1999-12-31T23:59:00Z"), 0, {"seconds": 59}),
        ("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT", ("--now", "2000-01-01T01:59:00+02:00"), 0, {"seconds": 59}),
        ("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT", ("--now", "1999-12-31"), 0, {"seconds": 86399}),
        ("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT", (), 0, {"seconds": 0}),
        ("retry-after", "soon", (), 1, {"seconds": None}),
        ("lock-token", f"<{T1}>", (), 0, {"token": T1}),
        ("lock-token", T1, (), 1, {"token": T1}),
        ("lock-token", "<a b>", (), 1, {"token": None}),
        ("etag", 'W/"xyzzy"', (), 0, {"weak": True, "value": "xyzzy"}),
        ("etag", '""', (), 0, {"weak": False, "value": ""}),
        ("etag", "xyzzy", (), 1, {"weak": False, "value": "xyzzy"}),
    ],
)
def test_headers(kind: str, text: str, options: tuple[str, ...], code: int, said: dict[str, object]) -> None:
    got, decoded = decode(kind, text, *options)
    assert got == code
    assert decoded["valid"] is (code == 0)
    assert (decoded["error"] is None) is (code == 0)
    assert {key: decoded[key] for key in said} == said
    assert set(decoded) == {"kind", "valid", "error", *said, "deviations"}
    # A reading against the grammar is never given without what was forgiven.
    read = any(value is not None and value is not False for value in said.values())
    assert bool(decoded["deviations"]) is (code == 1 and read)


def test_a_date_is_counted_from_now_in_whole_seconds() -> None:
    decoded = run("decode", "retry-after", "--json", "Fri, 01 Nov 2080 08:49:37 GMT").result["decoded"]
    assert isinstance(decoded["seconds"], int)
    assert decoded["seconds"] > 0


# -- bodies

RFC_4918_9_6_2 = b"""<?xml version="1.0" encoding="utf-8" ?>
<d:multistatus xmlns:d="DAV:">
  <d:response>
    <d:href>http://www.example.com/container/resource3</d:href>
    <d:status>HTTP/1.1 423 Locked</d:status>
    <d:error><d:lock-token-submitted/></d:error>
  </d:response>
</d:multistatus>
"""

RFC_4918_9_2_2 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D="DAV:"
        xmlns:Z="http://ns.example.com/standards/z39.50/">
  <D:response>
    <D:href>http://www.example.com/bar.html</D:href>
    <D:propstat>
      <D:prop><Z:Authors/></D:prop>
      <D:status>HTTP/1.1 424 Failed Dependency</D:status>
    </D:propstat>
    <D:propstat>
      <D:prop><Z:Copyright-Owner/></D:prop>
      <D:status>HTTP/1.1 409 Conflict</D:status>
    </D:propstat>
    <D:responsedescription> Copyright Owner cannot be deleted or
      altered.</D:responsedescription>
  </D:response>
</D:multistatus>
"""

RFC_4918_9_10_7 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:prop xmlns:D="DAV:">
  <D:lockdiscovery>
    <D:activelock>
      <D:locktype><D:write/></D:locktype>
      <D:lockscope><D:exclusive/></D:lockscope>
      <D:depth>infinity</D:depth>
      <D:owner>
        <D:href>http://example.org/~ejw/contact.html</D:href>
      </D:owner>
      <D:timeout>Second-604800</D:timeout>
      <D:locktoken>
        <D:href
        >urn:uuid:e71d4fae-5dec-22d6-fea5-00a0c91e6be4</D:href>
      </D:locktoken>
      <D:lockroot>
        <D:href
        >http://example.com/workspace/webdav/proposal.doc</D:href>
      </D:lockroot>
    </D:activelock>
  </D:lockdiscovery>
</D:prop>
"""

RFC_4918_16 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:error xmlns:D="DAV:">
  <D:lock-token-submitted>
    <D:href>/workspace/webdav/</D:href>
  </D:lock-token-submitted>
</D:error>
"""


def test_a_delete_that_failed() -> None:
    code, decoded = decode("multistatus", RFC_4918_9_6_2.decode())
    assert code == 0
    assert decoded == {
        "kind": "multistatus",
        "ok": True,
        "error": None,
        "failure": True,
        "responses": [
            {
                "hrefs": ["http://www.example.com/container/resource3"],
                "status": 423,
                "reason": "Locked",
                "failed": True,
                "propstats": [],
                "error_codes": ["lock-token-submitted"],
                "description": None,
            }
        ],
        "description": None,
        "error_codes": [],
        "deviations": [],
    }
    assert run("decode", "--format", "tsv", "multistatus", stdin=RFC_4918_9_6_2).rows == [
        ["valid", "yes"],
        ["failure", "yes"],
        ["response", "http://www.example.com/container/resource3", "423", "lock-token-submitted", ""],
    ]


def test_a_proppatch_that_failed() -> None:
    _, decoded = decode("multistatus", RFC_4918_9_2_2.decode())
    (response,) = decoded["responses"]
    assert [(one["status"], one["properties"][0]["name"]) for one in response["propstats"]] == [
        (424, "{http://ns.example.com/standards/z39.50/}Authors"),
        (409, "{http://ns.example.com/standards/z39.50/}Copyright-Owner"),
    ]
    rows = run("decode", "--format", "tsv", "multistatus", stdin=RFC_4918_9_2_2).rows
    assert [row[0] for row in rows] == ["valid", "failure", "response", "property", "property"]
    assert rows[2][4].startswith("Copyright Owner cannot")


def test_the_answer_to_a_lock() -> None:
    code, decoded = decode("lockdiscovery", RFC_4918_9_10_7.decode())
    assert (code, decoded["ok"], decoded["deviations"]) == (0, True, [])
    assert decoded["locks"] == [
        {
            "url": "",
            "lockroot": "http://example.com/workspace/webdav/proposal.doc",
            "direct": None,
            "scope": "exclusive",
            "type": "write",
            "depth": "infinity",
            "owner": "http://example.org/~ejw/contact.html",
            "token": "urn:uuid:e71d4fae-5dec-22d6-fea5-00a0c91e6be4",
            "timeout": {"as_sent": "Second-604800", "seconds": 604800, "infinite": False},
            "expires_at": None,
            "age": None,
            "mine": None,
            "vendor": {},
        }
    ]


WITH_WORDS = """<D:multistatus xmlns:D="DAV:">
<D:response><D:href>/a</D:href>
<D:propstat><D:prop/><D:status>HTTP/1.1 403 Forbidden</D:status>
<D:error><D:cannot-modify-protected-property/></D:error></D:propstat></D:response>
<D:responsedescription>Nobody may.</D:responsedescription></D:multistatus>"""


def test_words_of_a_propstat_and_of_the_whole() -> None:
    rows = run("decode", "--format", "tsv", "multistatus", WITH_WORDS).rows
    assert rows[1:] == [
        ["failure", "yes"],
        ["response", "", "", "", "Nobody may."],
        ["propstat", "/a", "403", "cannot-modify-protected-property", ""],
    ]
    lines = table("decode", "multistatus", WITH_WORDS)
    assert "  Nobody may." in lines
    assert any("403 Forbidden" in line and "cannot-modify-protected-property" in line for line in lines)


def test_undeclared_prefixes_are_not_told_one_by_one() -> None:
    body = active_lock().encode()
    told = [
        row
        for row in run("decode", "--format", "tsv", "lockdiscovery", stdin=body).rows
        if row[:2] == ["forgiven", "XML namespace"]
    ]
    lines = [line for line in table("decode", "lockdiscovery", stdin=body, width=200) if line.startswith("! XML")]
    assert len(told) > len(lines) == 4
    assert lines[-1] == f"! XML namespace: and {len(told) - 3} more like these"


def test_an_error_body_has_its_codes_shown() -> None:
    code, decoded = decode("multistatus", RFC_4918_16.decode())
    assert (code, decoded["failure"], decoded["responses"]) == (0, True, [])
    assert decoded["error_codes"] == ["lock-token-submitted"]
    assert decoded["deviations"] == [{"where": "multistatus", "what": "is missing: an error is the root"}]
    assert any("lock-token-submitted" in line for line in table("decode", "multistatus", stdin=RFC_4918_16))


def test_locks_of_several_resources() -> None:
    body = document(
        element("/a.txt", locks=active_lock()),
        element("/b.txt", locks=active_lock(OTHER, root="/", depth="infinity")),
        element("/c.txt", status="403 Forbidden"),
    )
    plain = run("decode", "lockdiscovery", "--json", stdin=body)
    assert [(lock["url"], lock["direct"]) for lock in plain.result["locks"]] == [("/a.txt", True), ("/b.txt", False)]
    assert plain.result["decoded"]["locks"] == plain.result["locks"]
    assert plain.result["skipped"] == [{"what": "locks", "why": "of 1 resource not told: 403 Forbidden"}]
    url = "https://alice:secret@dav.example/"
    resolved = run("decode", "lockdiscovery", "--json", "--url", url, stdin=body)
    assert [lock["url"] for lock in resolved.result["locks"]] == [
        "https://dav.example/a.txt",
        "https://dav.example/b.txt",
    ]
    assert resolved.result["locks"][1]["lockroot"] == "https://dav.example/"
    assert "secret" not in resolved.out
    rows = run("decode", "--format", "tsv", "lockdiscovery", stdin=body).rows
    assert [row[:2] for row in rows] == [["valid", "yes"], ["note", "locks"], ["lock", "/a.txt"], ["lock", "/b.txt"]]
    shown = table("decode", "lockdiscovery", stdin=body)
    assert f"/a.txt  {TOKEN}" in shown
    assert any(line.startswith("/b.txt ") for line in shown)


def test_the_url_of_a_lock_answer() -> None:
    done = run("decode", "lockdiscovery", "--json", "--url", "http://dav.example/a.txt", stdin=RFC_4918_9_10_7)
    assert done.result["locks"][0]["url"] == "http://dav.example/a.txt"
    assert done.result["locks"][0]["direct"] is False


@pytest.mark.parametrize("kind", ["lockdiscovery", "multistatus"])
@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "no root element"),
        ("423 Locked", "not XML"),
        ("<html><body>Locked</body></html>", "HTML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities"),
        ('<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/passwd">%b;]><a/>', "DOCTYPE"),
        (RFC_4918_9_10_7[:-10].decode(), "XML"),
        ('<D:error xmlns:D="DAV:"><D:x/></D:error', "XML"),
    ],
)
def test_unusable_bodies(kind: str, body: str, why: str) -> None:
    code, decoded = decode(kind, body)
    assert (code, decoded["ok"]) == (1, False)
    error = f"{decoded['error']['where']}: {decoded['error']['why']}"
    assert why in error
    assert run("decode", "--format", "tsv", kind, stdin=body.encode()).rows == [
        ["valid", "no"],
        ["error", "", visible(error), ""],
    ]
    assert table("decode", kind, stdin=body.encode())[0] == f"✗ {kind}: not usable"


@pytest.mark.parametrize("name", ["apache-put-new-member-207", "nginx-propfind-locked", "rclone-propfind-locked"])
def test_bodies_of_real_servers(name: str) -> None:
    body = response_of(name).partition(b"\r\n\r\n")[2]
    done = run("decode", "multistatus", "--json", stdin=body)
    VALIDATOR.validate(done.json)
    assert done.code == 0
    assert done.result["decoded"]["responses"]


# -- what a person sees

FAULTY = [
    "(<urn:a> foo)",
    "(<urn:a>)\t\t(<urn:a> \u6f22\u5b57e\u0301 foo) more",
    "(<urn:a> \x1b[31m\x07foo)",
    "(<urn:\u6f22\u5b57\u6f22\u5b57\u6f22\u5b57\u6f22\u5b57> foo)",
    f"(<{T1}>) (<{T1}>) (<{T1}>) (<{T1}> foo) (<{T1}>) (<{T1}>) (<{T1}>)",
    "(<urn:a> [" + "x" * 100_000,
    "(<urn:" + "a" * 100_000 + "> foo)",
    "(<urn:a>",
]


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("text", FAULTY, ids=range(len(FAULTY)))
def test_the_caret_stands_where_it_goes_wrong(text: str, width: int) -> None:
    position = run("decode", "if", "--json", text).result["decoded"]["error"]["position"]
    headline, quoted, caret, *words = table("decode", "if", text, width=width)
    assert headline == "✗ If header: not valid"
    assert caret.strip() == "^"
    before = quoted.lstrip(" …")
    assert columns(quoted) <= width
    column = len(caret) - 1
    at = next(n for n in range(len(quoted) + 1) if columns(quoted[:n]) == column)
    assert visible(text[position:]).startswith(quoted[at:].rstrip("…")[:10])
    assert visible(text[:position]).endswith(quoted[:at].lstrip(" …")[-10:])
    assert before
    assert "".join(words).startswith(f"  character {position} (from 0): expected")


def test_nothing_is_quoted_of_nothing() -> None:
    assert table("decode", "if", "") == ["✗ If header: not valid", "  character 0 (from 0): expected '(' or '<'"]


def test_forgiven_alike_is_told_once() -> None:
    lines = table("decode", "if", "(<5>)" * 40, width=200)
    (told,) = [line for line in lines if line.startswith("!")]
    assert "list 1, condition 1; list 2, condition 1; list 3, condition 1 and 37 more: " in told


SHOWN = [
    (
        ("if", "(<urn:b>) (Not <DAV:no-lock>)", "--held", "urn:a"),
        "✓ If header: valid, true if any of its 2 lists is",
        "It submits none of the tokens held",
    ),
    (("timeout", "Infinite"), "✓ Timeout header: valid", "infinite"),
    (("timeout", "Second-3600"), "✓ Timeout header: valid", "60 min (3600 seconds)"),
    (("retry-after", "7"), "✓ Retry-After header: valid", "7 s"),
    (("lock-token", "<urn:a>"), "✓ Lock-Token header: valid", "urn:a"),
    (("etag", 'W/"x"'), "✓ ETag header: valid", "weak"),
    (("etag", '"x"'), "✓ ETag header: valid", "strong"),
    (("if", "(<urn:a>)", "--held", "urn:a"), "✓ If header: valid", "✓ True"),
    (("if", "(<urn:a>)", "--held", "urn:b"), "✓ If header: valid", "✗ False"),
    (("if", "</a> (Not <urn:a>)"), "✓ If header: valid", "Not <urn:a>"),
    (("lockdiscovery", '<D:lockdiscovery xmlns:D="DAV:"/>'), "✓ lockdiscovery: no active locks", ""),
    (("multistatus", '<D:multistatus xmlns:D="DAV:"/>'), "✓ multistatus: no responses, none failed", ""),
    (
        ("multistatus", document(element(status="garbage")).decode()),
        "! multistatus: 1 response, none failed, 1 without a usable status",
        "none",
    ),
    (("multistatus", RFC_4918_9_6_2.decode()), "! multistatus: 1 response, 1 failed", "423 Locked"),
    (("multistatus", RFC_4918_9_2_2.decode()), "! multistatus: 1 response, 1 failed", " 409 "),
    (("lockdiscovery", RFC_4918_9_10_7.decode()), "✓ lockdiscovery: 1 active lock", "  urn:uuid:e71d4fae"),
]


@pytest.mark.parametrize(("arguments", "headline", "words"), SHOWN)
def test_tables(arguments: tuple[str, ...], headline: str, words: str) -> None:
    lines = table("decode", *arguments)
    assert lines[0].startswith(headline)
    assert any(words in line for line in lines[bool(words) :])
    assert all(len(line) <= 80 for line in lines)


# -- hostile input

HOSTILE = [
    b"",
    b"\0",
    b"\xff\xfe(<urn:a>)",
    b"\xef\xbb\xbf",
    b"(<urn:a\xff>)",
    b"\x1b]0;owned\x07\x1b[2J(<urn:a>) \xe2\x80\xae",
    bytes(range(256)) * 40,
    b"(" * 100_000,
    b"(<urn:a>)" * 20_000,
    b"<a>" * 100_000,
    b'<D:lockdiscovery xmlns:D="DAV:"><D:activelock><D:owner>\xc2\x9b31m&#x202e;x</D:owner><D:locktoken>'
    b"<D:href>\xe2\x80\xae</D:href></D:locktoken></D:activelock></D:lockdiscovery>",
    b'<D:multistatus xmlns:D="DAV:"><D:response><D:href>/\xc2\x9b31m</D:href><D:status>HTTP/1.1 423 '
    b"&#x202e;</D:status><D:responsedescription>\xc2\x9b2J</D:responsedescription></D:response></D:multistatus>",
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>',
    b'<D:multistatus xmlns:D="DAV:">' + b"<D:response>" * 80_000,
]

KINDS = ("if", "lock-token", "timeout", "retry-after", "etag", "lockdiscovery", "multistatus")

_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def harmless(done: Done) -> None:
    assert done.code in (0, 1), done.err
    assert done.err == ""
    assert not _HARMFUL.search(done.out)


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_bytes(kind: str, data: bytes) -> None:
    for shape in ("table", "tsv", "json", "jsonl"):
        harmless(run("decode", kind, "--format", shape, stdin=data))


@given(st.sampled_from(KINDS), st.text() | st.text('()<>[]/"W:; Not,Second-Infinite059\ud800\x1b'))
def test_any_text(kind: str, text: str) -> None:
    for shape in ("table", "json"):
        harmless(run("decode", kind, "--format", shape, "--", text or " "))


def test_a_large_body_is_read_and_a_larger_one_is_not() -> None:
    member = element("/a-name-of-some-length.txt", more="<D:getcontenttype>text/plain</D:getcontenttype>")
    body = document(*[member] * (50 * 1024 * 1024 // len(member)))
    done = run_process("decode", "lockdiscovery", stdin=body)
    assert (done.code, done.out, done.err) == (0, "✓ lockdiscovery: no active locks\n", "")
    larger = run("decode", "multistatus", stdin=body + b" " * 16 * 1024 * 1024)
    assert (larger.code, larger.out) == (2, "")
    assert larger.err == "davlock: more than 64 MiB is too much to decode; cut it to the part in question\n"


def test_a_header_of_more_than_any_server_takes() -> None:
    assert run("decode", "if", stdin=b" " * (1024 * 1024 - 9) + b"(<urn:a>)").code == 0
    assert run("decode", "if", stdin=b" " * (1024 * 1024 - 8) + b"(<urn:a>)").code == 2


def test_bytes_on_the_command_line_that_are_no_text() -> None:
    with popen("decode", "lock-token", "<urn:\udcff>") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, b"")
    assert b"urn:\\udcff" in out


# -- what is imported


def test_a_header_needs_no_xml_no_network_and_no_tables() -> None:
    script = (
        "import sys; from davlock.cli.main import run; run(sys.argv[1:]);"
        "print(*{'lxml', 'httpx', 'rich', 'davlock.capture', 'davlock.diagnosis.rules'} & set(sys.modules))"
    )
    arguments = ("decode", "if", '(<urn:a> ["1"])', "--held", "urn:b", "--json")
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=clean_environment(), timeout=60
    )
    document, _, imported = done.stdout.rpartition("}")
    assert json.loads(document + "}")["command"] == "decode"
    assert imported.strip() == ""


def test_an_empty_supportedlock_is_put_into_words() -> None:
    """It offers no locks, which is not that nothing is locked."""
    body = (
        b'<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a/</d:href><d:propstat><d:prop><d:supportedlock/></d:prop>'
        b"<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
    )
    done = run("decode", "multistatus", "--format", "table", stdin=body, env={"COLUMNS": "200"})
    assert "no locks are offered" in done.out
