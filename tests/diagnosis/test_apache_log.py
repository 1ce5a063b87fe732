"""What mod_dav writes into Apache's error log, line by line, and the finding for each line."""

import pytest

from davlock.capture.detect import Supplement, read_capture
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.judge_capture import judge_capture
from davlock.diagnosis.knowledge import Knowledge

LINE = "[Mon Nov 30 10:12:01.000000 2026] [dav:error] [pid 1:tid 2] [client 127.0.0.1:5000] "
IF_FAILS = (
    'The precondition(s) specified by the "If:" header did not match this resource. At least one failure is because: '
)


def _diagnose(text: str) -> Diagnosis:
    capture = read_capture(text.encode(), Supplement())
    (diagnosis,) = judge_capture(capture.exchanges, Knowledge())
    return diagnosis


def _lead(text: str) -> str:
    return _diagnose(text).findings[0].id


@pytest.mark.parametrize(
    ("words", "status", "finding"),
    [
        (
            f"{IF_FAILS}a State-token was supplied, but it was not found in the locks on this resource.",
            412,
            "412-if-token-unknown",
        ),
        (f"{IF_FAILS}an unknown state token was supplied", 412, "412-if-token-unknown"),
        (
            f"{IF_FAILS}an entity-tag was specified, but the resource's actual ETag does not match.",
            412,
            "412-etag-changed",
        ),
        (
            f'{IF_FAILS}a State-token was supplied, which used a "Not" condition. The State-token was found in the '
            "locks on this resource",
            412,
            "412-unexplained",
        ),
    ],
)
def test_a_line_and_a_body_with_the_same_words_have_the_same_finding(words: str, status: int, finding: str) -> None:
    assert _lead(f"{LINE}{words}  [{status}, #0]\n") == finding
    assert _lead(f"HTTP/1.1 {status} \nServer: Apache\nContent-Type: text/plain\n\n{words}") == finding


@pytest.mark.parametrize(
    ("words", "status", "method", "finding"),
    [
        (
            'The locktoken specified in the "Lock-Token:" header did not specify one of this resource\'s locktoken(s).',
            400,
            "UNLOCK",
            "409-unlock-token-mismatch",
        ),
        (
            'The locktoken specified in the "Lock-Token:" header is invalid because this resource has no outstanding '
            "locks.",
            400,
            "UNLOCK",
            "409-unlock-token-mismatch",
        ),
        (
            'The UNLOCK on /a.odt failed -- an invalid lock token was specified in the "If:" header.',
            400,
            "UNLOCK",
            "409-unlock-token-mismatch",
        ),
        ("The opaquelocktoken has an incorrect format and could not be parsed.", 400, "", "400-token-scheme-foreign"),
        (
            'The lock refresh for /a.odt failed because no lock tokens were specified in an "If:" header.',
            400,
            "LOCK",
            "other-unexplained",
        ),
        ("Invalid \"If:\" header: Unexpected character encountered (0x6f, 'o').", 400, "", "400-if-malformed"),
        ("Invalid URI in tagged If-header.", 400, "", "400-if-malformed"),
        ('User "bob" submitted a locktoken created by user "alice".', 403, "", "403-unlock-not-owner"),
        (
            'PROPFIND requests with a Depth of "infinity" are not allowed for /team/.',
            403,
            "PROPFIND",
            "403-propfind-finite-depth",
        ),
        ("Could not DELETE /a.odt due to a failed precondition (e.g. locks).", 423, "DELETE", "423-token-required"),
        (
            "Could not MOVE/COPY /a.odt due to a failed precondition on the destination (e.g. locks).",
            423,
            "",
            "423-token-required",
        ),
        ("Could not LOCK /a.odt due to a failed precondition (e.g. other locks).", 423, "LOCK", "423-lock-conflict"),
        (
            "Existing lock(s) on the requested resource prevent an exclusive lock.",
            423,
            "LOCK",
            "423-lock-conflict",
        ),
        ("Could not open the lock database.", 500, "", "500-lock-database"),
        (
            'The locks could not be queried for verification against a possible "If:" header.',
            500,
            "",
            "500-lock-database",
        ),
    ],
)
def test_a_line_has_the_finding_of_its_words_and_the_method_they_imply(
    words: str, status: int, method: str, finding: str
) -> None:
    diagnosis = _diagnose(f"{LINE}{words}  [{status}, #0]\n")
    assert diagnosis.exchanges[-1].request.method == method
    assert diagnosis.findings[0].id == finding
    assert "nothing shows that this is a WebDAV lock" not in diagnosis.findings[0].headline


def test_a_line_that_has_a_number_in_place_of_a_status_is_read() -> None:
    assert _lead(f"{LINE}AH00596: Unlock failed (/srv/a.odt):  No Lock-Token specified in header\n") == (
        "400-lock-token-missing"
    )


def test_the_lines_on_one_request_are_one_exchange_with_all_their_words() -> None:
    again = LINE.replace(".000000", ".000013")
    other = LINE.replace("10:12:01", "10:12:02")
    text = (
        f"{LINE}Could not DELETE /a.odt due to a failed precondition (e.g. locks).  [423, #0]\n"
        f'{again}This resource is locked and an "If:" header was not supplied.  [423, #0]\n'
        f'{other}This resource is locked and an "If:" header was not supplied.  [423, #0]\n'
    )
    first, second = read_capture(text.encode(), Supplement()).exchanges
    assert (first.request.method, first.request.url, second.request.method) == ("DELETE", "/a.odt", "")
    assert first.response is not None
    assert b"Could not DELETE" in (first.response.body or b"")
    assert b'an "If:" header' in (first.response.body or b"")


def test_a_line_of_an_old_apache_names_no_module() -> None:
    text = "[Mon Nov 30 10:12:01 2026] [error] [client 10.0.0.5] The resource is locked  [423, #0]"
    (exchange,) = read_capture(text.encode(), Supplement()).exchanges
    assert exchange.status == 423


@pytest.mark.parametrize(
    "sentence",
    [
        'the "If:" header did not match',
        "the 'If: ' header did not match",
        "the `If:` header did not match",
        "the “If:” header did not match",
        "the <code>If:</code> header did not match",
        "the If: header did not match",
        'the "Lock-Token:" header and the "Depth:" field do not fit',
    ],
)
def test_a_field_that_a_sentence_names_is_no_field_of_the_request(sentence: str) -> None:
    (exchange,) = read_capture(f"Error: 412 Precondition Failed, {sentence}".encode(), Supplement()).exchanges
    assert not exchange.request.headers


@pytest.mark.parametrize("field", ['"If": "(<a:b>)"', "If: (<a:b>)", "'If': '(<a:b>)'", "curl -H 'If: (<a:b>)'"])
def test_a_field_of_the_request_is_read_in_every_spelling(field: str) -> None:
    (exchange,) = read_capture(f"sent {field}\nError: 412 Precondition Failed".encode(), Supplement()).exchanges
    assert (exchange.request.headers.get("If") or "").startswith(("(<a:b>)", '"(<a:b>)"'))
