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
